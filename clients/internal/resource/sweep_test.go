package resource_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
)

// stage is a system of two parts, whose records have changed at some second; two are on a
// page.
type stage struct {
	parts   []string
	changed map[string]map[int64]int64 // by part and id
	clock   int64
	meant   func() // is done between two pages
	since   []time.Time
	broken  error
}

func (s *stage) fetch(_ context.Context, part int, after int64, since time.Time) (out resource.Swept, err error) {
	s.since = append(s.since, since)
	all := s.changed[s.parts[part]]
	var ids []int64
	for id, at := range all {
		if id > after && !time.Unix(at, 0).Before(since) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids[:min(2, len(ids))] {
		out.Records = append(out.Records, json.RawMessage(fmt.Sprintf("%q", fmt.Sprint(s.parts[part], id))))
		if out.Last = id; time.Unix(all[id], 0).After(out.Latest) {
			out.Latest = time.Unix(all[id], 0)
		}
	}
	if s.clock > 0 {
		out.Clock = time.Unix(s.clock, 0)
	}
	if s.meant != nil {
		s.meant()
	}
	return out, s.broken
}

func (s *stage) sweep() resource.Sweep[struct{}] {
	return resource.Sweep[struct{}]{
		Resource: &resource.Resource[struct{}]{System: "stage"}, Parts: s.parts, Size: 2, Behind: 10 * time.Second, Fetch: s.fetch,
	}
}

// list reads from a cursor on to the end.
func (s *stage) list(t *testing.T, at connector.Cursor) (seen []string, next connector.Cursor) {
	t.Helper()
	for {
		rows, err := s.sweep().Page(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range rows.Records {
			var name string
			_ = json.Unmarshal(raw, &name)
			seen = append(seen, name)
		}
		if at = rows.Next; rows.Evidence.End {
			return seen, at
		}
	}
}

func wantSeen(t *testing.T, seen []string, want ...string) {
	t.Helper()
	if !slices.Equal(seen, want) {
		t.Errorf("listed %v, want %v", seen, want)
	}
}

// All is listed part by part, then what has changed since, which reaches back; what is
// changed while it is read, or is dated ahead of the system's own time, moves no mark past
// what was not read.
func TestSweep(t *testing.T) {
	t.Parallel()
	s := &stage{parts: []string{"a", "b"}, clock: 1000, changed: map[string]map[int64]int64{
		"a": {3: 100, 4: 200, 9: 300}, "b": {3: 400, 5: 2000},
	}}
	s.meant = func() { s.changed["a"][3], s.clock, s.meant = 1100, 1200, nil }
	seen, mark := s.list(t, "")
	wantSeen(t, seen, "a3", "a4", "a9", "b3", "b5")
	seen, again := s.list(t, mark)
	wantSeen(t, seen, "a3", "b5")
	if last := s.since[len(s.since)-1].Unix(); last != 990 {
		t.Errorf("asked from %d on, want 10 s before the listing began", last)
	}
	s.changed["b"][3], s.clock = 1195, 1300 // seen late: it is dated before the mark
	seen, _ = s.list(t, again)
	wantSeen(t, seen, "b3", "b5")
	// Of a part that comes to be listed nothing is known.
	s.parts, s.changed["c"] = []string{"a", "c"}, map[int64]int64{1: 1}
	seen, mark = s.list(t, again)
	wantSeen(t, seen, "a3", "a4", "a9", "c1")
	// Without the system's time there is no new mark, and an old one stays.
	s.clock = 0
	if _, next := s.list(t, ""); next != "" {
		t.Errorf("a mark without a time: %q", next)
	}
	if _, next := s.list(t, mark); next != mark {
		t.Errorf("%q after %q", next, mark)
	}
}

func TestSweepFaults(t *testing.T) {
	t.Parallel()
	s := &stage{parts: []string{"a"}, clock: 5, changed: map[string]map[int64]int64{"a": {1: 1, 2: 2, 3: 3}}}
	rows, err := s.sweep().Page(t.Context(), "")
	if err != nil || rows.Evidence.End || rows.Evidence.Stated || len(rows.Records) != 2 {
		t.Fatalf("%+v, %v", rows, err)
	}
	for _, at := range []connector.Cursor{"x", "after=1", "after=2&of=0", rows.Next + "&part=1", rows.Next + "x"} {
		if _, err := s.sweep().Page(t.Context(), at); connector.ClassOf(err) != connector.Drifted {
			t.Errorf("cursor %q: %v", at, err)
		}
	}
	s.broken = errors.ErrUnsupported
	if _, err := s.sweep().Page(t.Context(), ""); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}

// What is known of a listing costs what has changed since, is read anew when it is old, or
// was not read to its end.
func TestRecall(t *testing.T) {
	t.Parallel()
	s := &stage{parts: []string{"a"}, clock: 500, changed: map[string]map[int64]int64{"a": {1: 100, 2: 200, 3: 300}}}
	k := resource.Recall{Page: s.sweep().Page, Age: time.Hour}
	begun := time.Unix(1000, 0)
	update := func(after time.Duration, forgets bool, notes ...string) {
		t.Helper()
		var noted []string
		forgot := false
		err := k.Update(t.Context(), begun.Add(after), func() { forgot = true }, func(raw json.RawMessage) {
			var name string
			_ = json.Unmarshal(raw, &name)
			noted = append(noted, name)
		})
		if !errors.Is(err, s.broken) || forgot != forgets {
			t.Errorf("after %s: forgot %v, %v", after, forgot, err)
		}
		wantSeen(t, noted, notes...)
	}
	update(0, true, "a1", "a2", "a3")
	s.changed["a"][1] = 400
	update(time.Minute, false, "a1", "a3")
	update(59*time.Minute, false, "a1")
	update(time.Hour, true, "a1", "a2", "a3")
	s.broken = errors.ErrUnsupported
	update(61*time.Minute, false)
	s.broken = nil
	update(62*time.Minute, true, "a1", "a2", "a3")
	k.Forget()
	update(63*time.Minute, true, "a1", "a2", "a3")
}
