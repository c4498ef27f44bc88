package store_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/store"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	access := store.NewAccess(pool, func() time.Time { return now })

	secret, made, err := access.Create(t.Context(), "ann", store.Operator, time.Hour, store.Actor{Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if len(secret) < 43 || bytes.Contains(made.Hash, []byte(secret)) || strings.Contains(secret, string(made.Hash)) {
		t.Errorf("the token is %d characters, or the table can be turned back into it", len(secret))
	}
	got, err := access.Token(t.Context(), secret)
	if err != nil || got.Name != "ann" || got.Role != string(store.Operator) {
		t.Errorf("got %q, %q, %v; want ann, an operator", got.Name, got.Role, err)
	}
	if _, err := access.Token(t.Context(), secret+"x"); !errors.Is(err, store.ErrTokenUnknown) {
		t.Errorf("another token: %v; want %v", err, store.ErrTokenUnknown)
	}

	now = now.Add(time.Hour)
	if _, err := access.Token(t.Context(), secret); !errors.Is(err, store.ErrTokenExpired) {
		t.Errorf("at its end: %v; want %v", err, store.ErrTokenExpired)
	}
	now = now.Add(-time.Minute)
	for range 2 { // a second time changes nothing
		if _, err := access.Revoke(t.Context(), made.ID, store.Actor{Name: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := access.Token(t.Context(), secret); !errors.Is(err, store.ErrTokenRevoked) {
		t.Errorf("revoked: %v; want %v", err, store.ErrTokenRevoked)
	}
	if _, err := access.Revoke(t.Context(), made.ID+1, store.Actor{Name: "test"}); !errors.Is(err, store.ErrTokenUnknown) {
		t.Errorf("revoke what is not there: %v; want %v", err, store.ErrTokenUnknown)
	}
}

func TestTokensThatAreNotMade(t *testing.T) {
	t.Parallel()
	access := store.NewAccess(pgtest.New(t), time.Now)
	for name, c := range map[string]struct {
		name     string
		role     store.Role
		lifetime time.Duration
	}{
		"no role":      {"ann", "", time.Hour},
		"unknown role": {"ann", "owner", time.Hour},
		"no lifetime":  {"ann", store.Viewer, 0},
		"no name":      {"", store.Viewer, time.Hour},
	} {
		if _, _, err := access.Create(t.Context(), c.name, c.role, c.lifetime, store.Actor{Name: "test"}); err == nil {
			t.Errorf("%s: a token was made", name)
		}
	}
	if tokens, err := access.List(t.Context()); err != nil || len(tokens) != 0 {
		t.Errorf("%d tokens, %v; want none", len(tokens), err)
	}
}
