package resource_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
)

// A listing by numbers is whole although its records move, and the next one has what
// has changed since, by the system's own times.
func TestNumbered(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	r := l.resource()
	begun := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	changed := map[int]time.Time{}
	var order []int
	touch := func(id int, minutes int) {
		order = append(slices.DeleteFunc(order, func(o int) bool { return o == id }), id)
		changed[id] = begun.Add(time.Duration(minutes) * time.Minute)
	}
	for n := range 9 {
		if _, err := r.Offer().Create(t.Context(), sample(n)); err != nil {
			t.Fatal(err)
		}
		touch(n+1, n)
	}
	r.Changed = func(c *card) time.Time { return changed[c.ID] }
	r.Overlaps = true
	var asked []time.Time
	pages, lost := 0, 0
	r.Page = resource.Numbered[card]{
		Resource: r, Size: 4, Overlap: 2, Behind: 2 * time.Minute,
		Fetch: func(_ context.Context, _ string, offset int, since time.Time) ([]json.RawMessage, int, error) {
			asked = append(asked, since)
			var out []json.RawMessage
			for _, id := range order {
				if !changed[id].Before(since) {
					raw, _ := json.Marshal(l.cards[id])
					out = append(out, raw)
				}
			}
			if pages++; pages == 1 {
				defer touch(order[1], 20) // while it is paged
			}
			total := len(out)
			out = out[min(offset, total):]
			return out[:max(0, min(4, len(out))-lost)], total, nil
		},
	}.Page
	list := func(at connector.Cursor) (seen []string, next connector.Cursor) {
		t.Helper()
		for p, err := range r.Offer().List(t.Context(), at) {
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range p.Items {
				seen = append(seen, string(item.ID))
			}
			if next = p.Next; p.Evidence.Stated != (at == "") {
				t.Error("a part of a listing states how many there are, or a whole one does not")
			}
		}
		slices.Sort(seen)
		return seen, next
	}
	all, mark := list("")
	if len(all) != 9 || len(slices.Compact(all)) != 9 || mark == "" {
		t.Errorf("listed %v, then %q", all, mark)
	}
	if news, again := list(mark); !slices.Equal(news, []string{"2"}) || again != mark { // within what it reaches back
		t.Errorf("news %v, %q after %q", news, again, mark)
	}
	touch(5, 30)
	news, mark := list(mark)
	if !slices.Equal(news, []string{"2", "5"}) || !asked[len(asked)-1].Equal(begun.Add(18*time.Minute)) {
		t.Errorf("news %v since %v", news, asked[len(asked)-1])
	}
	if news, _ := list(mark); !slices.Equal(news, []string{"5"}) {
		t.Errorf("news %v", news)
	}
	for _, at := range []connector.Cursor{"nonsense", "offset=x", "since=-1", "%"} {
		for _, err := range r.Offer().List(t.Context(), at) {
			class(t, err, connector.Drifted, "")
		}
	}
	lost = 4
	for _, err := range r.Offer().List(t.Context(), "") {
		class(t, err, connector.Drifted, "") // an empty page that is not the end
	}
}
