package server_test

import (
	"testing"

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
