package sportlinksim

import (
	"errors"
	"net/http"
	"slices"

	"github.com/touchline-sync/touchline/clients/internal/invent"
)

var errNoTeam = errors.New("no such team")

// teamCalls are the calls of the pages of teams, by path below p (docs/systems/sportlink.md,
// "Teams"). They are read only.
func (s *Sim) teamCalls() map[string]http.HandlerFunc {
	type object = map[string]any
	list := func(club bool) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			out := []object{}
			for _, t := range s.Teams() {
				if t.Club == club {
					out = append(out, object{
						"PublicTeamId": t.ID, "TeamName": t.Name, "TeamCode": text(t.Code), "GameActivityDescription": text(t.Activity),
						"Gender": text(t.Gender), "HasUnionTeamConnection": t.Connected,
						"PlayerCount": len(t.Players), "TeamMemberCount": len(t.Players) + len(t.Staff),
					})
				}
			}
			answer(w, http.StatusOK, object{"Team": out})
		}
	}
	// of answers about the team that is asked for, where there is one of this list.
	of := func(club bool, make func(invent.Team) any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			empty := s.Fault(r, "empty-team")
			id, all := r.URL.Query().Get("PublicTeamId"), s.Teams()
			i := slices.IndexFunc(all, func(t invent.Team) bool { return t.ID == id && t.Club == club })
			switch {
			case i < 0:
				refuse(w, http.StatusNotFound, "Team niet gevonden")
			case empty:
				answer(w, http.StatusOK, object{"Person": []object{}})
			default:
				answer(w, http.StatusOK, make(all[i]))
			}
		}
	}
	people := func(key string, of []invent.TeamMember) any {
		out := []object{}
		for _, m := range of {
			out = append(out, object{"PublicPersonId": text(m.Person), key: text(m.Role)})
		}
		return object{"Person": out}
	}
	players := func(t invent.Team) any { return people("RoleFunctionDescription", t.Players) }
	staff := func(t invent.Team) any { return people("FunctionDescription", t.Staff) }
	// [S]: how the site's own page knows which of its lists a team is of is not known.
	header := func(w http.ResponseWriter, r *http.Request) {
		for _, t := range s.Teams() {
			if t.ID == r.URL.Query().Get("PublicTeamId") {
				answer(w, http.StatusOK, object{"TeamName": t.Name, "IsClubTeam": t.Club})
				return
			}
		}
		refuse(w, http.StatusNotFound, "Team niet gevonden")
	}
	return map[string]http.HandlerFunc{
		"team/UnionTeams": list(false), "team/ClubTeams": list(true),
		"team/TeamHeader": header,
		// A list of another kind, whose name has that of the players in it.
		"team/UnionTeamPlayersStatistics":     func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, object{"Team": []object{}}) },
		"team/teamperson/UnionTeamPlayers":    of(false, players),
		"team/teamperson/UnionTeamNonPlayers": of(false, staff),
		"team/teamperson/ClubTeamPlayers":     of(true, players),
		"team/teamperson/ClubTeamNonPlayers":  of(true, staff),
	}
}

// Teams returns a copy of all teams.
func (s *Sim) Teams() []invent.Team {
	s.Lock()
	defer s.Unlock()
	return slices.Clone(s.teams)
}

// PutTeam changes a team, as another user does, or makes one.
func (s *Sim) PutTeam(t invent.Team) error {
	if t.ID == "" || t.Name == "" {
		return errors.New("a team has an id and a name")
	}
	s.Lock()
	defer s.Unlock()
	i := slices.IndexFunc(s.teams, func(is invent.Team) bool { return is.ID == t.ID })
	if i < 0 {
		s.teams = append(s.teams, t)
		return nil
	}
	s.teams[i] = t
	return nil
}

// RemoveTeam takes a team away, as at the end of a season.
func (s *Sim) RemoveTeam(id string) error {
	s.Lock()
	defer s.Unlock()
	i := slices.IndexFunc(s.teams, func(t invent.Team) bool { return t.ID == id })
	if i < 0 {
		return errNoTeam
	}
	s.teams = slices.Delete(slices.Clone(s.teams), i, i+1)
	return nil
}
