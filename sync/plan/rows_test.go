package plan_test

import (
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// TestRowsThatAreNotShown: a row of a set is gone when a certified reading of all does not
// show it. Any other reading adds rows and changes those that it shows; where it lacks some
// the next reading is to show the record again, or a whole one that says the same would
// go unheard.
func TestRowsThatAreNotShown(t *testing.T) {
	t.Parallel()
	const bar, barEnded, hall = "bar\tcurrent", "bar\tended", "hall\tcurrent"
	set := func(rows ...string) string { return record.SetValue(rows) }
	for _, c := range []struct {
		name  string
		read  func(r *plan.Reading)
		shown string
		rows  string
		again bool
	}{
		{"all were read", func(*plan.Reading) {}, hall, hall, false},
		{"all were read, none is left", func(*plan.Reading) {}, "", "", false},
		{"some were read", func(r *plan.Reading) { *r = plan.Reading{Complete: true} }, hall, set(bar, hall), true},
		{"some were read, which show all", func(r *plan.Reading) { *r = plan.Reading{Complete: true} }, set(barEnded, hall), set(barEnded, hall), false},
		{"not certified", func(r *plan.Reading) { r.Certificate = reconcile.Certificate{} }, hall, set(bar, hall), true},
		{"something of it is held", func(r *plan.Reading) { r.Held = true }, hall, set(bar, hall), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := page()
			p.Fields[fMail] = policy.Owned("source").RowByRow(1)
			w := newWorld(p)
			w.pair(1, "A", person("A", bar))
			c.read(w.in.Listings[0].Reading)
			w.shows(1, "s1", person("A", c.shown))
			out := w.build(t)
			is := bar
			for _, e := range out.Entities {
				is = e.Fields[fMail]
			}
			if is != c.rows {
				t.Errorf("rows %q, want %q", is, c.rows)
			}
			if again := slices.Contains(out.Again, plan.ItemID{Listing: 1, ID: "s1"}); again != c.again {
				t.Errorf("shown again: %v", again)
			}
		})
	}
}
