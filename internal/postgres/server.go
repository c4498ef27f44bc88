// Package postgres runs a private Postgres server as a part of the program: it
// finds the server's programs, makes a cluster in a data folder, starts it on
// a Unix socket that only the program's user can reach, starts it again when
// it dies, and ends it with the program, also when the program is killed.
//
// It never listens on a network, never changes a folder that it did not make,
// and refuses a cluster of another major version. It knows nothing of what is
// stored.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/touchline-sync/touchline/internal/osthread"
)

const (
	startWithin  = 60 * time.Second // recovery after a crash is part of it
	firstBackoff = 100 * time.Millisecond
	longBackoff  = 10 * time.Second
	steady       = time.Minute // a server that lived so long starts the backoff anew
)

// Options says how to run the server.
type Options struct {
	DataDir  string // empty: DefaultDataDir
	Binaries string // folder of initdb and postgres; empty: FindBinaries
	Log      *slog.Logger
	// Volatile gives durability up for speed. For tests: a crash of the
	// machine loses the data.
	Volatile bool
}

// Server is a running server. It is made by Start.
type Server struct {
	dir, cluster, socket string

	bin      Binaries
	as       *account
	log      *slog.Logger
	volatile bool
	lock     *os.File

	thread *osthread.Thread // that all children belong to
	stop   chan struct{}    // closed by Stop
	once   sync.Once
	done   chan struct{} // closed when supervise has ended

	mu  sync.Mutex
	cmd *exec.Cmd // the postmaster that runs now, or nil
}

// Start makes the cluster when there is none, starts the server and returns
// when it takes connections. ctx bounds the start only.
func Start(ctx context.Context, o Options) (*Server, error) {
	s, err := newServer(ctx, o)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	s.thread = osthread.New()
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.release())
	}
	died, err := s.launch(ctx)
	if err != nil {
		return nil, errors.Join(err, s.release())
	}
	go s.supervise(died)
	return s, nil
}

func newServer(ctx context.Context, o Options) (*Server, error) {
	var err error
	if o.DataDir == "" {
		if o.DataDir, err = DefaultDataDir(); err != nil {
			return nil, err
		}
	}
	s := &Server{
		log: o.Log, volatile: o.Volatile,
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.dir, err = filepath.Abs(o.DataDir); err != nil {
		return nil, err
	}
	s.cluster = filepath.Join(s.dir, "postgres")
	s.socket = socketDir(s.dir)
	if s.as, err = serverAccount(); err != nil {
		return nil, err
	}
	if s.bin, err = FindBinaries(ctx, o.Binaries); err != nil {
		return nil, err
	}
	return s, nil
}

// URL is the address of the server's database. It stays the same when the
// server is started again.
func (s *Server) URL() string { return address(s.socket, databaseName) }

// Done is closed when the server has ended for good, which is after Stop.
func (s *Server) Done() <-chan struct{} { return s.done }

// PID is the postmaster's process id, or 0 while none runs.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return 0
	}
	return s.cmd.Process.Pid
}

// Stop ends the server: connections are broken off, what was committed is on
// disk. When ctx ends first, the server is killed, which loses nothing either
// but makes the next start slower. Stop may be called more than once.
func (s *Server) Stop(ctx context.Context) error {
	s.once.Do(func() { close(s.stop) })
	s.signal(syscall.SIGINT)
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		s.signal(syscall.SIGQUIT)
		<-s.done
		return fmt.Errorf("postgres: %w", ctx.Err())
	}
}

func (s *Server) signal(sig os.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		// The process may have ended just now; then there is nothing to tell.
		_ = s.cmd.Process.Signal(sig)
	}
}

func (s *Server) stopping() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// supervise starts the server again when it has died, until Stop.
func (s *Server) supervise(died <-chan struct{}) {
	defer close(s.done)
	wait := firstBackoff
	for {
		started := time.Now()
		if died != nil {
			<-died
		}
		if s.stopping() {
			if err := s.release(); err != nil {
				s.log.Warn("postgres: data folder", "error", err)
			}
			return
		}
		if died != nil && time.Since(started) > steady {
			wait = firstBackoff
		}
		s.log.Warn("postgres has died; starting it again", "after", wait)
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-s.stop:
			timer.Stop()
		}
		wait = min(2*wait, longBackoff)
		died = s.relaunch()
	}
}

// relaunch returns nil when the server did not start.
func (s *Server) relaunch() <-chan struct{} {
	if s.stopping() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	died, err := s.launch(ctx)
	if err != nil {
		s.log.Error("postgres did not start", "error", err)
		return nil
	}
	s.log.Info("postgres is up again")
	return died
}

// release gives up the thread, the lock and a socket folder that lies
// elsewhere.
func (s *Server) release() error {
	s.thread.Close()
	if filepath.Dir(s.socket) != s.dir {
		_ = os.Remove(s.socket) // not empty, or never made: it stays
	}
	if s.lock == nil {
		return nil
	}
	return s.lock.Close()
}
