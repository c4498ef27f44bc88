package rondoclub

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// pageSize is the most that WordPress gives at once.
const pageSize = 100

// list yields all persons by id, in every state but the trash: WordPress leaves
// that out of "any", and the theme shows nothing of it
// (docs/systems/rondoclub.md, measured 7). A person in the trash is so absent,
// and Gone when asked for.
//
// The cursor is the next page and the largest total seen so far. When the
// total moves while the pages are read, the largest is stated, so that a page
// that slid away beneath the listing is noticed.
func (s *site) list(ctx context.Context, since connector.Cursor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		if err := s.pages(ctx, since, func(p connector.Page) bool { return yield(p, nil) }); err != nil {
			yield(connector.Page{}, err)
		}
	}
}

func (s *site) pages(ctx context.Context, since connector.Cursor, yield func(connector.Page) bool) error {
	const op = "list people"
	number, total, ok := parseCursor(since)
	if !ok {
		return s.fail(op, connector.Drifted, "", "a cursor that is not ours")
	}
	t, err := s.terms(ctx, op)
	if err != nil {
		return err
	}
	if err := s.signedIn(ctx, op); err != nil {
		return err
	}
	for ; ; number++ {
		page, stated, last, err := s.page(ctx, op, number, t)
		if err != nil {
			return err
		}
		total = max(total, stated)
		// Signed in before this page, as the one before it has shown; and after.
		if err := s.signedIn(ctx, op); err != nil {
			return err
		}
		page.Evidence = connector.Evidence{SignedIn: true, Filters: true}
		if last {
			page.Evidence.End, page.Evidence.Stated, page.Evidence.Count = true, true, total
		} else {
			page.Next = connector.Cursor(strconv.Itoa(number+1) + "/" + strconv.Itoa(total))
		}
		if !yield(page) || last {
			return nil
		}
	}
}

func parseCursor(c connector.Cursor) (page, total int, ok bool) {
	if c == "" {
		return 1, 0, true
	}
	p, t, found := strings.Cut(string(c), "/")
	page, err1 := strconv.Atoi(p)
	total, err2 := strconv.Atoi(t)
	return page, total, found && err1 == nil && err2 == nil && page > 0 && total >= 0
}

// page reads one page. A page past the end is an empty last one.
func (s *site) page(ctx context.Context, op string, number int, t terms) (out connector.Page, total int, last bool, err error) {
	q := s.wanted()
	q.Set("status", "any")
	q.Set("per_page", strconv.Itoa(pageSize))
	q.Set("page", strconv.Itoa(number))
	q.Set("orderby", "id")
	q.Set("order", "asc")
	var rows []json.RawMessage
	answer, err := s.call(ctx, rest.Call{Op: op, Path: "/wp/v2/people", Query: q, Into: &rows})
	if err != nil {
		if number > 1 && why(err) == whyPastEnd {
			return out, 0, true, nil
		}
		return out, 0, false, err
	}
	total, pages, err := s.totals(op, answer.Header)
	if err != nil {
		return out, 0, false, err
	}
	for _, raw := range rows {
		s.row(&out, raw, t)
	}
	return out, total, number >= pages, nil
}

func (s *site) totals(op string, h http.Header) (total, pages int, err error) {
	total, err1 := strconv.Atoi(h.Get("X-WP-Total"))
	pages, err2 := strconv.Atoi(h.Get("X-WP-TotalPages"))
	if err1 != nil || err2 != nil {
		return 0, 0, s.fail(op, connector.Drifted, "", "no totals in the answer")
	}
	return total, pages, nil
}

// row adds a record to a page, or a fault when it cannot be read.
func (s *site) row(out *connector.Page, raw json.RawMessage, t terms) {
	var p post
	if err := json.Unmarshal(raw, &p); err != nil || p.ID == 0 {
		out.Faults = append(out.Faults, connector.Fault{Why: "a record without an id"})
		return
	}
	id := record.ExternalID(strconv.FormatInt(p.ID, 10))
	item, err := s.read(p, t)
	if err != nil {
		f, why := fault(err)
		out.Faults = append(out.Faults, connector.Fault{ID: id, Field: f, Why: why})
		return
	}
	out.Items = append(out.Items, item)
}

func why(err error) string {
	if e, ok := asError(err); ok {
		return e.Why
	}
	return ""
}
