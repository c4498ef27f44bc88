package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/store"
)

// acted has things done, so long ago each.
func acted(t *testing.T, pool *pgxpool.Pool, ages ...time.Duration) {
	t.Helper()
	for i, age := range ages {
		err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
			return store.AppendAudit(t.Context(), tx, time.Now().Add(-age), store.Act{
				By: store.Actor{Name: "ann", Token: int64(i)}, Action: "Look", Target: "entity 1", Reason: "a test",
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func exec(t *testing.T, pool *pgxpool.Pool, sql string) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func wantBroken(t *testing.T, what string, err error, want string) {
	t.Helper()
	if _, ok := errors.AsType[store.BrokenAudit](err); !ok || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v; want %q", what, err, want)
	}
}

func TestAuditShowsWhatWasChanged(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	acted(t, pool, 0, 0, 0)
	head, n, err := store.VerifyAudit(t.Context(), pool)
	if n != 3 || head.ID != 3 || err != nil {
		t.Fatalf("verified %d rows to %d, %v; want 3", n, head.ID, err)
	}
	for name, c := range map[string]struct{ spoil, mend, want string }{
		"a word changed":  {"update audit set actor = 'nobody' where id = 2", "update audit set actor = 'ann' where id = 2", "row 2 was changed"},
		"a token changed": {"update audit set token = 7 where id = 3", "update audit set token = 2 where id = 3", "row 3 was changed"},
		"a token gone":    {"update audit set token = null where id = 2", "update audit set token = 1 where id = 2", "row 2 was changed"},
		"a time changed": {
			"update audit set at = at - interval '1 second' where id = 1", "update audit set at = at + interval '1 second' where id = 1", "row 1 was changed",
		},
		"a row gone": {"update audit set id = 9 where id = 2", "update audit set id = 2 where id = 9", "row 2 is missing"},
		"the head gone": {
			"create table kept as select * from audit where id = 1; delete from audit where id = 1", "insert into audit select * from kept", "row 1 is missing",
		},
		"the head gone, and so it says": {
			"create table gone as select * from audit where id = 1; insert into audit_base (id, hash) select id, hash from gone; delete from audit where id = 1",
			"insert into audit select * from gone; delete from audit_base", "rows up to 1 are missing",
		},
	} {
		exec(t, pool, c.spoil)
		_, _, err := store.VerifyAudit(t.Context(), pool)
		wantBroken(t, name, err, c.want)
		exec(t, pool, c.mend)
	}
	if _, _, err := store.VerifyAudit(t.Context(), pool, head); err != nil {
		t.Errorf("mended: %v", err)
	}
}

// A hash that somebody makes without the key is none.
func TestAuditIsKeyed(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	acted(t, pool, 0)
	exec(t, pool, "insert into audit (id, at, actor, action, target, prev_hash, hash) select 2, now(), 'ann', 'Look', 'entity 2', hash, sha256(hash) from audit")
	_, _, err := store.VerifyAudit(t.Context(), pool)
	wantBroken(t, "a hash without the key", err, "row 2 was changed")
}

// A tail that is cut leaves a whole chain: only what was kept elsewhere shows it.
func TestAnchorShowsACutTail(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	acted(t, pool, 0, 0, 0, 0)
	head, err := store.AuditHead(t.Context(), store.New(pool))
	if err != nil || head.ID != 4 {
		t.Fatalf("head %v %v", head, err)
	}
	exec(t, pool, "delete from audit where id > 2")
	if _, n, err := store.VerifyAudit(t.Context(), pool); n != 2 || err != nil {
		t.Errorf("the chain that is left has %d rows, %v", n, err)
	}
	_, _, err = store.VerifyAudit(t.Context(), pool, head)
	wantBroken(t, "a tail that is cut", err, "it had come to row 4, which is missing")
	acted(t, pool, 0, 0, 0) // and grown again, with other rows
	_, _, err = store.VerifyAudit(t.Context(), pool, head)
	wantBroken(t, "a tail that has grown again", err, "row 4 is not the one that was seen before")
	if _, _, err := store.VerifyAudit(t.Context(), pool, store.Anchor{}); err != nil {
		t.Errorf("without an anchor: %v", err)
	}
}

// What is erased for its age leaves the beginning of the chain, and the rest proves it.
func TestPruneAudit(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	acted(t, pool, 72*time.Hour, 48*time.Hour, time.Hour)
	old, err := store.AuditHead(t.Context(), store.New(pool))
	if err != nil {
		t.Fatal(err)
	}
	prune := func(age time.Duration) (n int64) {
		t.Helper()
		err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) (err error) {
			n, err = store.PruneAudit(t.Context(), tx, time.Now(), time.Now().Add(-age))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := prune(96 * time.Hour); n != 0 {
		t.Errorf("%d young rows were erased", n)
	}
	if n := prune(24 * time.Hour); n != 2 {
		t.Errorf("%d rows were erased, want 2", n)
	}
	if head, n, err := store.VerifyAudit(t.Context(), pool, old); err != nil || n != 2 || head.ID != 4 {
		t.Errorf("pruned: %d rows to %d, %v", n, head.ID, err)
	}
	if n := prune(0); n != 2 {
		t.Errorf("%d rows were erased, want all that are older than now", n)
	}
	if _, n, err := store.VerifyAudit(t.Context(), pool, old); err != nil || n != 1 {
		t.Errorf("pruned again: %d rows, %v", n, err)
	}
	exec(t, pool, "delete from audit")
	_, _, err = store.VerifyAudit(t.Context(), pool)
	wantBroken(t, "all of it is gone", err, "rows up to 4 are missing")
}
