package server_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/store"
)

func TestRunToItsEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	res, err := b.pipelines(b.operator).RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	if res.GetAcceptance() != touchlinev1.Acceptance_ACCEPTANCE_STARTED {
		t.Errorf("accepted as %v; want started", res.GetAcceptance())
	}
	run := b.finish(t, res.GetRun().GetId())
	if run.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED || run.GetNumber() != 1 ||
		run.GetRequestedBy() != "test operator" || run.GetEndTime() == nil {
		t.Errorf("the run is %v", run)
	}
	var actions []touchlinev1.Action
	for _, s := range run.GetSteps() {
		actions = append(actions, s.GetAction())
		if s.GetState() != touchlinev1.StepState_STEP_STATE_DONE {
			t.Errorf("step %d is %v; want done", s.GetNumber(), s.GetState())
		}
	}
	want := []touchlinev1.Action{touchlinev1.Action_ACTION_READ, touchlinev1.Action_ACTION_PLAN, touchlinev1.Action_ACTION_WRITE}
	if !slices.Equal(actions, want) {
		t.Fatalf("steps %v; want %v", actions, want)
	}
	if read := run.GetSteps()[0]; read.GetCounters().GetRead() != 3 || read.GetKind() != string(kind) || read.GetSystem() != string(system) {
		t.Errorf("the read is %v; want 3 read", read)
	}

	list, err := b.pipelines(b.viewer).ListPipelines(t.Context(), &touchlinev1.ListPipelinesRequest{})
	if err != nil || len(list.GetPipelines()) != 1 || list.GetPipelines()[0].GetLastRun().GetId() != run.GetId() ||
		len(list.GetPipelines()[0].GetSteps()) != 3 || list.GetPipelines()[0].GetNextTime() == nil {
		t.Errorf("pipelines: %v, %v", list, err)
	}
	when, err := b.schedules(b.viewer).ListSchedules(t.Context(), &touchlinev1.ListSchedulesRequest{})
	if err != nil || len(when.GetSchedules()) != 1 || when.GetSchedules()[0].GetTimeZone() != "Europe/Amsterdam" {
		t.Errorf("schedules: %v, %v", when, err)
	}
}

func TestAskedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	release := b.hold()
	defer release()
	c := b.pipelines(b.operator)
	ask := func(req *touchlinev1.RunPipelineRequest) (string, touchlinev1.Acceptance) {
		t.Helper()
		req.Pipeline = "people"
		res, err := c.RunPipeline(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		return res.GetRun().GetId(), res.GetAcceptance()
	}
	const request = "2b1b8a52-9d0e-4d43-8f63-3f0a4d1a7c55"
	scope := &touchlinev1.Scope{Kind: string(kind), Keys: []string{key}}

	first, how := ask(&touchlinev1.RunPipelineRequest{RequestId: request})
	if how != touchlinev1.Acceptance_ACCEPTANCE_STARTED {
		t.Errorf("the first is %v; want started", how)
	}
	if again, how := ask(&touchlinev1.RunPipelineRequest{RequestId: request}); again != first || how != touchlinev1.Acceptance_ACCEPTANCE_REPLAYED {
		t.Errorf("the same request: %v, same run %v; want replayed, true", how, again == first)
	}
	if again, how := ask(&touchlinev1.RunPipelineRequest{}); again != first || how != touchlinev1.Acceptance_ACCEPTANCE_RUN_ACTIVE {
		t.Errorf("the same scope: %v, same run %v; want run active, true", how, again == first)
	}
	other, how := ask(&touchlinev1.RunPipelineRequest{Scope: scope})
	if other == first || how != touchlinev1.Acceptance_ACCEPTANCE_QUEUED {
		t.Errorf("another scope: %v, same run %v; want queued, false", how, other == first)
	}
	release()
	if run := b.finish(t, other); run.GetScopeKind() != string(kind) || run.GetScopeKeys() != 1 {
		t.Errorf("the scope is %q with %d keys; want %q with 1", run.GetScopeKind(), run.GetScopeKeys(), kind)
	}
	if again, how := ask(&touchlinev1.RunPipelineRequest{RequestId: request}); again != first || how != touchlinev1.Acceptance_ACCEPTANCE_REPLAYED {
		t.Errorf("the same request after its run: %v, same run %v; want replayed, true", how, again == first)
	}

	// Newest first, a page at a time.
	var seen []string
	req := &touchlinev1.ListRunsRequest{Pipeline: "people", PageSize: 1}
	for {
		res, err := c.ListRuns(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range res.GetRuns() {
			seen = append(seen, r.GetId())
		}
		if req.PageToken = res.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	if !slices.Equal(seen, []string{other, first}) {
		t.Errorf("runs %v; want %v", seen, []string{other, first})
	}
}

func TestPlanIsLookedAtAndApplied(t *testing.T) {
	t.Parallel()
	b := setup(t)
	plan := b.plan(t)
	c := b.pipelines(b.operator)

	changes, err := c.ListChanges(t.Context(), &touchlinev1.ListChangesRequest{Run: plan.GetId(), System: string(system)})
	if err != nil || len(changes.GetChanges()) != 1 {
		t.Fatalf("changes: %v, %v; want 1", changes, err)
	}
	change := changes.GetChanges()[0]
	if change.GetKey() != key || change.GetOperation() != touchlinev1.Operation_OPERATION_UPDATE ||
		change.GetState() != touchlinev1.ChangeState_CHANGE_STATE_PLANNED || change.GetEntityId() != b.entity ||
		len(change.GetFields()) != 1 || change.GetFields()[0].GetFrom() != "old@example.org" || change.GetFields()[0].GetTo() != email {
		t.Errorf("the change is %v", change)
	}
	if none, err := c.ListChanges(t.Context(), &touchlinev1.ListChangesRequest{Run: plan.GetId(), System: "sportlink"}); err != nil || len(none.GetChanges()) != 0 {
		t.Errorf("at another system: %v, %v; want none", none, err)
	}

	// A record that has moved is named, so that a person can look at it.
	b.move(true)
	_, err = c.ApplyPlan(t.Context(), &touchlinev1.ApplyPlanRequest{Run: plan.GetId(), PlanHash: plan.GetPlanHash()})
	b.move(false)
	stale, ok := errors.AsType[*connect.Error](err)
	if !ok || len(stale.Details()) != 2 {
		t.Fatalf("a stale plan: %v; want the reason and the records", err)
	}
	value, err := stale.Details()[1].Value()
	if records, ok := value.(*errdetails.PreconditionFailure); err != nil || !ok || records.GetViolations()[0].GetSubject() != string(kind)+" "+key {
		t.Errorf("the detail is %v, %v; want the record", value, err)
	}

	none := &touchlinev1.TakeOverPlaces{}
	if _, err := c.ApplyPlan(t.Context(), &touchlinev1.ApplyPlanRequest{Run: plan.GetId(), PlanHash: plan.GetPlanHash(), TakeOver: none}); err != nil {
		t.Fatal(err)
	}
	var said string
	if err := b.pool.QueryRow(t.Context(), "select reason from audit where action = 'ApplyPlan'").Scan(&said); err != nil || said != plan.GetPlanHash()+", takes over nothing" {
		t.Errorf("the audit has %q, %v", said, err)
	}
	if run := b.finish(t, plan.GetId()); run.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED {
		t.Errorf("after it was applied the run is %v, %s; want succeeded", run.GetOutcome(), run.GetReason())
	}
	history, err := b.records(b.operator).GetSyncRecordHistory(t.Context(), &touchlinev1.GetSyncRecordHistoryRequest{Record: byID(b.entity)})
	if err != nil || len(history.GetChanges()) != 1 || history.GetChanges()[0].GetState() != touchlinev1.ChangeState_CHANGE_STATE_DONE {
		t.Errorf("history: %v, %v; want the change, done", history, err)
	}
	b.wantActs(t, "ApplyPlan", 1)
	b.wantActs(t, "ListChanges", 2)
}

// wantActs checks how often the audit holds an action, and that its chain is
// whole.
func (b *bundle) wantActs(t *testing.T, action string, want int) {
	t.Helper()
	var n int
	if err := b.pool.QueryRow(t.Context(), "select count(*) from audit where action = $1", action).Scan(&n); err != nil || n != want {
		t.Errorf("the audit has %d of %s, %v; want %d", n, action, err, want)
	}
	if _, _, err := store.VerifyAudit(t.Context(), b.pool); err != nil {
		t.Error(err)
	}
}

// A run is named by its id, or by its pipeline and number as they are shown.
func TestRunByNumber(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.pipelines(b.operator)
	res, err := c.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	b.finish(t, res.GetRun().GetId())
	name := fmt.Sprintf("people/%d", res.GetRun().GetNumber())
	if is, err := c.GetRun(t.Context(), &touchlinev1.GetRunRequest{Run: name}); err != nil || is.GetRun().GetId() != res.GetRun().GetId() {
		t.Errorf("%s is %v %v", name, is, err)
	}
	if _, err := c.ListChanges(t.Context(), &touchlinev1.ListChangesRequest{Run: name}); err != nil {
		t.Error(err)
	}
	for _, none := range []string{"people/99", "people/", "nobody/1", "people", "/1", "people/1/1", "people/-1"} {
		if _, err := c.GetRun(t.Context(), &touchlinev1.GetRunRequest{Run: none}); reason(err) != "RUN_NOT_FOUND" {
			t.Errorf("%q: %v", none, err)
		}
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	defer b.hold()()
	c := b.pipelines(b.operator)
	res, err := c.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CancelRun(t.Context(), &touchlinev1.CancelRunRequest{Run: res.GetRun().GetId(), Reason: "a test"}); err != nil {
		t.Fatal(err)
	}
	run := b.finish(t, res.GetRun().GetId())
	if run.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_CANCELLED || run.GetCancelledBy() != "test operator" {
		t.Errorf("the run is %v by %q; want cancelled by the operator", run.GetOutcome(), run.GetCancelledBy())
	}
	b.wantActs(t, "CancelRun", 1)
}

func TestALiftedLimitIsInTheAudit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	res, err := b.pipelines(b.operator).RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{
		Pipeline: "people", Override: &touchlinev1.Override{Limits: []string{"TOO_MANY_REMOVED"}, Reason: "the club has merged"},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.finish(t, res.GetRun().GetId())
	b.wantActs(t, "Override", 1)
}

func TestWatchGoesOnWhereItBrokeOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	release := b.hold()
	defer release()
	c := b.pipelines(b.viewer)
	res, err := b.pipelines(b.operator).RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	id := res.GetRun().GetId()

	// The first watcher leaves in the middle, when it has seen the read count.
	ctx, leave := context.WithCancel(t.Context())
	stream, err := c.WatchRun(ctx, &touchlinev1.WatchRunRequest{Run: id})
	if err != nil {
		t.Fatal(err)
	}
	var seen []int64
	for stream.Receive() {
		e := stream.Msg().GetEvent()
		seen = append(seen, e.GetSequence())
		if len(e.GetSteps()) > 0 && e.GetSteps()[0].GetCounters().GetRead() > 0 {
			break
		}
	}
	leave()
	stream.Close()
	if len(seen) == 0 || connect.CodeOf(stream.Err()) == connect.CodeDeadlineExceeded {
		t.Fatalf("saw nothing: %v", stream.Err())
	}
	release()

	// The second takes up after the last event that the first has seen.
	after := seen[len(seen)-1]
	stream, err = c.WatchRun(t.Context(), &touchlinev1.WatchRunRequest{Run: id, AfterSequence: after})
	if err != nil {
		t.Fatal(err)
	}
	var last *touchlinev1.RunEvent
	for stream.Receive() {
		last = stream.Msg().GetEvent()
		seen = append(seen, last.GetSequence())
	}
	if err := errors.Join(stream.Err(), stream.Close()); err != nil {
		t.Fatal(err)
	}
	for i, sequence := range seen {
		if sequence != int64(i+1) {
			t.Fatalf("the events are %v; want no gap and no repetition", seen)
		}
	}
	if last.GetRun().GetState() != touchlinev1.RunState_RUN_STATE_ENDED || int64(len(seen)) <= after {
		t.Errorf("the last event is %v; want the run's end", last)
	}

	// After the end there is nothing to wait for.
	stream, err = c.WatchRun(t.Context(), &touchlinev1.WatchRunRequest{Run: id, AfterSequence: last.GetSequence()})
	if err != nil {
		t.Fatal(err)
	}
	if stream.Receive() || stream.Err() != nil {
		t.Errorf("after the end: %v, %v; want a stream that ends", stream.Msg(), stream.Err())
	}
	stream.Close()
}

func TestStreamsEndWhenTheServerStops(t *testing.T) {
	t.Parallel()
	b := setup(t)
	defer b.hold()()
	res, err := b.pipelines(b.operator).RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := b.pipelines(b.viewer).WatchRun(t.Context(), &touchlinev1.WatchRunRequest{Run: res.GetRun().GetId()})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if !stream.Receive() {
		t.Fatal(stream.Err())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := b.server.Shutdown(ctx); err != nil {
		t.Fatalf("the open stream holds it up: %v", err)
	}
	for stream.Receive() {
	}
	if connect.CodeOf(stream.Err()) != connect.CodeUnavailable || reason(stream.Err()) != "SHUTTING_DOWN" {
		t.Errorf("the stream ends with %v, reason %q; want unavailable, SHUTTING_DOWN", stream.Err(), reason(stream.Err()))
	}
}

func byID(id int64) *touchlinev1.RecordName {
	return &touchlinev1.RecordName{Name: &touchlinev1.RecordName_EntityId{EntityId: id}}
}
