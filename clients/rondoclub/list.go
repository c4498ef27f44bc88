package rondoclub

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// pageSize is the most that WordPress gives at once.
const pageSize = 100

// asks returns the properties that a list is asked for.
type asks func(ctx context.Context, op string) (url.Values, error)

// page returns one page of all posts of a kind by id, in every state but the trash:
// WordPress leaves that out of "any", and the theme shows nothing of it
// (docs/systems/rondoclub.md, measured 7). A post in the trash is so absent,
// and NotFound when asked for.
//
// The cursor is the page and the largest total seen so far. When the total moves
// while the pages are read, the largest is stated, so that a page that slid away
// beneath the listing is noticed.
func (s *site) page(ctx context.Context, op, path string, asked asks, since connector.Cursor) (resource.Rows, error) {
	m, ok := resource.ReadMarks(since, "page", "total")
	number, total := max(1, int(m["page"])), int(m["total"])
	if !ok || since != "" && m["page"] == 0 {
		return resource.Rows{}, s.fail(op, connector.Drifted, "", "a cursor that is not ours")
	}
	if since == "" { // else the page before has shown it
		if err := s.signedIn(ctx, op); err != nil {
			return resource.Rows{}, err
		}
	}
	rows, stated, last, err := s.rows(ctx, op, path, asked, number)
	if err != nil {
		return resource.Rows{}, err
	}
	total = max(total, stated)
	if err := s.signedIn(ctx, op); err != nil {
		return resource.Rows{}, err
	}
	out := resource.Rows{Records: rows, Evidence: connector.Evidence{SignedIn: true, Filters: true}}
	if last {
		out.Evidence.End, out.Evidence.Stated, out.Evidence.Count = true, true, total
	} else {
		out.Next = resource.Marks{"page": int64(number + 1), "total": int64(total)}.Cursor()
	}
	return out, nil
}

// rows reads one page. A page past the end is an empty last one.
func (s *site) rows(ctx context.Context, op, path string, asked asks, number int) (rows []json.RawMessage, total int, last bool, err error) {
	q, err := asked(ctx, op)
	if err != nil {
		return nil, 0, false, err
	}
	q.Set("status", "any")
	q.Set("per_page", strconv.Itoa(pageSize))
	q.Set("page", strconv.Itoa(number))
	q.Set("orderby", "id")
	q.Set("order", "asc")
	answer, err := s.call(ctx, rest.Call{Op: op, Path: path, Query: q, Into: &rows})
	if err != nil {
		if e, ok := asError(err); ok && number > 1 && strings.HasPrefix(e.Why, whyPastEnd) {
			return nil, 0, true, nil
		}
		return nil, 0, false, err
	}
	total, err1 := strconv.Atoi(answer.Header.Get("X-WP-Total"))
	pages, err2 := strconv.Atoi(answer.Header.Get("X-WP-TotalPages"))
	if err1 != nil || err2 != nil {
		return nil, 0, false, s.fail(op, connector.Drifted, "", "no totals in the answer")
	}
	return rows, total, number >= pages, nil
}

// search looks a person up by relation code, or by e-mail and name where there is no
// code. The e-mail is asked for first; the site has no filter on codes, so that
// otherwise the whole list is read. Records that cannot be read are passed over: one
// of them would keep everybody else from being found.
func (s *site) search(ctx context.Context, op string, want record.Fields) ([]json.RawMessage, error) {
	if person.Key(want) == "" {
		return nil, s.fail(op, connector.Rejected, person.RelationCode, "nothing to look for")
	}
	found, err := s.byEmail(ctx, op, want)
	if err != nil || len(found) > 0 {
		return found, err
	}
	return s.among(ctx, op, peoplePath, s.asked, func(raw json.RawMessage) bool { return s.isWanted(raw, want) })
}

func (s *site) isWanted(raw json.RawMessage, want record.Fields) bool {
	item, _, fault := s.people.Decode(raw)
	return fault == nil && matches(want, item.Fields)
}

// byEmail asks the theme. An older one names a single person, and not all
// accounts may ask; then the list decides.
func (s *site) byEmail(ctx context.Context, op string, want record.Fields) ([]json.RawMessage, error) {
	if want[person.Email1] == "" {
		return nil, nil
	}
	var answer struct {
		ID      int64
		Matches []struct{ ID int64 }
	}
	_, err := s.call(ctx, rest.Call{
		Op: op, Path: "/rondo/v1/people/find-by-email", Query: url.Values{"email": {want[person.Email1]}}, Into: &answer,
	})
	switch connector.ClassOf(err) {
	case connector.Denied, connector.Rejected, connector.NotFound, connector.Drifted:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ids := map[int64]bool{answer.ID: true}
	for _, m := range answer.Matches {
		ids[m.ID] = true
	}
	delete(ids, 0)
	var found []json.RawMessage
	for id := range ids {
		raw, err := s.fetch(ctx, op, record.ExternalID(strconv.FormatInt(id, 10)))
		switch connector.ClassOf(err) {
		case connector.NotFound, connector.Rejected:
			continue // in the trash, or not to be seen
		}
		if err != nil {
			return nil, err
		}
		if s.isWanted(raw, want) {
			found = append(found, raw)
		}
	}
	return found, nil
}
