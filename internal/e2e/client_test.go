package e2e

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
)

// runWithin is how long a run of a small club may take.
const runWithin = 3 * time.Minute

// api is a Connect client of a set with a token of its own.
type api struct {
	Pipelines touchlinev1connect.PipelineServiceClient
	Records   touchlinev1connect.RecordServiceClient
	Schedules touchlinev1connect.ScheduleServiceClient
	Conflicts touchlinev1connect.ConflictServiceClient
	Sessions  touchlinev1connect.SessionServiceClient
}

// newAPI makes a client; an empty token sends none.
func newAPI(address, token string) *api {
	c := &http.Client{Transport: &authorized{token: token}}
	url := "http://" + address
	return &api{
		Pipelines: touchlinev1connect.NewPipelineServiceClient(c, url),
		Records:   touchlinev1connect.NewRecordServiceClient(c, url),
		Schedules: touchlinev1connect.NewScheduleServiceClient(c, url),
		Conflicts: touchlinev1connect.NewConflictServiceClient(c, url),
		Sessions:  touchlinev1connect.NewSessionServiceClient(c, url),
	}
}

// authorized sends a token with every request.
type authorized struct{ token string }

// RoundTrip makes one request.
func (a *authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// Run runs a pipeline to its end, or to its plan, and returns the run with its
// steps.
func (a *api) Run(t testing.TB, pipeline string) *touchlinev1.Run {
	t.Helper()
	return a.Ask(t, &touchlinev1.RunPipelineRequest{Pipeline: pipeline})
}

// Ask is Run for a request of any kind.
func (a *api) Ask(t testing.TB, req *touchlinev1.RunPipelineRequest) *touchlinev1.Run {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), runWithin)
	defer cancel()
	res, err := a.Pipelines.RunPipeline(ctx, req)
	if err != nil {
		t.Fatalf("run %s: %v", req.GetPipeline(), err)
	}
	return a.Follow(t, res.GetRun().GetId())
}

// Succeed is Run for one that must succeed.
func (a *api) Succeed(t testing.TB, pipeline string) *touchlinev1.Run {
	t.Helper()
	run := a.Run(t, pipeline)
	want(t, run, touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED, "")
	if t.Failed() {
		t.FailNow()
	}
	return run
}

// Follow watches a run to its end, or to its plan. A stream that breaks off,
// as when the server is killed, is taken up again.
func (a *api) Follow(t testing.TB, id string) *touchlinev1.Run {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), runWithin)
	defer cancel()
	var seen int64
	start := time.Now()
	for {
		err := a.watch(ctx, id, seen, func(e *touchlinev1.RunEvent) bool {
			seen = e.GetSequence()
			return true
		})
		if err == nil {
			res, getErr := a.Pipelines.GetRun(ctx, &touchlinev1.GetRunRequest{Run: id})
			if getErr == nil {
				run := res.GetRun()
				t.Logf("%s/%d: %s %s, %.1f s", run.GetPipeline(), run.GetNumber(), short(run), run.GetReason(), time.Since(start).Seconds())
				return run
			}
			err = getErr
		}
		if !brokenOff(err) || ctx.Err() != nil {
			t.Fatalf("watch the run: %v%s", err, a.where(id))
		}
		pause(t, 200*time.Millisecond)
	}
}

// brokenOff reports whether a call failed because the server went away. A line
// that breaks while the request is written comes as "canceled".
func brokenOff(err error) bool {
	switch connect.CodeOf(err) {
	case connect.CodeUnavailable, connect.CodeInternal, connect.CodeCanceled, connect.CodeUnknown:
		return true
	}
	return false
}

// where tells how far a run is that did not end.
func (a *api) where(id string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	res, err := a.Pipelines.GetRun(ctx, &touchlinev1.GetRunRequest{Run: id})
	if err != nil {
		return ""
	}
	return "\n" + show(res.GetRun())
}

// watch hands the events of a run to see until it ends or see says false.
func (a *api) watch(ctx context.Context, id string, after int64, see func(*touchlinev1.RunEvent) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := a.Pipelines.WatchRun(ctx, &touchlinev1.WatchRunRequest{Run: id, AfterSequence: after})
	if err != nil {
		return err
	}
	for stream.Receive() {
		if !see(stream.Msg().GetEvent()) {
			cancel()
			_ = stream.Close() // we have seen enough
			return nil
		}
	}
	return errors.Join(stream.Err(), stream.Close())
}

// approved runs a pipeline that stops for a reason, and does as somebody who looks at its
// plan and finds that it is so.
func (a *api) approved(t testing.TB, pipeline, reason string) {
	t.Helper()
	stopped := a.Run(t, pipeline)
	want(t, stopped, guardStopped, reason)
	want(t, a.Apply(t, stopped), succeeded, "")
}

// Apply approves the plan of a run and follows it to its end.
func (a *api) Apply(t testing.TB, run *touchlinev1.Run) *touchlinev1.Run {
	t.Helper()
	_, err := a.Pipelines.ApplyPlan(t.Context(), &touchlinev1.ApplyPlanRequest{Run: run.GetId(), PlanHash: run.GetPlanHash()})
	if err != nil {
		t.Fatalf("apply the plan: %v", err)
	}
	return a.Follow(t, run.GetId())
}

// Changes are all rows of a run's plan.
func (a *api) Changes(t testing.TB, run *touchlinev1.Run) []*touchlinev1.Change {
	t.Helper()
	var out []*touchlinev1.Change
	req := &touchlinev1.ListChangesRequest{Run: run.GetId(), PageSize: 1000}
	for {
		res, err := a.Pipelines.ListChanges(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, res.GetChanges()...)
		if req.PageToken = res.GetNextPageToken(); req.PageToken == "" {
			return out
		}
	}
}

// want checks how a run ended; an empty reason is not looked at.
func want(t testing.TB, run *touchlinev1.Run, outcome touchlinev1.RunOutcome, reason string) {
	t.Helper()
	if run.GetOutcome() != outcome || reason != "" && run.GetReason() != reason {
		t.Errorf("the run ended %s %s, want %s %s\n%s", short(run), run.GetReason(),
			strings.TrimPrefix(outcome.String(), "RUN_OUTCOME_"), reason, show(run))
	}
}

func short(run *touchlinev1.Run) string {
	return strings.TrimPrefix(run.GetOutcome().String(), "RUN_OUTCOME_")
}

// show is a run with its steps, for a test's output.
func show(run *touchlinev1.Run) string {
	var b strings.Builder
	b.WriteString(run.GetPipeline() + " " + run.GetState().String() + " " + short(run) + " " + run.GetReason() + ": " + run.GetDetail())
	for _, s := range run.GetSteps() {
		b.WriteString("\n  " + s.GetAction().String() + " " + s.GetSystem() + " " + s.GetPlace() + " " + s.GetKind() + " " +
			s.GetState().String() + " " + s.GetReason() + " " + s.GetDetail() + " {" + s.GetCounters().String() + "}")
		for k, v := range s.GetNotes() {
			b.WriteString("\n      " + k + ": " + v)
		}
	}
	return b.String()
}

// sum adds up a counter over the steps of a run with an action.
func sum(run *touchlinev1.Run, action touchlinev1.Action, of func(*touchlinev1.Counters) int64) (n int64) {
	for _, s := range run.GetSteps() {
		if s.GetAction() == action {
			n += of(s.GetCounters())
		}
	}
	return n
}

// reason is the stable reason of an error of the API, or empty.
func reason(err error) string {
	var c *connect.Error
	if !errors.As(err, &c) {
		return ""
	}
	for _, d := range c.Details() {
		v, valueErr := d.Value()
		if info, ok := v.(*errdetails.ErrorInfo); ok && valueErr == nil {
			return info.GetReason()
		}
	}
	return ""
}
