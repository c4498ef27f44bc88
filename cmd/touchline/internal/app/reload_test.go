package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestReload hangs up on itself. Nothing else of the tests may do so beside it.
func TestReload(t *testing.T) {
	var mu sync.Mutex
	var log bytes.Buffer
	said := func() string {
		mu.Lock()
		defer mu.Unlock()
		return log.String()
	}
	logger, level := NewLog(Log{Level: "info", Format: "text"}, writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return log.Write(p)
	}))
	running := Settings{Log: Log{Level: "info"}, DataDir: "/a"}
	next, fails := running, error(nil)
	next.Log.Level, next.DataDir = "debug", "/b"
	next.Systems = []SystemSettings{{Name: "memory", Enabled: true}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	load := func() (Settings, error) {
		mu.Lock()
		defer mu.Unlock()
		return next, fails
	}
	Reload(ctx, CatchHangUps(), running, logger, load, func(s Settings) error {
		level.Set(s.Log)
		return nil
	})
	hangUp := func(want string) {
		t.Helper()
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(20 * time.Second); !strings.Contains(said(), want); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the log does not say %q:\n%s", want, said())
			}
		}
	}
	hangUp("data_dir systems")
	if !logger.Enabled(ctx, slog.LevelDebug) {
		t.Error("the level of the log is not taken over")
	}
	mu.Lock()
	fails = errors.New("half a file")
	mu.Unlock()
	hangUp("the settings are left as they were")
	cancel() // the program stops; one who hangs up meanwhile ends it no sooner
	for range 200 {
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		runtime.Gosched()
	}
}

func TestWhatWaitsForTheNextStart(t *testing.T) {
	t.Parallel()
	a := Settings{Log: Log{Level: "info", Format: "json"}}
	b := a
	b.Log.Level = "debug"
	if got := later(a, b); len(got) != 0 {
		t.Errorf("%v, want nothing: the level is taken over", got)
	}
	b.Log.Format, b.Server.Listen = "text", "127.0.0.1:1"
	if got := later(a, b); !slices.Equal(got, []string{"log", "server"}) {
		t.Errorf("%v, want log and server", got)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
