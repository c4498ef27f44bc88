package jobs_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/jobs"
)

func (b *bundle) countRows(table string) int {
	b.t.Helper()
	var n int
	if err := b.pool.QueryRow(b.t.Context(), "select count(*) from "+table).Scan(&n); err != nil {
		b.t.Fatal(err)
	}
	return n
}

// What is past its time goes, and nothing else.
func TestRetention(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.server().Control()
	one, _ := b.run(c, jobs.Request{RequestID: uuid.NewString(), Kind: "club.person", Keys: []string{"K1"}})
	b.watch(c, one.ID)
	two, _ := b.run(c, jobs.Request{RequestID: uuid.NewString(), Kind: "club.person", Keys: []string{"K1"}})
	b.watch(c, two.ID)
	for _, sql := range []string{
		"insert into evidence (system, name, media_type, sealed) values ('alpha', 'a', 'text/html', 'x'), ('alpha', 'b', 'text/html', 'x')",
		"insert into lease_nonce (key, digest) values ('k', 'a'), ('k', 'b')",
		"update evidence set at = now() - interval '169 hours' where name = 'a'",
		"update lease_nonce set at = now() - interval '25 hours' where digest = 'a'",
		"insert into entity_request (request_id, digest, answer, created_at) values ('old', '', '{}', now() - interval '25 hours'), ('young', '', '{}', now())",
		"update run_request set created_at = now() - interval '25 hours' where run = '" + one.ID.String() + "'",
		"update run set ended_at = now() - interval '31 days' where id = '" + one.ID.String() + "'",
		"update run_event set at = now() - interval '31 days' where run = '" + one.ID.String() + "'",
	} {
		if _, err := b.pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"evidence", "lease_nonce", "run_request", "entity_request", "run_scope"} {
		if n := b.countRows(table); n != 1 {
			t.Errorf("%s: %d rows are left, want 1", table, n)
		}
	}
	if n := b.countRows("run_event where run = '" + one.ID.String() + "'"); n != 0 {
		t.Errorf("%d old events are left", n)
	}
	if _, events := b.watch(c, one.ID); len(events) != 0 {
		t.Errorf("a watch shows %d events that are erased", len(events))
	}
	if now := mustGet(t, c, two.ID); b.countRows("run_event") != int(now.LastSeq) {
		t.Error("young events are gone")
	}
	if n := b.countRows("run"); n != 2 {
		t.Errorf("%d runs are left", n)
	}
}

// After a person is erased nothing says any longer who was asked for, and a run
// for the same person is another one.
func TestErase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.server().Control()
	asked := jobs.Request{Kind: "club.person", Keys: []string{"K1", "K2"}}
	run, _ := b.run(c, asked)
	b.watch(c, run.ID)
	var before, after string
	digest := "select scope_digest from run where id = '" + run.ID.String() + "'"
	if err := b.pool.QueryRow(t.Context(), digest).Scan(&before); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"insert into entity (kind, key, fields) values ('club.person', 'K1', '{}')",
		"update entity set deleted = 'erased' where key = 'K1'",
	} {
		if _, err := b.pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.pool.QueryRow(t.Context(), digest).Scan(&after); err != nil || after == before {
		t.Fatalf("the digest tells who was asked for: %v", err)
	}
	if n := b.countRows("run_scope"); n != 1 {
		t.Fatalf("%d keys are left, want 1", n)
	}
	if n := b.countRows("river_job where args::text like '%K1%' or args::text like '%K2%'"); n != 0 {
		t.Fatal("a job names a person")
	}
	// What a run that was under way brings of them goes with the next round.
	if _, err := b.pool.Exec(t.Context(), `insert into journal (at, run, step, system, place, kind, sync_record, entity, op, until, outcome, sent)
		select now(), gen_random_uuid(), 1, 'alpha', 'people', 'club.person', 1, id, 'update', now(), 'done', '{"email": ["", "els@example.org"]}' from entity where key = 'K1'`); err != nil {
		t.Fatal(err)
	}
	if err := c.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if in := pgtest.Holding(t, b.pool, "els@example.org"); len(in) > 0 {
		t.Errorf("what came in of who is erased stands in %q", in)
	}
}
