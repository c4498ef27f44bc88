package connectortest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector/connectortest"
)

func TestHostPacesWithoutWaiting(t *testing.T) {
	t.Parallel()
	h := connectortest.NewHost(t)
	for range 3 {
		if err := h.RateLimit(t.Context(), "a", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.RateLimit(t.Context(), "b", time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := h.Now().Sub(connectortest.Start); got != 2*time.Hour {
		t.Errorf("the clock moved %s, want 2h", got)
	}
	if s := h.Starts("a"); len(s) != 3 || s[2].Sub(s[1]) != time.Hour {
		t.Errorf("starts %v", s)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.RateLimit(ctx, "a", time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestHostWaitsInEarnest(t *testing.T) {
	t.Parallel()
	h := connectortest.NewHost(t).Real()
	for range 3 {
		if err := h.RateLimit(t.Context(), "a", time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.RateLimit(t.Context(), "b", time.Hour); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := h.RateLimit(short, "b", time.Hour); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the second start of an hour: %v", err)
	}
}

func TestHostRemembers(t *testing.T) {
	t.Parallel()
	h := connectortest.NewHost(t)
	ctx := t.Context()
	for i, want := range []bool{true, false} {
		if first, err := h.ClaimNonce(ctx, "code", "1"); err != nil || first != want {
			t.Errorf("once, time %d: %v, %v", i, first, err)
		}
	}
	if err := h.PutSecret(ctx, "s", []byte("state")); err != nil {
		t.Fatal(err)
	}
	if b, err := h.GetSecret(ctx, "s"); err != nil || string(b) != "state" {
		t.Errorf("kept %q, %v", b, err)
	}
	if b, err := h.GetSecret(ctx, "t"); err != nil || b != nil {
		t.Errorf("never kept: %q, %v", b, err)
	}
	h.Log().Info("said", "system", "memory")
	if !strings.Contains(h.Logged(), "said") {
		t.Errorf("logged %q", h.Logged())
	}
}

func TestHostExclusive(t *testing.T) {
	t.Parallel()
	h := connectortest.NewHost(t)
	release, err := h.Exclusive(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := h.Exclusive(short, "k"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("held twice: %v", err)
	}
	got := make(chan error, 1)
	go func() {
		again, err := h.Exclusive(t.Context(), "k")
		if err == nil {
			again()
		}
		got <- err
	}()
	release()
	release() // quiet
	if err := <-got; err != nil {
		t.Errorf("after release: %v", err)
	}
}
