package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// side is a team in the Sportlink simulator, stint a time that somebody is or was in one.
type side struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Code      string    `json:"code"`
	Activity  string    `json:"activity"`
	Gender    string    `json:"gender"`
	Club      bool      `json:"club"`
	Connected bool      `json:"connected"`
	Players   []mention `json:"players"`
	Staff     []mention `json:"staff"`
}

type mention struct {
	Person string `json:"person"`
	Role   string `json:"role"`
}

type stint struct {
	Team, Role, Start, End, Season string
}

func (s *set) teams(t testing.TB) (all []side) {
	t.Helper()
	s.Sportlink.Control(t, http.MethodGet, "/teams", nil, &all)
	return slices.DeleteFunc(all, func(x side) bool { return x.Connected })
}

// inTeams has by relation code what the teams and, where they are told, the histories come
// to: as text, sorted. Of the difficult histories only what has an end of its own is told.
func (s *set) inTeams(t testing.TB, told bool) map[string][]string {
	t.Helper()
	out, names := map[string][]string{}, map[string]string{}
	add := func(code, row string) {
		if !slices.Contains(out[code], row) {
			out[code] = append(out[code], row)
		}
	}
	stints := map[string][]stint{}
	if told {
		s.Sportlink.Control(t, http.MethodGet, "/stints", nil, &stints)
	}
	for _, x := range s.teams(t) {
		names[x.ID] = x.Name
		for _, m := range slices.Concat(x.Players, x.Staff) {
			if !slices.ContainsFunc(stints[m.Person], func(st stint) bool {
				return st.Team == x.ID && st.Role == m.Role && st.End == "" && st.Season == ""
			}) {
				add(m.Person, fmt.Sprintf("%s, %s, -, true", x.Name, m.Role))
			}
		}
	}
	for code, all := range stints {
		for _, st := range all {
			if name := names[st.Team]; name != "" && st.Season == "" {
				add(code, fmt.Sprintf("%s, %s, %s-%s, %v", name, st.Role, st.Start, st.End, st.End == ""))
			}
		}
	}
	for code := range out {
		slices.Sort(out[code])
	}
	return out
}

// wantInTeams fails the test unless the work in teams at Rondo Club has these rows; of the
// difficult histories it may have others beside them, which have ended.
func (s *set) wantInTeams(t testing.TB, when string, want map[string][]string) {
	t.Helper()
	is := s.works(t)
	for code, rows := range want {
		rest := slices.DeleteFunc(slices.Clone(is[code]), func(r string) bool { return slices.Contains(rows, r) })
		strange := slices.ContainsFunc(rest, func(r string) bool { return strings.HasSuffix(r, "true") })
		if len(is[code])-len(rest) != len(rows) || strange {
			t.Errorf("%s: the work of a member is\n  %s\nwant\n  %s", when, strings.Join(is[code], "\n  "), strings.Join(rows, "\n  "))
		}
	}
	for code, rows := range is {
		if want[code] == nil && slices.ContainsFunc(rows, func(r string) bool { return strings.HasSuffix(r, "true") }) {
			t.Errorf("%s: somebody who is in no team has\n  %s", when, strings.Join(rows, "\n  "))
		}
	}
}

// TestTeams: the teams and who is in them reach Rondo Club through a real browser, and then
// the histories of the members, which give the same rows their starts. One write a person;
// the second time nothing is written. A page that has changed takes nothing away.
func TestTeams(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 24, Seed: 5, Env: map[string]string{
		"TOUCHLINE_SYNC_ABSENT_GAP": "0s", "TOUCHLINE_SYSTEMS_SPORTLINK_TIMEOUTS_PAGE": "5s",
	}})
	s.Succeed(t, "people")
	before := s.journal(t)
	s.approved(t, "teams", "FIRST_SYNC") // a team that people have made
	s.wantInTeams(t, "the teams", s.inTeams(t, false))
	s.oneCall(t, "the teams", before)
	// Who is in a team is a volunteer at Rondo Club by now. That is so many that a person is
	// asked whether it is so, and then whether the mailing lists are to be told of them.
	want(t, s.Run(t, "people"), partial, "FIELDS_HELD")
	s.saysSo(t, "volunteer")
	s.approved(t, "people", "TOO_MANY_CHANGED")

	before = s.journal(t)
	s.approved(t, "player-history", "TOO_MANY_CHANGED") // all work in teams is given its start
	s.wantInTeams(t, "the histories", s.inTeams(t, true))
	s.oneCall(t, "the histories", before)

	before = s.journal(t)
	fault := s.Sportlink.Notified(t, "/teams/team-details/*", "tab-renamed", "")
	want(t, s.Run(t, "teams"), drifted, "")
	s.Sportlink.Unfault(t, fault)
	for _, pipeline := range []string{"player-history", "teams", "people"} {
		s.Succeed(t, pipeline)
		s.quiet(t, before)
	}
	s.judge(t)
}
