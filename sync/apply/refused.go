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
// value that a column does not take or a key that is there already. The next try
// would end alike.
var ofData = []string{"22", "23", "54"}

// refusal returns what the tables said of the data that they were given, or nil for
// any other error.
func refusal(err error) *pgconn.PgError {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || len(e.Code) != 5 || !slices.Contains(ofData, e.Code[:2]) {
		return nil
	}
	return e
}

// apart takes the next batch of a plan apart, since the tables do not take it: half
// of its components go into a batch of their own, at the end, and in the same way
// records that are nobody's and were staged together for no other reason. What the
// tables do not take when it is alone is left out, counted, and taken up by the
// next run: it concerns nobody else.
func apart(ctx context.Context, q *store.Queries, run uuid.UUID, why *pgconn.PgError) error {
	p, err := q.LockApply(ctx, run)
	if err != nil {
		return fmt.Errorf("go on with the plan: %w", err)
	}
	batch, err := q.NextBatch(ctx, run, p.Batch)
	if err != nil {
		return fmt.Errorf("find the next batch of the plan: %w", err)
	}
	parts, err := q.ComponentsOfBatch(ctx, run, batch)
	if err != nil {
		return fmt.Errorf("take a batch apart: %w", err)
	}
	var nobodys []int32
	if len(parts) == 1 && parts[0] == 0 {
		if nobodys, err = q.RecordsOfBatch(ctx, run, batch); err != nil {
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
	case len(nobodys) > 1:
		err = q.MoveRecordsToBatch(ctx, store.MoveRecordsToBatchParams{ToBatch: last + 1, Run: run, Batch: batch, Seqs: nobodys[len(nobodys)/2:]})
	default:
		return refuse(ctx, q, run, batch, staleness{components: parts, seqs: nobodys}, why)
	}
	if err != nil {
		return fmt.Errorf("take a batch apart: %w", err)
	}
	return nil
}

// refuse leaves a batch out. What is kept of the reason names tables and our own
// ids, no value.
func refuse(ctx context.Context, q *store.Queries, run uuid.UUID, batch int32, s staleness, why *pgconn.PgError) error {
	entity, err := q.EntityOfBatch(ctx, run, batch)
	if err != nil {
		return fmt.Errorf("find what a batch is about: %w", err)
	}
	if err := s.leave(ctx, q, run, batch); err != nil {
		return err
	}
	if err := errors.Join(q.DropBatch(ctx, run, batch), q.BatchApplied(ctx, batch, 0, run)); err != nil {
		return fmt.Errorf("drop what is left out: %w", err)
	}
	if err := q.BatchRefused(ctx, fmt.Sprintf("entity %d, table %s, constraint %q, SQLSTATE %s", entity, why.TableName, why.ConstraintName, why.Code), run); err != nil {
		return fmt.Errorf("note what is left out: %w", err)
	}
	return nil
}
