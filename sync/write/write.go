// Package write carries out what is pending at the systems: it calls them, record
// by record or in batches, and stores with each record what came of it. It
// decides nothing: what a record should be told follows from the hub and the
// policies, and what cannot be carried out waits for the next Plan or a person.
package write

import (
	"context"
	"errors"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/write/orphan"
	"github.com/touchline-sync/touchline/sync/write/outbox"
)

// Settings are what an operator may turn.
type Settings struct {
	Gaps      outbox.Gaps // the waits before a refused record is tried again
	DigestKey []byte      // keys the digests of records
}

// Writer carries out the Writes of runs. It is safe for use by several steps at
// once.
type Writer struct {
	Remotes  *remote.Remotes
	Store    *store.Store
	Policies policy.Set
	Settings Settings
	Now      func() time.Time
}

// errSliceOver ends a slice whose time is up.
var errSliceOver = errors.New("the slice is over")

// Write carries out what is pending at a place: first the consents that have
// become stricter, then what is removed, then what has all its references, then
// the rest. Each record commits by itself, so that a Write that broke off is gone
// on with by the next one. A failure that concerns one record is stored with it;
// Write returns an error only when the step must stop.
func (wr *Writer) Write(ctx context.Context, t step.Task, in step.Write) (step.Slice, error) {
	system, err := wr.Remotes.System(in.System)
	if err != nil {
		return step.Slice{}, err
	}
	if system.Observed {
		return step.Slice{Done: true, Detail: map[string]string{"observed": "nothing is written: the system is observed"}}, nil
	}
	shape := system.Shape() // first: when it changes from here on, begin notices
	host, err := system.Host(in.Place, "")
	if err != nil {
		return step.Slice{}, err
	}
	w := &run{
		Writer: wr, task: t, part: in.Only, system: system, shape: shape, host: host, collections: system.Collections().At(in.Place, host.View),
		caller:   wr.Remotes.Caller(t, system, "write", host.Deadline),
		restored: outbox.NewRestoration(false), clearedIn: map[string]bool{}, lost: map[string]bool{},
	}
	w.place = &outbox.Place{
		Store: wr.Store, Hub: hub.New(wr.Store.Pool), Policies: wr.Policies, Gaps: wr.Settings.Gaps, Now: wr.Now,
		System: system.Name, Host: host, Collections: w.collections, All: system.Collections(), Approved: t.Approved,
		Digests: record.NewDigester(wr.Settings.DigestKey, system.Collections().Reads(in.Place, host.View)),
	}
	w.counts = step.NewTally(in.System, in.Place, connector.KindsOf(w.collections)...)
	w.orphans = &orphan.Look{Place: w.place, Caller: w.caller, InTx: w.tx}
	w.passes, w.batches, w.creates, w.removals = passes{w}, batches{w}, creates{w}, removals{w}
	w.uniqueness, w.answers, w.failures = uniqueness{w}, answers{w}, failures{w}
	before := system.Meter.Calls()
	after, err := w.passes.carryOut(ctx)
	w.tally(host.Kind, func(c *step.Counter) { c.Calls = system.Meter.Calls() - before })
	slice := step.Slice{Done: err == nil && after == 0, After: after, Counters: w.counts.Counters(), Detail: w.detail(), Asides: w.asides.All()}
	if errors.Is(err, errSliceOver) {
		err = nil
	}
	return slice, err
}

// detail is what is noted with the step.
func (w *run) detail() map[string]string {
	out := w.orphans.Notes()
	if why := w.restored.Waits(); why != "" {
		out[step.PartialNote], out["restored"] = "RESTORED", why
	}
	return out
}
