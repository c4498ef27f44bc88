package pgtest_test

import (
	"fmt"
	"testing"

	"github.com/touchline-sync/touchline/internal/pgtest"
)

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			pool := pgtest.New(t)
			// A table of the same name in each: a shared database would clash.
			if _, err := pool.Exec(t.Context(), "CREATE TABLE mine AS SELECT 1 AS n"); err != nil {
				t.Fatal(err)
			}
			var jobs int
			err := pool.QueryRow(t.Context(), "SELECT count(*) FROM river_job").Scan(&jobs)
			if err != nil || jobs != 0 {
				t.Fatalf("jobs %d, error %v; want the queue's tables, empty", jobs, err)
			}
		})
	}
}
