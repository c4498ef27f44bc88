package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/timestamppb"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/record"
)

func eventOf(action touchlinev1.Action, state touchlinev1.StepState, c *touchlinev1.Counters) *touchlinev1.RunEvent {
	return &touchlinev1.RunEvent{
		Time: timestamppb.New(time.Unix(60, 0)),
		Steps: []*touchlinev1.StepStatus{{
			Number: 3, Action: action, System: "laposta", Place: "list-1", Kind: "club.subscriber", State: state,
			StartTime: timestamppb.New(time.Unix(0, 0)), Counters: c,
		}},
	}
}

// On a terminal one line says how far a write is, and when it will be done.
func TestHowFarAWriteIs(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	asked := 0
	p := newProgress(&out, func() map[kindAt]int64 {
		asked++
		return planned(t.Context(), clientOf(pagesOf(t, 2, 20), "tl_test"), "people/1")
	})
	if p.live {
		t.Fatal("a buffer is no terminal")
	}
	p.live = true
	const write, running = touchlinev1.Action_ACTION_WRITE, touchlinev1.StepState_STEP_STATE_RUNNING
	p.show(eventOf(write, running, &touchlinev1.Counters{Created: 5}))
	p.show(eventOf(write, running, &touchlinev1.Counters{Created: 19, Quarantined: 1, Calls: 3}))
	p.show(eventOf(write, touchlinev1.StepState_STEP_STATE_DONE, &touchlinev1.Counters{Created: 30, Updated: 10}))
	if asked != 1 {
		t.Errorf("the plan was asked for %d times", asked)
	}
	lines := strings.Split(out.String(), "\r\x1b[K")
	if len(lines) != 3 {
		t.Fatalf("%d lines take each other's place; want 3:\n%q", len(lines), out.String())
	}
	for i, want := range []string{
		"write laposta list-1 club.subscriber: 12 %, 5 of 40, about 7m0s left",
		"write laposta list-1 club.subscriber: 50 %, 20 of 40, about 1m0s left",
		"write laposta list-1 club.subscriber done, 30 created, 10 updated\n",
	} {
		if !strings.HasSuffix(lines[i], want) {
			t.Errorf("line %d is %q; want %q", i+1, lines[i], want)
		}
	}

	out.Reset()
	p = newProgress(&out, nil)
	p.show(eventOf(write, running, &touchlinev1.Counters{Created: 5}))
	if got := out.String(); !strings.HasSuffix(got, "write laposta list-1 club.subscriber running, 5 created\n") || strings.Contains(got, "\x1b") {
		t.Errorf("who writes it down gets %q", got)
	}
}

// What is too long to be counted goes without percents.
func TestALongPlanIsNotCounted(t *testing.T) {
	t.Parallel()
	if got := planned(t.Context(), clientOf(pagesOf(t, 21, 1), "tl_test"), "people/1"); got != nil {
		t.Errorf("of a part of a plan it makes %v", got)
	}
}

// pages are those of a plan, each with so many changes at Laposta and one of our own copy.
type pages struct {
	touchlinev1connect.UnimplementedPipelineServiceHandler

	number, changes int
}

func pagesOf(t *testing.T, number, changes int) (address string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(touchlinev1connect.NewPipelineServiceHandler(&pages{number: number, changes: changes}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func (p *pages) ListChanges(_ context.Context, req *touchlinev1.ListChangesRequest) (*touchlinev1.ListChangesResponse, error) {
	at := len(req.GetPageToken()) + 1
	res := &touchlinev1.ListChangesResponse{Changes: []*touchlinev1.Change{
		{System: "hub", Kind: "club.subscriber", Operation: touchlinev1.Operation_OPERATION_CREATE},
		{System: "laposta", Place: "list-1", Kind: "club.subscriber", Operation: touchlinev1.Operation_OPERATION_ADOPT},
	}}
	for range p.changes {
		res.Changes = append(res.Changes, &touchlinev1.Change{System: "laposta", Place: "list-1", Kind: "club.subscriber", Operation: touchlinev1.Operation_OPERATION_UPDATE})
	}
	if at < p.number {
		res.NextPageToken = strings.Repeat("x", at)
	}
	return res, nil
}

// A table of steps and one of runs fit the columns of a terminal, whatever their names.
func TestTablesFitTheColumns(t *testing.T) {
	t.Parallel()
	c := &touchlinev1.Counters{
		Read: 12345, Created: 12345, Updated: 12345, Unchanged: 12345, Removed: 12345, Waiting: 12345, Excluded: 12345, Quarantined: 12345,
		Held: 12345, Failed: 12345, Faults: 12345, Conflicts: 12345, Calls: 12345,
	}
	var steps []*touchlinev1.StepStatus
	for _, f := range pipelines.Families() {
		for _, p := range f.Pipelines {
			for _, r := range p.Reads {
				steps = append(steps, &touchlinev1.StepStatus{Number: 12, System: string(r.System), Place: r.Place, Kind: string(kindOf(p.Kinds)), Counters: c})
			}
		}
	}
	var out bytes.Buffer
	if err := printSteps(&out, steps); err != nil {
		t.Fatal(err)
	}
	if len(steps) < 20 {
		t.Fatalf("only %d steps", len(steps))
	}
	for line := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > columns {
			t.Errorf("%d columns: %s", n, line)
		}
	}

	out.Reset()
	if err := printSteps(&out, []*touchlinev1.StepStatus{{Number: 1, System: "laposta", Counters: &touchlinev1.Counters{Created: 7}}, {Number: 2}}); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, "0") || !strings.Contains(got, "7 created") {
		t.Errorf("what is zero is left out:\n%s", got)
	}
}

func kindOf(all []record.Kind) record.Kind {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}
