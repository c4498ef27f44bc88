package main

import (
	"context"
	"strings"
	"testing"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

func (d *desk) RejectPlan(_ context.Context, req *touchlinev1.RejectPlanRequest) (*touchlinev1.RejectPlanResponse, error) {
	d.rejected = req
	return &touchlinev1.RejectPlanResponse{Run: &touchlinev1.Run{
		Id: req.GetRun(), Pipeline: "people", Number: 7, State: touchlinev1.RunState_RUN_STATE_ENDED,
		Outcome: touchlinev1.RunOutcome_RUN_OUTCOME_CANCELLED, Reason: "PLAN_REJECTED",
	}}, nil
}

// A plan is rejected by its hash, with a reason, and what becomes of it is said.
func TestPlanReject(t *testing.T) {
	t.Parallel()
	d := newDesk()
	for _, args := range [][]string{{"people/7", "--hash", "h"}, {"people/7", "--reason", "cut short"}} {
		if _, _, err := d.call(t, newPlanCommand(), append([]string{"reject"}, args...)...); err == nil || d.rejected != nil {
			t.Errorf("plan reject %v: %v, asked %v", args, err, d.rejected)
		}
	}
	out, _, err := d.call(t, newPlanCommand(), "reject", "people/7", "--hash", "h", "--reason", "cut short")
	if err != nil || d.rejected.GetRun() != "people/7" || d.rejected.GetPlanHash() != "h" || d.rejected.GetReason() != "cut short" {
		t.Fatalf("asked %v, %v", d.rejected, err)
	}
	for _, say := range []string{"people/7", "CANCELLED (PLAN_REJECTED)", "nothing of it was done", "the next run plans anew"} {
		if !strings.Contains(out, say) {
			t.Errorf("it does not say %q:\n%s", say, out)
		}
	}
}
