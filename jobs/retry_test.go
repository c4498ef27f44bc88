package jobs_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// down is a system whose Check fails Transient; it counts the calls.
type down struct {
	connector.Connector
	name  record.System
	calls *atomic.Int32
}

func (d down) Check(context.Context) (string, error) {
	d.calls.Add(1)
	return "", &connector.Error{Class: connector.Transient, System: d.name, Op: "check", Why: "status 503"}
}

// A system that is down is asked three times in a run, whatever the run wants
// of it, and the other systems go on.
func TestP339OneOwnerOfRetries(t *testing.T) {
	t.Parallel()
	if d := engine.DefaultSettings(); d.Attempts != 3 || d.Wait != time.Second {
		t.Errorf("a call is made %d times, the first two %s apart; the seed has 3 and 1 s", d.Attempts, d.Wait)
	}
	pool := pgtest.New(t)
	var calls atomic.Int32
	source, near, away := memberSource(), memberTarget("near"), memberTarget("away")
	source.Put("members", "P1", record.Fields{"code": "P1", "name": "Name"})
	o := engineOf(t, pool, func(name record.System, c connector.Connector) connector.Connector {
		if name == "away" {
			c = down{c, name, &calls}
		}
		return connector.Retry{Attempts: 3, Wait: time.Millisecond}.Of(c)
	}, source, near, away)
	o.Pipelines = []jobs.Pipeline{{Kinds: []record.Kind{"test.person"}, Pipeline: step.Pipeline{
		Name: "people", Family: "test",
		Reads: []step.Read{
			{System: "source", Place: "members", View: "all", Needed: true},
			{System: "near", Place: "people", View: "all", Needed: true},
			{System: "away", Place: "people", View: "all"},
		},
		Writes: []step.Write{{System: "near", Place: "people"}, {System: "away", Place: "people"}},
	}}}
	b := &bundle{t: t, pool: pool, fake: newFake(), Options: o}
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{})
	run, _ = b.watch(c, run.ID)
	if run.Outcome != step.Partial || len(near.All("people")) != 1 {
		t.Errorf("ended %s %s %s, %d records near", run.Outcome, run.Reason, run.Detail, len(near.All("people")))
	}
	if got := strings.TrimSpace(states(run)); got != "DONE DONE FAIL DONE DONE FAIL" {
		t.Errorf("steps %s", got)
	}
	for _, n := range []int{2, 5} {
		if s := run.Steps[n]; s.Reason != "UNREACHABLE" || !strings.Contains(s.Detail, "status 503") {
			t.Errorf("step %d: %s %q", n+1, s.Reason, s.Detail)
		}
	}
	if n := calls.Load(); n != 3 {
		t.Errorf("the system was asked %d times in one run, not 3", n)
	}
}
