package sportlinksim

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/invent"
)

// memberTeams answers the tab memberships: one row for each season in which a stint lasts, so
// far (docs/systems/sportlink.md, "The history of a member").
func (s *Sim) memberTeams(w http.ResponseWriter, r *http.Request) {
	id, all := r.URL.Query().Get("PublicPersonId"), r.URL.Query().Get("ShowInactive")
	if all != "true" && all != "false" {
		refuse(w, http.StatusBadRequest, "ShowInactive")
		return
	}
	empty := s.Fault(r, "empty-history")
	today := s.Now().Format(time.DateOnly)
	rows := []map[string]any{}
	s.Lock()
	known, stints := s.index(id) >= 0, slices.Clone(s.stints[id])
	s.Unlock()
	if !known {
		refuse(w, http.StatusNotFound, "Persoon niet gevonden")
		return
	}
	for _, st := range stints {
		lasts := st.End == "" || st.End[:len(time.DateOnly)] >= today
		if empty || all == "false" && !lasts {
			continue
		}
		seasons := []string{st.Season}
		if st.Season == "" {
			seasons = seasonsOf(st.Start, min(cmp.Or(st.End, today), today))
		}
		for _, season := range seasons {
			row := map[string]any{
				"PublicTeamId": text(st.Team), "TeamName": st.Name, "GameTypeDescription": text(st.Game),
				"RoleFunctionDescription": text(st.Role), "RelationStart": text(st.Start), "RelationEnd": text(st.End),
				"SeasonDescription": text(season),
			}
			rows = append(rows, row)
		}
	}
	if len(rows) == 1 { // where there is a single one the site may give it without a list
		answer(w, http.StatusOK, map[string]any{"Team": rows[0]})
		return
	}
	answer(w, http.StatusOK, map[string]any{"Team": rows})
}

// seasonsOf are the seasons from one day to another, as the site writes them. A season
// begins on 1 July.
func seasonsOf(from, to string) []string {
	begins := func(day string) int {
		y, _ := strconv.Atoi(day[:4])
		if day[5:7] < "07" {
			y--
		}
		return y
	}
	var out []string
	for y := begins(from); y <= begins(to); y++ {
		out = append(out, fmt.Sprintf("seizoen %d/'%02d", y, (y+1)%100))
	}
	return out
}

// Stints returns the histories of the members, by their ids.
func (s *Sim) Stints() map[string][]invent.Stint {
	s.Lock()
	defer s.Unlock()
	return maps.Clone(s.stints)
}

// PutStints changes the history of a member, as another user does.
func (s *Sim) PutStints(id string, all []invent.Stint) error {
	for _, st := range all {
		for _, day := range []string{st.Start, st.End} {
			if _, err := time.Parse(time.DateOnly, day[:min(len(day), len(time.DateOnly))]); day != "" && err != nil {
				return fmt.Errorf("a day of a stint: %w", err)
			}
		}
		if st.Start == "" && st.Season == "" {
			return errors.New("a stint without a start needs a season")
		}
	}
	s.Lock()
	defer s.Unlock()
	if s.index(id) < 0 {
		return errNoMember
	}
	s.stints[id] = slices.Clone(all)
	return nil
}
