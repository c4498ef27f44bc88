// Package browsertest gives tests a real browser, or skips them with the
// reason: with -short, or where there is none.
package browsertest

import (
	"cmp"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/internal/sizetest"
)

// Pool returns a pool with folders of its own, which ends with the test. The
// driver is looked for in PLAYWRIGHT_DRIVER_PATH, then in the repository's
// runtime/driver, the browser in TOUCHLINE_BROWSER, then where Debian has it.
func Pool(t testing.TB, change ...func(*browserworker.Config)) *browserworker.Pool {
	t.Helper()
	c := config(t)
	c.TempDir, c.Log = t.TempDir(), slog.New(slog.NewTextHandler(t.Output(), nil))
	for _, f := range change {
		f(&c)
	}
	p, err := browserworker.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func config(t testing.TB) browserworker.Config {
	t.Helper()
	sizetest.Skip(t, "a browser")
	c := browserworker.Config{
		Driver:     driver(t),
		Executable: cmp.Or(os.Getenv("TOUCHLINE_BROWSER"), browserworker.DefaultExecutable),
		NoSandbox:  os.Geteuid() == 0,
	}
	if _, err := os.Stat(c.Executable); err != nil {
		t.Skip("SKIPPED: no browser here; install Debian's chromium-headless-shell")
	}
	return c
}

// shared is the pool of all tests of a package that do not harm it.
var shared struct {
	mu    sync.Mutex
	users int
	pool  *browserworker.Pool
	dir   string
}

// Shared returns a pool that the package's tests share while any of them runs:
// a browser costs more than most tests. Accounts must differ. Its browser must
// not be killed.
func Shared(t testing.TB) *browserworker.Pool {
	t.Helper()
	c := config(t)
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.users == 0 {
		dir, err := os.MkdirTemp("", "browsertest-")
		if err != nil {
			t.Fatal(err)
		}
		c.TempDir, c.Log = dir, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
		p, err := browserworker.New(c)
		if err != nil {
			t.Fatal(err)
		}
		shared.pool, shared.dir = p, dir
	}
	shared.users++
	t.Cleanup(func() {
		shared.mu.Lock()
		defer shared.mu.Unlock()
		if shared.users--; shared.users > 0 {
			return
		}
		if err := shared.pool.Close(); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(shared.dir); err != nil {
			t.Error(err)
		}
	})
	return shared.pool
}

func driver(t testing.TB) string {
	t.Helper()
	candidates := []string{os.Getenv("PLAYWRIGHT_DRIVER_PATH")}
	if dir, err := os.Getwd(); err == nil {
		for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				candidates = append(candidates, filepath.Join(dir, "runtime", "driver"))
			}
		}
	}
	for _, c := range candidates {
		if _, err := os.Stat(filepath.Join(c, "package", "cli.js")); c != "" && err == nil {
			return c
		}
	}
	t.Skip("SKIPPED: no browser driver here; install it with make runtime, or set PLAYWRIGHT_DRIVER_PATH")
	return ""
}
