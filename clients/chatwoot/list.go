package chatwoot

import (
	"context"
	"iter"
	"net/url"
	"strconv"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// perPage is how many contacts are on a page; it cannot be chosen
// (docs/systems/chatwoot.md, 2026-11).
const perPage = 15

// orders are those in which the contacts are read: the first, and the others
// only when some have been missed. Names seldom rank alike, whereas most
// contacts of ours have no activity at all, and what ranks alike may come in
// another order on each page.
var orders = []string{"name", "email", "-last_activity_at"}

// scan is one full listing. Contacts slide from page to page while it goes on,
// when others come, go or change their place: each is given once, and their
// number is compared with what ChatWoot states.
type scan struct {
	*account
	seen  map[record.ExternalID]bool
	whole bool // seen from the first page on
	count int  // what was stated last; -1: nothing yet
}

// listContacts yields all contacts that have an identifier, an address or a
// phone; others ChatWoot does not list. There is no query for what has changed.
func (a *account) listContacts(ctx context.Context, since connector.Cursor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		const op = "list contacts"
		order, from, ok := place(since)
		if !ok {
			yield(connector.Page{}, wrong(connector.Drifted, op, "malformed cursor", ""))
			return
		}
		s := &scan{account: a, seen: map[record.ExternalID]bool{}, whole: since == "", count: -1}
		for ; order < len(orders); order++ {
			over, err := s.pass(ctx, order, from, yield)
			if err != nil {
				yield(connector.Page{}, err)
			}
			if err != nil || over {
				return
			}
			if !s.whole || len(s.seen) >= s.count {
				break
			}
			from = 1
		}
		end := connector.Page{Evidence: connector.Evidence{
			SignedIn: true, Filters: true, End: true, Stated: true, Count: s.count,
		}}
		yield(end, nil)
	}
}

// pass reads all pages in one order. over says that the reader has left.
func (s *scan) pass(ctx context.Context, order, from int, yield func(connector.Page, error) bool) (over bool, err error) {
	for n := from; ; n++ {
		before := s.count
		out, size, err := s.page(ctx, order, n)
		if err != nil {
			return false, err
		}
		if s.count < before && n > 1 {
			// One has gone. The first of this page may have slid to the last page.
			again, _, err := s.page(ctx, order, n-1)
			if err != nil {
				return false, err
			}
			out.Items, out.Faults = append(out.Items, again.Items...), append(out.Faults, again.Faults...)
		}
		last := size < perPage || n*perPage >= s.count
		out.Next = at(order, n+1)
		if last && order == len(orders)-1 {
			out.Next = at(order, n) // nothing comes after it but the end
		}
		if !yield(out, nil) {
			return true, nil
		}
		if last {
			return false, nil
		}
	}
}

// page reads one page and keeps what has not been given yet.
func (s *scan) page(ctx context.Context, order, n int) (out connector.Page, size int, err error) {
	const op = "list contacts"
	var answer many
	_, err = s.api.Do(ctx, rest.Call{
		Op: op, Path: s.path("/contacts"), Into: &answer,
		Query: url.Values{"page": {strconv.Itoa(n)}, "sort": {orders[order]}},
	})
	if err != nil {
		return out, 0, err
	}
	if answer.Payload == nil || answer.Meta == nil || answer.Meta.Count == nil {
		return out, 0, wrong(connector.Drifted, op, "an answer without contacts or their number", "")
	}
	out.Evidence = connector.Evidence{SignedIn: true, Filters: true}
	s.count = *answer.Meta.Count
	for _, raw := range *answer.Payload {
		p, fault := s.decode(raw)
		switch {
		case fault != nil && (fault.ID == "" || !s.seen[fault.ID]):
			s.seen[fault.ID] = fault.ID != ""
			out.Faults = append(out.Faults, *fault)
		case fault == nil && !s.seen[p.ID]:
			s.seen[p.ID] = true
			out.Items = append(out.Items, p.Item)
		}
	}
	return out, len(*answer.Payload), nil
}

// at is the cursor of a page.
func at(order, page int) connector.Cursor {
	return connector.Cursor(url.Values{"order": {strconv.Itoa(order)}, "page": {strconv.Itoa(page)}}.Encode())
}

// place reads a cursor. The first page of the first order has none.
func place(c connector.Cursor) (order, page int, ok bool) {
	if c == "" {
		return 0, 1, true
	}
	v, err := url.ParseQuery(string(c))
	if err != nil {
		return 0, 0, false
	}
	order, err = strconv.Atoi(v.Get("order"))
	if err != nil || order < 0 || order >= len(orders) {
		return 0, 0, false
	}
	page, err = strconv.Atoi(v.Get("page"))
	return order, page, err == nil && page > 0
}
