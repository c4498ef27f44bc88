package resource

import (
	"context"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
)

// Since lists what has changed since an earlier listing began. It is asked for by the
// length of time that has passed, so that it does not matter how the clocks differ;
// one that is longer than the system answers at once is read page by page, latest
// change first, until all is older than the mark, by the system's own clock.
//
// The mark is the time at which a listing begins: a record that changes meanwhile
// is in the next one.
type Since struct {
	// Overlap is how far a listing reaches back behind its mark.
	Overlap time.Duration
	// Widest is the widest window that is asked for in one answer.
	Widest time.Duration
	Now    func() time.Time
	// Within returns what has changed within a window that ends now, in one answer.
	Within func(ctx context.Context, window time.Duration) (Rows, error)
	// Latest returns a page, from 1 on, latest change first.
	Latest func(ctx context.Context, n int) (Rows, error)
}

// mark is when a listing began, by our clock and by the system's.
type mark struct{ ours, theirs time.Time }

// whole reports whether it has both times, or neither.
func (m mark) whole() bool { return m.ours.IsZero() == m.theirs.IsZero() }

// begun notes the mark of a listing when its first page has come.
func (s *scan[W]) begun(rows Rows) {
	since := s.Paged.Since
	if since == nil || !s.at.next.ours.IsZero() {
		return
	}
	if s.now.IsZero() {
		s.now = since.Now()
	}
	s.at.next = mark{s.now, rows.Clock}
	if rows.Clock.IsZero() {
		s.at.next.theirs = s.now
	}
}

// changed lists what has changed since the mark.
func (s *scan[W]) changed(ctx context.Context) error {
	since := s.Paged.Since
	s.now = since.Now()
	window := s.now.Sub(s.at.from.ours) + since.Overlap
	if s.at.page > 1 || window < since.Overlap || window >= since.Widest {
		return s.latest(ctx)
	}
	rows, err := since.Within(ctx, window)
	if err != nil {
		return err
	}
	s.begun(rows)
	out := s.fresh(rows)
	out.Next, out.Evidence.End = s.at.done(), true
	s.yield(out, nil)
	return nil
}

// latest reads the pages of what has changed last, until all is older than the mark.
func (s *scan[W]) latest(ctx context.Context) error {
	since, first := s.Paged.Since, s.at.page
	for ; ; s.at.page++ {
		rows, err := since.Latest(ctx, s.at.page)
		if err != nil {
			return err
		}
		s.begun(rows)
		out := s.fresh(rows)
		if n := len(rows.Records); n > 0 && rows.Oldest.IsZero() {
			item, _, _ := s.Decode(rows.Records[n-1]) // its fault was told
			rows.Oldest = item.Changed
		}
		if s.circles(len(rows.Records) > 0) {
			return s.Fault(connector.Drifted, "list", "the same records on every page", "")
		}
		older := !rows.Oldest.IsZero() && rows.Oldest.Before(s.at.from.theirs.Add(-since.Overlap))
		all := first == 1 && rows.Evidence.Stated && len(s.seen) >= rows.Evidence.Count
		last := len(rows.Records) == 0 || older || all
		next := s.at
		next.page++
		if out.Next, out.Evidence.End = next.cursor(), last; last {
			out.Next = s.at.done()
		}
		out.Evidence.Stated, out.Evidence.Count = false, 0 // of all, and not of these
		if !s.yield(out, nil) || last {
			return nil
		}
	}
}
