package migrations_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/migrations"
)

func TestH16ManyProcessesMigrateAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.Empty(t)
	const processes = 4
	errs := make(chan error, processes)
	for range processes {
		go func() {
			pool, err := pgxpool.New(t.Context(), url)
			if err == nil {
				defer pool.Close()
				err = migrations.Up(t.Context(), pool)
			}
			errs <- err
		}()
	}
	for range processes {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}

	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := migrations.Up(t.Context(), pool); err != nil {
		t.Errorf("a second time: %v", err)
	}
	var jobs int
	if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM river_job").Scan(&jobs); err != nil {
		t.Errorf("the queue's tables: %v", err)
	}
}
