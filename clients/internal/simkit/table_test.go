package simkit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
)

// loan is a row of an invented system.
type loan struct {
	ID      string    `json:"id"`
	Reader  string    `json:"reader"`
	Desk    string    `json:"desk"`
	Changed time.Time `json:"changed"`
	Made    time.Time `json:"made"`
	Books   []string  `json:"books,omitempty"`
}

type opening struct {
	Closed bool     `json:"closed"`
	Desks  []string `json:"desks"`
}

var errNoReader = errors.New("a loan needs a reader")

// lending is a simulator that is one table and its settings.
type lending struct {
	*simkit.Kit
	store simkit.Store
	loans *simkit.Table[loan]
	hours *opening
	calls simkit.Limit
}

func newLending(t *testing.T) (*lending, simkit.Remote) {
	t.Helper()
	l := &lending{}
	l.Kit = simkit.New("lending", &l.store)
	l.loans = simkit.Keep(&l.store, simkit.Rules[loan]{
		Kit: l.Kit, Collection: "loans",
		ID:       func(r *loan) string { return r.ID },
		Identify: func(r *loan) { r.ID = strconv.Itoa(l.store.Number()) },
		Unique:   map[string]func(*loan) string{"reader": func(r *loan) string { return strings.ToLower(r.Reader) }},
		Check: func(r *loan) error {
			if r.Reader == "" {
				return errNoReader
			}
			return nil
		},
		Stamp: func(r *loan, now time.Time, made bool) {
			if r.Changed = now; made {
				r.Made = now
			}
		},
	})
	l.hours = simkit.Settings(&l.store, "hours", opening{Desks: []string{"one", "two"}})
	l.store.Fill = func() {
		for i := range 3 {
			l.loans.Fill(&loan{Reader: fmt.Sprintf("lezer%d", i+1), Desk: []string{"one", "two"}[i%2]})
		}
	}
	l.store.Reset()
	l.Part("api", l.api())
	simkit.EditsOf("/loans", l.loans).Serve(l.Kit)
	simkit.Patch(l.Kit, "/hours/{nr}", func(r *http.Request) *opening {
		if r.PathValue("nr") != "1" {
			return nil
		}
		return l.hours
	})
	return l, simtest.Start(t, l.Kit)
}

func (l *lending) api() http.Handler {
	return simkit.API{
		Kit: l.Kit, Unknown: simkit.ErrMissing,
		Enter: func(r *http.Request) error {
			if l.calls.Wait(l.Now(), 1000) > 0 || r.Header.Get("Reader") == "" {
				return errNoReader
			}
			return nil
		},
		Refused: func(w http.ResponseWriter, err error) (int, any) {
			w.Header().Set("X-Why", "refused")
			switch taken, ok := errors.AsType[*simkit.Taken](err); {
			case ok:
				return http.StatusConflict, taken
			case errors.Is(err, simkit.ErrMissing):
				return http.StatusNotFound, nil
			}
			return http.StatusBadRequest, map[string]string{"error": err.Error()}
		},
		Calls: map[string]simkit.Call{
			"POST /loans": func(r *http.Request) (int, any, error) {
				row := &loan{Reader: r.Header.Get("Reader"), Desk: "one", Books: []string{"a"}}
				return http.StatusCreated, row, l.loans.Insert(r, row)
			},
			"PUT /loans/{id}": func(r *http.Request) (int, any, error) {
				row, err := l.loans.Update(r, r.PathValue("id"), func(row *loan) error {
					row.Reader = r.Header.Get("Reader")
					return nil
				})
				return http.StatusOK, row, err
			},
			"DELETE /loans/{id}": func(r *http.Request) (int, any, error) {
				_, err := l.loans.Delete(r, r.PathValue("id"))
				return http.StatusNoContent, nil, err
			},
		},
	}.Handler()
}

func (l *lending) ask(t *testing.T, method, path, reader string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, l.Address("api")+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Reader", reader)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("X-Why")
}

// What a table refuses changes nothing and is not in the journal; what it takes is
// there with what stood before.
func TestTableRefusesAndTells(t *testing.T) {
	t.Parallel()
	l, _ := newLending(t)
	for _, c := range []struct {
		method, path, reader string
		status               int
	}{
		{"POST", "/loans", "LEZER1", 409},
		{"PUT", "/loans/2", "Lezer1", 409},
		{"PUT", "/loans/9", "x", 404},
		{"DELETE", "/loans/9", "x", 404},
		{"GET", "/books", "x", 404},
		{"POST", "/loans", "", 400},
	} {
		if status, why := l.ask(t, c.method, c.path, c.reader); status != c.status || why != "refused" {
			t.Errorf("%s %s: %d %q, want %d", c.method, c.path, status, why, c.status)
		}
	}
	if l.loans.Len() != 3 || len(l.Writes(0)) != 0 {
		t.Fatalf("%d rows and %d writes after refusals", l.loans.Len(), len(l.Writes(0)))
	}
	for _, c := range []struct {
		method, path, reader string
		status               int
	}{{"POST", "/loans", "lezer4", 201}, {"PUT", "/loans/4", "lezer5", 200}, {"PUT", "/loans/4", "LEZER5", 200}, {"PUT", "/loans/1", "lezer4", 200}, {"DELETE", "/loans/4", "x", 204}} {
		if status, _ := l.ask(t, c.method, c.path, c.reader); status != c.status {
			t.Errorf("%s %s: %d", c.method, c.path, status)
		}
	}
	w := l.Writes(0)
	if len(w) != 5 || w[0].Op != "create" || w[0].Before != nil || w[4].Op != "delete" || w[4].After != nil || w[0].Collection != "loans" {
		t.Fatalf("journal %+v", w)
	}
	before, _ := w[1].Before.(*loan)
	after, _ := w[1].After.(*loan)
	if before == nil || after == nil || before.Reader != "lezer4" || after.Reader != "lezer5" || before.Made != after.Made || after.Made.IsZero() {
		t.Errorf("the journal shows %+v and %+v", before, after)
	}
	if l.loans.By("reader", "lezer5") != nil || l.loans.By("reader", "lezer4").ID != "1" || l.loans.Get("4") != nil {
		t.Error("the index shows what is not there")
	}
}

// An id is a row's own, whoever gives it.
func TestIDsAreUnique(t *testing.T) {
	t.Parallel()
	l, _ := newLending(t)
	taken, ok := errors.AsType[*simkit.Taken](l.loans.Insert(nil, &loan{ID: "1", Reader: "new"}))
	if !ok || taken.Name != "id" || taken.ID != "1" {
		t.Errorf("a second row with an id is answered %v", taken)
	}
	_, err := l.loans.Update(nil, "2", func(row *loan) error { row.ID = "1"; return nil })
	if _, ok := errors.AsType[*simkit.Taken](err); !ok {
		t.Errorf("a row that takes another's id is answered %v", err)
	}
	if _, err := l.loans.Update(nil, "2", func(row *loan) error { row.ID = "20"; return nil }); err != nil || l.loans.Len() != 3 || l.loans.Get("20") == nil {
		t.Errorf("%d rows, %v", l.loans.Len(), err)
	}
}

// Listings are filtered and cut; numbers of a query are held to their bounds.
func TestSelectAndWindow(t *testing.T) {
	t.Parallel()
	l, _ := newLending(t)
	desk := map[string]func(*loan) string{"desk": func(r *loan) string { return r.Desk }}
	if rows := l.loans.Where(url.Values{"desk": {"one"}}, desk); len(rows) != 2 || rows[1].ID != "3" {
		t.Errorf("%d rows at the desk", len(rows))
	}
	all := l.loans.Where(nil, desk)
	if got := fmt.Sprint(simkit.Objects(all, desk["desk"])); got != "[one two one]" {
		t.Errorf("shown as %s", got)
	}
	if none, err := json.Marshal(simkit.Objects(all[:0], desk["desk"])); err != nil || string(none) != "[]" {
		t.Errorf("no rows are shown as %s, %v", none, err)
	}
	for _, c := range []struct {
		skipped, size, want int
		more                bool
	}{{0, 2, 2, true}, {2, 2, 1, false}, {0, 3, 3, false}, {7, 2, 0, false}, {-1, 0, 0, true}} {
		if part, more := simkit.Window(all, c.skipped, c.size); len(part) != c.want || more != c.more {
			t.Errorf("from %d, %d: %d rows, more %v", c.skipped, c.size, len(part), more)
		}
	}
	for text, want := range map[string]int{"": 20, "1": 1, "50": 50, "0": -1, "51": -1, "x": -1} {
		n, err := simkit.Whole(url.Values{"size": {text}}, "size", 20, 1, 50)
		if (err != nil) != (want < 0) || err == nil && n != want {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	}
}

// A control call changes what its body names, strictly, and is not in the journal.
func TestEdits(t *testing.T) {
	t.Parallel()
	l, r := newLending(t)
	var row loan
	simtest.Control(t, r, "POST", "/loans", map[string]any{"reader": "bo", "books": []string{"a", "b"}}, &row)
	simtest.Control(t, r, "PATCH", "/loans/"+row.ID, map[string]any{"books": []string{"c"}}, &row)
	if row.ID != "4" || row.Reader != "bo" || len(row.Books) != 1 || row.Books[0] != "c" {
		t.Errorf("%+v", row)
	}
	simtest.Control(t, r, "PATCH", "/hours/1", map[string]any{"desks": []string{"three"}}, nil)
	if l.hours.Closed || len(l.hours.Desks) != 1 {
		t.Errorf("%+v", l.hours)
	}
	for _, c := range []struct {
		method, path string
		body         map[string]any
	}{
		{"POST", "/loans", map[string]any{"reader": "BO"}},
		{"POST", "/loans", map[string]any{}},
		{"PATCH", "/loans/4", map[string]any{"nobody": 1}},
		{"PATCH", "/loans/9", map[string]any{}},
		{"DELETE", "/loans/9", nil},
		{"PATCH", "/hours/1", map[string]any{"closd": true}},
		{"PATCH", "/hours/2", map[string]any{}},
	} {
		if err := r.Call(t.Context(), c.method, c.path, c.body, nil); err == nil {
			t.Errorf("%s %s %v was taken", c.method, c.path, c.body)
		}
	}
	simtest.Control(t, r, "DELETE", "/loans/4", nil, nil)
	if l.loans.Len() != 3 || len(l.Writes(0)) != 0 {
		t.Errorf("%d rows, %d writes", l.loans.Len(), len(l.Writes(0)))
	}
}

// A dump that is loaded is the state; one that cannot be leaves the state alone.
func TestStore(t *testing.T) {
	t.Parallel()
	_, r := newLending(t)
	dump := func() string {
		var raw json.RawMessage
		simtest.Control(t, r, "GET", "/dump", nil, &raw)
		return string(raw)
	}
	start := dump()
	simtest.Control(t, r, "PATCH", "/hours/1", map[string]any{"closed": true}, nil)
	simtest.Control(t, r, "POST", "/loans", map[string]any{"reader": "bo"}, nil)
	changed := dump()
	for _, bad := range []string{
		`[]`, `{"loans":1}`, `{"hours":{"opn":1}}`, `{"loans":[],"books":[]}`, `{"last_number":"x"}`,
		`{"loans":[{"id":"1","reader":"a"},{"id":"1","reader":"b"}]}`,
		`{"loans":[{"id":"1","reader":"a"},{"id":"2","reader":"A"}]}`,
		`{"loans":[{"reader":"a"}]}`, `{"loans":[null]}`,
	} {
		if err := r.Call(t.Context(), "POST", "/load", json.RawMessage(bad), nil); err == nil || dump() != changed {
			t.Errorf("%s: %v", bad, err)
		}
	}
	simtest.Control(t, r, "POST", "/reset", nil, nil)
	if dump() != start {
		t.Errorf("after a reset %s, want %s", dump(), start)
	}
	simtest.Control(t, r, "POST", "/load", json.RawMessage(changed), nil)
	if dump() != changed {
		t.Errorf("loaded %s, want %s", dump(), changed)
	}
	// Ids go on where the dump left off, and its rows are known by their values.
	var row loan
	simtest.Control(t, r, "POST", "/loans", map[string]any{"reader": "ali"}, &row)
	if row.ID != "5" || r.Call(t.Context(), "POST", "/loans", map[string]any{"reader": "Bo"}, nil) == nil {
		t.Errorf("the next row is %s", row.ID)
	}
	// A dump made by hand may not say where they left off: no id is given twice.
	simtest.Control(t, r, "POST", "/load", json.RawMessage(`{"loans":[{"id":"1","reader":"a"},{"id":"2","reader":"b"}]}`), nil)
	simtest.Control(t, r, "POST", "/loans", map[string]any{"reader": "ali"}, &row)
	if row.ID != "3" {
		t.Errorf("the row after two is %s", row.ID)
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	var l simkit.Limit
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ after, wait int }{{0, 0}, {10, 0}, {20, 40}, {59, 1}, {60, 0}, {61, 9}} {
		if wait := l.Wait(at.Add(time.Duration(c.after)*time.Second), 2); wait != time.Duration(c.wait)*time.Second {
			t.Errorf("after %d s: %s, want %d s", c.after, wait, c.wait)
		}
	}
}
