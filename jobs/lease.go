package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// stepArgs is all that a job says.
type stepArgs struct {
	Step  int64 `json:"step"`
	Token int64 `json:"token"`
}

// Kind names the job.
func (stepArgs) Kind() string { return "step" }

// deadAfter is how old the heartbeat of a process may be. Supervise stores one
// every Interval; a process that is thought dead too soon only loses its warm
// session.
func (c *core) deadAfter() time.Duration { return c.LeaseTimeout / 2 }

// ready gives a step a new job, which voids those before. With a slot the step
// holds the lease of that slot already; worker is the process whose session is
// warm there.
func (t *txn) ready(ctx context.Context, runStep store.RunStep, slot *int32, worker string) error {
	runStep, err := t.q.ReadyStep(ctx, slot, runStep.ID)
	if err != nil {
		return fmt.Errorf("ready step: %w", err)
	}
	queue := runStep.System
	if worker != "" && (worker != t.id || !t.stopping.Load()) {
		lives, err := t.q.WorkerLives(ctx, worker, t.deadAfter().Seconds())
		if err != nil {
			return fmt.Errorf("find a worker: %w", err)
		}
		if lives {
			queue = worker
		}
	}
	job, err := t.river.InsertTx(ctx, t.tx, stepArgs{runStep.ID, runStep.Token}, &river.InsertOpts{Queue: queue, MaxAttempts: 1})
	if err != nil {
		return fmt.Errorf("insert job: %w", err)
	}
	if err := t.q.SetStepJob(ctx, runStep.ID, &job.Job.ID); err != nil {
		return fmt.Errorf("note the job: %w", err)
	}
	if slot == nil {
		return nil
	}
	err = t.q.HandLease(ctx, store.HandLeaseParams{Step: &runStep.ID, Token: runStep.Token, System: runStep.System, Slot: *slot})
	if err != nil {
		return fmt.Errorf("hand lease: %w", err)
	}
	return nil
}

// release hands a lease to the first step that waits for it, or frees it.
func (t *txn) release(ctx context.Context, lease store.Lease) error {
	next, err := t.q.FirstWaiting(ctx, lease.System, lease.Slot)
	if errors.Is(err, pgx.ErrNoRows) {
		if err := t.q.FreeLease(ctx, lease.System, lease.Slot); err != nil {
			return fmt.Errorf("free lease: %w", err)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("first waiting step: %w", err)
	}
	return t.ready(ctx, next, &lease.Slot, lease.Worker)
}

// releaseOf releases the lease of a step, if it holds one.
func (t *txn) releaseOf(ctx context.Context, leases []store.Lease, runStep int64) error {
	for _, lease := range leases {
		if lease.Step != nil && *lease.Step == runStep {
			return t.release(ctx, lease)
		}
	}
	return nil
}

// pick chooses the lease for a step: the one it was handed, else a free one.
// Writes use slot 0 only; reads leave it free if they can, and go where this
// process has its session.
func pick(leases []store.Lease, runStep store.RunStep, process string) (store.Lease, bool) {
	var best store.Lease
	rank := -1
	for _, lease := range leases {
		r := -1
		switch {
		case lease.Step != nil && *lease.Step == runStep.ID:
			r = 3
		case lease.Step != nil || (lease.Slot > 0 && runStep.Action != string(ActionRead)):
		case lease.Worker == process:
			r = 2
		case lease.Slot > 0:
			r = 1
		default:
			r = 0
		}
		if r > rank {
			best, rank = lease, r
		}
	}
	return best, rank >= 0
}

// ensureLeases makes the slots of all systems that this process works or may
// start steps at. Each is a statement of its own: a run that made them in its
// transaction could hold one, while it waits for the pipeline of another run
// that waits for this lease.
func (c *core) ensureLeases(ctx context.Context) error {
	systems := append([]record.System{record.Hub}, c.Queues...)
	for _, p := range c.Pipelines {
		for _, r := range p.Reads {
			systems = append(systems, r.System)
		}
		for _, w := range p.Writes {
			systems = append(systems, w.System)
		}
	}
	slices.Sort(systems)
	q := store.New(c.Pool)
	for _, system := range slices.Compact(systems) {
		for slot := range max(c.Slots[system], 1) {
			if err := q.EnsureLease(ctx, string(system), int32(slot)); err != nil {
				return fmt.Errorf("make lease: %w", err)
			}
		}
	}
	return nil
}
