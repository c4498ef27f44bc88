package derive_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/team"
	"github.com/touchline-sync/touchline/sync/record/work"
)

// roster is a team with who is in it, all as the same.
func roster(number, role string, codes ...string) record.Entity {
	var all []team.Member
	for _, c := range codes {
		all = append(all, team.Member{Code: c, Role: role})
	}
	return record.Entity{Kind: team.Kind, Key: number, Fields: record.Fields{team.Number: number, team.Members: team.MemberSet(all)}}
}

// history is a member with stints in teams.
func history(code string, all ...person.Function) record.Entity {
	return member(code, string(person.History), person.FunctionSet(all))
}

// TestB17TeamWork: what somebody does in teams is made of two sources. A row is a team, a role
// and a start, never a place in a list (weaknesses B17, 3.2.16); the row that a roster has
// made goes on as the one that the history gives a start, and is there once; an end makes no
// second row (3.2.17).
func TestB17TeamWork(t *testing.T) {
	t.Parallel()
	const role = "Speler"
	played := func(start, end string) person.Function {
		return person.Function{Committee: "T1", Role: role, Start: start, End: end, Current: end == ""}
	}
	plays := played("2024-08-01", "")
	for _, c := range []struct {
		name  string
		steps [][]record.Entity
		want  []string // after each
	}{
		{
			"a roster, then the history, then the end in a roster, then its day",
			[][]record.Entity{
				{roster("T1", role, "B2")},
				{roster("T1", role, "B2"), history("B2", plays)},
				{roster("T1", role), history("B2", plays)},
				{roster("T1", role), history("B2", plays)},
				{roster("T1", role), history("B2", played("2024-08-01", "2026-10-31"))},
			},
			[]string{"T1|||current", "T1|2024-08-01||current", "T1|2024-08-01||ended", "T1|2024-08-01||ended", "T1|2024-08-01|2026-10-31|ended"},
		},
		{
			"back after an end in a roster",
			[][]record.Entity{
				{roster("T1", role, "B2"), history("B2", plays)},
				{history("B2", plays)},
				{roster("T1", role, "B2"), history("B2", plays)},
			},
			[]string{"T1|2024-08-01||current", "T1|2024-08-01||ended", "T1|2024-08-01||current"},
		},
		{
			"left before the history was read",
			[][]record.Entity{
				{roster("T1", role, "B2")},
				{roster("T1", role)},
				{history("B2", played("2021-08-01", "2022-06-30"), played("2024-08-01", "2026-10-31"))},
			},
			[]string{"T1|||current", "T1|||ended", "T1|2021-08-01|2022-06-30|ended T1|2024-08-01|2026-10-31|ended"},
		},
		{
			"begun anew: the roster knows it before the history does",
			[][]record.Entity{
				{history("B2", played("2021-08-01", "2022-06-30"))},
				{history("B2", played("2021-08-01", "2022-06-30")), roster("T1", role, "B2")},
				{history("B2", played("2021-08-01", "2022-06-30"), played("2026-09-01", "")), roster("T1", role, "B2")},
			},
			[]string{
				"T1|2021-08-01|2022-06-30|ended", "T1|2021-08-01|2022-06-30|ended T1|||current",
				"T1|2021-08-01|2022-06-30|ended T1|2026-09-01||current",
			},
		},
		{
			"a team of which no roster is known ends nothing",
			[][]record.Entity{{history("B2", plays)}, {history("B2", plays), roster("T2", role, "B2")}},
			[]string{"T1|2024-08-01||current", "T1|2024-08-01||current T2|||current"},
		},
		{
			"an end to come, and another role in the same team",
			[][]record.Entity{
				{roster("T1", "Coach", "B2"), history("B2", person.Function{Committee: "T1", Role: role, Start: "2024-08-01", End: "2031-06-30", Current: true})},
			},
			[]string{"T1|2024-08-01|2031-06-30|current T1|Coach|||current"},
		},
		{
			"a history without a start, and back in the team",
			[][]record.Entity{{roster("T1", role, "B2"), history("B2", played("", "2019-06-30"))}, {roster("T1", role), history("B2", played("", "2019-06-30"))}},
			[]string{"T1|||current", "T1||2019-06-30|ended"},
		},
		{
			"who leaves the club, while a roster still shows them",
			[][]record.Entity{{roster("T1", role, "B2"), history("B2", plays)}, {roster("T1", role, "B2")}, {history("B2", plays), roster("T1", role, "B2")}},
			[]string{"T1|2024-08-01||current", "T1|2024-08-01||ended", "T1|2024-08-01||current"},
		},
		{
			"a start that is another one: what was shown before has ended, without a day",
			[][]record.Entity{{history("B2", plays)}, {history("B2", played("2024-08-15", ""))}},
			[]string{"T1|2024-08-01||current", "T1|2024-08-01||ended T1|2024-08-15||current"},
		},
	} {
		w := newWorld(derive.TeamWork())
		for i, step := range c.steps {
			w.persons = step
			for range 2 { // once more, and nothing changes
				made, _ := w.derive(t)
				var got []string
				for _, row := range record.SetMembers(made[string(work.InTeams)+" B2"][work.TeamFunctions]) {
					got = append(got, strings.Replace(strings.ReplaceAll(row, "\t", "|"), "|"+role+"|", "|", 1))
				}
				slices.Sort(got)
				want := strings.Fields(c.want[i])
				slices.Sort(want)
				if !slices.Equal(got, want) || len(made) != 1 {
					t.Errorf("%s, step %d: %d made\n  %v\nwant\n  %v", c.name, i+1, len(made), got, want)
				}
			}
		}
	}
}
