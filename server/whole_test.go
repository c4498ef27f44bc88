package server_test

import (
	"errors"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/record"
)

func TestARunOfOneRecord(t *testing.T) {
	t.Parallel()
	r := setupWhole(t)
	r.source.Put("members", "QXZ0001", record.Fields{fMail: "one@example.org"})
	r.source.Put("members", "QXZ0002", record.Fields{fMail: "two@example.org"})
	res, err := r.pipelines(r.operator).RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{
		Pipeline: "people", Scope: &touchlinev1.Scope{Kind: string(kind), Keys: []string{"QXZ0001"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if run := r.finish(t, res.GetRun().GetId()); run.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED {
		t.Fatalf("the run is %v, %s %s", run.GetOutcome(), run.GetReason(), run.GetDetail())
	}
	r.holds(t, "QXZ0001", fMail, "one@example.org")
	if _, f := r.remote(t, "QXZ0002"); f[fMail] != "qxz0002@example.org" {
		t.Errorf("the other record went along: %q", f[fMail])
	}
	r.sync(t)
	r.holds(t, "QXZ0002", fMail, "two@example.org")
	r.quiet(t)

	shown, err := r.records(r.operator).GetSyncRecord(t.Context(), &touchlinev1.GetSyncRecordRequest{
		Record: &touchlinev1.RecordName{Name: &touchlinev1.RecordName_Key{Key: &touchlinev1.RecordKey{Kind: string(kind), Key: "QXZ0001"}}},
	})
	if err != nil || len(shown.GetRecord().GetSyncRecords()) != 2 {
		t.Fatalf("the record is %v, %v; want two sync records", shown, err)
	}
	for _, p := range shown.GetRecord().GetSyncRecords() {
		if p.GetState() != touchlinev1.SyncRecordState_SYNC_RECORD_STATE_IN_STEP {
			t.Errorf("%s is %v; want in step", p.GetSystem(), p.GetState())
		}
	}
}

func TestAPlanIsApplied(t *testing.T) {
	t.Parallel()
	r := setupWhole(t)
	c := r.pipelines(r.operator)
	plan := func() *touchlinev1.Run {
		t.Helper()
		res, err := c.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people", ValidateOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		return r.finish(t, res.GetRun().GetId())
	}
	r.source.Put("members", "QXZ0007", record.Fields{fMail: "seven@example.org"})
	stale := plan()
	if _, f := r.remote(t, "QXZ0007"); f[fMail] != "qxz0007@example.org" {
		t.Error("making a plan has written")
	}
	changes, err := c.ListChanges(t.Context(), &touchlinev1.ListChangesRequest{Run: stale.GetId()})
	if err != nil || len(changes.GetChanges()) != 2 { // the hub, and the target
		t.Fatalf("the plan is %v, %v; want two changes", changes, err)
	}
	again := plan()
	if again.GetPlanHash() == "" || again.GetPlanHash() != stale.GetPlanHash() {
		t.Errorf("plans of the same world have the hashes %q and %q; want one", stale.GetPlanHash(), again.GetPlanHash())
	}

	// Another run carries the same edit out: the plan's records have moved.
	r.sync(t)
	_, err = c.ApplyPlan(t.Context(), &touchlinev1.ApplyPlanRequest{Run: stale.GetId(), PlanHash: stale.GetPlanHash()})
	if connect.CodeOf(err) != connect.CodeAborted || reason(err) != "PLAN_STALE" {
		t.Fatalf("a stale plan: %v, reason %q; want PLAN_STALE", err, reason(err))
	}
	failure, _ := errors.AsType[*connect.Error](err)
	value, err := failure.Details()[1].Value()
	if moved, ok := value.(*errdetails.PreconditionFailure); err != nil || !ok || len(moved.GetViolations()) == 0 ||
		moved.GetViolations()[0].GetSubject() != string(kind)+" QXZ0007" {
		t.Errorf("the detail is %v, %v; want the record", value, err)
	}

	r.source.Put("members", "QXZ0008", record.Fields{fMail: "eight@example.org"})
	fresh := plan()
	if _, err := c.ApplyPlan(t.Context(), &touchlinev1.ApplyPlanRequest{Run: fresh.GetId(), PlanHash: fresh.GetPlanHash()}); err != nil {
		t.Fatal(err)
	}
	if run := r.finish(t, fresh.GetId()); run.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED {
		t.Fatalf("the applied plan is %v, %s %s", run.GetOutcome(), run.GetReason(), run.GetDetail())
	}
	r.holds(t, "QXZ0008", fMail, "eight@example.org")
	r.quiet(t)
}

func TestAPartOfAPlanIsApplied(t *testing.T) {
	t.Parallel()
	r := setupWhole(t)
	c := r.pipelines(r.operator)
	for _, id := range []string{"QXZ0007", "QXZ0008"} {
		r.source.Put("members", record.ExternalID(id), record.Fields{fMail: "new" + id[6:] + "@example.org"})
	}
	res, err := c.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people", ValidateOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	plan := r.finish(t, res.GetRun().GetId())
	only := func(key string) *touchlinev1.ApplyPlanRequest {
		return &touchlinev1.ApplyPlanRequest{
			Run: plan.GetId(), PlanHash: plan.GetPlanHash(), Only: []*touchlinev1.RecordKey{{Kind: string(kind), Key: key}},
		}
	}
	if _, err := c.ApplyPlan(t.Context(), only("QXZ0001")); connect.CodeOf(err) != connect.CodeInvalidArgument || reason(err) != "NOT_PLANNED" {
		t.Errorf("a record that is not in the plan: %v, reason %q; want NOT_PLANNED", err, reason(err))
	}
	dry := only("QXZ0007")
	dry.ValidateOnly = true
	would, err := c.ApplyPlan(t.Context(), dry)
	if err != nil || would.GetRecords() != 1 || would.GetLeftOpen() != 1 || len(would.GetChanges()) != 2 || would.GetChanges()[0].GetKey() != "QXZ0007" {
		t.Fatalf("what would be applied: %v, %v; want two changes of one record, and one left open", would, err)
	}
	if _, f := r.remote(t, "QXZ0007"); f[fMail] != "qxz0007@example.org" {
		t.Error("looking at a part has written")
	}
	if is, err := c.ApplyPlan(t.Context(), only("QXZ0007")); err != nil || is.GetLeftOpen() != 1 || len(is.GetExceeds()) != 0 {
		t.Fatalf("a part is approved: %v, %v; want one record left open", is, err)
	}
	run := r.finish(t, plan.GetId())
	if run.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_PARTIAL || run.GetReason() != "PART_APPROVED" {
		t.Fatalf("the applied part is %v, %s %s; want PARTIAL, PART_APPROVED", run.GetOutcome(), run.GetReason(), run.GetDetail())
	}
	r.holds(t, "QXZ0007", fMail, "new7@example.org")
	if _, f := r.remote(t, "QXZ0008"); f[fMail] != "qxz0008@example.org" {
		t.Error("what was not approved was written")
	}
	r.sync(t)
	r.holds(t, "QXZ0008", fMail, "new8@example.org")
	r.quiet(t)
}
