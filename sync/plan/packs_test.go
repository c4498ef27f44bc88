package plan_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/record"
)

// TestPacksDecideWhatAllAtOnceWould: whatever a run takes up, it comes to the same
// in batches of 1, 7 and 2,000 as all at once.
func TestPacksDecideWhatAllAtOnceWould(t *testing.T) {
	t.Parallel()
	seeds := []uint64{124}                             // a group is made again beside a record that another batch shows elsewhere
	for n := range uint64(sizetest.Of(t, 1, 2, 300)) { //nolint:gosec // few
		if seed := sizetest.Seed(t) + n; !slices.Contains(seeds, seed) {
			seeds = append(seeds, seed)
		}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // a population, no secret
			store := newClubStore()
			members := 2 + r.IntN(25)
			for round := range 6 {
				p := people{r, store, map[plan.ItemID]plan.Item{}}
				p.round(members)
				store.in.Items = slices.Collect(maps.Values(p.items))
				slices.SortFunc(store.in.Items, byID)
				whole := store.whole()
				all := store.build(t, store.in, whole)
				want := told(all)
				for _, most := range []int{1, 7, 2000} {
					parts := store.inPacks(t, most, whole)
					if got := told(parts...); got != want {
						t.Fatalf("round %d: batches of %d come to something else:\n%s", round, most, difference(want, got))
					}
				}
				store.apply(all)
				store.in.Now = store.in.Now.Add(2 * time.Hour)
			}
		})
	}
}

func byID(x, y plan.Item) int {
	if x.Listing != y.Listing {
		return int(x.Listing - y.Listing)
	}
	return strings.Compare(string(x.ID), string(y.ID))
}

// inPacks decides in batches. What is stored is not looked up beforehand, so that
// much of what batches have in common only turns up when they are decided.
func (s *clubStore) inPacks(t *testing.T, most int, whole map[plan.Request][]record.EntityID) []plan.Changes {
	t.Helper()
	packs := plan.NewPacks()
	refers := map[int32][]plan.Node{}
	for i := range s.in.Items {
		seed := packs.Seed()
		known := s.in.Nodes(&s.in.Items[i])
		for _, n := range known.Held {
			packs.Hold(seed, n)
		}
		for _, g := range known.Groups {
			packs.Hold(seed, fact.GroupNode(g.Key))
		}
		refers[seed] = known.Referred
	}
	var candidates []record.EntityID
	for _, q := range plan.Candidates(s.in) {
		for _, id := range whole[q] {
			if !slices.Contains(candidates, id) {
				candidates = append(candidates, id)
				packs.Hold(packs.Seed(), fact.KeyNode(s.entities[id].Key))
			}
		}
	}
	for seed, nodes := range refers {
		for _, n := range nodes {
			packs.Refer(seed, n)
		}
	}
	decided := map[int32]plan.Changes{}
	numbers := int32(0)
	for batches := packs.Batches(most); len(batches) > 0; batches = packs.Batches(most) {
		for _, b := range batches {
			if packs.Dirty(b.Number) {
				continue
			}
			in, part := s.in, map[plan.Request][]record.EntityID{}
			in.Items, in.Components = nil, numbers
			for _, seed := range b.Seeds {
				if n := int(seed) - len(s.in.Items); n < 0 {
					in.Items = append(in.Items, s.in.Items[seed])
				} else {
					for q, ids := range whole {
						if slices.Contains(ids, candidates[n]) {
							part[q] = append(part[q], candidates[n])
						}
					}
				}
			}
			c := s.build(t, in, part)
			if !packs.Meets(b, c.Reached) {
				decided[b.Number], numbers = c, c.Components
			}
		}
		for number := range decided {
			if packs.Dirty(number) {
				delete(decided, number)
			}
		}
	}
	return slices.Collect(maps.Values(decided))
}

// told is all that changes come to, in a fixed order. Numbers of components are
// told by what is in them.
func told(parts ...plan.Changes) string {
	var lines []string
	var sums []plan.Sum
	components := map[int32][]string{}
	add := func(component int32, what string, v any) {
		line, _ := json.Marshal(v)
		components[component] = append(components[component], what+" "+string(line))
	}
	for _, c := range parts {
		for id, p := range c.Planned {
			add(p.Component, "planned", id)
		}
		for _, e := range c.Entities {
			component := e.Component
			e.Component = 0
			add(component, "entity", e)
		}
		for _, r := range c.Records {
			component := r.Component
			r.Component = 0
			add(component, "record", r)
		}
		for _, a := range c.Aliases {
			component := a.Component
			a.Component = 0
			add(component, "alias", a)
		}
		for _, x := range c.Conflicts {
			component := x.Component
			x.Component = 0
			add(component, "conflict", x)
		}
		for _, row := range c.Rows {
			component := row.Component
			row.Component = 0
			add(component, "row", row)
		}
		for _, n := range c.Newcomers {
			lines = append(lines, fmt.Sprint("newcomer ", n))
		}
		for _, n := range c.Notify {
			lines = append(lines, fmt.Sprint("notify ", n))
		}
		sums = append(sums, c.Sum())
	}
	for number, in := range components {
		slices.Sort(in)
		if number == 0 {
			lines = append(lines, in...)
		} else {
			lines = append(lines, strings.Join(in, "\n  "))
		}
	}
	slices.Sort(lines)
	return strings.Join(append(lines, fmt.Sprintf("%+v", plan.Total(sums))), "\n")
}

// difference has the lines that are in one of two texts.
func difference(want, got string) string {
	var out []string
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for _, line := range w {
		if !slices.Contains(g, line) {
			out = append(out, "- "+line)
		}
	}
	for _, line := range g {
		if !slices.Contains(w, line) {
			out = append(out, "+ "+line)
		}
	}
	return strings.Join(out[:min(len(out), 30)], "\n")
}
