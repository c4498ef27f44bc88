package sportlink

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/website"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
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
	const none, undated = `{"Team":[]}`, `"RelationStart":null,"RelationEnd":null`
	list := func(rows ...string) string { return `{"Team":[` + strings.Join(rows, ",") + `]}` }
	row := func(more string) string {
		return `{"PublicTeamId":"T1","RoleFunctionDescription":"Keeper",` + undated + `,` + more + `}` // the last of a key counts
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
		{"by its name, with blanks", none, list(`{"TeamName":" zaal  1 ","FunctionDescription":"Coach",` + undated + `}`), "T2|Coach|||current", false},
		{"by game and name", none, list(`{"GameTypeDescription":"Veld - Walking","TeamName":"Heren 1","RoleDescription":"",` + undated + `}`), "T5|Teamspeler|||current", false},
		{"two teams of a name", none, list(`{"GameTypeDescription":"Veld","TeamName":"Heren 1","RoleDescription":"",` + undated + `}`), "", true},
		{"an id that no list has, and the name of one", none, list(`{"PublicTeamId":"T9","TeamName":"JO11-2","RoleDescription":"Vlagger",` + undated + `}`), "T1|Vlagger|||current", false},
		{"no list", none, `{"Team":null}`, "no list", false},
		{"no JSON", none, `[`, "not JSON", false},
		{"an error beside", none, `{"Team":[],"Error":1}`, "contradicts", false},
		{"not all of it", none, `{"Team":[],"HasMore":true}`, "whole", false},
		{"less than what is current", list(row(`"RelationStart":"2025-08-01"`)), none, "fewer", false},
		{"a day that is none", none, list(row(`"RelationStart":"ooit"`)), "not a date", false},
		{"a season in another form", none, list(row(`"SeasonDescription":"vorig seizoen"`)), "season", false},
		{"a season of two years", none, list(row(`"SeasonDescription":"seizoen 2023/'25"`)), "season", false},
		{"an unknown status", none, list(row(`"Status":"PAUSED"`)), "Status", false},
		{"a status in another form", none, list(row(`"Status":{"Code":"ACTIVE"}`)), "Status", false},
		{"no key of a team", none, list(`{"PublicTeamId":null,"Team":"JO11-2","RoleDescription":"Vlagger",` + undated + `}`), "TeamName", false},
		{"no key of a role", none, list(`{"PublicTeamId":"T1","Role":"Vlagger",` + undated + `}`), "RoleFunctionDescription", false},
		{"no key of a start", none, list(`{"PublicTeamId":"T1","RoleDescription":"Vlagger","Start":"2025-08-01","RelationEnd":null}`), "RelationStart", false},
		{"no key of an end", none, list(`{"PublicTeamId":"T1","RoleDescription":"Vlagger","RelationStart":"2025-08-01","End":"2026-01-31"}`), "RelationEnd", false},
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

// TestReadFunctions: a function is named by the keys that are known. A row without one of
// them makes the functions unreadable, and is not left out as one without a name is.
func TestReadFunctions(t *testing.T) {
	t.Parallel()
	const dates = `"RelationStart":"2025-08-01","RelationEnd":null`
	for _, c := range []struct{ name, functions, committees, want string }{
		{"none", ``, ``, ""},
		{"one of each", `{"FunctionDescription":"Lid",` + dates + `}`, `{"CommitteeName":"Bar","CommitteeFunctionName":"Hoofd",` + dates + `}`, "Bar|Hoofd|2025-08-01||current " + person.ClubWide + "|Lid|2025-08-01||current"},
		{"a role under the other key", ``, `{"CommitteeName":"Bar","FunctionDescription":"Hoofd",` + dates + `}`, "Bar|Hoofd|2025-08-01||current"},
		{"no name", `{"FunctionDescription":null,` + dates + `}`, `{"CommitteeName":"","CommitteeFunctionName":"Hoofd",` + dates + `}`, ""},
		{"no key of a role", `{"Description":"Lid",` + dates + `}`, ``, "FunctionDescription"},
		{"a role in another form", `{"FunctionDescription":{"Name":"Lid"},` + dates + `}`, ``, "FunctionDescription"},
		{"no key of a committee", ``, `{"Name":"Bar","CommitteeFunctionName":"Hoofd",` + dates + `}`, "CommitteeName"},
		{"no key of a role in one", ``, `{"CommitteeName":"Bar","Role":"Hoofd",` + dates + `}`, "CommitteeFunctionName"},
		{"no key of a start", `{"FunctionDescription":"Lid","Start":"2025-08-01","RelationEnd":null}`, ``, "RelationStart"},
		{"no key of an end", `{"FunctionDescription":"Lid","RelationStart":"2025-08-01"}`, ``, "RelationEnd"},
		{"an empty row", `{}`, ``, "FunctionDescription"},
	} {
		r := value.Reading{Fields: record.Fields{}}
		readFunctions(&r, answers{
			functionsAPI: []byte(`{"Function":[` + c.functions + `]}`), committeesAPI: []byte(`{"Committee":[` + c.committees + `]}`),
		}, spec.Options)
		got, known := r.Fields[person.Functions]
		got = strings.ReplaceAll(strings.Join(record.SetMembers(got), " "), "\t", "|")
		if why := r.Unreadable[person.Functions]; why != "" && !known && strings.Contains(why, c.want) && c.want != "" {
			got = c.want
		}
		if got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, r.Unreadable, c.want)
		}
	}
}

// TestReadMembersOfATeam: a row without a key of the member's, or of the role, is not one to
// be left out.
func TestReadMembersOfATeam(t *testing.T) {
	t.Parallel()
	const none = `{"Person":[]}`
	player := `{"Person":{"PublicPersonId":"AAAA11A","RoleFunctionDescription":"Keeper"}}`
	for name, c := range map[string]struct {
		onField, beside string
		known, note     bool
	}{
		"a player":                      {player, none, true, false},
		"one without a role":            {player, `{"Person":{"PublicPersonId":"BBBB22B","FunctionDescription":null}}`, true, true},
		"no key of a member":            {`{"Person":{"PersonId":"AAAA11A","RoleFunctionDescription":"Keeper"}}`, none, false, false},
		"no key of a player's role":     {`{"Person":{"PublicPersonId":"AAAA11A","Role":"Keeper"}}`, none, false, false},
		"no key of a role beside":       {player, `{"Person":{"PublicPersonId":"BBBB22B","Role":"Coach"}}`, false, false},
		"a member's id in another form": {`{"Person":{"PublicPersonId":{"Id":"AAAA11A"},"RoleFunctionDescription":"Keeper"}}`, none, false, false},
	} {
		r := value.Reading{Fields: record.Fields{}}
		readMembers(&r, []byte(c.onField), []byte(c.beside), 1)
		if r.Fields.Has(team.Members) != c.known || (r.Unreadable[team.Members] == "") != c.known || (r.Notes[team.Members] != "") != c.note {
			t.Errorf("%s: %v, %v, %v", name, r.Fields, r.Unreadable, r.Notes)
		}
	}
}

// TestActivityOfATeam: a list that does not say what a team plays does not say that it plays
// nothing.
func TestActivityOfATeam(t *testing.T) {
	t.Parallel()
	a := &account{Account: &website.Account{Host: connectortest.NewHost(t)}}
	for activity, want := range map[string]string{
		`"GameActivityDescription":"Veld"`: "Veld", `"GameActivityDescription":null`: "", `"Activity":"Veld"`: "unreadable", `"GameActivityDescription":["Veld"]`: "unreadable",
	} {
		var row teamRow
		if err := json.Unmarshal([]byte(`{"PublicTeamId":"T1","TeamName":"Heren 1",`+activity+`}`), &row); err != nil {
			t.Fatal(err)
		}
		item, why := a.parseTeam(row)
		got := item.Fields[team.Activity]
		if item.Unreadable[team.Activity] != "" && !item.Fields.Has(team.Activity) {
			got = "unreadable"
		}
		if got != want || why != "" {
			t.Errorf("%s: %q, want %q", activity, got, want)
		}
	}
}
