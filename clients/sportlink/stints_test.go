package sportlink

import (
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/team"
	"github.com/touchline-sync/touchline/sync/value"
)

// TestReadHistory: a stint is there once; its newest season says how it stands. A history
// that cannot be read, or of which not all is there, is not taken for a shorter one.
func TestReadHistory(t *testing.T) {
	t.Parallel()
	var teams []connector.Item
	for id, name := range map[string]string{"T1": "JO11-2", "T2": "Zaal 1", "T3": "Heren 1", "T4": "Heren 1", "T5": "Walking Heren 1"} {
		teams = append(teams, connector.Item{ID: record.ExternalID(id), Fields: record.Fields{team.Name: name}})
	}
	in := directoryOf(teams)
	const none = `{"Team":[]}`
	list := func(rows ...string) string { return `{"Team":[` + strings.Join(rows, ",") + `]}` }
	row := func(more string) string {
		return `{"PublicTeamId":"T1","RoleFunctionDescription":"Keeper",` + more + `}`
	}
	for _, c := range []struct {
		name, current, all string
		want               string // rows; of one that is refused a word of why
		note               bool
	}{
		{"nothing", none, none, "", false},
		{"a single one without a list", none, `{"Team":` + row(`"RelationStart":"2025-08-01T00:00:00"`) + `}`, "T1|Keeper|2025-08-01||current", false},
		{"one for each season", none, list(
			row(`"RelationStart":"2023-08-01","SeasonDescription":"seizoen 2023/'24"`), row(`"RelationStart":"2023-08-01","SeasonDescription":"seizoen 2026/'27"`),
			row(`"RelationStart":"2023-08-01","SeasonDescription":"seizoen 2024/'25"`),
		), "T1|Keeper|2023-08-01||current", false},
		{"an end in the newest", none, list(
			row(`"RelationStart":"2023-08-01","SeasonDescription":"2024/2025","RelationEnd":"2025-01-31"`), row(`"RelationStart":"2023-08-01","SeasonDescription":"2023/2024"`),
		), "T1|Keeper|2023-08-01|2025-01-31|ended", false},
		{"a season that is over", none, list(row(`"RelationStart":"2022-08-01","SeasonDescription":"seizoen 2022/’23","Status":"ACTIVE"`)), "T1|Keeper|2022-08-01|2023-06-30|ended", false},
		{"the same begun anew", none, list(row(`"RelationStart":"2022-08-01","RelationEnd":"2023-06-30"`), row(`"RelationStart":"2025-08-01"`)), "T1|Keeper|2022-08-01|2023-06-30|ended T1|Keeper|2025-08-01||current", false},
		{"its status", none, list(row(`"RelationStart":"2025-08-01","Status":"INACTIVE"`)), "T1|Keeper|2025-08-01||ended", false},
		{"by its name, with blanks", none, list(`{"TeamName":" zaal  1 ","FunctionDescription":"Coach"}`), "T2|Coach|||current", false},
		{"by game and name", none, list(`{"GameTypeDescription":"Veld - Walking","TeamName":"Heren 1"}`), "T5|Teamspeler|||current", false},
		{"two teams of a name", none, list(`{"GameTypeDescription":"Veld","TeamName":"Heren 1"}`), "", true},
		{"an id that no list has, and the name of one", none, list(`{"PublicTeamId":"T9","TeamName":"JO11-2","RoleDescription":"Vlagger"}`), "T1|Vlagger|||current", false},
		{"no list", none, `{"Team":null}`, "no list", false},
		{"no JSON", none, `[`, "not JSON", false},
		{"an error beside", none, `{"Team":[],"Error":1}`, "contradicts", false},
		{"not all of it", none, `{"Team":[],"HasMore":true}`, "whole", false},
		{"less than what is current", list(row(`"RelationStart":"2025-08-01"`)), none, "fewer", false},
		{"a day that is none", none, list(row(`"RelationStart":"ooit"`)), "not a date", false},
		{"a season in another form", none, list(row(`"SeasonDescription":"vorig seizoen"`)), "season", false},
		{"a season of two years", none, list(row(`"SeasonDescription":"seizoen 2023/'25"`)), "season", false},
		{"an unknown status", none, list(row(`"Status":"PAUSED"`)), "Status", false},
	} {
		r := value.Reading{Fields: record.Fields{}}
		readHistory(&r, []byte(c.current), []byte(c.all), in, spec.Options)
		rows := record.SetMembers(r.Fields[person.History])
		slices.Sort(rows)
		got := strings.ReplaceAll(strings.Join(rows, " "), "\t", "|")
		why := r.Unreadable[person.History]
		if why != "" && !r.Fields.Has(person.History) {
			got = c.want
			if c.want == "" || !strings.Contains(why, c.want) {
				got = why
			}
		}
		if got != c.want || (r.Notes[person.History] != "") != c.note || strings.Contains(why, "ooit") {
			t.Errorf("%s: %q, %v; want %q", c.name, got, r.Notes, c.want)
		}
	}
}
