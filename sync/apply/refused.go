package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/touchline-sync/touchline/sync/store"
)

// The classes of Postgres's codes that tell of the data of a statement, such as a
// value that a column does not take, a key that is there already, or what a trigger
// of our own raises. The next try would end alike.
var ofData = []string{"21", "22", "23", "44", "54", "P0"}

// refusalsMost is how much of one plan may be refused. More of it is no fault of the
// records, and the run fails.
const refusalsMost = 100

// endError is an error of what follows the last batch: no batch is to blame for it.
type endError struct{ error }

// Unwrap returns the error itself.
func (e endError) Unwrap() error { return e.error }

// refusal returns what the tables said of the data of a batch, or nil for any other
// error.
func refusal(err error) *pgconn.PgError {
	if _, is := errors.AsType[endError](err); is {
		return nil
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || len(e.Code) != 5 || !slices.Contains(ofData, e.Code[:2]) {
		return nil
	}
	return e
}

// split takes the next batch of a plan apart, since the tables do not take it: half
// of its components go into a batch of their own, at the end, and in the same way
// unmanaged records, which were staged together for no other reason. What the
// tables do not take when it is alone is left out, counted, and taken up by the
// next run: it concerns nobody else. With marked the records that were read are put
// aside under their ids, which the tables may not take either.
func split(ctx context.Context, q *store.Queries, run uuid.UUID, why *pgconn.PgError, marked bool) error {
	p, err := q.LockApply(ctx, run)
	if err != nil {
		return fmt.Errorf("go on with the plan: %w", err)
	}
	batch, err := q.NextBatch(ctx, run, p.Batch)
	if err != nil {
		return fmt.Errorf("find the next batch of the plan: %w", err)
	}
	if batch == 0 || p.Refused >= refusalsMost {
		return why
	}
	parts, err := q.ComponentsOfBatch(ctx, run, batch)
	if err != nil {
		return fmt.Errorf("take a batch apart: %w", err)
	}
	var unmanaged []int32
	if len(parts) == 1 && parts[0] == 0 {
		if unmanaged, err = q.UnmanagedOfBatch(ctx, run, batch); err != nil {
			return fmt.Errorf("take a batch apart: %w", err)
		}
	}
	others := false
	if len(unmanaged) == 1 {
		if others, err = q.OthersInBatch(ctx, run, batch, unmanaged[0]); err != nil {
			return fmt.Errorf("take a batch apart: %w", err)
		}
	}
	last, err := q.LastBatch(ctx, run)
	if err != nil {
		return fmt.Errorf("take a batch apart: %w", err)
	}
	switch {
	case len(parts) == 0: // it is not the batch that is refused
		return why
	case len(parts) > 1:
		err = q.MoveToBatch(ctx, store.MoveToBatchParams{ToBatch: last + 1, Run: run, Batch: batch, Components: parts[len(parts)/2:]})
	case len(unmanaged) == 1 && others:
		err = q.MoveUnmanagedToBatch(ctx, store.MoveUnmanagedToBatchParams{ToBatch: last + 1, Run: run, Batch: batch, Seqs: unmanaged})
	case len(unmanaged) > 1:
		err = q.MoveUnmanagedToBatch(ctx, store.MoveUnmanagedToBatchParams{ToBatch: last + 1, Run: run, Batch: batch, Seqs: unmanaged[len(unmanaged)/2:]})
	default:
		return refuse(ctx, q, run, batch, staleness{components: parts, seqs: unmanaged}, why, marked)
	}
	if err != nil {
		return fmt.Errorf("take a batch apart: %w", err)
	}
	return nil
}

// refuse leaves a batch out. What is kept of the reason names tables and our own
// ids, no value.
func refuse(ctx context.Context, q *store.Queries, run uuid.UUID, batch int32, s staleness, why *pgconn.PgError, marked bool) error {
	entity, err := q.EntityOfBatch(ctx, run, batch)
	if err != nil {
		return fmt.Errorf("find what a batch is about: %w", err)
	}
	if marked {
		if marked, err = q.MayPutAside(ctx, run, batch); err != nil {
			return fmt.Errorf("look what a batch has read: %w", err)
		}
	}
	reason := fmt.Sprintf("table %s, constraint %q, SQLSTATE %s", why.TableName, why.ConstraintName, why.Code)
	if marked {
		err = errors.Join(putAside(ctx, q, run, batch, "not stored: "+reason), s.drop(ctx, q, run, batch))
	} else {
		err = s.leave(ctx, q, run, batch)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(q.DropBatch(ctx, run, batch), q.BatchApplied(ctx, batch, 0, run)); err != nil {
		return fmt.Errorf("drop what is left out: %w", err)
	}
	if err := q.BatchRefused(ctx, fmt.Sprintf("entity %d, %s", entity, reason), run); err != nil {
		return fmt.Errorf("note what is left out: %w", err)
	}
	return nil
}

// putAside marks the records that were read for a batch: they count as decided, so
// that no listing is held for them, and are seen again by each full reading until the
// tables take them. What another reading would not show again, such as a removal that
// a system has said, is held instead: the cursor stands, and it is tried again.
func putAside(ctx context.Context, q *store.Queries, run uuid.UUID, batch int32, why string) error {
	for _, mark := range []func() error{
		func() error { return q.QuarantineRefused(ctx, why, run, batch) },
		func() error { return q.PutAsideRefused(ctx, why, run, batch) },
		func() error { return q.SeeRefusedAgain(ctx, run, batch) },
	} {
		if err := mark(); err != nil {
			return fmt.Errorf("put aside what is not stored: %w", err)
		}
	}
	return nil
}
