package e2e

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/google/uuid"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// TestBadInput: what cannot be done is refused with a stable reason, and
// changes nothing anywhere: no run, no change in a table, no call to a system.
func TestBadInput(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 40, Seed: 61})
	request := uuid.NewString()
	s.Ask(t, &touchlinev1.RunPipelineRequest{Pipeline: "people", RequestId: request})
	viewer := newAPI(s.Address, s.Token(t, "viewer"))
	before, state := s.journal(t), s.state(t)

	run := func(a *api, req *touchlinev1.RunPipelineRequest) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := a.Pipelines.RunPipeline(ctx, req)
			return err
		}
	}
	scope := func(kind, key string) *touchlinev1.RunPipelineRequest {
		return &touchlinev1.RunPipelineRequest{Pipeline: "people", Scope: &touchlinev1.Scope{Kind: kind, Keys: []string{key}}}
	}
	people := &touchlinev1.RunPipelineRequest{Pipeline: "people"}
	for name, c := range map[string]struct {
		call   func(context.Context) error
		code   connect.Code
		reason string
	}{
		"unknown pipeline": {run(s.api, &touchlinev1.RunPipelineRequest{Pipeline: "nobody"}), connect.CodeNotFound, "UNKNOWN_PIPELINE"},
		"unknown kind":     {run(s.api, scope("club.team", "A")), connect.CodeNotFound, "UNKNOWN_KIND"},
		"malformed key":    {run(s.api, scope("club.person", "A\nB")), connect.CodeInvalidArgument, "MALFORMED_KEY"},
		"unknown system": {func(ctx context.Context) error {
			_, err := s.Records.ListSyncRecords(ctx, &touchlinev1.ListSyncRecordsRequest{Kind: "club.person", System: "nobody"})
			return err
		}, connect.CodeNotFound, "UNKNOWN_SYSTEM"},
		"no token":      {run(newAPI(s.Address, ""), people), connect.CodeUnauthenticated, "TOKEN_MISSING"},
		"wrong token":   {run(newAPI(s.Address, "tl_wrong"), people), connect.CodeUnauthenticated, "TOKEN_INVALID"},
		"a viewer runs": {run(viewer, people), connect.CodePermissionDenied, "ROLE_TOO_SMALL"},
		"request id is none": {run(s.api, &touchlinev1.RunPipelineRequest{
			Pipeline: "people", RequestId: "again",
		}), connect.CodeInvalidArgument, "MALFORMED_REQUEST_ID"},
		"request id changed": {run(s.api, &touchlinev1.RunPipelineRequest{
			Pipeline: "people", RequestId: request, ValidateOnly: true,
		}), connect.CodeAlreadyExists, "REQUEST_ID_REUSED"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.call(t.Context())
			if connect.CodeOf(err) != c.code || reason(err) != c.reason {
				t.Errorf("refused with %v %q: %v; want %v %q", connect.CodeOf(err), reason(err), err, c.code, c.reason)
			}
		})
	}
	t.Run("request id replayed", func(t *testing.T) {
		res, err := s.Pipelines.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people", RequestId: request})
		if err != nil {
			t.Fatal(err)
		}
		if res.GetAcceptance() != touchlinev1.Acceptance_ACCEPTANCE_REPLAYED || res.GetRun().GetNumber() != 1 {
			t.Errorf("answered with run %d, %s", res.GetRun().GetNumber(), res.GetAcceptance())
		}
	})
	s.quiet(t, before)
	if now := s.state(t); now != state {
		t.Errorf("something has changed: %s before, %s now", state, now)
	}

	// Settings: the program does not start, and says all that is wrong.
	t.Run("unknown settings", func(t *testing.T) {
		s.Env["TOUCHLINE_SERVER_LISTNE"], s.Env["TOUCHLINE_SYSTEMS_NOBODY_KEY"] = "x", "y"
		defer delete(s.Env, "TOUCHLINE_SERVER_LISTNE")
		defer delete(s.Env, "TOUCHLINE_SYSTEMS_NOBODY_KEY")
		_, errs, err := s.Command(t, "serve")
		if exitCode(err) != 2 {
			t.Errorf("the exit code is %d, want 2", exitCode(err))
		}
		for _, want := range []string{"TOUCHLINE_SERVER_LISTNE: unknown", "TOUCHLINE_SYSTEMS_NOBODY_KEY: unknown"} {
			if !strings.Contains(errs, want) {
				t.Errorf("standard error does not say %q:\n%s", want, errs)
			}
		}
	})
	t.Run("a sign of life", func(t *testing.T) {
		res, err := http.Get("http://" + s.Address) //nolint:noctx // of the test's own server
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		s.Succeed(t, "people")
		s.quiet(t, before)
	})
}

// state is a digest of all tables that a refused call must leave alone, runs
// among them.
func (s *set) state(t testing.TB) string {
	t.Helper()
	var out string
	err := s.DB(t).QueryRow(t.Context(), `select md5(concat(
		(select string_agg(r::text, '|' order by number) from run r), (select string_agg(q::text, '|' order by request_id) from run_request q),
		(select string_agg(e::text, '|' order by id) from entity e), (select string_agg(r::text, '|' order by system, id) from sync_record r),
		(select count(*) from plan_row), (select count(*) from run_step), (select count(*) from river_job)))`).Scan(&out)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
