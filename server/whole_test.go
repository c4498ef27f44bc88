package server_test

import (
	"errors"
	"strconv"
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

// Who looks at a plan sees how much it is before all of it; a rejected plan is over, and
// the next run plans the same again.
func TestAPlanIsRejected(t *testing.T) {
	t.Parallel()
	r := setupWhole(t)
	c := r.pipelines(r.operator)
	for i := range 18 { // more leave than may
		r.source.Drop("members", member(i), "removed")
	}
	stopped := r.run(t)
	all, err := c.ListChanges(t.Context(), &touchlinev1.ListChangesRequest{Run: stopped.GetId(), PageSize: 5})
	if err != nil || len(all.GetCounts()) != 2 || all.GetCounts()[0].GetSystem() != "hub" || all.GetCounts()[0].GetChanges() != 18 ||
		all.GetCounts()[1].GetPlace() != "people" || all.GetCounts()[1].GetOperation() != touchlinev1.Operation_OPERATION_DETACH || all.GetCounts()[1].GetChanges() != 18 {
		t.Fatalf("counted are %v, %v; want 18 of our own and 18 at the target", all.GetCounts(), err)
	}
	more, err := c.ListChanges(t.Context(), &touchlinev1.ListChangesRequest{Run: stopped.GetId(), PageSize: 5, PageToken: all.GetNextPageToken()})
	if err != nil || len(more.GetCounts()) != 0 || len(more.GetChanges()) != 5 {
		t.Errorf("the second page counts %v, %v", more.GetCounts(), err)
	}
	if _, err := c.ListChanges(t.Context(), &touchlinev1.ListChangesRequest{Run: stopped.GetId(), Kind: "club.nobody"}); reason(err) != "UNKNOWN_KIND" {
		t.Errorf("a kind that is none: %v", err)
	}
	req := &touchlinev1.RejectPlanRequest{Run: "people/" + strconv.FormatInt(stopped.GetNumber(), 10), PlanHash: stopped.GetPlanHash(), Reason: "the export was cut short"}
	if _, err := r.pipelines(r.viewer).RejectPlan(t.Context(), req); reason(err) != "ROLE_TOO_SMALL" {
		t.Errorf("a viewer: %v", err)
	}
	is, err := c.RejectPlan(t.Context(), req)
	if run := is.GetRun(); err != nil || run.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_CANCELLED || run.GetReason() != "PLAN_REJECTED" || run.GetPlanHash() != "" {
		t.Fatalf("rejected: %v, %v", run, err)
	}
	r.wantActs(t, "RejectPlan", 1)
	_, err = c.ApplyPlan(t.Context(), &touchlinev1.ApplyPlanRequest{Run: stopped.GetId(), PlanHash: stopped.GetPlanHash()})
	if reason(err) != "PLAN_REJECTED" || connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("a rejected plan is applied: %v", err)
	}
	if again := r.run(t); again.GetReason() != "TOO_MANY_REMOVED" || again.GetPlanHash() == "" {
		t.Errorf("the next run ended %v %s", again.GetOutcome(), again.GetReason())
	}
	list, err := c.ListPipelines(t.Context(), &touchlinev1.ListPipelinesRequest{})
	if p := list.GetPipelines()[0]; err != nil || !p.GetLastSuccessTime().AsTime().Before(stopped.GetCreateTime().AsTime()) || p.GetLastSuccessTime() == nil {
		t.Errorf("in step last %v, %v; want before the run that stopped", p.GetLastSuccessTime(), err)
	}
	for i := range 18 {
		r.source.Put("members", member(i), memberFields(i))
	}
	r.sync(t)
	r.quiet(t)
}
