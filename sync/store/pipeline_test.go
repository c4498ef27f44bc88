package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/store"
)

func entry(system string) store.OpenJournalParams {
	return store.OpenJournalParams{
		At: time.Now(), Run: uuid.New(), Step: 1, System: system, Place: "people", Scopes: []string{""}, Kinds: []string{"test.person"},
		SyncRecords: []int64{1}, Entities: []int64{1}, Ops: []string{"create"}, CreatedBys: []string{""}, Sents: []string{"{}"}, Until: time.Now(),
	}
}

// A transaction that is sent at once is stored as a whole or not at all, whatever
// fails of it.
func TestPipelined(t *testing.T) {
	t.Parallel()
	st := store.Open(pgtest.New(t))
	ctx, failed := t.Context(), errors.New("failed")
	stored := func() (n int) {
		if err := st.Pool.QueryRow(ctx, `select count(*) from journal`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	write := func(q *store.Queries) error {
		_, err := q.OpenJournal(ctx, entry("alpha"))
		return err
	}
	now := time.Now()
	for _, c := range []struct {
		name  string
		in    func(f func(store.DBTX, *store.Queries) error) error
		f     func(q *store.Queries) error
		fails func(error) bool
		rows  int
	}{
		{
			"all of it", func(f func(store.DBTX, *store.Queries) error) error { return st.InStepAtOnce(ctx, 0, 0, f) },
			write, func(err error) bool { return err == nil }, 1,
		},
		{
			"nothing but statements without an answer", func(f func(store.DBTX, *store.Queries) error) error { return st.InStepAtOnce(ctx, 0, 0, f) },
			func(q *store.Queries) error { return q.GiveUpJournal(ctx, &now, "alpha", "people") }, func(err error) bool { return err == nil }, 0,
		},
		{
			"a step that has lost its lease", func(f func(store.DBTX, *store.Queries) error) error { return st.InStepAtOnce(ctx, 1, 1, f) },
			write, func(err error) bool { return errors.Is(err, store.ErrLeaseLost) }, 0,
		},
		{
			"a step that has lost its lease, in parts", func(f func(store.DBTX, *store.Queries) error) error { return st.InStepPipelined(ctx, 1, 1, f) },
			write, func(err error) bool { return errors.Is(err, store.ErrLeaseLost) }, 0,
		},
		{
			"a record that was dropped", func(f func(store.DBTX, *store.Queries) error) error { return st.InStepAtOnce(ctx, 0, 0, f) },
			func(q *store.Queries) error {
				begin := store.BeginCreatesParams{Until: &now, System: "alpha", Ids: []int64{7}, CreatedBys: []string{"us"}}
				return errors.Join(q.BeginCreates(ctx, begin), write(q))
			}, store.Overtaken, 0,
		},
		{
			"an error after the answer", func(f func(store.DBTX, *store.Queries) error) error { return st.InStepPipelined(ctx, 0, 0, f) },
			func(q *store.Queries) error { return errors.Join(write(q), failed) }, func(err error) bool { return errors.Is(err, failed) }, 0,
		},
		{
			"a statement after the last", func(f func(store.DBTX, *store.Queries) error) error { return st.InStepAtOnce(ctx, 0, 0, f) },
			func(q *store.Queries) error {
				return errors.Join(write(q), q.GiveUpJournal(ctx, &now, "alpha", "people"))
			},
			func(err error) bool { return err != nil }, 1,
		},
	} {
		before := stored()
		err := c.in(func(_ store.DBTX, q *store.Queries) error { return c.f(q) })
		if !c.fails(err) {
			t.Errorf("%s: %v", c.name, err)
		}
		if n := stored() - before; n != c.rows {
			t.Errorf("%s: %d rows are stored, want %d", c.name, n, c.rows)
		}
	}
	if open := st.Pool.Stat().AcquiredConns(); open != 0 {
		t.Errorf("%d connections are still taken", open)
	}
}
