package server_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/uuid"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/store"
)

func TestWhatIsRefusedChangesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	expired := b.token(t, store.Admin, time.Nanosecond)
	revoked := b.token(t, store.Admin, time.Hour)
	tokens, err := b.access.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.access.Revoke(t.Context(), tokens[len(tokens)-1].ID, store.Actor{Name: "test"}); err != nil {
		t.Fatal(err)
	}
	ran, err := b.pipelines(b.operator).RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{
		Pipeline: "people", RequestId: "6a2f7a52-4b7e-4f2c-9a55-0d3c1c2b7e10",
	})
	if err != nil {
		t.Fatal(err)
	}
	done := b.finish(t, ran.GetRun().GetId())
	plan := b.plan(t)

	run := func(token string, req *touchlinev1.RunPipelineRequest) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := b.pipelines(token).RunPipeline(ctx, req)
			return err
		}
	}
	get := func(req *touchlinev1.GetSyncRecordRequest) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := b.records(b.operator).GetSyncRecord(ctx, req)
			return err
		}
	}
	list := func(req *touchlinev1.ListSyncRecordsRequest) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := b.records(b.operator).ListSyncRecords(ctx, req)
			return err
		}
	}
	watch := func(token, id string) func(context.Context) error {
		return func(ctx context.Context) error {
			stream, err := b.pipelines(token).WatchRun(ctx, &touchlinev1.WatchRunRequest{Run: id})
			if err != nil {
				return err
			}
			stream.Receive()
			return stream.Err()
		}
	}
	apply := func(id, hash string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := b.pipelines(b.operator).ApplyPlan(ctx, &touchlinev1.ApplyPlanRequest{Run: id, PlanHash: hash})
			return err
		}
	}
	scope := func(kind string, keys ...string) *touchlinev1.RunPipelineRequest {
		return &touchlinev1.RunPipelineRequest{Pipeline: "people", Scope: &touchlinev1.Scope{Kind: kind, Keys: keys}}
	}
	byKey := func(kind, key string) *touchlinev1.RecordName {
		return &touchlinev1.RecordName{Name: &touchlinev1.RecordName_Key{Key: &touchlinev1.RecordKey{Kind: kind, Key: key}}}
	}
	whole := &touchlinev1.RunPipelineRequest{Pipeline: "people"}

	for name, c := range map[string]struct {
		call   func(context.Context) error
		code   connect.Code
		reason string
	}{
		"no token":           {run("", whole), connect.CodeUnauthenticated, "TOKEN_MISSING"},
		"wrong token":        {run("tl_wrong", whole), connect.CodeUnauthenticated, "TOKEN_INVALID"},
		"expired token":      {run(expired, whole), connect.CodeUnauthenticated, "TOKEN_INVALID"},
		"revoked token":      {run(revoked, whole), connect.CodeUnauthenticated, "TOKEN_INVALID"},
		"too small a role":   {run(b.viewer, whole), connect.CodePermissionDenied, "ROLE_TOO_SMALL"},
		"stream, no token":   {watch("", done.GetId()), connect.CodeUnauthenticated, "TOKEN_MISSING"},
		"stream, no run":     {watch(b.viewer, uuid.NewString()), connect.CodeNotFound, "RUN_NOT_FOUND"},
		"stream, no id":      {watch(b.viewer, "one"), connect.CodeNotFound, "RUN_NOT_FOUND"},
		"stream, id missing": {watch(b.viewer, ""), connect.CodeInvalidArgument, "INVALID_REQUEST"},
		"unknown pipeline": {
			run(b.operator, &touchlinev1.RunPipelineRequest{Pipeline: "nobody"}), connect.CodeNotFound, "UNKNOWN_PIPELINE",
		},
		"no pipeline": {
			run(b.operator, &touchlinev1.RunPipelineRequest{}), connect.CodeInvalidArgument, "INVALID_REQUEST",
		},
		"unknown kind":    {run(b.operator, scope("club.team", "A")), connect.CodeNotFound, "UNKNOWN_KIND"},
		"empty key":       {run(b.operator, scope("club.person", "")), connect.CodeInvalidArgument, "MALFORMED_KEY"},
		"key with space":  {run(b.operator, scope("club.person", " A")), connect.CodeInvalidArgument, "MALFORMED_KEY"},
		"key with a line": {run(b.operator, scope("club.person", "A\nB")), connect.CodeInvalidArgument, "MALFORMED_KEY"},
		"no keys":         {run(b.operator, scope("club.person")), connect.CodeInvalidArgument, "MALFORMED_KEY"},
		"long key": {
			run(b.operator, scope("club.person", strings.Repeat("x", 321))), connect.CodeInvalidArgument, "MALFORMED_KEY",
		},
		"unknown limit": {run(b.operator, &touchlinev1.RunPipelineRequest{
			Pipeline: "people", Override: &touchlinev1.Override{Limits: []string{"NO_LIMIT"}, Reason: "a test"},
		}), connect.CodeInvalidArgument, "UNKNOWN_LIMIT"},
		"override without a reason": {run(b.operator, &touchlinev1.RunPipelineRequest{
			Pipeline: "people", Override: &touchlinev1.Override{Limits: []string{"TOO_MANY_REMOVED"}},
		}), connect.CodeInvalidArgument, "INVALID_REQUEST"},
		"request id that is none": {run(b.operator, &touchlinev1.RunPipelineRequest{
			Pipeline: "people", RequestId: "again",
		}), connect.CodeInvalidArgument, "MALFORMED_REQUEST_ID"},
		"request id with other arguments": {run(b.operator, &touchlinev1.RunPipelineRequest{
			Pipeline: "people", RequestId: "6a2f7a52-4b7e-4f2c-9a55-0d3c1c2b7e10", ValidateOnly: true,
		}), connect.CodeAlreadyExists, "REQUEST_ID_REUSED"},
		"record, unknown system": {
			get(&touchlinev1.GetSyncRecordRequest{Record: byKey("club.person", key), System: "nowhere"}),
			connect.CodeNotFound, "UNKNOWN_SYSTEM",
		},
		"record, unknown kind": {
			get(&touchlinev1.GetSyncRecordRequest{Record: byKey("club.team", key)}), connect.CodeNotFound, "UNKNOWN_KIND",
		},
		"record, unknown key": {
			get(&touchlinev1.GetSyncRecordRequest{Record: byKey("club.person", "NOBODY1")}), connect.CodeNotFound, "RECORD_NOT_FOUND",
		},
		"record, malformed key": {
			get(&touchlinev1.GetSyncRecordRequest{Record: byKey("club.person", "A\x00")}), connect.CodeInvalidArgument, "MALFORMED_KEY",
		},
		"record, unnamed": {get(&touchlinev1.GetSyncRecordRequest{}), connect.CodeInvalidArgument, "INVALID_REQUEST"},
		"records, page too long": {
			list(&touchlinev1.ListSyncRecordsRequest{Kind: "club.person", PageSize: 1001}), connect.CodeInvalidArgument, "INVALID_REQUEST",
		},
		"records, page token of nobody": {
			list(&touchlinev1.ListSyncRecordsRequest{Kind: "club.person", PageToken: "x"}), connect.CodeInvalidArgument, "MALFORMED_PAGE_TOKEN",
		},
		"apply what is no plan":       {apply(done.GetId(), "x"), connect.CodeFailedPrecondition, "NOT_A_PLAN"},
		"apply what is not there":     {apply(uuid.NewString(), "x"), connect.CodeNotFound, "RUN_NOT_FOUND"},
		"apply with another's hash":   {apply(plan.GetId(), "hash-of-another"), connect.CodeFailedPrecondition, "PLAN_HASH_MISMATCH"},
		"apply without a hash":        {apply(plan.GetId(), ""), connect.CodeInvalidArgument, "INVALID_REQUEST"},
		"apply what has moved by now": {b.stale(apply(plan.GetId(), plan.GetPlanHash())), connect.CodeAborted, "PLAN_STALE"},
	} {
		before, err := b.counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		err = c.call(t.Context())
		if connect.CodeOf(err) != c.code || reason(err) != c.reason {
			t.Errorf("%s: %v, reason %q; want %v, reason %q", name, err, reason(err), c.code, c.reason)
		}
		if err != nil && (strings.Contains(err.Error(), key) || strings.Contains(err.Error(), "NOBODY1")) {
			t.Errorf("%s: the error holds a key: %v", name, err)
		}
		if after, err := b.counts(t.Context()); err != nil || !slices.Equal(before, after) {
			t.Errorf("%s: rows were %v and are %v (%v); want no change", name, before, after, err)
		}
	}
	for _, secret := range []string{email, key, "tl_wrong", b.viewer, b.operator, expired} {
		if strings.Contains(b.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// plan makes a plan and waits for it.
func (b *bundle) plan(t *testing.T) *touchlinev1.Run {
	t.Helper()
	res, err := b.pipelines(b.operator).RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people", ValidateOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	run := b.finish(t, res.GetRun().GetId())
	if run.GetState() != touchlinev1.RunState_RUN_STATE_PLANNED || run.GetPlanHash() == "" {
		t.Fatalf("the plan is %v, hash %q; want planned, with a hash", run.GetState(), run.GetPlanHash())
	}
	return run
}

// stale makes a call while a record has moved.
func (b *bundle) stale(call func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		b.move(true)
		defer b.move(false)
		return call(ctx)
	}
}

func TestTooManyWrongTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	list := func(token string) error {
		_, err := b.schedules(token).ListSchedules(t.Context(), &touchlinev1.ListSchedulesRequest{})
		return err
	}
	if err := list(b.viewer); err != nil {
		t.Fatal(err)
	}
	var last error
	for range 40 {
		last = list("tl_guess")
	}
	if connect.CodeOf(last) != connect.CodeResourceExhausted || reason(last) != "TOO_MANY_FAILURES" {
		t.Errorf("after 40 wrong tokens: %v, reason %q; want no more tries", last, reason(last))
	}
	if err := list(b.viewer); err != nil {
		t.Errorf("a token that was right before is turned away: %v", err)
	}
	if err := list(b.operator); reason(err) != "TOO_MANY_FAILURES" {
		t.Errorf("a token not seen before: %v; want it to wait, as it may be a guess", err)
	}
}
