package sportlink_test

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/invent"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

const memberTeamsAPI = "/navajo/entity/common/clubweb/member/team/MemberTeams"

func (w *world) histories(since connector.Cursor) (map[string]connector.Item, []connector.Fault, []connector.Page, error) {
	w.t.Helper()
	c := connector.Collections(w.Collections()).Host("members", "memberships")
	return collect(w.t, func(ctx context.Context) iter.Seq2[connector.Page, error] { return c.List(ctx, since) })
}

// stints are what a history comes to, as text.
func stints(it connector.Item) string {
	all := record.SetMembers(it.Fields[person.History])
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "\t", "|")
	}
	return strings.Join(all, " ")
}

// TestHistories: the teams of a member with those of before, each stint once though the site
// has a row of it for each season. A season that is over ends what has no end; a team is found
// by its name where its id is missing; one that no list has is left out, with a note.
func TestHistories(t *testing.T) {
	t.Parallel()
	w := quick(newWorld(t, sportlinksim.Options{Members: 12, Former: 1, Seed: 7}))
	ids := w.ids()
	team := w.sim.Teams()[0]
	items, faults, pages, err := w.histories("")
	if err != nil || len(faults) > 0 || len(items) != 12 {
		t.Fatalf("%d items, %d faults, %v", len(items), len(faults), err)
	}
	opened := slices.DeleteFunc(w.sim.Requests(0), func(r simkit.Request) bool { return !strings.HasSuffix(r.Path, "/memberships") })
	if len(opened) != 1 {
		t.Errorf("the tabs of %d members are opened, and not asked for inside that of the first", len(opened))
	}
	for id, it := range items {
		if !it.Fields.Has(person.History) || it.Fields[person.LastName] == "" {
			t.Errorf("the history of %s: %v", id, it.Unreadable)
		}
		for _, s := range w.sim.Stints()[id] {
			row := person.Function{Committee: s.Team, Role: s.Role, Start: s.Start, End: s.End, Current: s.End == ""}.Row()
			if s.Season == "" && s.Team != "" && s.Team != "T0000000777" && !slices.Contains(record.SetMembers(it.Fields[person.History]), row) {
				t.Errorf("no row for the stint %+v", s)
			}
		}
	}
	has := func(id, row string) {
		t.Helper()
		if !strings.Contains(stints(items[id]), row) {
			t.Errorf("%s is not in %s", row, stints(items[id]))
		}
	}
	has(ids[0], team.ID+"|Verzorger|2021-08-01|2022-06-30|ended")
	has(ids[2], team.ID+"|Vlagger|2020-08-01|2021-06-30|ended")
	has(ids[3], team.ID+"|Teamspeler||2019-06-30|ended")
	if second := items[ids[1]]; second.Notes[person.History] == "" || strings.Contains(stints(second), "T0000000777") {
		t.Errorf("a team that is no more: %v", second.Notes)
	}
	if last := pages[len(pages)-1]; !last.Evidence.End || last.Next != "" || !last.Evidence.SignedIn || !last.Evidence.Filters {
		t.Errorf("the last page says %+v", last.Evidence)
	}
	rest, _, _, err := w.histories(pages[7].Next)
	if err != nil || len(rest) != 4 {
		t.Errorf("behind the cursor %d members, %v", len(rest), err)
	}
}

// TestVisitsOfHistories: some members have the history that all have, and nothing else of
// theirs is read. The teams are asked for once, and anew after a while.
func TestVisitsOfHistories(t *testing.T) {
	t.Parallel()
	w := quick(newWorld(t, sportlinksim.Options{Members: 6, Seed: 7}))
	ids := w.ids()
	visit := func(ids ...string) map[string]connector.Item {
		t.Helper()
		var all []record.ExternalID
		for _, id := range ids {
			all = append(all, record.ExternalID(id))
		}
		c := connector.Collections(w.Collections()).Host("members", "memberships")
		items, faults, _, err := collect(t, func(ctx context.Context) iter.Seq2[connector.Page, error] { return c.Visit(ctx, all) })
		if err != nil || len(faults) > 0 || len(items) != len(ids) {
			t.Fatalf("%d items, %d faults, %v", len(items), len(faults), err)
		}
		return items
	}
	lists := func() (n int) {
		for _, r := range w.sim.Requests(0) {
			if strings.HasSuffix(r.Path, "/team/UnionTeams") {
				n++
			}
		}
		return n
	}
	some := visit(ids[0], ids[2])
	first := lists()
	one := visit(ids[3])
	if n := lists(); first == 0 || n != first || w.searches() > 0 {
		t.Errorf("the teams are asked for %d times and then %d times more, members %d times", first, n-first, w.searches())
	}
	all, _, _, err := w.histories("")
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(some, one)
	for id, it := range some {
		if len(it.Fields) != 2 || it.Fields[person.RelationCode] != id || it.Fields[person.History] != all[id].Fields[person.History] {
			t.Errorf("alone a history has %v, among all %v", it.Fields.Names(), stints(all[id]))
		}
	}
	before := lists()
	w.later(11 * time.Minute)
	if visit(ids[0]); lists() == before {
		t.Error("the teams are not asked for anew")
	}
}

// TestHistoryTroubles: what goes wrong at one member costs that member, what goes wrong at
// all of them ends the reading; a history that cannot be read, or is not all of it, is not
// taken for a shorter one.
func TestHistoryTroubles(t *testing.T) {
	t.Parallel()
	w := quick(newWorld(t, sportlinksim.Options{Members: 5, Seed: 7}))
	ids := w.ids()
	one := slices.Min(ids) // the first, whose tab is opened
	if err := w.sim.PutStints(one, []invent.Stint{{Team: w.sim.Teams()[0].ID, Name: "x", Role: "Keeper", Start: "2025-08-01"}}); err != nil {
		t.Fatal(err)
	}
	w.must("sign in")
	page := func(id string) simkit.Match {
		return simkit.Match{Path: "/member/member-details/" + id + "/memberships"}
	}
	all := simkit.Match{Path: memberTeamsAPI, Query: map[string]string{"PublicPersonId": one, "ShowInactive": "true"}}
	everywhere := simkit.Match{Path: "/member/member-details/*"}
	for _, c := range []struct {
		name   string
		inject func()
		faults int
		lost   bool // the history of one
		class  connector.Class
	}{
		{"the session is lost at the last", func() {
			w.nextCode()
			last := simkit.Match{Path: memberTeamsAPI, Query: map[string]string{"PublicPersonId": slices.Max(ids)}}
			w.inject("expire", simkit.Fault{Match: last, Times: 1})
		}, 0, false, connector.Unknown},
		{"a tab that never loads", func() { w.inject("tab-never-loads", simkit.Fault{Match: page(one)}) }, 1, false, connector.Unknown},
		{"a page with one box", func() { w.inject("one-box", simkit.Fault{Match: everywhere}) }, 0, false, connector.Unknown},
		{"a page that asks for another first", func() { w.inject("asks-for-another", simkit.Fault{Match: page(one)}) }, 0, false, connector.Unknown},
		{"a box that does nothing", func() { w.inject("not-sent", simkit.Fault{Match: page(one)}) }, 1, false, connector.Unknown},
		{"a renamed tab", func() { w.inject("tab-renamed", simkit.Fault{Match: everywhere}) }, 3, false, connector.Drifted},
		{"less than what is current", func() { w.inject("empty-history", simkit.Fault{Match: all}) }, 0, true, connector.Unknown},
		{"the list of teams is gone", func() {
			w.inject("", simkit.Fault{Match: simkit.Match{Path: "*/team/UnionTeams"}, Do: simkit.Do{Kind: simkit.FaultBody, Body: `{"Teams":[]}`}})
		}, 0, false, connector.Drifted},
	} {
		c.inject()
		items, faults, _, err := w.histories("")
		if len(faults) != c.faults || connector.ClassOf(err) != c.class {
			t.Errorf("%s: %d faults, %v", c.name, len(faults), err)
		}
		for id, it := range items {
			if lost := it.Unreadable[person.History] != ""; lost != (c.lost && id == one) || lost == it.Fields.Has(person.History) {
				t.Errorf("%s: a history is read %v: %s", c.name, !lost, it.Unreadable[person.History])
			}
		}
		for _, f := range faults {
			if f.Why == "" || strings.Contains(f.Why, one) {
				t.Errorf("%s: a fault says %q", c.name, f.Why)
			}
		}
		w.sim.ClearFaults()
	}
}
