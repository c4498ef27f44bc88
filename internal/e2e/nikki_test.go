package e2e

import (
	"fmt"
	"net/http"
	"testing"
)

// line is one line of the Nikki simulator.
type line struct {
	Key            string
	Year           int
	Member         string
	Total, Balance int
	Status         string
}

// figures are what the lines of Nikki come to at Rondo Club, by member and key there.
func (s *set) figures(t testing.TB) map[string]object {
	t.Helper()
	var lines []line
	s.Nikki.Control(t, http.MethodGet, "/lines", nil, &lines)
	worst := map[string]int{"Open": 0, "Debet": 1, "Credit": 2, "Betaald": 3}
	out := map[string]object{}
	for _, l := range lines {
		if l.Year < 2022 || l.Year > 2025 {
			continue
		}
		of := out[l.Member]
		if of == nil {
			of = object{}
			out[l.Member] = of
		}
		key := func(what string) string { return fmt.Sprintf("_nikki_%d_%s", l.Year, what) }
		total, _ := of[key("total")].(int)
		saldo, _ := of[key("saldo")].(int)
		of[key("total")], of[key("saldo")] = total+l.Total, saldo+l.Balance
		if before, seen := of[key("status")].(string); !seen || worst[l.Status] < worst[before] {
			of[key("status")] = l.Status
		}
	}
	return out
}

// contributions fails the test unless each person at Rondo Club has the figures that
// Nikki's lines come to, and no others. It returns how many have some.
func (s *set) contributions(t testing.TB) (filled int) {
	t.Helper()
	want := s.figures(t)
	for _, p := range s.Rondo.People(t) {
		of := want[text(p.Fields, "knvb_id")]
		if len(of) > 0 {
			filled++
		}
		for year := 2022; year <= 2025; year++ {
			for _, what := range []string{"total", "saldo", "status"} {
				key := fmt.Sprintf("_nikki_%d_%s", year, what)
				is := p.Fields[key]
				if n, ok := is.(float64); ok {
					is = int(n*100 + map[bool]float64{true: 0.5, false: -0.5}[n >= 0])
				}
				if is == "" {
					is = nil
				}
				if is != of[key] {
					t.Fatalf("person %d: %s is not what Nikki's lines come to", p.ID, key)
				}
			}
		}
	}
	return filled
}

// TestNikki: contributions reach the records of the members that Rondo Club holds, to
// the cent; the second run signs in nowhere and writes nothing; what a treasurer changes
// arrives with one write; who has no line any more has no figures any more; and a
// table that lacks lines writes nothing.
func TestNikki(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 40, Seed: 5, Nikki: true, Env: map[string]string{
		"TOUCHLINE_SYNC_ABSENT_GAP": "0s", "TOUCHLINE_SYSTEMS_NIKKI_TIMEOUTS_TABLE": "5s",
	}})
	s.Succeed(t, "people")
	s.Succeed(t, "nikki")
	if n := s.contributions(t); n < 20 {
		t.Fatalf("only %d persons have figures", n)
	}
	before := s.journal(t)
	s.Succeed(t, "nikki")
	s.quiet(t, before)
	var ins []struct{ Accepted bool }
	s.Nikki.Control(t, http.MethodGet, "/sign-ins", nil, &ins)
	if len(ins) != 1 || !ins[0].Accepted {
		t.Errorf("%d sign-ins in two runs", len(ins))
	}

	s.Nikki.Control(t, http.MethodPatch, "/lines/1", object{"balance": -4321, "status": "Credit", "form": "behind"}, nil)
	s.Succeed(t, "nikki")
	s.contributions(t)
	if w := s.Rondo.WritesAfter(t, before.rondo); len(w) != 1 {
		t.Errorf("%d writes for one line:%s", len(w), describe(w))
	}

	fault := s.Nikki.Notified(t, "/leden", "short-table", "")
	before = s.journal(t)
	want(t, s.Run(t, "nikki"), drifted, "PAGE_CHANGED")
	s.quiet(t, before)
	s.Nikki.Unfault(t, fault)

	var lines []line
	s.Nikki.Control(t, http.MethodGet, "/lines", nil, &lines)
	for _, l := range lines {
		if l.Member == lines[0].Member {
			s.Nikki.Control(t, http.MethodDelete, "/lines/"+l.Key, nil, nil)
		}
	}
	s.Succeed(t, "nikki")
	s.quiet(t, before) // once is not enough
	s.Succeed(t, "nikki")
	s.contributions(t)
	s.Succeed(t, "people")
	s.judge(t)
}
