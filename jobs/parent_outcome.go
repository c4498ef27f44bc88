package jobs

import (
	"fmt"
	"strings"

	"github.com/touchline-sync/touchline/sync/step"
)

// The reasons of a parent run that has not done all, and of a child that is skipped.
const (
	reasonChildrenFailed = "CHILDREN_FAILED"
	reasonChildrenWait   = "CHILDREN_WAIT"
	reasonNeeds          = "NEEDS_MISSING"
)

// outcomeOfParent says how a parent run ends, all of whose children are over: each that
// has not done all is named, with what to do. What is off is left out, and is no fault.
func outcomeOfParent(cancelled, plan bool, children []Child) Outcome {
	if cancelled {
		return Outcome{State: string(Ended), Word: step.Cancelled, Reason: "CANCELLED"}
	}
	var off, lines []string
	var done, failed int
	for _, c := range children {
		switch {
		case c.State == ChildSkipped && c.Reason == ErrSystemOff.Reason:
			off = append(off, c.Pipeline)
		case c.State == ChildSkipped && c.Reason == reasonNeeds:
			lines = append(lines, c.says())
		case c.Outcome == step.Succeeded:
			done++
		case c.Outcome == step.GuardStopped:
			lines = append(lines, c.says())
		default:
			failed++
			lines = append(lines, c.says())
			if c.Outcome == step.Partial {
				done++
			}
		}
	}
	o := Outcome{State: string(Ended), Word: step.Partial, Reason: reasonChildrenFailed}
	switch {
	case len(lines) == 0:
		o.Word, o.Reason = step.Succeeded, ""
	case failed == 0:
		o.Word, o.Reason = step.GuardStopped, reasonChildrenWait
	case done == 0:
		o.Word = step.Failed
	}
	if len(lines) > 0 {
		lines = append(lines, "then run it again, or what is named here by itself")
	}
	if len(off) > 0 {
		lines = append(lines, "left out, since a system is off: "+strings.Join(off, ", "))
	}
	if plan {
		lines = append(lines, "look at each with `touchline plan show`: it is of what is known now, and what the plans before it would bring is not in it")
	}
	o.Detail = strings.Join(lines, "; ")
	return o
}

// says names a child that has not done all, why, and what to do.
func (c Child) says() string {
	name := fmt.Sprintf("%s/%d", c.Pipeline, c.Number)
	why := c.Reason
	if c.Detail != "" {
		why += ", " + c.Detail
	}
	switch {
	case c.State == ChildSkipped:
		return fmt.Sprintf("%s is skipped: %s", c.Pipeline, why)
	case c.Outcome == step.GuardStopped:
		return fmt.Sprintf("%s waits for a person (%s): look at it with `touchline plan show %s` and approve it", name, why, name)
	}
	return fmt.Sprintf("%s ended %s (%s): `touchline runs show %s` tells more", name, c.Outcome, why, name)
}
