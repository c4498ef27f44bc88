// Package store keeps what touchline knows of remote records, of listings, of
// plans and of runs. It is a concrete type on Postgres: nothing abstracts the
// database, and tests run on a real one. Queries are compiled by sqlc from the
// .sql files beside this one.
package store

import (
	"context"
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

// InTx runs f in one transaction.
func (s *Store) InTx(ctx context.Context, f func(tx pgx.Tx, q *Queries) error) error {
	return pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
		return f(tx, New(tx))
	})
}

// partitionLock keeps processes that start at once from making the same table.
const partitionLock = 0x70617274

// Partition gives each system a table of its own among the replicas. It may be
// called at every start, by any number of processes.
func (s *Store) Partition(ctx context.Context, systems []record.System) error {
	return s.InTx(ctx, func(tx pgx.Tx, _ *Queries) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, partitionLock); err != nil {
			return fmt.Errorf("make partitions: %w", err)
		}
		for _, system := range systems {
			name := pgx.Identifier{"replica_" + string(system)}.Sanitize()
			_, err := tx.Exec(ctx, fmt.Sprintf(
				`create table if not exists %s partition of replica for values in ('%s')`, name, system))
			if err != nil {
				return fmt.Errorf("make the partition of %s: %w", system, err)
			}
		}
		return nil
	})
}
