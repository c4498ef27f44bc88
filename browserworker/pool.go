package browserworker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// Config is how a pool runs its browser. The zero value of a duration or limit
// is its default.
type Config struct {
	// Driver is the folder that holds Playwright's driver in "package".
	Driver string
	// Node is the node program; looked up in the path by default.
	Node string
	// Executable is the browser program itself, not a wrapper script.
	Executable string
	// TempDir is a folder that this process shares with no other. What lies
	// in its subfolder "browser" is wiped at the start.
	TempDir string
	// NoSandbox is needed by root, who cannot use the browser's sandbox, and
	// refused to everybody else.
	NoSandbox bool
	Log       *slog.Logger
	// SignedIn is told how each sign-in ended; may be nil.
	SignedIn func(system record.System, well bool)
	// Stands is told how a session stands after each use, and when a sign-in begins and
	// has ended; may be nil.
	Stands func(context.Context, Standing)

	StartTimeout  time.Duration // start of driver and browser; 60 s
	ActionTimeout time.Duration // one call on a page; 30 s
	SignInTimeout time.Duration // a whole sign-in, the wait for a code included; 4 min

	MaxAge    time.Duration // a session older than this signs in anew; 6 h
	MaxUses   int           // uses of a page and its context; 50
	MaxErrors int           // failures in a row until a session signs in anew; 3
	MaxMemory int64         // bytes of the browser, after which it is restarted; 1 GiB
}

// DefaultExecutable is where Debian's chromium-headless-shell lies.
const DefaultExecutable = "/usr/lib/chromium/chromium-headless-shell"

// Pool lends pages. It may be used by several goroutines; uses of one account
// take turns.
type Pool struct {
	cfg Config
	dir string

	// mu guards what follows, and the start of the browser.
	mu       sync.Mutex
	browser  *browser
	sessions map[string]*session
	busy     int
	closed   bool
	wiped    bool
}

// New makes a pool. It starts nothing.
func New(cfg Config) (*Pool, error) {
	cfg.Executable = cmp.Or(cfg.Executable, DefaultExecutable)
	cfg.StartTimeout = cmp.Or(cfg.StartTimeout, time.Minute)
	cfg.ActionTimeout = cmp.Or(cfg.ActionTimeout, 30*time.Second)
	cfg.SignInTimeout = cmp.Or(cfg.SignInTimeout, 4*time.Minute)
	cfg.MaxAge = cmp.Or(cfg.MaxAge, 6*time.Hour)
	cfg.MaxUses = cmp.Or(cfg.MaxUses, 50)
	cfg.MaxErrors = cmp.Or(cfg.MaxErrors, 3)
	cfg.MaxMemory = cmp.Or(cfg.MaxMemory, 1<<30)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Node = cmp.Or(cfg.Node, os.Getenv("PLAYWRIGHT_NODEJS_PATH")); cfg.Node == "" {
		cfg.Node, _ = exec.LookPath("node")
	}
	var faults []error
	if cfg.Driver == "" {
		faults = append(faults, errors.New("browser: no folder of the driver given"))
	} else if _, err := os.Stat(filepath.Join(cfg.Driver, "package", "cli.js")); err != nil {
		faults = append(faults, errors.New("browser: no driver in the folder given; install it with make runtime"))
	}
	if cfg.Node == "" {
		faults = append(faults, errors.New("browser: no node program found"))
	}
	if _, err := os.Stat(cfg.Executable); err != nil {
		faults = append(faults, errors.New("browser: program not found; install chromium-headless-shell"))
	}
	if cfg.TempDir == "" {
		faults = append(faults, errors.New("browser: no folder for temporary files given"))
	}
	if cfg.NoSandbox && os.Geteuid() != 0 {
		faults = append(faults, errors.New("browser: only root may go without the sandbox"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	driver, err := filepath.Abs(cfg.Driver)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(filepath.Join(cfg.TempDir, "browser"))
	if err != nil {
		return nil, err
	}
	cfg.Driver = driver
	return &Pool{cfg: cfg, dir: dir, sessions: map[string]*session{}}, nil
}

// Open starts the browser, so that faults show at once and the first use does
// not wait. Do starts it, too, when it is not there.
func (p *Pool) Open(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.running(ctx)
	return err
}

// Close ends the browser. Uses under way fail.
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	p.stop()
	for _, s := range p.sessions {
		s.gate.close()
	}
	return nil
}

// PIDs returns the process ids of the driver and the browser, or zeros while
// none runs.
func (p *Pool) PIDs() (driver, browser int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.browser == nil {
		return 0, 0
	}
	return p.browser.driverPID, p.browser.pid
}

// Dir is the folder of the browser's temporary files.
func (p *Pool) Dir() string { return p.dir }

// running returns the browser, after starting one if there is none alive. The
// caller holds mu.
func (p *Pool) running(ctx context.Context) (*browser, error) {
	if p.closed {
		return nil, ErrClosed
	}
	if p.browser != nil && !p.browser.lost.Load() {
		return p.browser, nil
	}
	p.stop()
	if !p.wiped {
		// A killed browser leaves its profile behind (seen 2026-11).
		if err := os.RemoveAll(p.dir); err != nil {
			return nil, fmt.Errorf("wipe temporary files: %w", err)
		}
		p.wiped = true
	}
	// The driver takes this variable over the node that its folder holds.
	if os.Getenv("PLAYWRIGHT_NODEJS_PATH") != "" {
		if err := os.Unsetenv("PLAYWRIGHT_NODEJS_PATH"); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return nil, err
	}
	started := time.Now()
	b, err := start(ctx, p.cfg, p.dir)
	if err != nil {
		return nil, err
	}
	p.browser = b
	p.cfg.Log.Info("browser started", "pid", b.pid, "took", time.Since(started).Round(time.Millisecond))
	return b, nil
}

// stop ends the browser and what lived in it. The caller holds mu.
func (p *Pool) stop() {
	if p.browser == nil {
		return
	}
	p.browser.close()
	p.browser = nil
	for _, f := range []string{"playwright_*", "playwright-artifacts-*", ".org.chromium.*"} {
		left, _ := filepath.Glob(filepath.Join(p.dir, f))
		for _, l := range left {
			_ = os.RemoveAll(l) // wiped at the next start otherwise
		}
	}
}
