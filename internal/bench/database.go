package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/internal/postgres"
	"github.com/touchline-sync/touchline/migrations"
)

// database is a server of our own. What it stores is as durable as that of a
// deployment.
type database struct {
	server *postgres.Server
	dir    string
	pool   *pgxpool.Pool
}

// startDatabase starts a server. Statements that take longer than slow are
// explained on the standard error; 0 explains none.
func startDatabase(ctx context.Context, slow time.Duration) (*database, error) {
	dir, err := os.MkdirTemp("", "touchline-bench-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		return nil, err
	}
	db, err := databaseIn(ctx, dir, slow)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return db, nil
}

// databaseIn starts a server in a folder.
func databaseIn(ctx context.Context, dir string, slow time.Duration) (*database, error) {
	server, err := postgres.Start(ctx, postgres.Options{DataDir: dir})
	if err != nil {
		return nil, err
	}
	db := &database{server: server, dir: dir}
	cfg, err := pgxpool.ParseConfig(server.URL())
	if err != nil {
		return nil, errors.Join(err, db.end())
	}
	cfg.MaxConns = 10
	if slow > 0 {
		explain(cfg, slow)
	}
	if db.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, errors.Join(err, db.end())
	}
	if err := migrations.Up(ctx, db.pool); err != nil {
		return nil, errors.Join(err, db.end())
	}
	return db, nil
}

// explain has the server tell how it carried out each slow statement.
func explain(cfg *pgxpool.Config, slow time.Duration) {
	cfg.ConnConfig.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { fmt.Fprintln(os.Stderr, n.Message) }
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, fmt.Sprintf(`load 'auto_explain'; set auto_explain.log_level = notice; set auto_explain.log_analyze = on; set auto_explain.log_timing = off;
set auto_explain.log_min_duration = %d`, slow.Milliseconds()))
		return err
	}
}

func (db *database) stop() error { return errors.Join(db.end(), os.RemoveAll(db.dir)) }

// end ends the server, and leaves its folder.
func (db *database) end() error {
	if db.pool != nil {
		db.pool.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return db.server.Stop(ctx)
}

// exec runs statements, one after the other.
func (db *database) exec(ctx context.Context, statements ...string) error {
	for _, sql := range statements {
		if _, err := db.pool.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%.40s: %w", sql, err)
		}
	}
	return nil
}

// wal is how much the server has ever written ahead.
func (db *database) wal(ctx context.Context) (n int64, err error) {
	err = db.pool.QueryRow(ctx, `select (pg_current_wal_insert_lsn() - '0/0')::bigint`).Scan(&n)
	return n, err
}

// rows counts the rows ever inserted, updated and deleted: in the tables that
// hold what is known, and in those that have rows of a run and not of a record: its
// staging, and the profile of its readings.
func (db *database) rows(ctx context.Context) (known, staging int64, err error) {
	// Backends hand their numbers in when they end.
	db.pool.Reset()
	for others := 1; others > 0; {
		err = db.pool.QueryRow(ctx, `select count(*) from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid()`).Scan(&others)
		if err != nil {
			return 0, 0, err
		}
		if err = wait(ctx, 5*time.Millisecond); err != nil {
			return 0, 0, err
		}
	}
	rows, err := db.pool.Query(ctx, `select relname like 'staging%' or relname like 'run%', sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint
from pg_stat_user_tables group by 1`)
	if err != nil {
		return 0, 0, err
	}
	var stages bool
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&stages, &n}, func() error {
		if stages {
			staging = n
		} else {
			known = n
		}
		return nil
	})
	return known, staging, err
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
