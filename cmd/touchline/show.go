package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/internal/reason"
)

// printRun writes a run and its steps.
func printRun(w io.Writer, r *touchlinev1.Run) error {
	fmt.Fprintf(w, "%s/%d  %s\n", r.GetPipeline(), r.GetNumber(), r.GetId())
	fmt.Fprintf(w, "  %s%s, asked by %s, %s\n", painted(w, runWord(r), r.GetOutcome()), inBrackets(r.GetReason()), r.GetRequestedBy(), span(r))
	if r.GetParentRun() != "" {
		fmt.Fprintln(w, "  of the run "+r.GetParentRun())
	}
	if r.GetDetail() != "" {
		fmt.Fprintln(w, "  "+r.GetDetail())
	}
	if text, ok := reason.In("en", r.GetReason()); ok {
		fmt.Fprintf(w, "  %s\n  %s\n", text.Why, text.Do)
	}
	if r.GetPlanHash() != "" {
		fmt.Fprintf(w, "  plan %s, kept until %s\n", r.GetPlanHash(), clock(r.GetPlanExpireTime()))
		for _, t := range r.GetTakesOver() {
			fmt.Fprintf(w, "  takes over %d of %s at %s/%s, that others have made\n", t.GetRecords(), t.GetKind(), t.GetSystem(), t.GetPlace())
		}
		fmt.Fprintf(w, "  touchline plan show %s\n  touchline plan apply %s --hash %s\n", r.GetId(), r.GetId(), r.GetPlanHash())
		fmt.Fprintf(w, "  touchline plan reject %s --hash %s --reason WHY\n", r.GetId(), r.GetPlanHash())
	}
	if len(r.GetChildren()) > 0 {
		return printChildren(w, r.GetChildren())
	}
	if len(r.GetSteps()) == 0 {
		return nil
	}
	if err := printSteps(w, r.GetSteps()); err != nil {
		return err
	}
	for _, s := range r.GetSteps() {
		for _, key := range slices.Sorted(maps.Keys(s.GetNotes())) {
			fmt.Fprintf(w, "  step %d, %s: %s\n", s.GetNumber(), key, s.GetNotes()[key])
		}
	}
	return nil
}

// printChildren writes what a parent run has run, and what came of it.
func printChildren(w io.Writer, all []*touchlinev1.ChildRun) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PIPELINE\tSTATE\tREASON\tRUN")
	for _, c := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", c.GetPipeline(), childWord(c), c.GetReason(), childName(c))
	}
	return t.Flush()
}

// childWord is the outcome of a child that has one, else its state.
func childWord(c *touchlinev1.ChildRun) string {
	if c.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_UNSPECIFIED {
		return strings.TrimPrefix(c.GetOutcome().String(), "RUN_OUTCOME_")
	}
	return word(c.GetState().String(), "CHILD_STATE_")
}

// childName is the run of a child as runs are named; none: it has none.
func childName(c *touchlinev1.ChildRun) string {
	if c.GetRun() == "" {
		return ""
	}
	return fmt.Sprintf("%s/%d", c.GetPipeline(), c.GetNumber())
}

// printEvent writes one event as a line.
func printEvent(w io.Writer, e *touchlinev1.RunEvent) {
	at := e.GetTime().AsTime().Local().Format(time.TimeOnly)
	if r := e.GetRun(); r != nil {
		fmt.Fprintf(w, "%s  run %s%s\n", at, painted(w, runWord(r), r.GetOutcome()), inBrackets(r.GetReason()))
	}
	if c := e.GetChild(); c != nil {
		fmt.Fprintf(w, "%s  %s %s%s\n", at, cmp.Or(childName(c), c.GetPipeline()), childWord(c), inBrackets(c.GetReason()))
	}
	for _, s := range e.GetSteps() {
		c := s.GetCounters()
		says := append([]string{word(s.GetState().String(), "STEP_STATE_") + inBrackets(s.GetReason())}, counted(c)...)
		fmt.Fprintf(w, "%s  %s %s %s %s\n", at, word(s.GetAction().String(), "ACTION_"),
			s.GetSystem(), strings.TrimSpace(s.GetPlace()+" "+s.GetKind()), strings.Join(says, ", "))
	}
}

// counted names the counters that are not zero.
func counted(c *touchlinev1.Counters) []string {
	var out []string
	for _, n := range []struct {
		name  string
		count int64
	}{
		{"read", c.GetRead()},
		{"created", c.GetCreated()},
		{"updated", c.GetUpdated()},
		{"unchanged", c.GetUnchanged()},
		{"removed", c.GetRemoved()},
		{"waiting", c.GetWaiting()},
		{"excluded", c.GetExcluded()},
		{"quarantined", c.GetQuarantined()},
		{"held", c.GetHeld()},
		{"failed", c.GetFailed()},
		{"faults", c.GetFaults()},
		{"conflicts", c.GetConflicts()},
		{"calls", c.GetCalls()},
	} {
		if n.count > 0 {
			out = append(out, fmt.Sprintf("%d %s", n.count, n.name))
		}
	}
	return out
}

// printChange writes one change of a plan or a history.
func printChange(w io.Writer, c *touchlinev1.Change) {
	fmt.Fprintf(w, "%s %s %s  %s%s%s\n", word(c.GetOperation().String(), "OPERATION_"), c.GetKind(), c.GetKey(),
		strings.TrimSpace(c.GetSystem()+" "+c.GetPlace()+" "+c.GetScope()), inBrackets(c.GetReason()),
		", "+word(c.GetState().String(), "CHANGE_STATE_"))
	for _, f := range c.GetFields() {
		fmt.Fprintf(w, "    %s: %s -> %s\n", f.GetField(), quoted(f.From), quoted(f.To))
	}
}

func quoted(v *string) string {
	if v == nil {
		return "unknown"
	}
	return fmt.Sprintf("%q", *v)
}

// runWord is the outcome of a run that has one, else its state.
func runWord(r *touchlinev1.Run) string {
	if r.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_UNSPECIFIED &&
		r.GetState() == touchlinev1.RunState_RUN_STATE_ENDED {
		return strings.TrimPrefix(r.GetOutcome().String(), "RUN_OUTCOME_")
	}
	return word(r.GetState().String(), "RUN_STATE_")
}

// word makes a word of an enum's name.
func word(name, prefix string) string {
	name = strings.TrimPrefix(name, prefix)
	if name == "UNSPECIFIED" {
		return "-"
	}
	return strings.ToLower(strings.ReplaceAll(name, "_", " "))
}

func inBrackets(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

func span(r *touchlinev1.Run) string {
	if r.GetStartTime() == nil {
		return "made " + clock(r.GetCreateTime())
	}
	if r.GetEndTime() == nil {
		return "since " + clock(r.GetStartTime())
	}
	return clock(r.GetStartTime()) + ", took " + took(r)
}

// took is how long a run has taken that is over.
func took(r *touchlinev1.Run) string {
	if r.GetStartTime() == nil || r.GetEndTime() == nil {
		return "-"
	}
	return r.GetEndTime().AsTime().Sub(r.GetStartTime().AsTime()).Round(100 * time.Millisecond).String()
}

func clock(t *timestamppb.Timestamp) string {
	if t == nil {
		return "-"
	}
	return t.AsTime().Local().Format("2006-01-02 15:04:05 MST")
}
