package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

// progress shows a run as it goes: what happens as lines, and on a terminal, below them,
// how far the step is that is under way.
type progress struct {
	out   io.Writer
	live  bool                    // out is a terminal
	plan  func() map[kindAt]int64 // how many records are to be written; asked for once
	plans map[kindAt]int64
	under bool // a line that is to be overwritten stands below
}

// kindAt names the records of a kind at a place of a system.
type kindAt struct{ system, place, kind string }

func newProgress(out io.Writer, plan func() map[kindAt]int64) *progress {
	return &progress{out: out, live: app.IsTerminal(out) && os.Getenv("TERM") != "dumb", plan: plan}
}

// planned counts what a run is to write by its changes, of the first pages: how far a
// longer one is goes without percents. A fault is none of the run's; they go without, too.
func planned(ctx context.Context, c *client, run string) map[kindAt]int64 {
	const pagesAtMost = 20
	out := map[kindAt]int64{}
	req := &touchlinev1.ListChangesRequest{Run: run, PageSize: 500}
	for range pagesAtMost {
		res, err := c.pipelines.ListChanges(ctx, req)
		if err != nil {
			return nil
		}
		for _, change := range res.GetChanges() {
			switch change.GetOperation() {
			case touchlinev1.Operation_OPERATION_CREATE, touchlinev1.Operation_OPERATION_UPDATE, touchlinev1.Operation_OPERATION_REMOVE:
				out[kindAt{change.GetSystem(), change.GetPlace(), change.GetKind()}]++
			}
		}
		if req.PageToken = res.GetNextPageToken(); req.GetPageToken() == "" {
			return out
		}
	}
	return nil
}

// show shows an event.
func (p *progress) show(e *touchlinev1.RunEvent) {
	text := ""
	if !p.live {
		printEvent(p.out, e)
		return
	}
	for _, s := range e.GetSteps() {
		if far := p.far(s, e); far != "" {
			text = far
		}
	}
	p.clear()
	if text == "" || e.GetRun() != nil || e.GetChild() != nil {
		printEvent(p.out, e)
		return
	}
	fmt.Fprint(p.out, text)
	p.under = true
}

// clear takes the line below away.
func (p *progress) clear() {
	if p.under {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	p.under = false
}

// far says how far a step is that is under way and has counted something; else "".
func (p *progress) far(s *touchlinev1.StepStatus, e *touchlinev1.RunEvent) string {
	counts := counted(s.GetCounters())
	if s.GetState() != touchlinev1.StepState_STEP_STATE_RUNNING || len(counts) == 0 {
		return ""
	}
	text := strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s", word(s.GetAction().String(), "ACTION_"), s.GetSystem(), s.GetPlace(), s.GetKind())), " ") + ": "
	if s.GetAction() == touchlinev1.Action_ACTION_WRITE && p.plan != nil {
		p.plans, p.plan = p.plan(), nil
	}
	c := s.GetCounters()
	done := c.GetCreated() + c.GetUpdated() + c.GetRemoved() + c.GetFailed() + c.GetQuarantined()
	all := p.plans[kindAt{s.GetSystem(), s.GetPlace(), s.GetKind()}]
	if s.GetAction() != touchlinev1.Action_ACTION_WRITE || all == 0 || done == 0 || done > all {
		return text + strings.Join(counts, ", ")
	}
	text += fmt.Sprintf("%d %%, %d of %d", 100*done/all, done, all)
	if spent := e.GetTime().AsTime().Sub(s.GetStartTime().AsTime()); spent > 0 && s.GetStartTime() != nil && done < all {
		left := time.Duration(float64(spent) / float64(done) * float64(all-done))
		text += ", about " + left.Round(time.Second).String() + " left"
	}
	return text
}

// painted is the outcome of a run in the colour that it has on a terminal.
func painted(w io.Writer, text string, outcome touchlinev1.RunOutcome) string {
	if !app.IsTerminal(w) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return text
	}
	colour := "31" // red
	switch outcome {
	case touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED:
		colour = "32" // green
	case touchlinev1.RunOutcome_RUN_OUTCOME_PARTIAL, touchlinev1.RunOutcome_RUN_OUTCOME_GUARD_STOPPED, touchlinev1.RunOutcome_RUN_OUTCOME_CANCELLED:
		colour = "33" // yellow
	case touchlinev1.RunOutcome_RUN_OUTCOME_UNSPECIFIED:
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}
