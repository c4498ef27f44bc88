package engine_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/store"
)

// trips counts how often the database is waited for.
type trips struct{ atomic.Int64 }

func (c *trips) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.Add(1)
	return ctx
}

func (*trips) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (c *trips) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	c.Add(1)
	return ctx
}

func (*trips) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (*trips) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// traced has a new process begin of which the waits for the database are counted.
func traced(t *testing.T, r *rig, systems ...*memory.System) *trips {
	t.Helper()
	c := &trips{}
	cfg := r.Pool.Config().Copy()
	cfg.ConnConfig.Tracer = c
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	r.Store = store.Open(pool)
	r.Start(policy.Set{people()}, nil, systems...)
	return c
}

// From one call to the next the database is waited for twice: for the result of the
// one, and for the journal of the next. A batch costs no more, but for what loads it.
func TestWaitsForTheDatabase(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		n, batch int
		most     int64 // waits between two calls
	}{{"one by one", 30, 0, 2}, {"batches", 700, 200, 7}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, source, target, _ := batches(t, c.n, c.batch)
			waits := traced(t, r, source, target)
			var between []int64
			before := int64(0)
			target.Fail = func(when, op string) error {
				if when == "before" && (op == "many" || op == "create") {
					between, before = append(between, waits.Load()-before), waits.Load()
				}
				return nil
			}
			r.MustSync()
			if len(between) < 3 {
				t.Fatalf("%d calls", len(between))
			}
			for i, n := range between[1:] {
				if n > c.most {
					t.Errorf("%d waits before call %d, want at most %d", n, i+2, c.most)
				}
			}
		})
	}
}

// What one record costs does not grow with what was written before: no statement of a
// write goes through a table, although its plan was made when that was empty.
func TestWriteReadsByIndex(t *testing.T) {
	t.Parallel()
	const n = 300
	r, source, target, _ := batches(t, n, 0)
	traced(t, r, source, target)
	r.MustSync()
	// Backends hand their numbers in when they end.
	r.Store.Pool.Close()
	r.Pool.Reset()
	read := int64(-1)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		var others int
		err := r.Pool.QueryRow(t.Context(), `select (select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()),
  (select seq_tup_read from pg_stat_user_tables where relname = 'journal')`).Scan(&others, &read)
		if err != nil {
			t.Fatal(err)
		}
		if others == 0 {
			break
		}
	}
	if read < 0 || read > 10*n {
		t.Errorf("%d rows of the journal were read to write %d records", read, n)
	}
}
