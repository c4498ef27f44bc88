package oracle

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// stint is a time of a member in a team.
type stint struct{ Team, Name, Game, Role, Start, End, Season string }

// inTeams are the rows that a member's work in teams must have: those of their history,
// and for a team that they are in without a history of it one without days.
func (w *world) inTeams(code string) (want []string) {
	now := map[string]bool{}
	for id, all := range w.source.Stints {
		if strings.ToUpper(id) != code {
			continue
		}
		for _, s := range all {
			if team := w.teamOf(s); team != "" {
				role, start, end := cmp.Or(oneLine(s.Role), "Teamspeler"), dayOf(s.Start), s.ends()
				want = append(want, duty("team "+team, role, start, end, end == ""))
				now[team+"|"+role] = now[team+"|"+role] || end == ""
			}
		}
	}
	for _, t := range w.source.Teams {
		for _, x := range slices.Concat(t.Players, t.Staff) {
			role := oneLine(x.Role)
			if own := t.Club && t.Connected; !own && strings.ToUpper(x.Person) == code && role != "" && !now[t.ID+"|"+role] {
				want = append(want, duty("team "+t.ID, role, "", "", true))
			}
		}
	}
	return want
}

// teamOf is the team of a stint: by its id, else by its name, with its game or without.
func (w *world) teamOf(s stint) string {
	name := strings.ToLower(oneLine(s.Name))
	game := strings.ToLower(strings.TrimPrefix(s.Game, "Veld - "))
	byName := ""
	for _, t := range w.source.Teams {
		is := strings.ToLower(oneLine(t.Name))
		switch {
		case t.Club && t.Connected: // it is among the federation's
		case t.ID == s.Team:
			return t.ID
		case is == name || is == game+" "+name:
			byName = t.ID
		}
	}
	return byName
}

var inSeason = regexp.MustCompile(`(\d{4})/`)

// ends is the last day of a stint, which may be that of its season; "" while it lasts.
func (s stint) ends() string {
	if end := dayOf(s.End); end != "" {
		return end
	}
	if m := inSeason.FindStringSubmatch(s.Season); m != nil {
		begins, _ := strconv.Atoi(m[1])
		if end := fmt.Sprintf("%d-06-30", begins+1); end < time.Now().Format(time.DateOnly) {
			return end
		}
	}
	return ""
}

func dayOf(text string) string {
	day, _, _ := strings.Cut(text, "T")
	return day
}
