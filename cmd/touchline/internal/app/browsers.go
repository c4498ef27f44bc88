package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/record"
)

// newBrowsers makes a pool with what the machine has, in a folder for
// temporary files of its own.
func newBrowsers(
	ctx context.Context, s Settings, log *slog.Logger, signedIn func(record.System, bool), stands func(context.Context, browserworker.Standing),
) (*browserworker.Pool, error) {
	rt, err := FindRuntime(ctx, s.Worker)
	if err != nil {
		return nil, err
	}
	alone := os.Geteuid() == 0
	if alone {
		log.Warn("Chromium runs without its sandbox, since this process is root's: a page that breaks out of it can do all that root can; " +
			"run the worker as a user of its own")
	}
	temp, err := os.MkdirTemp("", "touchline-worker-")
	if err != nil {
		return nil, fmt.Errorf("folder for the browser: %w", err)
	}
	pool, err := browserworker.New(browserworker.Config{
		Driver: rt.Driver, Node: rt.Node, Executable: rt.Browser, TempDir: temp, NoSandbox: alone, Log: log,
		SignedIn: signedIn, Stands: stands,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("browsers: %w", err), os.RemoveAll(temp))
	}
	return pool, nil
}

// closeBrowsers ends the browser and removes its folder. What a process that
// was killed leaves there is the system's to clean.
func closeBrowsers(pool *browserworker.Pool) error {
	return errors.Join(pool.Close(), os.RemoveAll(filepath.Dir(pool.Dir())))
}
