package resource_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
)

// shelf is a library whose cards come in numbered pages, three on each, and that can
// say what has changed since. Its clock is wrong.
type shelf struct {
	*library
	now     time.Time
	off     time.Duration // of its clock
	changed map[string]time.Time
	order   func(order int, all []json.RawMessage) // of a page; nil: by id
	asked   []string
	dated   bool        // cards say themselves when they were changed
	after   func(n int) // a page was read
}

func newShelf() *shelf {
	return &shelf{library: newLibrary(), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), off: -5 * time.Hour, changed: map[string]time.Time{}}
}

// edit changes a card now.
func (s *shelf) edit(t *testing.T, id int, name string) {
	t.Helper()
	if _, err := s.put("edit", id, &card{Name: mapping.Of(name)}); err != nil {
		t.Fatal(err)
	}
	s.changed[strconv.Itoa(id)] = s.now.Add(s.off)
}

func (s *shelf) fill(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		if _, err := s.put("fill", 0, &card{Number: mapping.Of(fmt.Sprint("c", i)), Name: mapping.Of("x")}); err != nil {
			t.Fatal(err)
		}
		s.edit(t, i+1, "x")
	}
}

func idOf(raw json.RawMessage) string {
	var c card
	_ = json.Unmarshal(raw, &c)
	return strconv.Itoa(c.ID)
}

func (s *shelf) rows(all []json.RawMessage, n int) resource.Rows {
	total := len(s.all())
	from := min(3*(n-1), len(all))
	rows := resource.Rows{
		Records: all[from:min(from+3, len(all))], Clock: s.now.Add(s.off),
		Evidence: connector.Evidence{SignedIn: true, Filters: true, Stated: true, Count: total},
	}
	if k := len(rows.Records); k > 0 && !s.dated {
		rows.Oldest = s.changed[idOf(rows.Records[k-1])]
	}
	return rows
}

func (s *shelf) latest() []json.RawMessage {
	all := s.all()
	slices.SortStableFunc(all, func(a, b json.RawMessage) int { return s.changed[idOf(b)].Compare(s.changed[idOf(a)]) })
	return all
}

func (s *shelf) resource(orders int) *resource.Resource[card] {
	r := s.library.resource()
	if s.dated {
		r.Changed = func(c *card) time.Time { return s.changed[strconv.Itoa(c.ID)] }
	}
	r.Page = nil
	r.Paged = &resource.Paged{
		Size: 3, Orders: orders,
		Page: func(ctx context.Context, order, n int) (resource.Rows, error) {
			s.asked = append(s.asked, fmt.Sprint("page ", order, " ", n))
			if err := s.call(ctx, "list"); err != nil {
				return resource.Rows{}, err
			}
			all := s.all()
			if s.order != nil {
				s.order(order, all)
			}
			rows := s.rows(all, n)
			if s.after != nil {
				s.after(n)
			}
			return rows, nil
		},
		Since: &resource.Since{
			Overlap: time.Minute, Widest: time.Hour, Now: func() time.Time { return s.now },
			Within: func(_ context.Context, window time.Duration) (resource.Rows, error) {
				s.asked = append(s.asked, fmt.Sprint("within ", window))
				all := slices.DeleteFunc(s.all(), func(raw json.RawMessage) bool {
					return s.changed[idOf(raw)].Before(s.now.Add(s.off - window))
				})
				return resource.Rows{Records: all, Clock: s.now.Add(s.off), Evidence: connector.Evidence{SignedIn: true, Filters: true}}, nil
			},
			Latest: func(_ context.Context, n int) (resource.Rows, error) {
				s.asked = append(s.asked, fmt.Sprint("latest ", n))
				return s.rows(s.latest(), n), nil
			},
		},
	}
	return r
}

// Collections makes the shelf a connector.
func (s *shelf) Collections() []connector.Collection {
	return []connector.Collection{s.resource(1).Offer()}
}

// read lists from a cursor: how often each was given, the end, and the last cursor.
func (s *shelf) read(t *testing.T, c connector.Collection, since connector.Cursor) (given map[record.ExternalID]int, end connector.Evidence, next connector.Cursor) {
	t.Helper()
	given, s.asked = map[record.ExternalID]int{}, nil
	for p, err := range c.List(t.Context(), since) {
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range p.Items {
			given[item.ID]++
		}
		end, next = p.Evidence, p.Next
	}
	return given, end, next
}

// A system that gives fewer on a page than it was asked for says how many: no page is
// taken for the last because it is short.
func TestPageSaysItsSize(t *testing.T) {
	t.Parallel()
	s := newShelf()
	s.fill(t, 10)
	r := s.resource(1)
	page := r.Paged.Page
	r.Paged.Size = 100
	r.Paged.Page = func(ctx context.Context, order, n int) (resource.Rows, error) {
		rows, err := page(ctx, order, n)
		rows.Size = 3
		return rows, err
	}
	given, end, _ := s.read(t, r.Offer(), "")
	if len(given) != 10 || !end.End || len(s.asked) != 4 {
		t.Errorf("%d of 10 in %v, %+v", len(given), s.asked, end)
	}
}

// What is read by numbered pages is a connector as any other.
func TestPagedContract(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{Open: func(t *testing.T) *connectortest.Bench {
		s := newShelf()
		return &connectortest.Bench{
			Connector: s, Host: connectortest.NewHost(t), Kind: "test.reader", Want: sample,
			Key:    func(want record.Fields) record.Fields { return want.Only([]record.Field{number}) },
			Change: func(record.Fields) record.Fields { return record.Fields{name: "Ünal Lezer"} }, Clear: note,
			Refused: func() (record.Fields, record.Field) {
				f := sample(9)
				f[name] = ""
				return f, name
			},
			Rival: func(want record.Fields) (record.Fields, record.Field) {
				f := sample(4)
				f[mail] = want[mail]
				return f, mail
			},
			Edit: func(t *testing.T, id record.ExternalID, set record.Fields) {
				n, _ := strconv.Atoi(string(id))
				s.edit(t, n, set[name])
			},
			Writes: func(*testing.T) int { return s.writes },
			Reopen: func(*testing.T) connector.Connector { return s },
		}
	}})
}

// Records that slide from page to page are given once, or the end says that some
// are missing.
func TestPagesMove(t *testing.T) {
	t.Parallel()
	drop := func(s *shelf, id int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.cards, id)
	}
	for what, c := range map[string]struct {
		after func(s *shelf, n int)
		order func(order int, all []json.RawMessage)
		given int // of ten
		count int // that the end states
		calls int
	}{
		"nothing happens":          {given: 10, count: 10, calls: 4},
		"one that was read goes":   {after: func(s *shelf, n int) { drop(s, map[int]int{1: 2}[n]) }, given: 10, count: 9, calls: 4},
		"one that was unread goes": {after: func(s *shelf, n int) { drop(s, map[int]int{1: 8}[n]) }, given: 9, count: 9, calls: 4},
		// The first page of the second order has one that the first order has hidden.
		"another order shows the rest": {order: func(order int, all []json.RawMessage) {
			if order == 0 {
				all[9] = all[0]
			}
		}, given: 10, count: 10, calls: 8},
		"no order shows it": {order: func(_ int, all []json.RawMessage) { all[9] = all[0] }, given: 9, count: 10, calls: 8},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := newShelf()
			s.fill(t, 10)
			s.order = c.order
			if c.after != nil {
				s.after = func(n int) { c.after(s, n) }
			}
			given, end, _ := s.read(t, s.resource(2).Offer(), "")
			for id, times := range given {
				if times != 1 {
					t.Errorf("%s is given %d times", id, times)
				}
			}
			calls := len(s.asked)
			if c.after != nil {
				calls = min(calls, c.calls) // and a page that was read again
			}
			if len(given) != c.given || !end.End || !end.Stated || end.Count != c.count || calls != c.calls {
				t.Errorf("%d given, %+v, asked %v", len(given), end, s.asked)
			}
		})
	}
}

// A system that goes in circles is noticed, whether its records have an id or not.
func TestCircles(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{`{"id":1,"no":"c1"}`, `"no record"`} {
		s := newShelf()
		r := s.resource(1)
		n := 0
		r.Paged.Page = func(context.Context, int, int) (resource.Rows, error) {
			n++
			one := json.RawMessage(raw)
			return resource.Rows{Records: []json.RawMessage{one, one, one}, Evidence: connector.Evidence{Stated: true, Count: 900}}, nil
		}
		var last error
		for _, last = range r.Offer().List(t.Context(), "") {
			if n > 9 {
				t.Fatal("it is asked for ever")
			}
		}
		class(t, last, connector.Drifted, "")
	}
}

// What has changed since a listing began is asked for in one answer, whatever the
// system's clock says; after too long a time by pages, until all is older, whether the page
// says so or the records themselves.
func TestSince(t *testing.T) {
	t.Parallel()
	for _, dated := range []bool{false, true} {
		t.Run(fmt.Sprint(dated), func(t *testing.T) {
			t.Parallel()
			s := newShelf()
			s.dated = dated
			since(t, s)
		})
	}
}

func since(t *testing.T, s *shelf) {
	t.Helper()
	s.fill(t, 10)
	c := s.resource(1).Offer()
	s.now = s.now.Add(3 * time.Hour)
	_, end, mark := s.read(t, c, "")
	if !end.End || mark == "" {
		t.Fatalf("%+v, cursor %q", end, mark)
	}
	step := func(wait time.Duration, edited int, want ...string) {
		t.Helper()
		s.now = s.now.Add(wait / 2)
		if edited > 0 {
			s.edit(t, edited, fmt.Sprint("after ", wait))
		}
		s.now = s.now.Add(wait / 2)
		var given map[record.ExternalID]int
		given, end, mark = s.read(t, c, mark)
		if !end.End || !slices.Equal(s.asked, want) || edited > 0 && given[record.ExternalID(fmt.Sprint(edited))] != 1 || len(given) > 3 {
			t.Errorf("after %s: %v, %+v, asked %v", wait, given, end, s.asked)
		}
	}
	step(10*time.Minute, 4, "within 11m0s")
	step(10*time.Minute, 0, "within 11m0s")
	step(2*time.Hour, 7, "latest 1")
	step(-time.Hour, 0, "latest 1") // our clock was set back
	for _, cursor := range []connector.Cursor{"%", "ours=x", "ours=5", "page=2", "order=1&page=2&next_ours=5&next_theirs=5", "order=0&page=2", "order=0&page=0&next_ours=5&next_theirs=5"} {
		for _, err := range c.List(t.Context(), cursor) {
			class(t, err, connector.Drifted, "")
		}
	}
}

// A listing is gone on with at each of its cursors, by another process, and comes
// to the same mark.
func TestPagesGoOn(t *testing.T) {
	t.Parallel()
	s := newShelf()
	s.fill(t, 10)
	c := s.resource(1).Offer()
	var pages []connector.Page
	for p, err := range c.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, p)
	}
	s.now = s.now.Add(time.Minute)
	had := 0
	for _, p := range pages[:len(pages)-1] {
		had += len(p.Items)
		given, end, mark := s.read(t, c, p.Next)
		if len(given)+had < 10 || !end.End || mark != pages[len(pages)-1].Next {
			t.Errorf("from %q: %d, %+v, mark %q", p.Next, len(given), end, mark)
		}
	}
}
