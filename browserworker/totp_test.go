package browserworker

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
)

// The vectors of RFC 6238, appendix B, for SHA-1, cut to six digits.
func TestCodeVectors(t *testing.T) {
	t.Parallel()
	key, err := Base32Key("gezd gnbv-gy3tqojqGEZDGNBVGY3TQOJQ==")
	if err != nil || string(key) != "12345678901234567890" {
		t.Fatalf("key %q, %v", key, err)
	}
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := code(key, at/30); got != want {
			t.Errorf("code at %d is %s, want %s", at, got, want)
		}
	}
	for _, bad := range []connector.Secret{"", "0189", "GEZD!"} {
		if _, err := Base32Key(bad); err == nil {
			t.Errorf("a key was made of %q", bad.Reveal())
		}
	}
}

// TestCodeOnce: no code is given out twice, whoever asks; the next is waited
// for.
func TestCodeOnce(t *testing.T) {
	t.Parallel()
	// A clock a hundred times as fast, from the start of a step.
	began := time.Now()
	host := connectortest.NewHost(t).Follow(func() time.Time {
		return time.Unix(1_800_000_000, 0).Add(100 * time.Since(began))
	})
	key := []byte("12345678901234567890")
	first, err := Code(t.Context(), host, "a", key)
	if err != nil || len(first.Reveal()) != 6 {
		t.Fatalf("%q, %v", first.Reveal(), err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := Code(ctx, host, "a", key); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a second code in one step: %v, want to wait", err)
	}
	if other, err := Code(t.Context(), host, "b", key); err != nil || other != first {
		t.Fatalf("another account does not share its codes: %v", err)
	}
}
