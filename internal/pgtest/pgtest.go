// Package pgtest gives each test a real database of its own, with all tables
// in place.
//
// The first call in a test binary starts one throw-away cluster, which ends with
// the binary, or takes the one that the command of the folder cluster has made
// for all of them. A database is cloned from a template for each test and
// dropped after it, so tests may run in parallel. With -short five tests in six
// that ask for one are skipped.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/internal/postgres"
	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/migrations"
)

// Variable names the cluster that all test binaries share, when there is one.
const Variable = "TOUCHLINE_TEST_POSTGRES"

const (
	prefix   = "touchline-pgtest-"
	template = "template_touchline"
)

// strict is set by `make test`: there a missing Postgres is a failure, not a
// reason to skip.
const strict = "TOUCHLINE_TEST_STRICT"

var (
	counter atomic.Int64
	shared  = sync.OnceValues(start)
)

// New returns a pool on a database that holds all tables and no row. Both end
// with the test.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(URL(t))
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	cfg.MaxConns = 10
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// URL makes a database like New and returns its address, for programs that
// connect by themselves.
func URL(t testing.TB) string {
	t.Helper()
	return clone(t, template)
}

// Empty returns the address of a database without any table.
func Empty(t testing.TB) string {
	t.Helper()
	return clone(t, "template0")
}

func clone(t testing.TB, from string) string {
	t.Helper()
	sizetest.Sample(t)
	base, err := shared()
	if errors.Is(err, postgres.ErrNoBinaries) && os.Getenv(strict) == "" {
		t.Skipf("SKIPPED, no Postgres: %v", err)
	}
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), counter.Add(1))
	// Files are copied at a tenth of the cost of going through the log.
	admin(t, base, "CREATE DATABASE "+name+" TEMPLATE "+from+" STRATEGY file_copy")
	t.Cleanup(func() { admin(t, base, "DROP DATABASE "+name+" WITH (FORCE)") })
	return on(base, name)
}

// admin runs a statement outside of any test's database.
func admin(t testing.TB, base, sql string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := exec(ctx, on(base, "postgres"), sql); err != nil {
		t.Errorf("pgtest: %v", err)
	}
}

func exec(ctx context.Context, address, sql string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

// on returns the address of another database of the same server.
func on(base, database string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base // it was made by postgres.Server.URL
	}
	u.Path = "/" + database
	return u.String()
}

// start returns the address of the cluster. One of the binary's own ends with
// the process.
func start() (string, error) {
	// Not by os.Getenv: what go test keeps of a test that has passed does not
	// depend on where the cluster was.
	if address, _ := syscall.Getenv(Variable); address != "" {
		return address, nil
	}
	address, _, err := Cluster(context.Background())
	return address, err
}

// Cluster makes a cluster with the template, and removes the folders that
// earlier ones have left. It ends with the process, at the latest.
func Cluster(ctx context.Context) (address string, end func() error, err error) {
	sweep()
	dir, err := os.MkdirTemp(folder(), prefix)
	if err != nil {
		return "", nil, err
	}
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // the server's user must pass
		return "", nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	s, err := postgres.Start(ctx, postgres.Options{DataDir: dir, Volatile: true})
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	end = func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		return errors.Join(s.Stop(ctx), os.RemoveAll(dir))
	}
	if err := fill(ctx, s.URL()); err != nil {
		return "", nil, errors.Join(err, end())
	}
	return s.URL(), end, nil
}

// memory is a folder whose files lie in memory: to make and drop a database is
// mostly the making of files, which costs a third there.
const memory = "/dev/shm"

// folder is where clusters lie: in memory where there is room, as there is not
// in a container that nobody has asked for more.
func folder() string {
	var free syscall.Statfs_t
	if err := syscall.Statfs(memory, &free); err != nil || free.Bavail*uint64(free.Bsize) < 2<<30 {
		return os.TempDir()
	}
	return memory
}

// fill makes the template.
func fill(ctx context.Context, base string) error {
	if err := exec(ctx, on(base, "postgres"), "CREATE DATABASE "+template); err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, on(base, template))
	if err != nil {
		return err
	}
	defer pool.Close()
	return migrations.Up(ctx, pool)
}

// sweep removes the folders of test binaries that have ended. One that is in
// use holds its lock.
func sweep() {
	for _, parent := range []string{os.TempDir(), memory} {
		dirs, err := filepath.Glob(filepath.Join(parent, prefix+"*"))
		if err != nil {
			continue
		}
		for _, dir := range dirs {
			if ended(dir) {
				_ = os.RemoveAll(dir) // somebody else may be sweeping, too
			}
		}
	}
}

// ended reports whether the binary that made a folder is gone, and its server
// with it.
func ended(dir string) bool {
	f, err := os.OpenFile(filepath.Join(dir, "touchline.lock"), os.O_RDWR, 0)
	if err != nil {
		// Just made and not locked yet, or left behind long ago.
		info, err := os.Stat(dir)
		return err == nil && strings.HasPrefix(info.Name(), prefix) && time.Since(info.ModTime()) > time.Hour
	}
	defer func() { _ = f.Close() }()
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(dir, "postgres", "postmaster.pid"))
	return errors.Is(err, os.ErrNotExist)
}
