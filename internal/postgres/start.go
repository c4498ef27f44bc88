package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// prepare makes the folders, takes the lock and makes the cluster if there is
// none. It changes nothing in a folder that it refuses.
func (s *Server) prepare(ctx context.Context) error {
	exists, err := checkVersion(s.cluster, s.bin)
	if err != nil {
		return err
	}
	if err := makeParents(s.dir, s.as); err != nil {
		return err
	}
	if err := reachable(s.cluster, s.as); err != nil {
		return err
	}
	if err := s.takeLock(); err != nil {
		return err
	}
	if err := ownDir(s.cluster, s.as); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := ownDir(s.socket, s.as); err != nil {
		return fmt.Errorf("socket folder: %w", err)
	}
	if !exists {
		if err := s.initialize(ctx); err != nil {
			return err
		}
	}
	return nil
}

// makeParents makes the data folder and what is missing above it. Others may
// pass through it (0711), so that the server's user reaches its own folders.
func makeParents(dir string, as *account) error {
	perm := os.FileMode(0o700)
	if as.drop {
		perm = 0o711
	}
	if err := os.MkdirAll(dir, perm); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

// ErrInUse is why a server is not started beside another one.
var ErrInUse = errors.New("a database runs already, or is being started")

// takeLock makes sure that one program at a time runs the server of a data
// folder. The lock ends with the process.
func (s *Server) takeLock() error {
	f, err := os.OpenFile(filepath.Join(s.dir, "touchline.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder := make([]byte, 20)
		n, _ := f.ReadAt(holder, 0) // the number is a courtesy of the message
		_ = f.Close()
		return fmt.Errorf("%w: the data folder %s is in use by another touchline (process %s)",
			ErrInUse, s.dir, strings.TrimSpace(string(holder[:n])))
	}
	if err := f.Truncate(0); err != nil {
		return errors.Join(fmt.Errorf("data folder: %w", err), f.Close())
	}
	if _, err := fmt.Fprintf(f, "%d\n", os.Getpid()); err != nil {
		return errors.Join(fmt.Errorf("data folder: %w", err), f.Close())
	}
	s.lock = f
	return nil
}

// initialize makes the cluster in a folder of its own first and renames it,
// so that a start that is interrupted leaves nothing that looks whole.
func (s *Server) initialize(ctx context.Context) error {
	fresh := s.cluster + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := ownDir(fresh, s.as); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	args := []string{
		"--pgdata=" + fresh, "--username=" + roleName, "--auth=trust",
		"--encoding=UTF8", "--locale=C.UTF-8",
	}
	if s.volatile {
		args = append(args, "--no-sync")
	}
	out, err := s.run(ctx, "initdb", args...)
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, lastLine(out))
	}
	if err := os.Remove(s.cluster); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := os.Rename(fresh, s.cluster); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

// settings are given on the command line, so that no file in the data folder
// has to be edited and an old folder gets new settings.
func (s *Server) settings() []string {
	set := []string{
		"listen_addresses=",
		"unix_socket_directories=" + s.socket,
		"unix_socket_permissions=0700",
		"port=5432",
		"max_connections=200",
		"timezone=UTC",
		"log_timezone=UTC",
		"log_destination=stderr",
		"logging_collector=off",
		// Statements and the details of errors hold values of persons. The
		// level "log" is above "error": clients see their errors themselves.
		"log_min_messages=log",
		"log_min_error_statement=panic",
		"log_error_verbosity=terse",
		"log_checkpoints=off",
		"log_autovacuum_min_duration=-1",
		"jit=off",
	}
	if s.volatile {
		set = append(set, "fsync=off", "full_page_writes=off",
			"synchronous_commit=off", "max_connections=300", "autovacuum=off")
	}
	args := []string{"-D", s.cluster}
	for _, v := range set {
		args = append(args, "-c", v)
	}
	return args
}

// waitReady waits until the server takes connections, then makes the
// database. died ends the wait early.
func (s *Server) waitReady(ctx context.Context, died <-chan struct{}) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, address(s.socket, "postgres"))
		if err == nil {
			err = s.makeDatabase(ctx, conn)
			return errors.Join(err, conn.Close(ctx))
		}
		select {
		case <-tick.C:
		case <-died:
			return errors.New("postgres ended before it was ready; its messages are in the log")
		case <-ctx.Done():
			return fmt.Errorf("postgres is not ready: %w", err)
		}
	}
}

func (*Server) makeDatabase(ctx context.Context, conn *pgx.Conn) error {
	var there bool
	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", databaseName).Scan(&there)
	if err != nil || there {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+databaseName)
	return err
}

// waitFree waits until no process of an earlier server uses the cluster. One
// whose program was killed is told so by the kernel and ends by itself.
func (s *Server) waitFree(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for said := false; ; {
		pid, err := inUse(s.cluster)
		if err != nil {
			return err
		}
		if pid == 0 {
			return s.dropStalePID()
		}
		if !said {
			s.log.InfoContext(ctx, "waiting for an earlier postgres on the data folder to end", "pid", pid)
			said = true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the data folder %s is in use by another Postgres (process %d): %w",
				s.cluster, pid, ctx.Err())
		}
	}
}

// dropStalePID removes the pid file of a server that is certainly gone.
// Postgres does so itself, except when the number is that of a process that
// nobody has reaped, as in a container without an init.
func (s *Server) dropStalePID() error {
	if !canSeeUse {
		return nil
	}
	err := os.Remove(filepath.Join(s.cluster, "postmaster.pid"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}
