package tagserversim

import (
	"cmp"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// mostOnPage is the size of a page above which Spring Data gives no more, without a word.
const mostOnPage = 2000

func headed(body any, name, value string) simkit.Headed {
	return simkit.Headed{Header: http.Header{http.CanonicalHeaderKey(name): {value}}, Body: body}
}

// api has the calls that are simulated. Everything else is a wrong path.
func (s *sim) api() http.Handler {
	calls := map[string]simkit.Call{"POST /api/authenticate": s.authenticate, "GET /api/authenticate": s.signedIn}
	for i := range schemas {
		t := &table{s, &schemas[i], s.tables[schemas[i].path]}
		at := " /api/" + t.of.path
		calls["GET"+at], calls["GET"+at+"/count"], calls["POST"+at] = t.list, t.count, t.create
		calls["GET"+at+"/{id}"], calls["PUT"+at+"/{id}"], calls["DELETE"+at+"/{id}"] = t.get, t.update, t.remove
	}
	return simkit.API{Kit: s.Kit, Enter: s.come, Refused: refused, Unknown: missing, Calls: calls}.Handler()
}

// come lets everybody in who signs in, or is.
func (s *sim) come(r *http.Request) error {
	if wait := s.calls.Wait(s.Now(), s.settings.PerMinute); wait > 0 {
		return &refusal{status: http.StatusTooManyRequests, after: int(wait.Seconds() + 1), title: "Too Many Requests", message: "error.http.429"}
	}
	if r.URL.Path == "/api/authenticate" {
		return nil
	}
	return s.enter(r)
}

// table is one of the entities' resources.
type table struct {
	*sim
	of   *schema
	rows *simkit.Table[row]
}

// filtered are the rows that the parameters of a query ask for, by id. Those that are
// not known are passed over, as Spring does.
func (t *table) filtered(query url.Values) ([]*row, error) {
	rows := t.rows.Select(nil)
	slices.SortFunc(rows, func(a, b *row) int { return cmp.Compare(a.id, b.id) })
	if t.settings.NoFilters {
		return rows, nil
	}
	for parameter := range query {
		name, op, ok := strings.Cut(parameter, ".")
		if !ok {
			continue
		}
		of, class := t.value(name)
		if of == nil {
			continue
		}
		want := query.Get(parameter)
		keep, err := t.condition(op, want, class)
		if err != nil {
			return nil, err
		}
		rows = slices.DeleteFunc(rows, func(r *row) bool { return !keep(of(r)) })
	}
	return rows, nil
}

// value finds what a filter looks at, and of which class it is: a column, the id, or that
// of a reference. Nil: there is none of that name.
func (t *table) value(name string) (of func(*row) any, class string) {
	if name == "id" {
		return func(r *row) any { return r.id }, long
	}
	for _, c := range t.of.columns {
		if c.name == name && c.class != reference || c.class == reference && c.name+"Id" == name {
			return func(r *row) any { return r.at(c.name) }, c.class
		}
	}
	return nil, ""
}

// condition is one filter of JHipster's. What a column cannot hold is asked for in vain.
func (t *table) condition(op, want, class string) (func(any) bool, error) {
	switch op {
	case "equals":
		if _, err := strconv.ParseInt(want, 10, 64); err != nil && slices.Contains([]string{long, integer, reference, foreign}, class) {
			return nil, unreadable
		}
		return func(v any) bool { return v != nil && fmt.Sprint(v) == want }, nil
	case "in":
		all := strings.Split(want, ",")
		return func(v any) bool { return v != nil && slices.Contains(all, fmt.Sprint(v)) }, nil
	case "specified":
		return func(v any) bool { return (v != nil) == (want == "true") }, nil
	case "greaterThan":
		n, err := strconv.ParseInt(want, 10, 64)
		if err != nil {
			return nil, unreadable
		}
		return func(v any) bool { at, ok := v.(int64); return ok && at > n }, nil
	}
	return nil, unreadable
}

func (t *table) list(r *http.Request) (int, any, error) {
	query := r.URL.Query()
	page, err := simkit.Whole(query, "page", 0, 0, 1_000_000)
	if err != nil {
		return 0, nil, unreadable
	}
	size, err := simkit.Whole(query, "size", 20, 1, 1_000_000)
	if err != nil {
		return 0, nil, unreadable
	}
	if by := query.Get("sort"); by != "" && by != "id,asc" {
		return 0, nil, unreadable // no client of ours asks for another order
	}
	found, err := t.filtered(query)
	if err != nil {
		return 0, nil, err
	}
	size = min(size, mostOnPage)
	part, _ := simkit.Window(found, page*size, size)
	last := max(0, (len(found)-1)/size)
	link := func(rel string, n int) string {
		return fmt.Sprintf("<%s%s?page=%d&size=%d>; rel=%q", t.Address("api"), r.URL.Path, n, size, rel)
	}
	links := []string{link("last", last), link("first", 0)}
	if page < last {
		links = append([]string{link("next", page+1)}, links...)
	}
	return http.StatusOK, simkit.Headed{
		Header: http.Header{"X-Total-Count": {strconv.Itoa(len(found))}, "Link": {strings.Join(links, ",")}}, Body: part,
	}, nil
}

func (t *table) count(r *http.Request) (int, any, error) {
	found, err := t.filtered(r.URL.Query())
	return http.StatusOK, len(found), err
}

func (t *table) get(r *http.Request) (int, any, error) {
	if found := t.rows.Get(r.PathValue("id")); found != nil {
		return http.StatusOK, found, nil
	}
	return 0, nil, missing
}

func (t *table) create(r *http.Request) (int, any, error) {
	in, sent, err := t.read(r)
	if err != nil {
		return 0, nil, err
	}
	if sent != nil {
		return 0, nil, alert(t.of.entity, "idexists")
	}
	if err := t.rows.Insert(r, in); err != nil {
		return 0, nil, t.refusedAs(t.of, err)
	}
	return http.StatusCreated, headed(in, "Location", fmt.Sprintf("/api/%s/%d", t.of.path, in.id)), nil
}

// update puts what is sent in place of the whole record.
func (t *table) update(r *http.Request) (int, any, error) {
	in, sent, err := t.read(r)
	id := r.PathValue("id")
	switch {
	case err != nil:
		return 0, nil, err
	case sent == nil:
		return 0, nil, alert(t.of.entity, "idnull")
	case strconv.FormatInt(*sent, 10) != id:
		return 0, nil, alert(t.of.entity, "idinvalid")
	case t.rows.Get(id) == nil:
		return 0, nil, alert(t.of.entity, "idnotfound")
	}
	next, err := t.rows.Update(r, id, func(now *row) error { now.v = in.v; return nil })
	if err != nil {
		return 0, nil, t.refusedAs(t.of, err)
	}
	return http.StatusOK, next, nil
}

// remove answers alike for a record that is not there.
func (t *table) remove(r *http.Request) (int, any, error) {
	id := r.PathValue("id")
	if found := t.rows.Get(id); found != nil {
		if t.referred(t.of.path, found.id) {
			if t.settings.Children != 0 {
				return 0, nil, handled(t.settings.Children, t.of.entity, "haschildren")
			}
			return 0, nil, data
		}
		if _, err := t.rows.Delete(r, id); err != nil {
			return 0, nil, err
		}
	}
	return http.StatusNoContent, nil, nil
}

func (t *table) read(r *http.Request) (*row, *int64, error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return nil, nil, noJSON
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, nil, unreadable
	}
	return t.of.input(body)
}
