package pgtest

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Holding returns the tables, by schema, of which any row holds one of some texts, in
// capitals or not: in none of them may be what is not kept.
func Holding(t testing.TB, pool *pgxpool.Pool, texts ...string) []string {
	t.Helper()
	rows, err := pool.Query(t.Context(), `select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'ems') order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	lower := make([]string, len(texts))
	for i, s := range texts {
		lower[i] = strings.ToLower(s)
	}
	var out []string
	for _, table := range tables {
		var holds bool
		err := pool.QueryRow(t.Context(), "select exists (select from "+table+" r, unnest($1::text[]) s where strpos(lower(r::text), s) > 0)", lower).Scan(&holds)
		if err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		if holds {
			out = append(out, table)
		}
	}
	return out
}
