package main

import (
	"testing"

	"github.com/touchline-sync/touchline/internal/pgtest"
)

// TestOrganiser: the invented organiser is as large as it is said to be, and nobody
// wears the bib of somebody else.
func TestOrganiser(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	if _, err := pool.Exec(t.Context(), organiserSQL, 200, "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), racesSQL, "1"); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]int{
		"organisation": 2, "person": 200, "event": 3, "race": 12, "start_group": 30,
		"event_participant": 250, "start_group_participant": 250, "tag": 250, "bib_tag_mapping": 250, "bib": 250,
	} {
		var n int
		if err := pool.QueryRow(t.Context(), "select count(*) from ems."+table).Scan(&n); err != nil || n != want {
			t.Errorf("%d rows in %s, want %d: %v", n, table, want, err)
		}
	}
}
