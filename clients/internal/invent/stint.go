package invent

import (
	"fmt"
	"slices"
	"strings"
)

// Stint is a time that somebody is or was in a team, as the tab memberships shows it
// (docs/systems/sportlink.md, "The history of a member"). An empty text is not filled in.
// The JSON names are ours.
type Stint struct {
	Team  string `json:"team"` // its id
	Name  string `json:"name"`
	Game  string `json:"game"`
	Role  string `json:"role"`
	Start string `json:"start"`
	End   string `json:"end"`
	// Season is that of the only row of it; without, there is one for each season in which
	// it lasts.
	Season string `json:"season"`
}

const stintsFrom = 7_000_000

// StintsOf returns the history of the members of a club in its teams, by their ids: since
// when they are in a team in which they are, for each third what was before, and for the
// first members the difficult ones.
func StintsOf(seed int64, members []Member, teams []Team) map[string][]Stint {
	out := map[string][]Stint{}
	for i, t := range teams {
		if t.Connected {
			continue
		}
		r := Rand(seed, stintsFrom+i)
		for n, m := range slices.Concat(t.Players, t.Staff) {
			begins := 2023 + r.IntN(3)
			s := Stint{Team: t.ID, Name: t.Name, Game: "Veld - Algemeen", Role: m.Role, Start: fmt.Sprintf("%d-08-01", begins)}
			if n%3 == 0 {
				before := s
				before.Start, before.End = fmt.Sprintf("%d-08-01", begins-3), fmt.Sprintf("%d-06-30", begins-1)
				out[m.Person] = append(out[m.Person], before)
			}
			out[m.Person] = append(out[m.Person], s)
		}
	}
	if len(teams) == 0 {
		return out
	}
	for i, m := range members[:min(len(members), len(difficultStints))] {
		if m.PublicPersonID != "" {
			out[m.PublicPersonID] = append(out[m.PublicPersonID], difficultStints[i](teams[0])...)
		}
	}
	return out
}

// difficultStints are the cases that have made trouble.
var difficultStints = []func(Team) []Stint{
	func(t Team) []Stint { // a season that is over, and no end
		return []Stint{{Team: t.ID, Name: t.Name, Role: "Verzorger", Start: "2021-08-01", Season: "seizoen 2021/'22"}}
	},
	func(t Team) []Stint { // a team that is no more, by its id and by its name
		return []Stint{{Team: "T0000000777", Name: "JO8-77", Role: "Teamspeler", Start: "2017-08-01", End: "2018-06-30"}}
	},
	func(t Team) []Stint { // a team without its id, and with blanks in its name; a time behind the day
		return []Stint{{Name: "  " + strings.ReplaceAll(strings.ToUpper(t.Name), " ", "  "), Game: "Veld - Algemeen", Role: "Vlagger", Start: "2020-08-01T00:00:00", End: "2021-06-30T00:00:00"}}
	},
	func(t Team) []Stint { // no role, and no start
		return []Stint{{Team: t.ID, Name: t.Name, End: "2019-06-30", Season: "seizoen 2018/'19"}}
	},
}
