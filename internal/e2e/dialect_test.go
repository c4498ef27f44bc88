package e2e

import (
	"net/http"
	"testing"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// TestOldTheme: a site of 25.2.0, which speaks acf and is empty, gets everybody under
// their name, and nothing is left to do in the second run. When the site is another
// one, nothing is read or written until it is as it was.
func TestOldTheme(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 60, Seed: 11})
	theme := func(name string) {
		t.Helper()
		s.Rondo.Control(t, http.MethodPatch, "/site", object{"theme": name}, nil)
	}
	theme("acf")
	first := s.Succeed(t, "people")
	people := s.Rondo.People(t)
	if n := sum(first, write3, created); n == 0 || len(people) < 60 {
		t.Fatalf("%d persons were made\n%s", len(people), show(first))
	}
	reached, housed := 0, 0
	for _, p := range people {
		if text(p.Fields, "first_name") == "" {
			t.Fatal("somebody without a name was made")
		}
		if rows, _ := p.Fields["contact_info"].([]any); len(rows) > 0 {
			reached++
		}
		if rows, _ := p.Fields["addresses"].([]any); len(rows) > 0 {
			if home, _ := rows[0].(object); text(home, "street") != "" && text(home, "house_number") == "" {
				housed++
			}
		}
	}
	if reached < len(people)/2 || housed < len(people)/2 {
		t.Errorf("of %d persons %d can be reached and %d have an address", len(people), reached, housed)
	}
	before := s.journal(t)
	second := s.Succeed(t, "people")
	if s.quiet(t, before); sum(second, write3, writes) != 0 {
		t.Errorf("the second run writes\n%s", show(second))
	}

	theme("fields")
	changed := s.plainMembers(t)[0]
	s.Sportlink.Control(t, http.MethodPatch, "/members/"+changed, object{"Mobile": "0612345670"}, nil)
	for range 2 {
		want(t, s.Run(t, "people"), drifted, "SHAPE_CHANGED")
		s.quiet(t, before)
	}
	found, err := s.Records.ListFindings(t.Context(), &touchlinev1.ListFindingsRequest{})
	if err != nil || len(found.GetFindings()) != 1 || found.GetFindings()[0].GetSystem() != "rondoclub" {
		t.Fatalf("findings %v, %v", found, err)
	}
	theme("acf")
	s.Succeed(t, "people")
	if since := s.journal(t); since.rondo == before.rondo {
		t.Error("what waited was not written when the site was as before")
	}
	_, err = s.Records.AcceptChange(t.Context(), &touchlinev1.AcceptChangeRequest{Finding: found.GetFindings()[0].GetId(), Reason: "too late"})
	if connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("what is no more was accepted: %v", err)
	}
	s.Rondo.Control(t, http.MethodPatch, "/site", object{"role": "editor"}, nil)
	before = s.journal(t)
	want(t, s.Run(t, "scan-rondoclub"), needsAuth, "")
	s.quiet(t, before)
}
