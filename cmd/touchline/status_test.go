package main

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// How all stands fits a terminal, and each thing that waits has the verb that shows it.
func TestStatus(t *testing.T) {
	t.Parallel()
	at := timestamppb.New(time.Date(2026, 3, 2, 11, 0, 0, 0, time.Local))
	run := func(pipeline string, o touchlinev1.RunOutcome, reason, hash string) *touchlinev1.Run {
		return &touchlinev1.Run{Pipeline: pipeline, Number: 7, State: touchlinev1.RunState_RUN_STATE_ENDED, Outcome: o, Reason: reason, PlanHash: hash}
	}
	var b strings.Builder
	err := printStatus(&b, &touchlinev1.ListPipelinesResponse{
		Pipelines: []*touchlinev1.Pipeline{
			{Name: "discipline", OffReason: "sportlink is off"},
			{Name: "functions-full", LastRun: run("functions-full", touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED, "", ""), LastSuccessTime: at, NextTime: at},
			{Name: "people", LastRun: run("people", touchlinev1.RunOutcome_RUN_OUTCOME_GUARD_STOPPED, "TOO_MANY_OVERWRITTEN", "h"), NextTime: at},
			{Name: "teams", LastRun: run("teams", touchlinev1.RunOutcome_RUN_OUTCOME_FAILED, "STEPS_FAILED", "")},
		},
		Standing: &touchlinev1.Standing{Quarantined: 3, Leaving: 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	said := b.String()
	for _, say := range []string{
		"discipline      never            -", "off\n", "functions-full  7 SUCCEEDED      2026-03-02 11:00", "people          7 GUARD_STOPPED  -",
		"people/7 has a plan that waits (TOO_MANY_OVERWRITTEN): touchline plan show people/7\n",
		"teams/7 says STEPS_FAILED: touchline runs show teams/7\n", "3 records are refused and set aside: touchline quarantine\n",
		"2 are leaving, and leave by themselves: touchline leavers list\n",
	} {
		if !strings.Contains(said, say) {
			t.Errorf("it does not say %q:\n%s", say, said)
		}
	}
	for line := range strings.Lines(said) {
		if len(line) > 100 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
	if strings.Contains(said, "field that is refused") {
		t.Error("it tells of what is not there")
	}
}
