package e2e

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// TestIndividual: one member now, with all that the big runs carry, from a warm session;
// somebody new as well. Nobody else is visited or written, and the runs that come after
// find nothing left to do.
func TestIndividual(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 24, Seed: 5, Env: map[string]string{
		"TOUCHLINE_SYNC_ABSENT_GAP": "0s", "TOUCHLINE_SYSTEMS_SPORTLINK_TIMEOUTS_PAGE": "5s",
	}})
	s.Succeed(t, "people")
	s.approved(t, "functions-full", "FIRST_SYNC")
	s.approved(t, "people", "TOO_MANY_CHANGED") // a third of the members have become volunteers

	var one, other string
	for id, p := range s.pages(t) {
		if len(p.Duties) > 0 && one == "" {
			one = id
		} else if other == "" {
			other = id
		}
	}
	for _, id := range []string{one, other} {
		s.Sportlink.Control(t, http.MethodPatch, "/members/"+id, object{"Mobile": "0612345605"}, nil)
	}
	before := s.journal(t)
	_, visited := s.tabs(t, 0)
	if _, err := s.Pipelines.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "individual"}); err == nil || !strings.Contains(err.Error(), "--key") {
		t.Errorf("for nobody: %v", err)
	}
	individual := func(code string) {
		t.Helper()
		want(t, s.Ask(t, &touchlinev1.RunPipelineRequest{
			Pipeline: "individual", Scope: &touchlinev1.Scope{Kind: "club.person", Keys: []string{code}},
		}), succeeded, "")
	}
	individual(one)
	changes := s.Rondo.WritesAfter(t, before.rondo)
	if len(changes) != 1 || changes[0].Collection != "people" || changes[0].ID != strconv.Itoa(s.person(t, one).ID) {
		t.Errorf("not one write of the one who was asked for:%s", describe(changes))
	}
	if is, others := text(s.person(t, one).Fields, "mobile_1"), text(s.person(t, other).Fields, "mobile_1"); is != "+31612345605" || others == is {
		t.Error("the number of the one who was asked for, or that of another, is wrong")
	}
	if n, _ := s.tabs(t, visited); n < 1 || n > 3 {
		t.Errorf("%d tabs of members were opened, want the three of one", n)
	}

	sister := s.member(t, one)
	sister["PublicPersonId"], sister["FirstName"], sister["Mobile"] = "ZZZZ11A", "Zus", ""
	s.Sportlink.Control(t, http.MethodPost, "/members", sister, nil)
	individual("ZZZZ11A")
	s.person(t, "ZZZZ11A")
	s.Succeed(t, "people")
	if len(s.holders(t, "ZZZZ11A")) != 1 || text(s.person(t, other).Fields, "mobile_1") != "+31612345605" {
		t.Error("what was left to the next run is not what it does")
	}
}
