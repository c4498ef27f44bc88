package server_test

import (
	"strings"
	"testing"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// stranger has never seen touchline, begins at the first page each time, and counts the
// clicks that lead to something.
type stranger struct {
	volunteer

	clicks int
}

func (s *stranger) begin() {
	s.t.Helper()
	s.clicks = 0
	s.open("/")
}

// follow clicks what has a name, as volunteer.click does, and counts it.
func (s *stranger) follow(name string) {
	s.t.Helper()
	s.clicks++
	s.click(name)
}

// found wants that what was looked for took at most three clicks, and is shown.
func (s *stranger) found(what string, texts ...string) {
	s.t.Helper()
	if s.clicks > 3 {
		s.t.Errorf("%s took %d clicks, want at most 3", what, s.clicks)
	}
	page, err := s.page.Locator("main").InnerText()
	for _, text := range texts {
		if err != nil || !strings.Contains(page, text) {
			s.t.Errorf("%s: the page does not say %q, %v:\n%s", what, text, err, page)
		}
	}
}

func (s *stranger) why(reason string) {
	s.t.Helper()
	s.ok(nil, s.page.GetByLabel("Why").First().Fill(reason))
}

// Whoever sees touchline for the first time finds from the first page, in at most three
// clicks each, why a run has stopped and what to do, approves twenty of thirty leavers,
// settles a conflict, has a refused member tried again, and pauses a schedule. The API
// shows afterwards what they have done.
func TestAStranger(t *testing.T) {
	t.Parallel()
	s := &stranger{volunteer: volunteer{t: t, page: browsertest.Page(t, 1024, 768), check: axe(t), width: 1024}}
	b := setupWhole(t)
	b.grow(t, 20)
	s.address = "http://" + b.address
	s.signIn(b.operator)

	for i := range 30 {
		b.source.Drop("members", member(i), "removed")
	}
	stopped := b.run(t)
	s.begin()
	s.found("that a run has stopped", "A plan waits for you: people", "More would be removed", "approve it, or the part of it that is right")
	s.follow("A plan waits for you")
	s.found("why", "TOO_MANY_REMOVED", "so that nothing was done")
	boxes, err := s.page.Locator("input[type=checkbox]").All()
	if err != nil || len(boxes) != 30 {
		t.Fatalf("%d leavers can be chosen, %v; want 30", len(boxes), err)
	}
	for _, box := range boxes[:20] {
		s.ok(nil, box.Check())
	}
	s.follow("Look at what would be done")
	s.found("what would be done", "A part of the plan", "20 records", "10 are left")
	s.clicks++
	s.ok(nil, s.page.GetByRole("button").GetByText("Do it").Click())
	s.found("to approve twenty")
	if is := b.finish(t, stopped.GetId()); is.GetReason() != "PART_APPROVED" || is.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_PARTIAL {
		t.Fatalf("the run ended %v %s", is.GetOutcome(), is.GetReason())
	}
	left := 0
	for i := range 40 {
		if b.gone(t, string(member(i))) != "" {
			left++
		}
	}
	if left != 20 {
		t.Fatalf("%d of 40 have left, want 20", left)
	}
	again := b.run(t)
	if again.GetReason() != "TOO_MANY_REMOVED" {
		t.Fatalf("the ten others: %v %s", again.GetOutcome(), again.GetReason())
	}
	for i := range 30 { // the source has lost them by mistake
		if b.gone(t, string(member(i))) == "" {
			b.source.Put("members", member(i), memberFields(i))
		}
	}
	b.sync(t)

	met := b.addConflict(t, string(member(31)), fCity, "Hier", "Daar")
	s.begin()
	s.follow("Conflicts wait for a decision")
	s.found("what the conflict is about", string(member(31)), met.GetHubValue(), met.GetRemoteValue())
	s.why("he told us")
	s.follow("Take ours")
	s.found("to settle a conflict", "There are none.")
	open, err := b.conflicts(b.operator).ListConflicts(t.Context(), &touchlinev1.ListConflictsRequest{Open: true})
	if err != nil || len(open.GetConflicts()) != 0 {
		t.Errorf("open are %v, %v", open, err)
	}
	b.sync(t)
	b.holds(t, string(member(31)), fCity, met.GetHubValue())

	b.target.Places[0].RefuseUpdate = func(record.Fields) error {
		return &connector.Error{Class: connector.Rejected, System: "target", Op: "update person", Why: "status 400"}
	}
	b.source.Put("members", member(32), record.Fields{fMail: "new@example.org"})
	b.run(t) // PARTIAL
	b.target.Places[0].RefuseUpdate = nil
	s.begin()
	s.follow("Records are refused and set aside")
	s.found("who was refused", string(member(32)), "status 400")
	s.clicks++
	s.ok(nil, s.page.GetByRole("button").GetByText("Try again").First().Click())
	s.found("to try again")
	b.wantActs(t, "RetrySyncRecord", 1)
	b.sync(t)
	b.holds(t, string(member(32)), fMail, "new@example.org")

	s.begin()
	s.clicks++
	s.ok(nil, s.page.Locator("nav").GetByText("Schedules").Click())
	s.follow("Pause")
	s.found("to pause a schedule", "paused")
	list, err := b.schedules(b.operator).ListSchedules(t.Context(), &touchlinev1.ListSchedulesRequest{})
	if all := list.GetSchedules(); err != nil || len(all) != 1 || !all[0].GetPaused() {
		t.Errorf("the schedules are %v, %v; want one, paused", all, err)
	}
	b.wantActs(t, "PauseSchedule", 1)
}

// grow adds members to the twenty that there are; an operator lifts the limit.
func (r *whole) grow(t *testing.T, by int) {
	t.Helper()
	for i := range by {
		r.source.Put("members", member(20+i), memberFields(20+i))
	}
	res, err := r.pipelines(r.operator).RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{
		Pipeline: "people", Override: &touchlinev1.Override{Limits: []string{"TOO_MANY_CREATED"}, Reason: "the club has grown"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if is := r.finish(t, res.GetRun().GetId()); is.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED {
		t.Fatalf("the run of the new members ended %v %s %s", is.GetOutcome(), is.GetReason(), is.GetDetail())
	}
}
