package profile_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/touchline-sync/touchline/sync/profile"
	"github.com/touchline-sync/touchline/sync/record"
)

// drawn is a club of any size and any values, also such as nobody would enter.
func drawn(t *rapid.T) []record.Fields {
	value := rapid.OneOf(rapid.StringN(0, 8, 24), rapid.SampledFrom([]string{"", "", "a", "J.P.", "null", "2000-01-02", "true"}))
	n := rapid.IntRange(0, 40).Draw(t, "records")
	out := make([]record.Fields, n)
	for i := range out {
		out[i] = record.Fields{}
		for _, f := range subject.Fields[:rapid.IntRange(0, len(subject.Fields)).Draw(t, "fields")] {
			out[i][f] = value.Draw(t, "value")
		}
	}
	return out
}

// spoilt is a club, and a reading of it in which a few things went wrong.
func spoilt(t *rapid.T) (good, now []record.Fields) {
	good = club(rapid.IntRange(1, 150).Draw(t, "records"))
	now = copied(good)
	n := len(good)
	field := rapid.SampledFrom(subject.Fields)
	for range rapid.IntRange(1, 6).Draw(t, "changes") {
		from := rapid.IntRange(0, n-1).Draw(t, "from")
		to := rapid.IntRange(from, n).Draw(t, "to")
		f := field.Draw(t, "field")
		switch rapid.IntRange(0, 3).Draw(t, "what") {
		case 0:
			v := rapid.SampledFrom([]string{"", "null", "Leiden", "J.", "2000-01-02"}).Draw(t, "value")
			set(to-from, f, v)(now[from:])
		case 1:
			set(to-from, f, "Anders*")(now[from:])
		case 2:
			without := rapid.SampledFrom([]int{0, 1}).Draw(t, "side")
			for _, r := range [][]record.Fields{good, now}[without][from:to] {
				delete(r, f)
			}
		default:
			now[from], now[to%n] = now[to%n], now[from]
		}
	}
	return good, now
}

// TestUnchanged: a reading that shows what is known finds nothing, in any order
// of its records, through Same as through Pair, and has one profile.
func TestUnchanged(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := drawn(t)
		var good profile.Good
		var first *profile.Profile
		for range 4 {
			c := profile.NewComparer(subject, profile.DefaultSettings(), digest, nil)
			order := rapid.Permutation(indices(len(all))).Draw(t, "order")
			for _, i := range order {
				if rapid.Bool().Draw(t, "same") {
					c.Same(all[i], keysOf(all[i]))
				} else {
					c.Pair(id(i), all[i], all[i].Clone(), keysOf(all[i]))
				}
			}
			if found := c.Findings(good); len(found) > 0 {
				t.Fatalf("found %v", found)
			}
			p := c.Profile()
			if first != nil && !reflect.DeepEqual(*first, p) {
				t.Fatalf("another order, another profile")
			}
			first = &p
			good = good.Move(subject, "r", p, nil)
		}
	})
}

// TestOrder: what is found does not depend on the order of the records; a
// finding affects as many records as it says; what is not affected by any and
// in no group with a held field is taken.
func TestOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		good, now := drawn(t), drawn(t)
		if rapid.Bool().Draw(t, "real") {
			good, now = spoilt(t)
		}
		n := min(len(good), len(now))
		findings := func(order []int) []profile.Finding {
			c := profile.NewComparer(subject, profile.DefaultSettings(), digest, nil)
			for _, i := range order {
				c.Pair(id(i), good[i], now[i], nil)
			}
			return c.Findings(profile.Good{})
		}
		found := findings(indices(n))
		if again := findings(rapid.Permutation(indices(n)).Draw(t, "order")); !reflect.DeepEqual(found, again) {
			t.Fatalf("found %v, in another order %v", found, again)
		}
		held := profile.NewHeld(subject, digest, found)
		touched := map[int]bool{}
		for _, f := range found {
			var affected int64
			for i := range n {
				if f.Affects(digest, id(i), good[i], now[i]) {
					affected++
					touched[i] = true
				}
			}
			if !f.Whole && affected != f.Records {
				t.Fatalf("%s %v affects %d records, and says %d", f.Cause, f.Fields, affected, f.Records)
			}
		}
		ids := map[string]bool{}
		for _, f := range found {
			if ids[f.ID] {
				t.Fatalf("two findings have one id: %v", found)
			}
			ids[f.ID] = true
		}
		for i := range n {
			holds := held.Hold(id(i), good[i], now[i])
			if len(holds) > 0 && !touched[i] && len(held.Fields()) == 0 {
				t.Fatalf("record %d is held and not affected: %v", i, holds)
			}
			for _, h := range holds {
				if v, ok := now[i][h.Field]; !ok || !ids[h.Finding] {
					t.Fatalf("held is %v, which shows %q", h, v)
				}
				if was, ok := good[i][h.Field]; ok && was == now[i][h.Field] {
					t.Fatalf("held is %s, which has not changed", h.Field)
				}
			}
		}
	})
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// TestDoesNotChange: what is given is left alone.
func TestDoesNotChange(t *testing.T) {
	t.Parallel()
	all := club(40)
	good, now := copied(all), set(20, "city", "null")(copied(all))
	before := copied(now)
	c := compare(good, now)
	g := goodOf(all)
	was := maps.Clone(g.Keys)
	held := profile.NewHeld(subject, digest, c.Findings(g))
	for i := range now {
		held.Hold(id(i), good[i], now[i])
	}
	g.Move(subject, "r", c.Profile(), held.Fields())
	if !reflect.DeepEqual(now, before) || !reflect.DeepEqual(good, all) || !maps.Equal(g.Keys, was) {
		t.Error("something has changed")
	}
	if !slices.IsSorted(held.Fields()) {
		t.Error("not sorted")
	}
}
