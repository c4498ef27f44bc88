package store_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/store"
)

func hosts(t *testing.T) (one, two *store.Host, pool func() *store.Store) {
	t.Helper()
	sealer, err := store.NewSealer(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	p := pgtest.New(t)
	log := slog.New(slog.DiscardHandler)
	return store.NewHost(p, "alpha", sealer, log, nil), store.NewHost(p, "alpha", sealer, log, nil),
		func() *store.Store { return store.Open(p) }
}

// Starts with one key are apart in all processes together.
func TestHostPaces(t *testing.T) {
	t.Parallel()
	one, two, _ := hosts(t)
	var all sync.WaitGroup
	for range 3 {
		for _, h := range []*store.Host{one, two} {
			all.Go(func() {
				if err := h.RateLimit(t.Context(), "api", time.Millisecond); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if err := one.RateLimit(t.Context(), "another", time.Hour); err != nil {
		t.Fatalf("the first start: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := two.RateLimit(ctx, "another", time.Hour); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("the second start: %v", err)
	}
}

func TestHostOnce(t *testing.T) {
	t.Parallel()
	one, two, open := hosts(t)
	for i, want := range []bool{true, false} {
		for _, key := range []string{"a", "b"} {
			h := []*store.Host{one, two}[i]
			if fresh, err := h.ClaimNonce(t.Context(), key, "123456"); err != nil || fresh != want {
				t.Fatalf("%s, time %d: %v %v", key, i+1, fresh, err)
			}
		}
	}
	var stored int
	err := open().Pool.QueryRow(t.Context(), "select count(*) from lease_nonce where lease_nonce::text like '%123456%'").Scan(&stored)
	if err != nil || stored != 0 {
		t.Fatalf("the value itself is stored: %d %v", stored, err)
	}
}

func TestHostExclusive(t *testing.T) {
	t.Parallel()
	one, two, _ := hosts(t)
	release, err := one.Exclusive(t.Context(), "sign-in")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := two.Exclusive(ctx, "sign-in"); err == nil {
		t.Fatal("two hold it")
	}
	if other, err := two.Exclusive(t.Context(), "another"); err != nil {
		t.Fatal(err)
	} else {
		other()
	}
	got := make(chan error)
	go func() {
		release, err := two.Exclusive(t.Context(), "sign-in")
		if err == nil {
			release()
		}
		got <- err
	}()
	release()
	if err := <-got; err != nil {
		t.Fatal(err)
	}
}

func TestHostKeepsSealed(t *testing.T) {
	t.Parallel()
	one, two, open := hosts(t)
	if state, err := one.GetSecret(t.Context(), "session"); err != nil || state != nil {
		t.Fatalf("kept before: %q %v", state, err)
	}
	for _, state := range []string{"first", "cookie=invented"} {
		if err := one.PutSecret(t.Context(), "session", []byte(state)); err != nil {
			t.Fatal(err)
		}
	}
	if state, err := two.GetSecret(t.Context(), "session"); err != nil || string(state) != "cookie=invented" {
		t.Fatalf("kept: %q %v", state, err)
	}
	run := uuid.New()
	for _, ctx := range []context.Context{t.Context(), store.ForRun(t.Context(), run)} {
		if err := one.Evidence(ctx, "account/drift", "text/html", []byte("<p>xxxx</p>")); err != nil {
			t.Fatal(err)
		}
	}
	st := open()
	for _, c := range []struct {
		ask  store.ListEvidenceParams
		want int
	}{
		{store.ListEvidenceParams{Most: 10}, 2},
		{store.ListEvidenceParams{Most: 1}, 1},
		{store.ListEvidenceParams{Most: 10, Run: &run}, 1},
		{store.ListEvidenceParams{Most: 10, System: "alpha", Session: "account"}, 2},
		{store.ListEvidenceParams{Most: 10, Session: "acc"}, 0},
		{store.ListEvidenceParams{Most: 10, System: "beta"}, 0},
	} {
		if got, err := st.ListEvidence(t.Context(), c.ask); err != nil || len(got) != c.want {
			t.Fatalf("evidence of %+v: %d pieces, want %d; %v", c.ask, len(got), c.want, err)
		}
	}
	list, err := st.ListEvidence(t.Context(), store.ListEvidenceParams{Most: 10, Run: &run})
	if err != nil || len(list) != 1 || list[0].Run == nil || *list[0].Run != run {
		t.Fatalf("evidence: %v %v", list, err)
	}
	e, err := st.Evidence(t.Context(), list[0].ID)
	if err != nil || bytes.Contains(e.Sealed, []byte("xxxx")) {
		t.Fatalf("evidence is not sealed: %v", err)
	}
	sealer, err := store.NewSealer(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := sealer.OpenEvidence(e); err != nil || string(seen) != "<p>xxxx</p>" {
		t.Fatalf("evidence: %q %v", seen, err)
	}

	other, err := store.NewSealer(bytes.Repeat([]byte{8}, 32))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	if state, err := store.NewHost(st.Pool, "alpha", other, log, nil).GetSecret(t.Context(), "session"); err != nil || state != nil {
		t.Fatalf("with another key: %q %v", state, err)
	}
	none := store.NewHost(st.Pool, "alpha", nil, log, nil)
	if err := none.PutSecret(t.Context(), "x", []byte("y")); err != nil {
		t.Fatal(err)
	}
	if state, err := one.GetSecret(t.Context(), "x"); err != nil || state != nil {
		t.Fatalf("without a key something is kept: %q %v", state, err)
	}
}

func TestSealer(t *testing.T) {
	t.Parallel()
	s, err := store.NewSealer(bytes.Repeat([]byte{9}, 32))
	if err != nil {
		t.Fatal(err)
	}
	sealed := s.Seal("here", []byte("state"))
	if got, err := s.Open("here", sealed); err != nil || string(got) != "state" {
		t.Fatalf("%q %v", got, err)
	}
	if _, err := s.Open("there", sealed); err == nil {
		t.Fatal("opens at another place")
	}
	if _, err := s.Open("here", sealed[:5]); err == nil {
		t.Fatal("opens cut off")
	}
	if _, err := store.NewSealer([]byte("short")); err == nil {
		t.Fatal("a short key is taken")
	}
}
