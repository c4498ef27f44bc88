package jobs_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/jobs"
)

// Keep is called before anything is worked, again and again, and at the end; what
// fails at the start keeps the process from working.
func TestKeep(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var calls atomic.Int64
	b.KeepEvery = 10 * time.Millisecond
	b.Keep = func(context.Context) error { calls.Add(1); return nil }
	p := b.server()
	if calls.Load() == 0 {
		t.Error("a process works that has not looked at its database")
	}
	b.until("it is called again", func() bool { return calls.Load() > 1 })
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := calls.Load()
	b.KeepEvery = time.Hour
	if err := b.server().Stop(t.Context()); err != nil || calls.Load() != before+2 {
		t.Errorf("called %d times by a process that starts and stops, want 2: %v", calls.Load()-before, err)
	}

	wrong := errors.New("the file cannot be read")
	b.Keep = func(context.Context) error { return wrong }
	refused, err := jobs.NewServer(b.Options)
	if err != nil {
		t.Fatal(err)
	}
	if err := refused.Start(t.Context()); !errors.Is(err, wrong) {
		t.Errorf("the start ended with %v, want %v", err, wrong)
	}
}
