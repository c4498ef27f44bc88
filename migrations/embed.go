// Package migrations brings a database to the state that this program needs:
// its own tables from the files in this folder, then the queue's.
//
// It goes forward only. A file that has been released is never changed.
package migrations

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed *.sql
var files embed.FS

// lockKey is the advisory lock that all starting processes queue for. The
// queue's migrations take no lock of their own.
const lockKey = 0x746f756368 // "touch"

// Up applies what is missing. Any number of processes may call it at once:
// one works, the others wait and then find nothing to do.
func Up(ctx context.Context, pool *pgxpool.Pool) (err error) {
	unlock, err := lock(ctx, pool.Config().ConnConfig)
	if err != nil {
		return fmt.Errorf("migrations: lock: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := ours(ctx, pool); err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if err := queue(ctx, pool); err != nil {
		return fmt.Errorf("migrations: queue: %w", err)
	}
	return nil
}

// lock takes the advisory lock on a connection of its own, so that it works
// with a pool of one.
func lock(ctx context.Context, cfg *pgx.ConnConfig) (func() error, error) {
	conn, err := pgx.ConnectConfig(ctx, cfg.Copy())
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", lockKey); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return func() error {
		// Closing the connection lets the lock go, also when ctx has ended.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return conn.Close(ctx)
	}, nil
}

func ours(ctx context.Context, pool *pgxpool.Pool) (err error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil || len(names) == 0 {
		return err
	}
	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithVerbose(false))
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

func queue(ctx context.Context, pool *pgxpool.Pool) error {
	m, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}
