package e2e

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestQuiet: a second run finds nothing to do. No system accepts a change, and
// no row is inserted, updated or deleted in any table but those of runs.
func TestQuiet(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 100, Seed: 7})
	db := s.DB(t)
	first := s.Succeed(t, "people")
	if n := sum(first, write3, created); n == 0 {
		t.Fatalf("the first run has created nothing\n%s", show(first))
	}
	before, rows := s.journal(t), rowsOf(t, db)

	second := s.Succeed(t, "people")
	s.quiet(t, before)
	wantRows(t, "people", db, rows)
	if n := sum(second, write3, writes); n != 0 {
		t.Errorf("the run counts %d changes\n%s", n, show(second))
	}
	if n := sum(second, read1, seen); n < 100 {
		t.Errorf("only %d records were read\n%s", n, show(second))
	}
	for _, step := range second.GetSteps() {
		if step.GetAction() == write3 && step.GetCounters().GetCalls() > 0 {
			t.Errorf("writing nothing to %s took %d calls", step.GetPlace(), step.GetCounters().GetCalls())
		}
	}
}

// rowsOf is by table a number that changes with each row that is written, but for the
// tables that a run may always write, and that of how sessions stand.
func rowsOf(t testing.TB, db *pgx.Conn) map[string]string {
	t.Helper()
	var tables []string
	if err := db.QueryRow(t.Context(), `
		select array_agg(relname::text) from pg_stat_user_tables
		where relname !~ '(run|step|job|staging|lease|schedule|session)' and relname !~ '^river_' and schemaname = 'public'`).Scan(&tables); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, table := range tables {
		var n string
		count := "select count(*) || '/' || coalesce(sum(xmin::text::bigint), 0) from " + pgx.Identifier{table}.Sanitize()
		if err := db.QueryRow(t.Context(), count).Scan(&n); err != nil {
			t.Fatal(err)
		}
		out[table] = n
	}
	return out
}

// wantRows fails the test when a row was written since, in a table that a quiet run leaves
// alone.
func wantRows(t testing.TB, when string, db *pgx.Conn, since map[string]string) {
	t.Helper()
	is := rowsOf(t, db)
	if len(is) < 5 {
		t.Errorf("only %d tables were looked at", len(is))
	}
	for table, n := range is {
		if n != since[table] {
			t.Errorf("%s: rows of the table %s were written: %s, then %s", when, table, since[table], n)
		}
	}
}
