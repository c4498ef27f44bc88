package invent

import (
	"fmt"
	"slices"
	"strings"
)

// Team is a team as the pages of the administration show it (docs/systems/sportlink.md,
// "Teams"). An empty text is not filled in.
type Team struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Code     string `json:"code"`
	Activity string `json:"activity"`
	Gender   string `json:"gender"` // Mannen, Vrouwen or Gemengd
	// Club says that it is one of the club's own, Connected that the federation's list has
	// it as well.
	Club      bool         `json:"club"`
	Connected bool         `json:"connected"`
	Players   []TeamMember `json:"players"`
	Staff     []TeamMember `json:"staff"`
}

// TeamMember is somebody in a team.
type TeamMember struct {
	Person string `json:"person"` // their id
	Role   string `json:"role"`
}

const teamsFrom = 6_000_000

var (
	playerRoles = []string{"Teamspeler", "Teamspeler", "Teamspeler", "Keeper", "Verdediger", "Aanvaller"}
	staffRoles  = []string{"Hoofd coach", "Assistent coach", "Teammanager", "Fysiotherapeut"}
)

// TeamsOf returns the teams of a club: those that its members are listed with, in the order
// in which these first name one, and the difficult ones. Every team has somebody who looks
// after it.
func TeamsOf(seed int64, members []Member) []Team {
	var out []Team
	add := func(name string, club bool) int {
		i := slices.IndexFunc(out, func(t Team) bool { return t.Name == name && t.Club == club })
		if i < 0 {
			i = len(out)
			out = append(out, Team{
				ID: fmt.Sprintf("T%010d", i+1), Name: name, Code: fmt.Sprintf("%06d", 100001+i), Club: club,
				Activity: "Veld", Gender: []string{"Mannen", "Vrouwen", "Gemengd"}[i%3],
			})
		}
		return i
	}
	var current []Member
	for _, m := range members {
		if m.PublicPersonID != "" && m.MemberStatus != Inactive {
			current = append(current, m)
		}
	}
	for n, m := range current {
		r := Rand(seed, teamsFrom+n)
		for _, list := range []struct {
			names string
			club  bool
		}{{m.UnionTeams, false}, {m.ClubTeams, true}} {
			for name := range strings.SplitSeq(list.names, ",") {
				if name = strings.Join(strings.Fields(name), " "); name != "" {
					i := add(name, list.club)
					out[i].Players = append(out[i].Players, TeamMember{m.PublicPersonID, pick(r, playerRoles)})
				}
			}
		}
	}
	for i := range out {
		r := Rand(seed, teamsFrom-1-i)
		out[i].Staff = append(out[i].Staff, TeamMember{pick(r, current).PublicPersonID, pick(r, staffRoles)})
	}
	return difficultTeams(out)
}

// difficultTeams adds the cases that have made trouble: two teams of one code and one of
// none, somebody who plays in a team and looks after it, a team that nobody is in, and one
// that both lists have.
func difficultTeams(all []Team) []Team {
	if len(all) < 3 {
		return all
	}
	all[1].Code, all[2].Code = all[0].Code, ""
	if first := all[0]; len(first.Players) > 0 {
		all[0].Staff = append(all[0].Staff, TeamMember{first.Players[0].Person, "Materiaalman"})
	}
	both := all[0]
	both.ID, both.Club, both.Connected = "T0000009998", true, true
	return append(all, Team{ID: "T0000009997", Name: "JO7-9", Activity: "Veld", Gender: "Gemengd"}, both)
}
