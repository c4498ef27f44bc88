package jobs

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/store"
)

// Both sides of both edges, to the microsecond.
func TestSilence(t *testing.T) {
	t.Parallel()
	o := Options{Unserved: 2 * time.Minute, Stalled: 30 * time.Minute}
	const tick = 1e-6
	for _, test := range []struct {
		name    string
		row     store.SilentStepsRow
		reason  string
		stalled bool
	}{
		{"no worker, just before", store.SilentStepsRow{State: "READY", Silent: 120 - tick}, "", false},
		{"no worker", store.SilentStepsRow{State: "READY", Silent: 120}, "NO_WORKER", false},
		{"no lease, just before", store.SilentStepsRow{State: "WAITING", Silent: 120 - tick}, "", false},
		{"no lease", store.SilentStepsRow{State: "WAITING", Silent: 120}, "NO_LEASE", false},
		{"a lease that moves", store.SilentStepsRow{State: "WAITING", Silent: 9999, RunSilent: 9999, Moving: true}, "", false},
		{"the run just before", store.SilentStepsRow{State: "READY", Silent: 1800 - tick, RunSilent: 1800 - tick}, "NO_WORKER", false},
		{"the run", store.SilentStepsRow{State: "READY", Silent: 1800, RunSilent: 1800}, "NO_WORKER", true},
		{"another step has moved", store.SilentStepsRow{State: "READY", Silent: 1800, RunSilent: 1800 - tick}, "NO_WORKER", false},
		{"another step is at work", store.SilentStepsRow{State: "READY", Silent: 1800, RunSilent: 1800, Running: true}, "NO_WORKER", false},
		{"the run, without lease", store.SilentStepsRow{State: "WAITING", Silent: 1800, RunSilent: 1800}, "NO_LEASE", true},
	} {
		if v := o.silence(test.row); v.reason != test.reason || v.stalled != test.stalled || (v.reason != "") != (v.detail != "") {
			t.Errorf("%s: %+v", test.name, v)
		}
	}
}
