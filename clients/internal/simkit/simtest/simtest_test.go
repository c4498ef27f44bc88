package simtest_test

import (
	"net/http"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
)

// A bench counts what was accepted, and an operation is disturbed where it has
// requests of its own.
func TestWire(t *testing.T) {
	t.Parallel()
	k := simkit.New("counter", &simkit.Store{})
	k.Part("api", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		k.Lock()
		defer k.Unlock()
		k.Accepted(simkit.Change{By: r, Op: "update", Collection: "n"})
	}))
	r := simtest.Start(t, k)
	b := simtest.Wire(k, r, &connectortest.Bench{}, map[connectortest.Op]simkit.Match{connectortest.Get: {Path: "/n"}})
	status := func() int {
		resp, err := http.Get(k.Address("api") + "/n")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if got := status(); got != http.StatusOK || b.Writes(t) != 1 {
		t.Errorf("%d, and %d writes", got, b.Writes(t))
	}
	restore := b.Disturb(t, connectortest.Get, connectortest.Denied)
	if got := status(); got != http.StatusUnauthorized || b.Writes(t) != 1 {
		t.Errorf("disturbed: %d, and %d writes", got, b.Writes(t))
	}
	restore()
	if got := status(); got != http.StatusOK {
		t.Errorf("restored: %d", got)
	}
	if own := simtest.Wire(k, r, &connectortest.Bench{Writes: func(*testing.T) int { return 7 }}, nil); own.Writes(t) != 7 {
		t.Errorf("a bench that counts by itself counts %d", own.Writes(t))
	}
	if b.Disturb(t, connectortest.Delete, connectortest.Denied) != nil {
		t.Error("an operation without requests of its own is disturbed")
	}
}
