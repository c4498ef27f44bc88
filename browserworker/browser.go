package browserworker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/playwright-community/playwright-go"
)

// browser is one driver process and one browser process. They live and die
// together: a lost browser is replaced whole.
type browser struct {
	log       *slog.Logger
	pw        *playwright.Playwright
	chromium  playwright.Browser
	pid       int // the browser's main process
	driverPID int
	lost      atomic.Bool
	ailing    atomic.Bool // something in it does not close: it ends with its last use
	end       sync.Once
}

// start brings up driver and browser below dir.
func start(ctx context.Context, cfg Config, dir string) (*browser, error) {
	driver, err := wrapDriver(cfg, dir)
	if err != nil {
		return nil, err
	}
	b := &browser{log: cfg.Log}
	// Neither Logger nor Stderr is given: playwright-go would put them into
	// variables of the whole process.
	b.pw, err = guard(ctx, b, "start driver", cfg.StartTimeout, func() (*playwright.Playwright, error) {
		return playwright.Run(&playwright.RunOptions{DriverDirectory: driver, SkipInstallBrowsers: true})
	}, func() { kill(readPID(dir)) })
	if err != nil {
		return nil, err
	}
	b.driverPID = readPID(dir)
	if err := b.launch(ctx, cfg); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *browser) launch(ctx context.Context, cfg Config) error {
	var err error
	b.chromium, err = guard(ctx, b, "launch browser", cfg.StartTimeout, func() (playwright.Browser, error) {
		return b.pw.Chromium.Launch(playwright.BrowserTypeLaunchOptions{
			ExecutablePath:  new(cfg.Executable),
			Headless:        new(true),
			ChromiumSandbox: new(!cfg.NoSandbox),
			Args: []string{
				"--disable-dev-shm-usage", "--disable-gpu",
				// Nothing goes around the gate, not even by UDP.
				"--force-webrtc-ip-handling-policy", "--webrtc-ip-handling-policy=disable_non_proxied_udp",
			},
			// Our process handles signals; node's handlers would race with it.
			HandleSIGINT: new(false), HandleSIGTERM: new(false), HandleSIGHUP: new(false),
			Timeout: ms(cfg.StartTimeout),
		})
	}, func() { kill(b.driverPID) })
	if err != nil {
		return err
	}
	b.chromium.OnDisconnected(func(playwright.Browser) { b.lost.Store(true) })
	b.pid, err = guard(ctx, b, "find browser process", cfg.StartTimeout, b.mainPID, func() { kill(b.driverPID) })
	return err
}

func (b *browser) mainPID() (int, error) {
	cdp, err := b.chromium.NewBrowserCDPSession()
	if err != nil {
		return 0, err
	}
	defer func() { _ = cdp.Detach() }()
	answer, err := cdp.Send("SystemInfo.getProcessInfo", nil)
	if err != nil {
		return 0, err
	}
	info, _ := answer.(map[string]any)
	processes, _ := info["processInfo"].([]any)
	for _, p := range processes {
		if m, ok := p.(map[string]any); ok && m["type"] == "browser" {
			if id, err := strconv.Atoi(fmt.Sprint(m["id"])); err == nil {
				return id, nil
			}
		}
	}
	return 0, errors.New("no browser process told")
}

// kill ends the browser at once. Calls under way return an error.
func (b *browser) kill() {
	b.lost.Store(true)
	kill(b.pid)
}

// close lets go of both processes. It returns when they are gone, or after a
// few seconds.
func (b *browser) close() {
	b.end.Do(func() {
		b.lost.Store(true)
		kill(b.pid)
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = b.pw.Stop() // its error tells that the driver has been killed
		}()
		for _, last := range []bool{false, true} {
			select {
			case <-done:
				return
			case <-time.After(3 * time.Second):
			}
			if !last {
				kill(b.driverPID)
			}
		}
		b.log.Warn("browser driver did not end")
	})
}

// closes closes something and reports whether it did within the time. What does
// not is left behind: others may be at work in this browser.
func (b *browser) closes(ctx context.Context, op string, f func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	limit := time.NewTimer(closeLimit)
	defer limit.Stop()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return true // it closes by itself
	case <-limit.C:
	}
	b.log.Warn("browser is replaced after its last use: something does not close", "op", op)
	b.ailing.Store(true)
	return false
}

// closeLimit is how long a page or a context may take to close.
const closeLimit = 20 * time.Second

// call makes one call under the watchdog: when ctx ends, or limit passes, the
// browser is killed and the call's error awaited.
func call[T any](ctx context.Context, b *browser, op string, limit time.Duration, f func() (T, error)) (T, error) {
	out, err := guard(ctx, b, op, limit, f, b.kill)
	if errors.Is(err, ErrLost) {
		b.lost.Store(true)
	}
	return out, err
}

// guard waits for f until ctx ends or limit passes. Then stop must see to it
// that f returns.
func guard[T any](ctx context.Context, b *browser, op string, limit time.Duration, f func() (T, error), stop func()) (T, error) {
	type result struct {
		out T
		err error
	}
	var none T
	if err := ctx.Err(); err != nil {
		return none, fmt.Errorf("%s: %w", op, err)
	}
	if b.lost.Load() {
		return none, &callError{op: op, kind: ErrLost}
	}
	watched, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			// playwright-go 0.5200.1 panics in subscribing when the driver
			// has died (seen 2026-11).
			if recover() != nil {
				r.err = ErrLost
			}
			done <- r
		}()
		r.out, r.err = f()
	}()
	select {
	case r := <-done:
		return r.out, tell(op, r.err)
	case <-watched.Done():
	}
	b.log.Warn("browser call did not return", "op", op)
	stop()
	// A call returns about 30 ms after the browser's death (measured 2026-11);
	// if it does not, the driver hangs.
	select {
	case <-done:
	case <-time.After(2 * time.Second):
		b.kill()
		kill(b.driverPID)
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			b.log.Error("browser call abandoned", "op", op)
		}
	}
	if err := ctx.Err(); err != nil {
		return none, fmt.Errorf("%s: %w", op, err)
	}
	if !b.lost.Load() {
		return none, &callError{op: op, kind: ErrTimeout}
	}
	return none, &callError{op: op, kind: ErrLost}
}

// wrapDriver makes a driver folder of our own, whose node is a script: so the
// driver gets our folder for temporary files and tells its process id, and the
// environment of this process stays as it is.
func wrapDriver(cfg Config, dir string) (string, error) {
	driver := filepath.Join(dir, "driver")
	if err := os.MkdirAll(driver, 0o700); err != nil {
		return "", err
	}
	link := filepath.Join(driver, "package")
	if _, err := os.Lstat(link); errors.Is(err, os.ErrNotExist) {
		if err := os.Symlink(filepath.Join(cfg.Driver, "package"), link); err != nil {
			return "", err
		}
	}
	script := "#!/bin/sh\n" +
		"TMPDIR=" + quote(dir) + "\nexport TMPDIR\n" +
		"echo $$ >" + quote(filepath.Join(dir, "driver.pid")) + "\n" +
		"exec " + quote(cfg.Node) + " \"$@\" 2>>" + quote(filepath.Join(dir, "driver.log")) + "\n"
	// A process that is started elsewhere just now would have the file open for
	// writer until it is what it is to be, and so long the system refuses to run
	// the file (seen 2026-11).
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return driver, os.WriteFile(filepath.Join(driver, "node"), []byte(script), 0o700) //nolint:gosec // it is run
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func readPID(dir string) int {
	b, err := os.ReadFile(filepath.Join(dir, "driver.pid"))
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(b)))
	return pid
}

func kill(pid int) {
	if pid > 1 {
		_ = syscall.Kill(pid, syscall.SIGKILL) // gone already is as good
	}
}

func ms(d time.Duration) *float64 { return new(float64(d.Milliseconds())) }
