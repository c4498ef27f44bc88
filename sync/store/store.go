// Package store keeps what touchline knows of remote records, of listings, of
// plans and of runs. It is a concrete type on Postgres: nothing abstracts the
// database, and tests run on a real one. Queries are compiled by sqlc from the
// .sql files beside this one.
package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/sync/record"
)

// Store is the database with its queries.
type Store struct {
	Pool *pgxpool.Pool
	*Queries
}

// Open returns the store of a pool whose database has been migrated.
func Open(pool *pgxpool.Pool) *Store { return &Store{Pool: pool, Queries: New(pool)} }

// Conn is what the queries run on: the pool, or a transaction.
func (q *Queries) Conn() DBTX { return q.db }

// InTx runs f in one transaction.
func (s *Store) InTx(ctx context.Context, f func(tx pgx.Tx, q *Queries) error) error {
	return pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
		return f(tx, New(tx))
	})
}

// ErrLeaseLost says that a step's lease is, or may be, another process's by now.
var ErrLeaseLost = errors.New("the lease is lost")

// InStep runs f in one transaction of a step, after making sure that the lease
// with this token is still the step's. It answers ErrLeaseLost when it is not;
// token 0 checks nothing.
func (s *Store) InStep(ctx context.Context, step, token int64, f func(tx pgx.Tx, q *Queries) error) error {
	return s.InTx(ctx, func(tx pgx.Tx, q *Queries) error {
		if err := q.HoldsLease(ctx, step, token); err != nil {
			return err
		}
		return f(tx, q)
	})
}

// HoldsLease answers ErrLeaseLost when the lease with this token is no longer the
// step's; token 0 checks nothing. In a transaction nobody takes the step over until
// its end.
func (q *Queries) HoldsLease(ctx context.Context, step, token int64) error {
	if token == 0 {
		return nil
	}
	switch _, err := q.Fence(ctx, step, token); {
	case errors.Is(err, pgx.ErrNoRows):
		return ErrLeaseLost
	case err != nil:
		return fmt.Errorf("check the lease: %w", err)
	}
	return nil
}

// partitionLock keeps processes that start at once from making the same table.
const partitionLock = 0x70617274

// Partition gives each system a table of its own among the sync records. It may be
// called at every start, by any number of processes.
func (s *Store) Partition(ctx context.Context, systems []record.System) error {
	return s.InTx(ctx, func(tx pgx.Tx, _ *Queries) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, partitionLock); err != nil {
			return fmt.Errorf("make partitions: %w", err)
		}
		for _, system := range systems {
			table := "sync_record_" + string(system)
			var exists bool
			if err := tx.QueryRow(ctx, `select to_regclass($1) is not null`, pgx.Identifier{table}.Sanitize()).Scan(&exists); err != nil {
				return fmt.Errorf("look for the partition of %s: %w", system, err)
			}
			if exists {
				continue
			}
			_, err := tx.Exec(ctx, fmt.Sprintf(`create table %s partition of sync_record for values in ('%s'); select leave_out_of_statistics('%s')`,
				pgx.Identifier{table}.Sanitize(), system, table))
			if err != nil {
				return fmt.Errorf("make the partition of %s: %w", system, err)
			}
		}
		return nil
	})
}
