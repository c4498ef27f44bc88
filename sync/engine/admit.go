package engine

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// PlanStale is the answer to an approval whose records have moved. Nothing has
// been applied.
type PlanStale struct {
	Moved []Moved
}

// Moved names a record that is not as it was when the plan was made. Key is
// personal data: it is for the caller, not for logs.
type Moved struct{ Kind, Key string }

// Error returns the text, without keys.
func (p *PlanStale) Error() string {
	return fmt.Sprintf("%d records have changed since the plan was made; make a new plan", len(p.Moved))
}

// PlanMismatch is the answer to an approval with another hash than the plan's.
type PlanMismatch struct{}

// Error returns the text.
func (PlanMismatch) Error() string {
	return "the hash is not that of this plan; look at the plan again and approve what it says now"
}

// PlanHash returns the hash of a run's plan: of system, place, scope, kind,
// key, operation, fields and values; of no generated id and no time.
func (e *Engine) PlanHash(ctx context.Context, run uuid.UUID) (string, error) {
	return e.planHash(ctx, e.store.Queries, run)
}

func (e *Engine) planHash(ctx context.Context, q *store.Queries, run uuid.UUID) (string, error) {
	rows, err := q.PlanRowsForHash(ctx, run)
	if err != nil {
		return "", fmt.Errorf("read the plan: %w", err)
	}
	mac := hmac.New(sha256.New, e.settings.DigestKey)
	for _, r := range rows {
		var change fromTo
		if err := json.Unmarshal(r.Fields, &change); err != nil {
			return "", fmt.Errorf("read the plan: %w", err)
		}
		line, err := json.Marshal([]any{r.System, r.Place, r.Scope, r.Kind, r.Key, r.Op, change})
		if err != nil {
			return "", fmt.Errorf("read the plan: %w", err)
		}
		mac.Write(line)
	}
	return hex.EncodeToString(mac.Sum(nil)), nil
}

// Apply applies the plan of a run that was not applied: a plan that was asked
// for, or one that a limit stopped. It answers *PlanStale or PlanMismatch and
// applies nothing when the plan is not what was approved.
func (e *Engine) Apply(ctx context.Context, tx pgx.Tx, run uuid.UUID, hash string) error {
	q := store.New(tx)
	is, err := e.planHash(ctx, q, run)
	if err != nil {
		return err
	}
	if !hmac.Equal([]byte(is), []byte(hash)) {
		return PlanMismatch{}
	}
	return e.apply(ctx, q, run)
}

// apply makes the plan ours, in the transaction given: versions checked, hub
// changed, what was seen moved, writes pending.
func (e *Engine) apply(ctx context.Context, q *store.Queries, run uuid.UUID) error {
	stale, err := staleRows(ctx, q, run)
	if err != nil {
		return err
	}
	if len(stale) > 0 {
		return &PlanStale{Moved: stale}
	}
	now := e.now()
	decided, err := q.AnythingPlanned(ctx, run)
	if err != nil {
		return fmt.Errorf("look for a decision: %w", err)
	}
	if !decided {
		return quiet(ctx, q, now, run)
	}
	for _, step := range []func() error{
		func() error { return q.ApplyGroupsCleared(ctx, run) },
		func() error { return q.ApplyNewEntities(ctx, now, run) },
		func() error { return q.ApplyEntities(ctx, now, run) },
		func() error { return q.ApplyGroups(ctx, run) },
		func() error { return q.ApplyAliases(ctx, now, run) },
		func() error { return q.ApplyAliasChains(ctx, run) },
		func() error { return q.ApplyAliasesReturned(ctx, run) },
		func() error { return q.SupersedeRows(ctx, &now, run) },
		func() error { return q.ApplyUnmanagedGroupsCleared(ctx, run) },
		func() error { return q.ApplySyncRecordsDropped(ctx, run) },
		func() error { return q.ApplySyncRecords(ctx, &now, run) },
		func() error { return q.ApplyNewSyncRecords(ctx, now, run) },
		func() error { return q.ApplyUnmanagedGroups(ctx, run) },
		func() error { return q.ApplyLastSeenChanged(ctx, run) },
		func() error { return q.ApplyLastSeenAbsent(ctx, now, run, now.Add(-e.settings.AbsentGap)) },
		func() error { return q.ApplyLastSeenRemoved(ctx, run) },
		func() error { return q.ApplyConflicts(ctx, now, run) },
		func() error { return listed(ctx, q, now, run) },
		func() error { return q.ApplyPlanRows(ctx, now, run) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("admit the plan: %w", err)
		}
	}
	return dropStaging(ctx, q, run, false)
}

// quiet applies a run in which nothing was decided.
func quiet(ctx context.Context, q *store.Queries, now time.Time, run uuid.UUID) error {
	if err := listed(ctx, q, now, run); err != nil {
		return err
	}
	return dropStaging(ctx, q, run, false)
}

// listed applies that something was read, whatever it has shown.
func listed(ctx context.Context, q *store.Queries, now time.Time, run uuid.UUID) error {
	if err := q.InitialiseListings(ctx, &now, run); err != nil {
		return fmt.Errorf("admit the listings: %w", err)
	}
	if err := errors.Join(q.ApplyCursors(ctx, run), q.ApplyNotified(ctx, &run)); err != nil {
		return fmt.Errorf("admit how far was read: %w", err)
	}
	if err := q.BindSystems(ctx, now, run); err != nil {
		return fmt.Errorf("admit the accounts: %w", err)
	}
	return nil
}

func staleRows(ctx context.Context, q *store.Queries, run uuid.UUID) ([]Moved, error) {
	var out []Moved
	if err := errors.Join(q.LockStagedEntities(ctx, run), q.LockStagedSyncRecords(ctx, run)); err != nil {
		return nil, fmt.Errorf("lock what the plan changes: %w", err)
	}
	ents, err := q.StaleEntities(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("check versions: %w", err)
	}
	for _, r := range ents {
		out = append(out, Moved{r.Kind, r.Key})
	}
	reps, err := q.StaleSyncRecords(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("check versions: %w", err)
	}
	for _, r := range reps {
		out = append(out, Moved{r.Kind, r.Key})
	}
	return out, nil
}

// Discard drops what a run has read and decided and not applied.
func (e *Engine) Discard(ctx context.Context, tx pgx.Tx, run uuid.UUID) error {
	q := store.New(tx)
	if err := q.DropPlanRows(ctx, run); err != nil {
		return err
	}
	return dropStaging(ctx, q, run, true)
}

// dropDecision clears an attempt to decide that broke off.
func dropDecision(ctx context.Context, q *store.Queries, t step.Task) error {
	if err := q.DropPlanRows(ctx, t.Run); err != nil {
		return err
	}
	return q.DropPlanned(ctx, t.Run)
}

// dropStaging drops a run's staging; what was listed is remembered until the
// run ends, since creates need to know.
func dropStaging(ctx context.Context, q *store.Queries, run uuid.UUID, all bool) error {
	drops := []func(context.Context, uuid.UUID) error{q.DropRead, q.DropPlanned}
	if all {
		drops = append(drops, q.DropStagedListings)
	}
	for _, drop := range drops {
		if err := drop(ctx, run); err != nil {
			return fmt.Errorf("drop the staging: %w", err)
		}
	}
	return nil
}
