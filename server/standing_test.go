package server_test

import (
	"context"
	"testing"
	"time"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/record"
)

// A plan waits for a person: a run of one record after it hides it neither from the first
// page nor from who lists the pipelines.
func TestPlanThatWaitsIsNotHidden(t *testing.T) {
	t.Parallel()
	b := setupWhole(t)
	for i := range 12 {
		b.source.Drop("members", record.ExternalID("QXZ00"+[]string{"0", "1"}[i/10]+string(rune('0'+i%10))), "removed")
	}
	c := b.pipelines(b.operator)
	res, err := c.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	stopped := b.finish(t, res.GetRun().GetId())
	if stopped.GetPlanHash() == "" || stopped.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_GUARD_STOPPED {
		t.Fatalf("the run ended %v %s", stopped.GetOutcome(), stopped.GetReason())
	}
	r := b.reader(t)
	r.signIn(b.operator)
	_, page := r.get("/")
	shows(t, page, "A plan waits for you")
	res, err = c.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{
		Pipeline: "people", Scope: &touchlinev1.Scope{Kind: string(kind), Keys: []string{"QXZ0015"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if one := b.finish(t, res.GetRun().GetId()); one.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED {
		t.Fatalf("the run of one record ended %v %s", one.GetOutcome(), one.GetReason())
	}
	_, page = r.get("/")
	shows(t, page, "A plan waits for you")
	list, err := c.ListPipelines(t.Context(), &touchlinev1.ListPipelinesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list.GetPipelines() {
		if p.GetName() == "people" && (p.GetStoppedRun().GetId() != stopped.GetId() || p.GetStandingRun().GetId() != stopped.GetId()) {
			t.Errorf("it stands by %v, and %v waits", p.GetStandingRun(), p.GetStoppedRun())
		}
	}
}

// An approval that the audit cannot be told is none: a caller that goes away in between
// leaves no plan applied without a trace of who it was.
func TestNoActWithoutAudit(t *testing.T) {
	t.Parallel()
	b := setupWhole(t)
	b.source.Put("members", "QXZ0007", record.Fields{fMail: "seven@example.org"})
	c := b.pipelines(b.operator)
	res, err := c.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people", ValidateOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	run := b.finish(t, res.GetRun().GetId())
	tx, err := b.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "lock table audit in exclusive mode"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = c.ApplyPlan(ctx, &touchlinev1.ApplyPlanRequest{Run: run.GetId(), PlanHash: run.GetPlanHash()})
	if connect.CodeOf(err) != connect.CodeDeadlineExceeded {
		t.Errorf("the call ended %v", err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err := c.GetRun(t.Context(), &touchlinev1.GetRunRequest{Run: run.GetId()})
	if err != nil || again.GetRun().GetPlanHash() != run.GetPlanHash() {
		t.Fatalf("the plan does not wait any more, though the audit could not be told: %v, %v", again.GetRun(), err)
	}
	if _, err := c.ApplyPlan(t.Context(), &touchlinev1.ApplyPlanRequest{Run: run.GetId(), PlanHash: run.GetPlanHash()}); err != nil {
		t.Fatal(err)
	}
	b.finish(t, run.GetId())
	var n int
	if err := b.pool.QueryRow(t.Context(), "select count(*) from audit where action = 'ApplyPlan'").Scan(&n); err != nil || n != 1 {
		t.Errorf("the audit has %d rows of it, %v", n, err)
	}
}
