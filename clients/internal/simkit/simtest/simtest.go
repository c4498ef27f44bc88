// Package simtest joins simulators and the suite of connectors. It links
// testing and is imported by tests only.
package simtest

import (
	"context"
	"strconv"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
)

// Start starts a simulator for one test.
func Start(t *testing.T, k *simkit.Kit) simkit.Remote {
	t.Helper()
	info, err := k.Start("")
	if err != nil {
		t.Fatalf("start simulator: %v", err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Errorf("close simulator: %v", err)
		}
	})
	return simkit.Remote{Info: info}
}

// Control makes a control call that must succeed.
func Control(t *testing.T, r simkit.Remote, method, path string, in, out any) {
	t.Helper()
	if err := r.Call(t.Context(), method, path, in, out); err != nil {
		t.Fatal(err)
	}
}

// dos is how an API shows each of the suite's troubles.
var dos = map[connectortest.Trouble]simkit.Do{
	connectortest.Denied:     {Kind: simkit.FaultStatus, Status: 401, Body: "who are you?"},
	connectortest.Throttled:  {Kind: simkit.FaultStatus, Status: 429, Headers: map[string]string{"Retry-After": strconv.Itoa(connectortest.ThrottledFor)}},
	connectortest.Broken:     {Kind: simkit.FaultStatus, Status: 503},
	connectortest.Dropped:    {Kind: simkit.FaultDrop},
	connectortest.Lost:       {Kind: simkit.FaultDropAfter},
	connectortest.Deleted:    {Kind: simkit.FaultStatus, Status: 404, Body: "{}"},
	connectortest.Cut:        {Kind: simkit.FaultCut},
	connectortest.Unexpected: {Kind: simkit.FaultHTML},
}

// Disturb injects the fault that an API shows in a trouble, for the requests
// that match, until restore is called.
func Disturb(t *testing.T, r simkit.Remote, match simkit.Match, trouble connectortest.Trouble) (restore func()) {
	t.Helper()
	id, err := r.Inject(t.Context(), simkit.Fault{Match: match, Do: dos[trouble]})
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := r.ClearFault(context.WithoutCancel(t.Context()), id); err != nil {
			t.Error(err)
		}
	}
}

// Wire joins a bench of the suite to a simulator: what the suite counts is the journal,
// unless the bench counts by itself, and a trouble is a fault on the requests that are an
// operation's. An operation that calls does not have cannot be disturbed.
func Wire(k *simkit.Kit, r simkit.Remote, b *connectortest.Bench, calls map[connectortest.Op]simkit.Match) *connectortest.Bench {
	if b.Writes == nil {
		b.Writes = func(*testing.T) int { return len(k.Writes(0)) }
	}
	b.Disturb = func(t *testing.T, op connectortest.Op, trouble connectortest.Trouble) func() {
		match, ok := calls[op]
		if !ok {
			return nil
		}
		return Disturb(t, r, match, trouble)
	}
	return b
}
