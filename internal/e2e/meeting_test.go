package e2e

import (
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/clients"
)

// forget takes the program's whole state away: what starts next is a new
// deployment, and the systems are as the old one left them.
func (s *set) forget(t testing.TB) {
	t.Helper()
	s.Stop(t)
	if err := os.RemoveAll(s.Data); err != nil {
		t.Fatal(err)
	}
	s.api = nil
	s.freshCode(t)
	s.Start(t)
}

// freshCode waits until the one-time code is another one than the last that
// was sent: a new deployment does not know of that.
func (s *set) freshCode(t testing.TB) {
	t.Helper()
	var sent []struct{ Step int64 }
	s.Sportlink.Control(t, http.MethodGet, "/codes", nil, &sent)
	eventually(t, time.Minute, "a fresh one-time code", func() bool {
		var now struct{ Step int64 }
		s.Sportlink.Control(t, http.MethodGet, "/totp", nil, &now)
		return len(sent) == 0 || now.Step > sent[len(sent)-1].Step
	})
}

// apply approves a plan with a hash and returns the reason of the refusal.
func (a *api) apply(t testing.TB, run *touchlinev1.Run, hash string) string {
	t.Helper()
	_, err := a.Pipelines.ApplyPlan(t.Context(), &touchlinev1.ApplyPlanRequest{Run: run.GetId(), PlanHash: hash})
	if err == nil {
		t.Error("the plan was applied")
	}
	return reason(err)
}

// held counts what both targets hold.
func (s *set) held(t testing.TB) (entries, people int) {
	t.Helper()
	for _, l := range s.Laposta.Lists(t) {
		entries += len(l.Members)
	}
	return entries, len(s.Rondo.People(t))
}

// TestFirstSync: an empty database against full systems ends as a plan that
// wants approval and creates nothing; after it everything is adopted and
// nothing is doubled.
func TestFirstSync(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 80, Seed: 21, Env: map[string]string{"TOUCHLINE_SYNC_ABSENT_GAP": "0s"}})
	s.Succeed(t, "people")
	s.Succeed(t, "people")
	reader := object{"email": "reader@example.org", "custom_fields": object{"voornaam": "Iemand"}}
	s.Laposta.Control(t, http.MethodPost, "/lists/1/members", reader, nil)
	changed := s.plainMembers(t)[0]
	s.Sportlink.Control(t, http.MethodPatch, "/members/"+changed, object{"Mobile": "0612345678"}, nil)
	s.forget(t)
	before := s.journal(t)
	entries, people := s.held(t)

	var stopped *touchlinev1.Run
	for range 2 { // asking again is no way past it
		stopped = s.Run(t, "people")
		want(t, stopped, guardStopped, "FIRST_SYNC")
		s.quiet(t, before)
	}
	if stopped.GetPlanHash() == "" {
		t.Fatalf("no plan is kept\n%s", show(stopped))
	}
	for _, c := range s.Changes(t, stopped) {
		if c.GetSystem() != "hub" && c.GetOperation() == touchlinev1.Operation_OPERATION_CREATE {
			t.Errorf("the plan would create a record at %s %s", c.GetSystem(), c.GetPlace())
		}
	}
	asked := map[string]int64{} // of whom the plan asks whether they are taken over
	for _, o := range stopped.GetTakesOver() {
		asked[o.GetSystem()+" "+o.GetKind()] += o.GetRecords()
	}
	if asked["laposta club.subscriber"] != int64(entries-1) || asked["rondoclub club.person"] != int64(people) {
		t.Errorf("of %d entries, one of which is a reader's, and %d people the plan would take over %v", entries, people, asked)
	}
	if got := s.apply(t, stopped, "0000"); got != "PLAN_HASH_MISMATCH" {
		t.Errorf("a wrong hash is refused with %q", got)
	}
	s.quiet(t, before)

	want(t, s.Apply(t, stopped), succeeded, "")
	s.judge(t)
	if e, p := s.held(t); e != entries || p != people {
		t.Errorf("%d entries and %d people before, %d and %d after", entries, people, e, p)
	}
	for sim, seq := range map[*simulator]int{s.Laposta: before.laposta, s.Rondo: before.rondo} {
		if w := sim.WritesAfter(t, seq); len(w) != 1 {
			t.Errorf("one value had changed, and %s accepted %d changes:%s", sim.System, len(w), describe(w))
		}
	}
	if got := s.apply(t, stopped, stopped.GetPlanHash()); got != "NOT_A_PLAN" {
		t.Errorf("a plan is applied a second time: %q", got)
	}
	before = s.journal(t)
	s.Succeed(t, "people")
	s.quiet(t, before)

	t.Run("a plan that is stale", func(t *testing.T) {
		s.Sportlink.Control(t, http.MethodPatch, "/members/"+changed, object{"Mobile": "0687654321"}, nil)
		plan := s.Ask(t, &touchlinev1.RunPipelineRequest{Pipeline: "people", ValidateOnly: true})
		if plan.GetState() != touchlinev1.RunState_RUN_STATE_PLANNED || plan.GetPlanHash() == "" {
			t.Fatalf("no plan was made\n%s", show(plan))
		}
		s.quiet(t, before)
		s.Sportlink.Control(t, http.MethodPatch, "/members/"+changed, object{"Mobile": "0611112222"}, nil)
		s.Succeed(t, "people")
		s.judge(t)
		after := s.journal(t)
		if got := s.apply(t, plan, plan.GetPlanHash()); got != "PLAN_STALE" {
			t.Errorf("a plan whose record has moved is refused with %q", got)
		}
		s.quiet(t, after)
	})
	t.Run("a plan that is approved", func(t *testing.T) {
		s.Sportlink.Control(t, http.MethodPatch, "/members/"+changed, object{"Mobile": "0633334444"}, nil)
		plan := s.Ask(t, &touchlinev1.RunPipelineRequest{Pipeline: "people", ValidateOnly: true})
		want(t, s.Apply(t, plan), succeeded, "")
		s.judge(t)
	})
	// What a person has approved to be taken over is ours from then on: an adopted
	// leaver is marked, and leaves the list.
	t.Run("a leaver who was adopted", func(t *testing.T) {
		s.Sportlink.Control(t, http.MethodDelete, "/members/"+changed, nil, nil)
		before := s.journal(t)
		s.Succeed(t, "people")
		s.quiet(t, before)
		s.Succeed(t, "people")
		if got := s.formers(t); !slices.Equal(got, []string{changed}) {
			t.Errorf("%d are marked as former, want the leaver", len(got))
		}
		if w := s.Laposta.WritesAfter(t, before.laposta); len(w) != 1 || w[0].Op != "delete" {
			t.Errorf("the leaver had one entry, and laposta has accepted %d changes:%s", len(w), describe(w))
		}
	})
	s.rowsFree(t)
}

// TestOtherAccount: a database belongs to the accounts that it was made with.
// Another account of any system is refused, and nothing is written to it.
func TestOtherAccount(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 40, Seed: 31})
	s.Succeed(t, "people")
	changed := s.plainMembers(t)[0]
	for i, ours := range []*simulator{s.Sportlink, s.Laposta, s.Rondo} {
		t.Run(ours.System, func(t *testing.T) {
			other := startSimulator(t, ours.System, clients.SimOptions{Members: 40, Seed: 99})
			if ours == s.Rondo { // a site is its address
				other.Control(t, http.MethodPatch, "/site", object{"home": "https://another.example.org"}, nil)
			}
			// Something is to be written, were it allowed.
			s.Sportlink.Control(t, http.MethodPatch, "/members/"+changed, object{"Mobile": "061234567" + string(rune('0'+i))}, nil)
			s.connect(s.Env, other)
			s.Stop(t)
			s.Start(t)
			before := s.journal(t)
			run := s.Run(t, "people")
			if run.GetOutcome() == succeeded {
				t.Errorf("the run succeeded\n%s", show(run))
			}
			if ours == s.Sportlink {
				want(t, run, failed, "WRONG_ACCOUNT")
				s.quiet(t, before)
			}
			refused := false
			for _, step := range run.GetSteps() {
				refused = refused || step.GetSystem() == ours.System && step.GetReason() == "WRONG_ACCOUNT"
			}
			if !refused {
				t.Errorf("no step says WRONG_ACCOUNT\n%s", show(run))
			}
			if w := other.WritesAfter(t, 0); len(w) > 0 {
				t.Errorf("the other account was written to, %d times", len(w))
			}
			s.connect(s.Env, ours)
		})
	}
	s.Stop(t)
	s.Start(t)
	s.Succeed(t, "people") // the account that it knows: all is made good
	s.judge(t)
}
