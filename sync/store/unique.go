package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/record"
)

// IndexUnique gives Postgres an index for each field whose values only one record of
// a system may hold, in the system's own table. Which fields these are only the
// connectors say, so no migration can. It may be called at every start, by any number
// of processes.
func (s *Store) IndexUnique(ctx context.Context, system record.System, fields []record.Field) error {
	if len(fields) == 0 {
		return nil
	}
	return s.InTx(ctx, func(tx pgx.Tx, _ *Queries) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, partitionLock); err != nil {
			return fmt.Errorf("index unique fields: %w", err)
		}
		for _, f := range fields {
			// By hash, since an address may be longer than another index takes; and
			// without the blank ones, which would all be in one place of it.
			_, err := tx.Exec(ctx, fmt.Sprintf(`create index if not exists %s on %s using hash ((%s)) where %s`,
				pgx.Identifier{fmt.Sprintf("sync_record_%s_%s_held", system, f)}.Sanitize(),
				pgx.Identifier{"sync_record_" + string(system)}.Sanitize(), valueOf(f), held(f)))
			if err != nil {
				return fmt.Errorf("index the unique field %s of %s: %w", f, system, err)
			}
		}
		return nil
	})
}

// RecordsWithValueParams asks for records that hold a value at a place; Other is not
// among them. Within, where it is not empty, is another field that has the value Of.
type RecordsWithValueParams struct {
	System, Place, Scope, Kind string
	Field                      record.Field
	Value                      string
	Within                     record.Field
	Of                         string
	Other                      int64
}

// RecordsWithValue returns the records of ours that hold a value which only one record
// may hold: one at most where no value is about to move from one to another. A blank
// value is nobody's. The field is part of the statement, as in the index of
// IndexUnique.
func (q *Queries) RecordsWithValue(ctx context.Context, p RecordsWithValueParams) ([]SyncRecord, error) {
	args := []any{p.System, p.Place, p.Scope, p.Kind, p.Value, p.Other}
	if p.Within != "" {
		args = append(args, p.Of)
	}
	rows, err := q.db.Query(ctx, recordsWithValue(p.Field, p.Within), args...)
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, err
	}
	out := make([]SyncRecord, len(ids))
	for i, id := range ids {
		if out[i], err = q.SyncRecordOf(ctx, p.System, id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// mostAlike is how many records are looked at that hold one value.
const mostAlike = 100

func recordsWithValue(f, within record.Field) string {
	alike := ""
	if within != "" {
		alike = " and " + valueOf(within) + " = $7"
	}
	return fmt.Sprintf(`-- name: RecordsWithValue
select id from sync_record where system = $1 and place = $2 and scope = $3 and kind = $4
and %s = $5 and %s and id <> $6 and external_id is not null%s order by id limit %d`, valueOf(f), held(f), alike, mostAlike)
}

// valueOf is the value of a field, as the index and the statement write it.
func valueOf(f record.Field) string {
	return "remote ->> '" + strings.ReplaceAll(string(f), "'", "''") + "'"
}

// held are the records that hold a value of a field.
func held(f record.Field) string { return "entity is not null and " + valueOf(f) + " <> ''" }
