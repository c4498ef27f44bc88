package resource

import (
	"cmp"
	"context"
	"iter"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// Paged reads a view whose pages are numbered, while records slide from page to
// page as others come, go or change their place. Each is given once. The number that
// the system states is compared with what was seen, so that the end can say whether
// that was all.
type Paged struct {
	// Size is how many records are on a full page; 0 where nobody knows, or where the
	// answers say it (Rows.Size).
	Size int
	// Orders is in how many orders the view can be read, at least one. The others are
	// read only when the first has missed records: what ranks alike may come in
	// another order on each page.
	Orders int
	// Page returns a page, from 1 on. Evidence.Count is how many records there are in
	// all, where it is Stated.
	Page func(ctx context.Context, order, n int) (Rows, error)
	// Since tells what has changed since an earlier listing; nil: nobody can be asked.
	Since *Since
}

// barren is how many pages in a row may show nothing new before a system is held to
// go in circles.
const barren = 2

// listPaged yields the pages of a view from a cursor on.
func (r *Resource[W]) listPaged(ctx context.Context, cursor connector.Cursor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		at, ok := r.position(cursor)
		if !ok {
			yield(connector.Page{}, r.Fault(connector.Drifted, "list", "malformed cursor", ""))
			return
		}
		s := &scan[W]{Resource: r, at: at, seen: map[record.ExternalID]bool{}, yield: yield}
		list := s.all
		if at.since() {
			list = s.changed
		}
		if err := list(ctx); err != nil {
			yield(connector.Page{}, err)
		}
	}
}

// scan is one listing.
type scan[W any] struct {
	*Resource[W]
	at    position
	seen  map[record.ExternalID]bool
	yield func(connector.Page, error) bool
	now   time.Time // when it began

	stated bool // count is what was stated last
	count  int
	full   int // records on a full page, as the last one says; 0: nobody knows
	idle   int // pages in a row without a record that is new
	met    int // records that were seen before this page
}

// all reads all pages in the first order, and in the others while some are missing.
func (s *scan[W]) all(ctx context.Context) error {
	whole := s.at.page == 1 && s.at.order == 0
	for ; s.at.order < s.Paged.Orders; s.at.order, s.at.page = s.at.order+1, 1 {
		if over, err := s.pass(ctx, whole); over || err != nil {
			return err
		}
		if !whole || !s.stated || len(s.seen) >= s.count {
			break
		}
	}
	s.yield(connector.Page{Next: s.at.done(), Evidence: connector.Evidence{
		SignedIn: true, Filters: true, End: true, Stated: s.stated, Count: s.count,
	}}, nil)
	return nil
}

// pass reads all pages in one order. over says that the reader has left.
func (s *scan[W]) pass(ctx context.Context, whole bool) (over bool, err error) {
	for ; ; s.at.page++ {
		before := s.count
		out, size, err := s.page(ctx, s.at.page)
		if err != nil {
			return false, err
		}
		if s.stated && s.count < before && s.at.page > 1 {
			// One has gone. The first of this page may have slid to the last page.
			again, _, err := s.page(ctx, s.at.page-1)
			if err != nil {
				return false, err
			}
			out.Items, out.Faults = append(out.Items, again.Items...), append(out.Faults, again.Faults...)
		}
		if s.circles(s.at.order == 0 && size > 0) {
			return false, s.Fault(connector.Drifted, "list", "the same records on every page", "")
		}
		last := size == 0 || size < s.full
		if s.stated && !last {
			// Of a page whose size nobody knows only a reading from the start can tell.
			last = s.full > 0 && s.at.page*s.full >= s.count || s.full == 0 && whole && len(s.seen) >= s.count
		}
		next := s.at
		if next.page++; last && s.at.order == s.Paged.Orders-1 {
			next.page = s.at.page // nothing comes after it but the end
		}
		out.Next = next.cursor()
		if !s.yield(out, nil) {
			return true, nil
		}
		if last {
			return false, nil
		}
	}
}

// circles counts pages without a record that is new, where there should be one. What
// has no id may be the same again and again.
func (s *scan[W]) circles(should bool) bool {
	if s.idle++; !should || len(s.seen) > s.met {
		s.idle = 0
	}
	s.met = len(s.seen)
	return s.idle > barren
}

// page reads one page, and keeps what has not been given yet.
func (s *scan[W]) page(ctx context.Context, n int) (out connector.Page, size int, err error) {
	rows, err := s.Paged.Page(ctx, s.at.order, n)
	if err != nil {
		return out, 0, err
	}
	s.begun(rows)
	s.stated, s.count, s.full = rows.Evidence.Stated, rows.Evidence.Count, cmp.Or(rows.Size, s.Paged.Size)
	out = s.fresh(rows)
	out.Evidence.Stated, out.Evidence.Count, out.Evidence.End = false, 0, false // only the end can tell
	return out, len(rows.Records), nil
}

// fresh makes a page of the rows that this listing has not given yet.
func (s *scan[W]) fresh(rows Rows) connector.Page {
	page := s.Resource.page(rows, map[record.ExternalID]bool{})
	out := page
	out.Items, out.Faults = nil, nil
	for _, item := range page.Items {
		if !s.seen[item.ID] {
			s.seen[item.ID] = true
			out.Items = append(out.Items, item)
		}
	}
	for _, f := range page.Faults {
		if f.ID == "" || !s.seen[f.ID] {
			if f.ID != "" {
				s.seen[f.ID] = true
			}
			out.Faults = append(out.Faults, f)
		}
	}
	return out
}

// position is where a listing stands: which page in which order; for what has changed
// since a mark, that; and the mark that stands when it is done.
type position struct {
	order, page int
	from, next  mark
}

// since reports whether only what has changed is listed.
func (p position) since() bool { return !p.from.ours.IsZero() }

// done is the cursor after the last page.
func (p position) done() connector.Cursor {
	if p.next.ours.IsZero() {
		return ""
	}
	return position{page: 1, from: p.next}.cursor()
}

func (p position) cursor() connector.Cursor {
	m := Marks{}
	if !p.since() {
		m["order"] = int64(p.order)
	}
	if !p.since() || p.page > 1 {
		m["page"] = int64(p.page)
	}
	m.SetTime("ours", p.from.ours)
	m.SetTime("theirs", p.from.theirs)
	m.SetTime("next_ours", p.next.ours)
	m.SetTime("next_theirs", p.next.theirs)
	return m.Cursor()
}

// position reads a cursor; the start has none.
func (r *Resource[W]) position(c connector.Cursor) (p position, ok bool) {
	if c == "" {
		return position{page: 1}, true
	}
	m, ok := ReadMarks(c, "order", "page", "ours", "theirs", "next_ours", "next_theirs")
	p = position{
		order: int(m["order"]), page: max(1, int(m["page"])),
		from: mark{m.Time("ours"), m.Time("theirs")}, next: mark{m.Time("next_ours"), m.Time("next_theirs")},
	}
	marked := p.from.whole() && p.next.whole() && (r.Paged.Since != nil || p.from.ours.IsZero() && p.next.ours.IsZero())
	// Without its mark a listing could not be gone on with, once it has come to its end.
	begun := r.Paged.Since == nil || p.since() && p.page == 1 || !p.next.ours.IsZero()
	numbered := p.since() || m["page"] > 0
	return p, ok && marked && begun && numbered && p.order < r.Paged.Orders
}
