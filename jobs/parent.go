package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// ChildState says how far one pipeline of a parent run has come.
type ChildState string

// The states of a child.
const (
	ChildPending ChildState = "PENDING"
	ChildRunning ChildState = "RUNNING"
	ChildEnded   ChildState = "ENDED"
	ChildSkipped ChildState = "SKIPPED"
)

// Child is one pipeline of a parent run.
type Child struct {
	Pipeline string     `json:"pipeline"`
	Needs    []string   `json:"needs,omitempty"`
	State    ChildState `json:"state"`
	// Run is the run of the pipeline; nil before it, and where it was skipped. One that
	// was under way already is waited for, and has another parent, or none.
	Run     *uuid.UUID   `json:"run,omitempty"`
	Number  int64        `json:"number,omitempty"` // of that run
	Outcome step.Outcome `json:"outcome,omitempty"`
	Reason  string       `json:"reason,omitempty"`
	Detail  string       `json:"detail,omitempty"`
}

func viewChild(r store.ChildrenOfRow) Child {
	c := Child{
		Pipeline: r.Pipeline, Needs: r.Needs, State: ChildState(r.State), Run: r.Child,
		Outcome: step.Outcome(r.Outcome), Reason: r.Reason, Detail: r.Detail,
	}
	if r.RunNumber != nil {
		c.Number = *r.RunNumber
	}
	return c
}

// checkChildren returns what is wrong with the pipelines that run others.
func checkChildren(all []Pipeline) error {
	var faults []error
	for _, p := range all {
		for i, name := range p.Children {
			at := slices.IndexFunc(all, func(c Pipeline) bool { return c.Name == name })
			if at < 0 || len(all[at].Children) > 0 || all[at].NeedsKeys() {
				faults = append(faults, fmt.Errorf("pipeline %s: %s is no pipeline that it can run", p.Name, name))
				continue
			}
			for _, need := range all[at].Needs {
				if !slices.Contains(p.Children[:i], need) {
					faults = append(faults, fmt.Errorf("pipeline %s: %s needs %s, which does not come before it", p.Name, name, need))
				}
			}
		}
	}
	return errors.Join(faults...)
}

// layOut returns the steps of a pipeline. One that runs others has none, and is refused
// when none of them can run.
func (c *core) layOut(p Pipeline, plan bool) ([]store.InsertStepParams, error) {
	if len(p.Children) == 0 {
		return c.steps(p.Pipeline, plan)
	}
	var off error
	for _, name := range p.Children {
		child, _ := c.pipeline(name)
		_, err := c.steps(child.Pipeline, plan)
		if err == nil {
			return nil, nil
		}
		off = errors.Join(off, err)
	}
	return nil, &Refusal{ErrSystemOff.Reason, fmt.Sprintf("none of its pipelines can run: %s", off)}
}

func (t *txn) insertChildren(ctx context.Context, run uuid.UUID, p Pipeline) error {
	for i, name := range p.Children {
		child, _ := t.pipeline(name)
		err := t.q.InsertChild(ctx, store.InsertChildParams{
			Run: run, Number: int32(i + 1), Pipeline: name, Needs: append([]string{}, child.Needs...),
		})
		if err != nil {
			return fmt.Errorf("insert child: %w", err)
		}
	}
	return nil
}

// advanceParents goes on with each parent run. All that it goes by is stored, so any
// process that has the pipelines may do it, also after one that was killed.
func (c *Control) advanceParents(ctx context.Context) error {
	ids, err := store.New(c.Pool).RunningParents(ctx)
	if err != nil {
		return fmt.Errorf("parent runs: %w", err)
	}
	var faults []error
	for _, id := range ids {
		faults = append(faults, c.advanceParent(ctx, id))
	}
	return errors.Join(faults...)
}

// advanceParent takes in what has come of the child that runs, and begins the next one.
// The children of a cancelled run are cancelled, but for those that others have asked for.
func (c *Control) advanceParent(ctx context.Context, id uuid.UUID) error {
	var cancel *store.Run
	err := c.inTx(ctx, func(t *txn) (err error) {
		cancel, err = t.advanceParent(ctx, id)
		return err
	})
	if err != nil || cancel == nil {
		return err
	}
	by, err := store.New(c.Pool).Run(ctx, id)
	if err != nil {
		return fmt.Errorf("parent run: %w", err)
	}
	if _, err = c.Cancel(ctx, cancel.ID, by.CancelledBy, nil); errors.Is(err, ErrApplying) {
		return nil // its writes are left out the next time
	}
	return err
}

// advanceParent returns a child that is to be cancelled; nil: none.
func (t *txn) advanceParent(ctx context.Context, id uuid.UUID) (cancel *store.Run, err error) {
	run, err := t.q.LockRun(ctx, id)
	if err != nil {
		return nil, notFound(err, ErrRunNotFound)
	}
	if RunState(run.State) != Running || run.Children == 0 {
		return nil, nil
	}
	children, err := t.q.ChildrenOf(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("children: %w", err)
	}
	for i := range children {
		child := &children[i]
		if ChildState(child.State) == ChildPending {
			if err := t.beginChild(ctx, run, child, children[:i]); err != nil {
				return nil, err
			}
		}
		if ChildState(child.State) != ChildRunning {
			continue
		}
		of, err := t.q.Run(ctx, *child.Child)
		if err != nil {
			return nil, fmt.Errorf("child: %w", err)
		}
		switch mine := of.Parent != nil && *of.Parent == run.ID; {
		case RunState(of.State).Over():
			err = t.endChild(ctx, child, ChildEnded, Outcome{Word: step.Outcome(of.Outcome), Reason: of.Reason, Detail: of.Detail}, taken(of))
		case run.CancelledBy == "":
			return nil, nil
		case !mine:
			err = t.endChild(ctx, child, ChildEnded, Outcome{Reason: "CANCELLED", Detail: "somebody else has asked for the run, and it goes on"}, false)
		case of.CancelledBy == "":
			return &of, nil
		default:
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	views := make([]Child, len(children))
	for i, c := range children {
		views[i] = viewChild(c)
	}
	return nil, t.end(ctx, run, outcomeOfParent(run.CancelledBy != "", run.PlanOnly, views))
}

// taken reports whether the data of a run is there, for the pipelines that need it: its
// plan is applied, or planning was all that was asked of it.
func taken(run store.Run) bool { return run.Applied || run.PlanOnly && run.PlanHash != "" }

// beginChild has the run of a child be made, or skips it.
func (t *txn) beginChild(ctx context.Context, run store.Run, child *store.ChildrenOfRow, before []store.ChildrenOfRow) error {
	if run.CancelledBy != "" {
		return t.endChild(ctx, child, ChildSkipped, Outcome{Reason: "CANCELLED", Detail: "the run was cancelled before"}, false)
	}
	if lacks, ok := lacking(*child, before); ok {
		return t.endChild(ctx, child, ChildSkipped, lacks, false)
	}
	id, _, err := t.place(ctx, Request{
		Pipeline: child.Pipeline, PlanOnly: run.PlanOnly, By: run.RequestedBy,
		scheduled: run.Priority == prioritySlotted, parent: &run.ID,
	})
	if refused, ok := errors.AsType[*Refusal](err); ok {
		return t.endChild(ctx, child, ChildSkipped, Outcome{Reason: refused.Reason, Detail: refused.Detail}, false)
	}
	if err != nil {
		return err
	}
	of, err := t.q.Run(ctx, id)
	if err != nil {
		return fmt.Errorf("child: %w", err)
	}
	if err := t.q.StartChild(ctx, &id, run.ID, child.Number); err != nil {
		return fmt.Errorf("start child: %w", err)
	}
	child.State, child.Child, child.RunNumber = string(ChildRunning), &id, &of.Number
	return t.childEvent(ctx, *child)
}

// lacking says why a child is skipped whose needs are not met.
func lacking(child store.ChildrenOfRow, before []store.ChildrenOfRow) (Outcome, bool) {
	for _, b := range before {
		if b.Taken || !slices.Contains(child.Needs, b.Pipeline) {
			continue
		}
		o := Outcome{Reason: reasonNeeds, Detail: fmt.Sprintf("it needs what %s brings, which has not come", b.Pipeline)}
		if b.Reason == ErrSystemOff.Reason { // what is off is no fault, nor is what needs it
			o.Reason, o.Detail = b.Reason, fmt.Sprintf("it needs what %s brings: %s", b.Pipeline, b.Detail)
		}
		return o, true
	}
	return Outcome{}, false
}

func (t *txn) endChild(ctx context.Context, child *store.ChildrenOfRow, state ChildState, o Outcome, taken bool) error {
	child.State, child.Outcome, child.Reason, child.Detail, child.Taken = string(state), string(o.Word), o.Reason, o.Detail, taken
	err := t.q.EndChild(ctx, store.EndChildParams{
		Run: child.Run, Number: child.Number, State: child.State, Outcome: child.Outcome, Reason: child.Reason, Detail: child.Detail, Taken: taken,
	})
	if err != nil {
		return fmt.Errorf("end child: %w", err)
	}
	return t.childEvent(ctx, *child)
}

// childEvent tells the watchers of a parent run how a child stands now.
func (t *txn) childEvent(ctx context.Context, child store.ChildrenOfRow) error {
	row, err := t.q.BumpEvent(ctx, child.Run)
	if err != nil {
		return fmt.Errorf("number an event: %w", err)
	}
	v := viewChild(child)
	return t.event(ctx, row, nil, Event{Child: &v})
}

// readChildren adds its children to a parent run.
func readChildren(ctx context.Context, q *store.Queries, run *Run, row store.Run) error {
	if row.Children == 0 {
		return nil
	}
	rows, err := q.ChildrenOf(ctx, row.ID)
	if err != nil {
		return fmt.Errorf("children: %w", err)
	}
	for _, r := range rows {
		run.Children = append(run.Children, viewChild(r))
	}
	return nil
}
