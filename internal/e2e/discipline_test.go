package e2e

import (
	"encoding/json"
	"net/http"
	"testing"
)

// charge is a case in the Sportlink simulator.
type charge struct {
	Dossier   string `json:"dossier"`
	Person    string `json:"person"`
	MatchDate string `json:"match_date"`
	Match     string `json:"match"`
}

// dossiers has by number of whom the cases at Rondo Club are that do not lie in the trash,
// and how many tasks there are.
func (s *set) dossiers(t testing.TB) (of map[string]string, tasks int) {
	t.Helper()
	var dump struct {
		People []struct {
			ID     float64
			Fields object
		}
		Cases []struct {
			Status  string
			Seizoen []int
			Fields  object
		}
		Todos []struct{ Notes string }
	}
	if err := json.Unmarshal(s.Rondo.Dump(t), &dump); err != nil {
		t.Fatal(err)
	}
	codes := map[any]string{}
	for _, p := range dump.People {
		codes[p.ID] = text(p.Fields, "knvb_id")
	}
	of = map[string]string{}
	for _, c := range dump.Cases {
		if number := text(c.Fields, "dossier_id"); c.Status != "trash" {
			if of[number] != "" || len(c.Seizoen) != 1 {
				t.Errorf("%s stands there twice, or is in %d seasons", number, len(c.Seizoen))
			}
			of[number] = codes[c.Fields["person_id"]]
		}
	}
	return of, len(dump.Todos)
}

// TestDiscipline: the cases that a page shows reach Rondo Club through a real browser, linked
// to their members; the second time nothing is written. One that is gone is trashed once, with
// one task, and a page that has changed takes nothing away.
func TestDiscipline(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 24, Seed: 5, Env: map[string]string{
		"TOUCHLINE_SYNC_ABSENT_GAP": "0s", "TOUCHLINE_SYSTEMS_SPORTLINK_TIMEOUTS_SETTLE": "300ms",
	}})
	s.Succeed(t, "people")
	s.Succeed(t, "discipline")
	var all []charge
	s.Sportlink.Control(t, http.MethodGet, "/cases", nil, &all)
	members := map[string]bool{}
	for _, p := range s.Rondo.People(t) {
		members[text(p.Fields, "knvb_id")] = true
	}
	held := map[string]string{}
	for _, c := range all {
		if c.Person != "" && members[c.Person] && c.MatchDate != "" {
			held[c.Dossier] = c.Person
		}
	}
	same := func(when string, tasks int) {
		t.Helper()
		is, n := s.dossiers(t)
		if len(is) != len(held) || n != tasks {
			t.Errorf("%s: %d cases and %d tasks, want %d and %d", when, len(is), n, len(held), tasks)
		}
		for number, who := range held {
			if is[number] != who {
				t.Errorf("%s: %s is of another", when, number)
			}
		}
	}
	same("at first", 0)
	before := s.journal(t)
	for range 2 {
		s.Succeed(t, "discipline")
		s.quiet(t, before)
	}
	gone := ""
	for number := range held {
		gone = max(gone, number)
	}
	s.Sportlink.Control(t, http.MethodDelete, "/cases/"+gone, nil, nil)
	fault := s.Sportlink.Notified(t, "/competition-affairs/discipline-cases", "tab-renamed", "")
	want(t, s.Run(t, "discipline"), drifted, "")
	s.quiet(t, before)
	s.Sportlink.Unfault(t, fault)
	s.Succeed(t, "discipline")
	s.Succeed(t, "discipline")
	delete(held, gone)
	same("once gone", 1)
	before = s.journal(t)
	s.Succeed(t, "discipline")
	s.quiet(t, before)
	s.judge(t)
}
