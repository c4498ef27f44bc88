package club_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/team"
	"github.com/touchline-sync/touchline/sync/step"
)

// team says what Sportlink shows of a team: its number, its name, and who is in it, as
// "M1 Keeper".
func (w *world) team(number, name string, in ...string) {
	w.t.Helper()
	var all []team.Member
	for _, m := range in {
		code, role, _ := strings.Cut(m, " ")
		all = append(all, team.Member{Code: code, Role: role})
	}
	w.sportlink.Put("teams", record.ExternalID(number), record.Fields{
		team.Number: number, team.Name: name, team.Activity: "Veld", team.Gender: "female", team.Members: team.MemberSet(all),
	})
}

// Teams become posts, known by their number, and the work of who is in them: two roles in
// one team are two rows, whoever plays in two has both, and one write a person. What people
// have made stays. The second time nothing is written.
func TestTeams(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.does("M1", "Bar|Lid|2020-08-01|")
	w.member("M2")
	w.member("M3")
	w.team("T0000000001", "JO11-2", "M1 Teamspeler", "M1 Teammanager", "M2 Keeper") // by the name of one that people have made
	w.team("T0000000002", "Zaal 1", "M2 Teamspeler", "GONE1 Teamspeler")
	w.team("T0000000003", "Leeg")
	w.cycle("people", "functions-full")
	w.control(w.rondo, "POST", fmt.Sprintf("/people/%d/work", w.site().ids["M2"]), map[string]any{"entity_type": "team", "job_title": "Trainer"}, nil)
	theirs := w.site().work["M2"][0]
	w.writes()
	if sum := w.cycle("teams"); sum.Failed+sum.Quarantined+sum.Held > 0 {
		t.Fatalf("%+v", sum)
	}
	want := map[string]string{
		"M1": "Bar|Lid|2020-08-01||true & JO11-2|Teammanager|||true & JO11-2|Teamspeler|||true",
		"M2": "JO11-2|Keeper|||true & " + theirs + " & Zaal 1|Teamspeler|||true",
	}
	w.wantWork("first", want)
	if n := w.writes(); n["groups"] > 6 || n["people"] != 2 {
		t.Errorf("written %v", n)
	}
	if got := strings.Join(w.site().groups, ", "); got != "Bar, JO11-2, JO11-2, Jeugdcommissie, Leeg, Zaal 1" {
		t.Errorf("groups: %s", got)
	}
	for range 2 { // the volunteer flag is read once, and then all is quiet
		w.cycle("people")
		w.writes()
	}
	for _, name := range []string{"teams", "functions-full", "people", "scan-rondoclub", "teams"} {
		if sum := w.cycle(name); sum != (step.Counter{}) || len(w.writes()) > 0 {
			t.Errorf("%s once more: %+v", name, sum)
		}
	}
}

// A team that is renamed is the same post. Who leaves a team has the row ended, without a
// day that nobody has named, and current again on coming back. A team that is gone, seen
// twice, stays, with nobody in it; its work and what people have made stay.
func TestB1B2P313P3223TeamsEnd(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, code := range []string{"M1", "M2", "M3"} {
		w.member(code)
	}
	w.team("T0000000001", "JO11-1", "M1 Teamspeler", "M2 Keeper")
	w.team("T0000000002", "Zaal 1", "M3 Teamspeler")
	w.cycle("people", "teams", "people")
	before := slices.Clone(w.site().groups)

	w.team("T0000000001", "JO12-1", "M1 Teamspeler")
	w.cycle("teams")
	want := map[string]string{"M1": "JO12-1|Teamspeler|||true", "M2": "JO12-1|Keeper|||false", "M3": "Zaal 1|Teamspeler|||true"}
	w.wantWork("one has left", want)
	after := w.site().groups
	if len(after) != len(before) || !slices.Contains(after, "JO12-1") {
		t.Errorf("a team with another name: %v", after)
	}

	w.team("T0000000001", "JO12-1", "M1 Teamspeler", "M2 Keeper")
	w.sportlink.Drop("teams", "T0000000002", "")
	w.cycle("teams")
	want["M2"] = "JO12-1|Keeper|||true"
	w.wantWork("one has come back, and a team is gone for the first time", want)
	w.pass(7 * 24 * time.Hour)
	w.cycle("teams")
	want["M3"] = "Zaal 1|Teamspeler|||false"
	w.wantWork("a team is gone", want)
	if !slices.Contains(w.site().groups, "Zaal 1") {
		t.Error("a team that is gone was removed from the site")
	}
	w.writes()
	if sum := w.cycle("teams", "scan-rondoclub", "teams"); sum != (step.Counter{}) || len(w.writes()) > 0 {
		t.Errorf("once more: %+v", sum)
	}
	w.team("T0000000002", "Zaal 1", "M3 Teamspeler")
	w.cycle("teams")
	want["M3"] = "Zaal 1|Teamspeler|||true"
	w.wantWork("it is back", want)
	if groups := w.site().groups; len(groups) != len(after) {
		t.Errorf("a team that is back was made again: %v", groups)
	}
	if got := w.site().work; !maps.Equal(map[string]int{"M1": len(got["M1"]), "M2": len(got["M2"]), "M3": len(got["M3"])}, map[string]int{"M1": 1, "M2": 1, "M3": 1}) {
		t.Errorf("rows are there twice: %v", got)
	}
}
