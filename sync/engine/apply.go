package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/apply"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// Apply has the plan of a run that was not applied begin to be applied: a plan
// that was asked for, or one that a limit stopped. The next Plan of the run applies
// it. It returns PlanMismatch, OtherApplying, NotPlanned, NothingToTakeOver, or
// *PlanStale when a record is not as the plan believed, and then nothing is applied.
func (e *Engine) Apply(ctx context.Context, tx pgx.Tx, run uuid.UUID, word Word) (Approved, error) {
	// What was edited since is seen as such.
	if err := e.own.Show(ctx, e.store.Pool); err != nil {
		return Approved{}, err
	}
	q := store.New(tx)
	rows, err := q.PlanKinds(ctx, run)
	if err != nil {
		return Approved{}, fmt.Errorf("read the kinds of the plan: %w", err)
	}
	families := map[string]bool{}
	for _, kind := range rows {
		families[record.Kind(kind).Family()] = true
	}
	given := apply.Word{Hash: word.Hash, SkipStale: word.SkipStale, TakeOver: word.TakeOver}
	if len(word.Only) > 0 {
		given.Only = &apply.Part{Records: word.Only, Refs: offering{e}.refs()}
	}
	is, err := e.applier.Approve(ctx, tx, run, apply.Approval{All: true, Kinds: kindsOf(e.policies, families)}, given)
	if err != nil {
		return Approved{}, err
	}
	out := Approved{Left: is.Moved, Open: is.Open}
	out.Exceeds, err = judging{e}.exceeds(ctx, q, run)
	return out, err
}

// kindsOf are the kinds of families.
func kindsOf(policies policy.Set, families map[string]bool) []string {
	kinds := []string{}
	for _, p := range policies {
		if families[p.Kind.Family()] {
			kinds = append(kinds, string(p.Kind))
		}
	}
	return kinds
}

// Discard drops what a run has read and decided and not applied.
func (e *Engine) Discard(ctx context.Context, tx pgx.Tx, run uuid.UUID) error {
	return e.applier.Discard(ctx, tx, run)
}

// applies is how a step applies plans with entities of a family.
func (e *Engine) applies(t step.Task, family string) apply.Work {
	return apply.Work{
		Applier: e.applier, Run: t.Run, Until: t.Until, Kinds: kindsOf(e.policies, map[string]bool{family: true}),
		InTx: func(ctx context.Context, f func(*store.Queries) error) error {
			return e.tx(ctx, t, func(_ pgx.Tx, q *store.Queries) error { return f(q) })
		},
	}
}

// applyOwn applies a plan that needs no approval.
func (e *Engine) applyOwn(ctx context.Context, t step.Task, w apply.Work, slice step.Slice) (step.Slice, error) {
	counters, err := json.Marshal(slice.Counters)
	if err != nil {
		return slice, fmt.Errorf("keep what the plan counts: %w", err)
	}
	detail, err := json.Marshal(slice.Detail)
	if err != nil {
		return slice, fmt.Errorf("keep what the plan says: %w", err)
	}
	begun, err := w.Start(ctx, approval(t), apply.Summary{Counters: counters, Detail: detail})
	if _, other := errors.AsType[apply.OtherApplying](err); other {
		return step.Slice{}, nil // the next slice plans anew, on top of it
	}
	if err != nil {
		return step.Slice{}, err // what it counts is told once, by what is kept of the plan
	}
	if !begun {
		e.noteRestored(ctx, slice.Detail)
		return slice, nil
	}
	asides := slice.Asides // what is put aside is told once, with the first slice
	slice, _, err = e.goOn(ctx, w)
	slice.Asides = asides
	return slice, err
}

// goOn goes on with the plan of a run that is being applied, until all of it is or
// the slice is over. It reports whether there is such a plan.
func (e *Engine) goOn(ctx context.Context, w apply.Work) (step.Slice, bool, error) {
	p, is, err := w.GoOn(ctx)
	if !is || err != nil {
		return step.Slice{}, false, err
	}
	switch p.State {
	case store.Applying:
		return step.Slice{}, true, nil
	case store.ApplyCancelled:
		return step.Slice{}, true, &step.Stop{Outcome: step.Cancelled, Reason: "CANCELLED", Detail: "the run was cancelled before its plan was applied"}
	}
	slice := step.Slice{Done: true, Detail: map[string]string{}}
	if err := errors.Join(json.Unmarshal(p.Counters, &slice.Counters), json.Unmarshal(p.Detail, &slice.Detail)); err != nil {
		return slice, true, fmt.Errorf("read what the plan says: %w", err)
	}
	if p.Stale > 0 {
		slice.Detail["left"] = fmt.Sprintf("%d records have changed while they were planned; the next run plans them again", p.Stale)
		if p.ByAll {
			slice.Detail[step.PartialNote] = "PLAN_STALE"
		}
	}
	if p.LeftOpen > 0 {
		slice.Detail["left open"] = fmt.Sprintf("%d records were not approved; the next run plans them again", p.LeftOpen)
		slice.Detail[step.PartialNote] = "PART_APPROVED"
	}
	if p.Refused > 0 {
		slice.Detail["refused"] = fmt.Sprintf("%d groups of records that belong together could not be stored; the next run tries them again. The first: %s", p.Refused, p.Refusal)
		slice.Detail[step.PartialNote] = "NOT_STORED"
	}
	e.noteRestored(ctx, slice.Detail)
	return slice, true, nil
}
