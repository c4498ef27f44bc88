package enginetest

import (
	"errors"
	"fmt"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/step"
)

// Plus adds up two counters of one place.
func Plus(a, b step.Counter) step.Counter {
	b.Read += a.Read
	b.Created += a.Created
	b.Updated += a.Updated
	b.Unchanged += a.Unchanged
	b.Removed += a.Removed
	b.Waiting += a.Waiting
	b.Excluded += a.Excluded
	b.Quarantined += a.Quarantined
	b.Held += a.Held
	b.Failed += a.Failed
	b.Faults += a.Faults
	b.Conflicts += a.Conflicts
	b.Calls += a.Calls
	return b
}

// MustSync runs the pipeline and wants no error.
func (r *Rig) MustSync() map[string]step.Counter {
	r.T.Helper()
	sum, err := r.Sync()
	if err != nil {
		r.T.Fatalf("sync: %v", err)
	}
	return sum
}

// WantStop runs the pipeline and wants it to be stopped for a reason.
func (r *Rig) WantStop(outcome step.Outcome, reason string) {
	r.T.Helper()
	_, err := r.Sync()
	stop, ok := errors.AsType[*step.Stop](err)
	if !ok || stop.Outcome != outcome || stop.Reason != reason {
		r.T.Fatalf("run ended with %v, want %s %s", err, outcome, reason)
	}
}

// Count is the number that a query answers with.
func (r *Rig) Count(sql string) (n int64) {
	r.T.Helper()
	if err := r.Pool.QueryRow(r.T.Context(), sql).Scan(&n); err != nil {
		r.T.Fatal(err)
	}
	return n
}

// RowsOf is a number that changes with each row of the tables that is written.
func (r *Rig) RowsOf(tables ...string) (n int64) {
	r.T.Helper()
	for _, t := range tables {
		n += r.Count(`select count(*) + coalesce(sum(xmin::text::bigint), 0) from ` + t)
	}
	return n
}

// Rows counts the rows written so far, over all tables that a quiet run leaves
// alone.
func (r *Rig) Rows() (n int64) {
	r.T.Helper()
	ctx := r.T.Context()
	conn, err := r.Pool.Acquire(ctx)
	if err != nil {
		r.T.Fatal(err)
	}
	defer conn.Release()
	for _, table := range []string{"entity", "entity_alias", "last_seen", "group_key", "plan_row", "conflict", "listing", "run_cursor", "binding"} {
		var rows int64
		var xmin int64
		q := fmt.Sprintf(`select count(*), coalesce(sum(xmin::text::bigint), 0) from %s`, table)
		if err := conn.QueryRow(ctx, q).Scan(&rows, &xmin); err != nil {
			r.T.Fatal(err)
		}
		n += rows + xmin
	}
	var xmin int64
	if err := conn.QueryRow(ctx, `select coalesce(sum(xmin::text::bigint), 0) from sync_record`).Scan(&xmin); err != nil {
		r.T.Fatal(err)
	}
	return n + xmin
}

// WantQuiet runs the pipeline and wants no write anywhere, not even of a row.
func (r *Rig) WantQuiet(systems ...*memory.System) {
	r.T.Helper()
	before, writes := r.Rows(), make([]int, len(systems))
	for i, s := range systems {
		writes[i] = s.Writes
	}
	r.MustSync()
	for i, s := range systems {
		if s.Writes != writes[i] {
			r.T.Errorf("%s was written %d times in a quiet run", s.Name, s.Writes-writes[i])
		}
	}
	if after := r.Rows(); after != before {
		r.T.Errorf("rows were written in a quiet run")
	}
}
