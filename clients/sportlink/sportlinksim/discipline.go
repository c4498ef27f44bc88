package sportlinksim

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/touchline-sync/touchline/clients/internal/invent"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// disciplineCases answers the tab of individual cases, all of them, or those of one season
// where the page asks for that (docs/systems/sportlink.md, "Discipline cases").
func (s *Sim) disciplineCases(w http.ResponseWriter, r *http.Request) {
	if r.URL.RawQuery != "" && !r.URL.Query().Has("Season") {
		refuse(w, http.StatusBadRequest, "Ongeldig filter")
		return
	}
	season := r.URL.Query().Get("Season")
	s.Lock()
	found := []map[string]any{}
	for _, c := range s.cases {
		if season == "" || len(c.MatchDate) >= 4 && c.MatchDate[:4] == season[:4] {
			found = append(found, wireCase(c))
		}
	}
	s.Unlock()
	if do, ok := s.FaultDo(r, "truncated"); ok {
		percent, err := strconv.Atoi(do.Body)
		if err != nil {
			percent = 60
		}
		found = found[:len(found)*percent/100]
	}
	if s.Fault(r, "duplicate-ids") {
		found = append(found, found[:min(2, len(found))]...)
	}
	key := "Cases"
	if do, ok := s.FaultDo(r, "list-under"); ok {
		key = do.Body
	}
	out := map[string]any{key: found}
	switch {
	case key == "":
		answer(w, http.StatusOK, found)
	case s.Fault(r, "has-more"):
		out["HasMore"] = true
		answer(w, http.StatusOK, out)
	default:
		answer(w, http.StatusOK, out)
	}
}

// wireCase is a case on the wire: a number for the fee, a text for a single code, and of the
// teams only their ids.
func wireCase(c invent.Case) map[string]any {
	out := map[string]any{
		"DossierId": c.Dossier, "PublicPersonId": text(c.Person), "MatchDate": text(c.MatchDate), "ProcessingDate": text(c.ProcessedOn),
		"MatchDescription": text(c.Match), "TeamName": text(c.Team), "ChargeDescription": text(c.Charge), "SanctionDescription": text(c.Sanction),
		"ChargeCodes": c.Codes, "AdministrativeFee": nil, "IsCharged": nil,
		"HomeTeam": map[string]any{"PublicTeamId": "T0000000001"}, "AwayTeam": nil,
	}
	if len(c.Codes) == 1 {
		out["ChargeCodes"] = c.Codes[0]
	}
	if fee, err := strconv.ParseFloat(c.Fee, 64); err == nil {
		out["AdministrativeFee"] = fee
	}
	if c.Charged != "" {
		out["IsCharged"] = c.Charged == "true"
	}
	return out
}

// Cases returns a copy of all cases.
func (s *Sim) Cases() []invent.Case {
	s.Lock()
	defer s.Unlock()
	return slices.Clone(s.cases)
}

// PutCase puts a case in place of the one of its number, or makes it, as the federation does.
func (s *Sim) PutCase(c invent.Case) error {
	if c.Dossier == "" {
		return errors.New("a case needs a number")
	}
	s.Lock()
	defer s.Unlock()
	if i := s.caseAt(c.Dossier); i >= 0 {
		s.cases[i] = c
	} else {
		s.cases = append(s.cases, c)
	}
	return nil
}

var errNoCase = errors.New("no such case")

// RemoveCase takes a case out altogether.
func (s *Sim) RemoveCase(dossier string) error {
	s.Lock()
	defer s.Unlock()
	i := s.caseAt(dossier)
	if i < 0 {
		return errNoCase
	}
	s.cases = slices.Delete(s.cases, i, i+1)
	return nil
}

func (s *Sim) caseAt(dossier string) int {
	return slices.IndexFunc(s.cases, func(c invent.Case) bool { return c.Dossier == dossier })
}

// caseControls are the control calls about cases.
func (s *Sim) caseControls() {
	done := func(w http.ResponseWriter, err error) {
		if err != nil {
			simkit.Fail(w, http.StatusBadRequest, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
	s.Control("GET /cases", func(w http.ResponseWriter, _ *http.Request) { simkit.Write(w, s.Cases()) })
	s.Control("PUT /cases/{dossier}", func(w http.ResponseWriter, r *http.Request) {
		var in invent.Case
		if simkit.Read(w, r, &in) {
			in.Dossier = r.PathValue("dossier")
			done(w, s.PutCase(in))
		}
	})
	s.Control("DELETE /cases/{dossier}", func(w http.ResponseWriter, r *http.Request) { done(w, s.RemoveCase(r.PathValue("dossier"))) })
}
