package sportlink_test

import (
	"context"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/invent"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record/team"
)

const playersAPI = "/navajo/entity/common/clubweb/team/teamperson/UnionTeamPlayers"

func (w *world) teams(since connector.Cursor) (map[string]connector.Item, []connector.Fault, []connector.Page, error) {
	w.t.Helper()
	c := connector.Collections(w.Collections()).Host("teams", "members")
	return collect(w.t, func(ctx context.Context) iter.Seq2[connector.Page, error] { return c.List(ctx, since) })
}

// rows are who is in a team in the simulator's world, as the connector reads it.
func rows(t invent.Team) string {
	var all []team.Member
	for _, m := range slices.Concat(t.Players, t.Staff) {
		all = append(all, team.Member{Code: m.Person, Role: m.Role})
	}
	return team.MemberSet(all)
}

// TestTeams: the teams of both lists, once each, with all who are in them; one of no
// players is empty when its list says so. A reading that is gone on with begins behind its
// cursor.
func TestTeams(t *testing.T) {
	t.Parallel()
	w := quick(newWorld(t, sportlinksim.Options{Members: 12, Former: 1, Seed: 7}))
	own := invent.Team{ID: "T0000000900", Name: "Walking Football 1", Activity: "Veld", Gender: "Gemengd", Club: true}
	own.Players = []invent.TeamMember{{Person: w.ids()[0], Role: "Teamspeler"}}
	if err := w.sim.PutTeam(own); err != nil {
		t.Fatal(err)
	}
	items, faults, pages, err := w.teams("")
	if err != nil || len(faults) > 0 {
		t.Fatalf("%d faults, %v", len(faults), err)
	}
	want, kinds := 0, map[bool]int{}
	for _, at := range w.sim.Teams() {
		if at.Connected {
			if _, there := items[at.ID]; there {
				t.Error("a team of both lists is read twice")
			}
			continue
		}
		want++
		kinds[at.Club]++
		it := items[at.ID]
		gender := map[string]string{"Mannen": "male", "Vrouwen": "female"}[at.Gender]
		if f := it.Fields; f[team.Name] != at.Name || f[team.Gender] != gender || f[team.Activity] != "Veld" || f[team.Members] != rows(at) || !f.Has(team.Members) {
			t.Errorf("a team is read as %v", it)
		}
	}
	if len(items) != want || kinds[false] < 2 || kinds[true] < 1 {
		t.Errorf("%d teams, want %d, of the kinds %v", len(items), want, kinds)
	}
	last := pages[len(pages)-1]
	if e := last.Evidence; !e.End || !e.Stated || e.Count != want || !e.SignedIn || !e.Filters {
		t.Errorf("the last page says %+v", e)
	}
	rest, _, _, err := w.teams(pages[1].Next)
	if err != nil || len(rest) != want-2 {
		t.Errorf("behind the cursor %d teams, %v", len(rest), err)
	}
}

// TestTeamTroubles: what goes wrong at one team costs that team, what goes wrong at all of
// them ends the reading.
func TestTeamTroubles(t *testing.T) {
	t.Parallel()
	w := quick(newWorld(t, sportlinksim.Options{Members: 12, Seed: 7}))
	w.must("sign in")
	all := slices.DeleteFunc(w.sim.Teams(), func(t invent.Team) bool { return t.Club })
	first, page := all[0], func(id string) simkit.Match { return simkit.Match{Path: "/teams/team-details/" + id + "/members"} }
	of := func(id string) simkit.Match {
		return simkit.Match{Path: playersAPI, Query: map[string]string{"PublicTeamId": id}}
	}
	body := func(at simkit.Match, body string) {
		w.inject("", simkit.Fault{Match: at, Do: simkit.Do{Kind: simkit.FaultBody, Body: body}})
	}
	for _, c := range []struct {
		name    string
		inject  func()
		faults  int
		unknown string // the team of which nobody knows who is in it
		class   connector.Class
	}{
		{"the session is lost at the second", func() {
			w.nextCode()
			w.inject("expire", simkit.Fault{Match: of(all[1].ID), Times: 1})
		}, 0, "", connector.Unknown},
		{"a team that never loads", func() { w.inject("tab-never-loads", simkit.Fault{Match: page(first.ID)}) }, 1, "", connector.Unknown},
		{"a renamed tab", func() { w.inject("tab-renamed", simkit.Fault{Match: simkit.Match{Path: "/teams/team-details/*"}}) }, 3, "", connector.Drifted},
		{"a page that asks for another first", func() { w.inject("asks-for-another", simkit.Fault{Match: page(first.ID)}) }, 0, "", connector.Unknown},
		{"one team is empty while others are whole", func() { w.inject("empty-team", simkit.Fault{Match: of(first.ID)}) }, 0, first.ID, connector.Unknown},
		{"no list", func() { body(of(first.ID), `{"Person":null}`) }, 0, first.ID, connector.Unknown},
		{"not the whole list", func() { body(of(first.ID), `{"Person":[],"HasMore":true}`) }, 0, first.ID, connector.Unknown},
		{"the list of teams is gone", func() { body(simkit.Match{Path: "*/team/UnionTeams"}, `{"Teams":[]}`) }, 0, "", connector.Drifted},
		{"the list of teams is not all", func() { body(simkit.Match{Path: "*/team/ClubTeams"}, `{"Team":[],"Total":3}`) }, 0, "", connector.Drifted},
		{"a team without an id", func() {
			body(simkit.Match{Path: "*/team/ClubTeams"}, `{"Team":[{"TeamName":"Walking"},{"PublicTeamId":"`+first.ID+`","TeamName":"Twin"}]}`)
		}, 2, "", connector.Unknown},
		{"the site is away", func() {
			w.inject("", simkit.Fault{Match: simkit.Match{Path: playersAPI}, Do: simkit.Do{Kind: simkit.FaultStatus, Status: 503}})
		}, 3, "", connector.Transient},
	} {
		c.inject()
		items, faults, _, err := w.teams("")
		if len(faults) != c.faults || connector.ClassOf(err) != c.class {
			t.Errorf("%s: %d faults, %v", c.name, len(faults), err)
		}
		for id, it := range items {
			if lost := it.Unreadable[team.Members] != ""; lost != (id == c.unknown) || lost == it.Fields.Has(team.Members) {
				t.Errorf("%s: who is in team %s is read %v: %s", c.name, id, !lost, it.Unreadable[team.Members])
			}
		}
		for _, f := range faults {
			if f.Why == "" || strings.Contains(f.Why, first.Name) {
				t.Errorf("%s: a fault says %q", c.name, f.Why)
			}
		}
		w.sim.ClearFaults()
	}
}
