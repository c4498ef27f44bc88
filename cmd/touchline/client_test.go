package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

func TestServerAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"http://127.0.0.1:8080":        "http://127.0.0.1:8080",
		"127.0.0.1:8080":               "http://127.0.0.1:8080",
		"localhost:8080":               "http://localhost:8080",
		"http://[::1]:8080/":           "http://[::1]:8080",
		"https://club.example.org":     "https://club.example.org",
		"https://club.example.org/api": "https://club.example.org/api",
		"http://club.example.org":      "", // the token would go in clear text
		"club.example.org:8080":        "",
		"http://192.0.2.1":             "",
		"ftp://127.0.0.1":              "",
		"http://":                      "",
		"":                             "",
	} {
		got, err := serverAddress(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
		if err != nil && app.ExitCode(err) != app.ExitUsage {
			t.Errorf("%q: exit code %d; want %d", text, app.ExitCode(err), app.ExitUsage)
		}
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[touchlinev1.RunOutcome]int{
		touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED:     app.ExitOK,
		touchlinev1.RunOutcome_RUN_OUTCOME_PARTIAL:       app.ExitPartial,
		touchlinev1.RunOutcome_RUN_OUTCOME_FAILED:        app.ExitFailed,
		touchlinev1.RunOutcome_RUN_OUTCOME_GUARD_STOPPED: app.ExitStopped,
		touchlinev1.RunOutcome_RUN_OUTCOME_DRIFTED:       app.ExitStopped,
		touchlinev1.RunOutcome_RUN_OUTCOME_NEEDS_AUTH:    app.ExitFailed,
		touchlinev1.RunOutcome_RUN_OUTCOME_CANCELLED:     app.ExitFailed,
		touchlinev1.RunOutcome_RUN_OUTCOME_UNSPECIFIED:   app.ExitFailed,
	} {
		if got := app.ExitCode(outcomeError(&touchlinev1.Run{Outcome: outcome})); got != want {
			t.Errorf("%v: exit code %d; want %d", outcome, got, want)
		}
	}
}

// api is a server of one run. It breaks the first stream off after its first
// event, as a restart does.
type api struct {
	touchlinev1connect.UnimplementedPipelineServiceHandler

	mu      sync.Mutex
	outcome touchlinev1.RunOutcome
	asked   []*touchlinev1.RunPipelineRequest
	after   []int64 // of each watcher
	watched func(context.Context)
}

func (a *api) run(steps ...*touchlinev1.StepStatus) *touchlinev1.Run {
	return &touchlinev1.Run{
		Id: "run-1", Pipeline: "people", Number: 7, State: touchlinev1.RunState_RUN_STATE_ENDED,
		Outcome: a.outcome, Steps: steps,
	}
}

func (a *api) RunPipeline(_ context.Context, req *touchlinev1.RunPipelineRequest) (*touchlinev1.RunPipelineResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, req)
	if req.GetPipeline() != "people" {
		err := connect.NewError(connect.CodeNotFound, errors.New("there is no such pipeline"))
		detail, _ := connect.NewErrorDetail(&errdetails.ErrorInfo{Reason: "UNKNOWN_PIPELINE", Domain: "touchline"})
		err.AddDetail(detail)
		return nil, err
	}
	return &touchlinev1.RunPipelineResponse{Run: a.run(), Acceptance: touchlinev1.Acceptance_ACCEPTANCE_STARTED}, nil
}

func (a *api) WatchRun(ctx context.Context, req *touchlinev1.WatchRunRequest, s *connect.ServerStream[touchlinev1.WatchRunResponse]) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.after = append(a.after, req.GetAfterSequence())
	if a.watched != nil {
		a.watched(ctx)
	}
	for sequence := req.GetAfterSequence() + 1; sequence <= 3; sequence++ {
		if len(a.after) == 1 && sequence == 2 {
			return connect.NewError(connect.CodeUnavailable, errors.New("the server is shutting down"))
		}
		if err := s.Send(&touchlinev1.WatchRunResponse{Event: &touchlinev1.RunEvent{Sequence: sequence, Run: a.run()}}); err != nil {
			return err
		}
	}
	return nil
}

func (a *api) GetRun(context.Context, *touchlinev1.GetRunRequest) (*touchlinev1.GetRunResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return &touchlinev1.GetRunResponse{Run: a.run(&touchlinev1.StepStatus{
		Number: 1, Action: touchlinev1.Action_ACTION_WRITE, System: "laposta", Place: "list-1",
		State: touchlinev1.StepState_STEP_STATE_DONE, Counters: &touchlinev1.Counters{Created: 12},
	})}, nil
}

// verb runs a command against a server and returns what it printed.
func (a *api) verb(t *testing.T, cmd *cobra.Command, args ...string) (out, echo string, err error) {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(touchlinev1connect.NewPipelineServiceHandler(a))
	return callServer(t, mux, cmd, args...)
}

// callServer runs a verb against a server that wants a token, and returns what it printed.
func callServer(t *testing.T, handler http.Handler, cmd *cobra.Command, args ...string) (out, echo string, err error) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer tl_test" {
			t.Errorf("%s came with %q", r.URL.Path, r.Header.Get("Authorization"))
		}
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("tl_test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	cmd.SetArgs(append(args, "--server", server.URL, "--token-file", token))
	ctx := cmd.Context()
	if ctx == nil {
		ctx = t.Context()
	}
	err = cmd.ExecuteContext(ctx)
	return stdout.String(), stderr.String(), err
}

func TestRunIsWatchedAcrossARestart(t *testing.T) {
	t.Parallel()
	a := &api{outcome: touchlinev1.RunOutcome_RUN_OUTCOME_PARTIAL}
	out, echo, err := a.verb(t, newRunCommand(), "people", "--wait", "--key", "ABCD123", "--key", "EFGH456")
	if app.ExitCode(err) != app.ExitPartial {
		t.Errorf("exit code %d, %v; want %d", app.ExitCode(err), err, app.ExitPartial)
	}
	if len(a.after) != 2 || a.after[0] != 0 || a.after[1] != 1 {
		t.Errorf("watched after %v; want 0, then 1", a.after)
	}
	if n := strings.Count(echo, "run PARTIAL"); n != 3 {
		t.Errorf("%d events were told; want 3:\n%s", n, echo)
	}
	if !strings.Contains(out, "people/7") || !strings.Contains(out, "laposta") || !strings.Contains(out, "12") {
		t.Errorf("the run is shown as\n%s", out)
	}
	req := a.asked[0]
	if req.GetRequestId() == "" || req.GetScope().GetKind() != "club.person" || len(req.GetScope().GetKeys()) != 2 || req.GetValidateOnly() {
		t.Errorf("asked for %v", req)
	}
}

func TestPlanIsOneLineOfJSON(t *testing.T) {
	t.Parallel()
	a := &api{outcome: touchlinev1.RunOutcome_RUN_OUTCOME_GUARD_STOPPED}
	out, _, err := a.verb(t, newRunCommand(), "people", "--plan", "--json", "--lift", "TOO_MANY_REMOVED", "--reason", "a merger")
	if app.ExitCode(err) != app.ExitStopped {
		t.Errorf("exit code %d, %v; want %d", app.ExitCode(err), err, app.ExitStopped)
	}
	if strings.Count(out, "\n") != 1 || !strings.HasPrefix(out, "{") || !strings.Contains(out, `"removed"`) {
		t.Errorf("standard output is\n%s", out)
	}
	if req := a.asked[0]; !req.GetValidateOnly() || req.GetOverride().GetReason() != "a merger" {
		t.Errorf("asked for %v", req)
	}
}

func TestRefusalsAreToldWithTheirReason(t *testing.T) {
	t.Parallel()
	a := &api{}
	out, _, err := a.verb(t, newRunCommand(), "nobody")
	if app.ExitCode(err) != app.ExitUsage || !strings.HasPrefix(err.Error(), "UNKNOWN_PIPELINE: ") || out != "" {
		t.Errorf("%v, exit code %d, printed %q; want the reason, %d", err, app.ExitCode(err), out, app.ExitUsage)
	}
}

// A person who no longer wants to wait learns that the run goes on.
func TestAWaitThatIsBrokenOffSaysThatTheRunGoesOn(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	a := &api{outcome: touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED, watched: func(ctx context.Context) { cancel(); <-ctx.Done() }}
	cmd := newRunCommand()
	cmd.SetContext(ctx)
	_, _, err := a.verb(t, cmd, "people", "--wait")
	if err == nil || !strings.Contains(err.Error(), "the run goes on") || !strings.Contains(err.Error(), "touchline runs watch run-1") {
		t.Errorf("Ctrl-C is told %v", err)
	}
}

// Who is not there, and who is somebody else, is told with what to do about it.
func TestAServerThatIsNotThereOrNoTouchline(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for address, says := range map[string]string{gone.URL: `is "touchline serve" running there?`, other.URL: "no touchline"} {
		c := clientOf(address, "tl_test")
		_, err := c.pipelines.ListRuns(t.Context(), &touchlinev1.ListRunsRequest{})
		if err = explain(err); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v; want %q", err, says)
		}
	}
}
