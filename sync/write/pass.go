package write

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/write/outbox"
	"github.com/touchline-sync/touchline/sync/write/permit"
)

// passes carries out what is pending, in several ways through it.
type passes struct{ *run }

// carryOut makes all passes. It returns how long to wait before the place must be
// looked at again; 0 when nothing is left to be done.
func (w passes) carryOut(ctx context.Context) (after time.Duration, err error) {
	now := w.Now()
	if err := w.Store.GiveUpJournal(ctx, &now, string(w.system.Name), w.host.Place); err != nil {
		return 0, fmt.Errorf("give up what was broken off: %w", err)
	}
	pending, err := w.place.Pending(ctx, w.part.Has)
	if err != nil {
		return 0, err
	}
	if len(pending) == 0 {
		due, err := w.Store.AnyDue(ctx, store.AnyDueParams{
			System: string(w.system.Name), Place: w.host.Place, Removals: w.part == step.Removals, AllOfIt: w.part == "", Now: w.Now(),
		})
		if err != nil || !due {
			return 0, err
		}
	}
	if err := w.begin(ctx); err != nil {
		return 0, err
	}
	all := int64(0)
	for _, n := range pending {
		all += n
	}
	w.few = all <= fewCreates
	if after, err = w.first(ctx); after > 0 || err != nil {
		return after, err
	}
	// What refers to a record whose create may be under way waits for it, and
	// is written whole, too.
	if wait, err := w.place.UnderWay(ctx); err != nil || wait > 0 || w.part == step.Removals {
		return w.over(ctx, wait, err)
	}
	// The last pass writes what still lacks a reference as far as it goes; the
	// rest follows as soon as it can.
	for _, p := range []outbox.Pass{{}, {Whole: true}} {
		if err := w.pass(ctx, p); err != nil {
			return remote.AfterThrottle(err)
		}
	}
	after, err = w.place.UnderWay(ctx)
	return w.over(ctx, after, err)
}

// first makes the passes that come before what lacks a reference.
func (w passes) first(ctx context.Context) (after time.Duration, err error) {
	var ways []outbox.Pass
	if w.part.Has(false) && w.place.HasConsents() {
		ways = append(ways, outbox.Pass{Strict: true})
	}
	if w.part.Has(true) {
		ways = append(ways, outbox.Pass{Remove: true})
	}
	if w.part.Has(false) {
		// What is there comes first: it may let go of what another is made with.
		ways = append(ways, outbox.Pass{There: true, Whole: true}, outbox.Pass{Whole: true})
	}
	for _, p := range ways {
		if err := w.pass(ctx, p); err != nil {
			return remote.AfterThrottle(err)
		}
	}
	return 0, nil
}

// over ends the passes, when nothing has stopped them.
func (w passes) over(ctx context.Context, after time.Duration, err error) (time.Duration, error) {
	if after > 0 || err != nil {
		return after, err
	}
	if err := w.countWaiting(ctx); err != nil {
		return 0, err
	}
	return 0, w.Remotes.NoteCycle(ctx, w.task, w.system, w.failedInARow > 0 && !w.worked)
}

// begin makes sure that the system may be called and that its account is ours,
// and reads what this run knows of the place.
func (w *run) begin(ctx context.Context) error {
	if err := w.Remotes.MayCall(ctx, w.system); err != nil {
		return err
	}
	fingerprint, err := w.Remotes.Account(ctx, w.task.Run, w.system)
	if err != nil {
		return w.Remotes.NoteOutcome(ctx, w.task, w.system, err, false)
	}
	// A place that is only written is bound by its first write.
	err = w.tx(ctx, func(_ store.DBTX, q *store.Queries) error { return w.Remotes.Bind(ctx, q, w.system, fingerprint) })
	if err != nil || w.shape != w.system.Shape() {
		return cmp.Or(err, errSliceOver) // the next one is told what the site has
	}
	r, err := w.Remotes.Restored(ctx)
	if err != nil {
		return err
	}
	w.restored = outbox.NewRestoration(r != nil && len(r.Left) > 0)
	w.place.Restored = w.restored.On
	return w.readListings(ctx)
}

// readListings takes up what this run has listed of the place.
func (w *run) readListings(ctx context.Context) error {
	listings, err := w.Store.ListingsAt(ctx, store.GetListingParams{System: string(w.system.Name), Place: w.host.Place, Scope: w.host.Scope, View: w.host.View}, w.host.List != nil)
	if err != nil {
		return fmt.Errorf("read the listings: %w", err)
	}
	w.place.Listings, w.listed = listings, permit.Listing{Kind: w.task.Kind, Keys: w.task.Keys, Part: len(w.task.Keys) > 0}
	listed, err := w.Store.ListedOfPlace(ctx, w.task.Run, string(w.system.Name), w.host.Place)
	for _, l := range listed {
		var cert reconcile.Certificate
		switch err = json.Unmarshal(l.Certificate, &cert); {
		case err != nil:
			return fmt.Errorf("read what was listed: %w", err)
		case cert.Holds() && l.Initialised && !l.Held:
			w.listed.Certificate, w.listed.Part = cert, w.listed.Part || !l.Moves
		case l.Complete && l.Whole: // also where something that it showed was not taken
			w.listed.Doubted = true
		}
	}
	if err == nil && w.listed.Part {
		w.listed.Decided, err = w.Store.PlannedByRun(ctx, w.task.Run, string(w.system.Name))
	}
	if err != nil {
		return fmt.Errorf("read what was listed: %w", err)
	}
	return nil
}

// countWaiting counts what is still pending.
func (w passes) countWaiting(ctx context.Context) error {
	pending, err := w.place.Pending(ctx, w.part.Has)
	if err != nil {
		return err
	}
	for kind, n := range pending {
		w.tally(kind, func(c *step.Counter) { c.Waiting = max(0, n-c.Failed) })
	}
	return nil
}

// pass carries out, batch by batch, what is pending and belongs to the pass.
func (w passes) pass(ctx context.Context, p outbox.Pass) error {
	for after := int64(0); ; {
		batch, last, err := w.place.Next(ctx, p, after)
		if err != nil || last == 0 {
			return err
		}
		after = last
		if batch, err = w.batches.sendAll(ctx, batch); err != nil {
			return err
		}
		if err := w.deliverAll(ctx, batch); err != nil {
			return err
		}
	}
}

// deliverAll carries records out, as many at once as the system takes.
func (w passes) deliverAll(ctx context.Context, batch []*outbox.Delivery) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	slots := make(chan struct{}, max(1, w.host.Parallel))
	for _, d := range batch {
		slots <- struct{}{}
		if ctx.Err() != nil {
			<-slots
			break
		}
		if !w.task.Until.IsZero() && !w.Now().Before(w.task.Until) {
			<-slots
			wg.Wait() // what is under way may finish
			return cmp.Or(w.endBatch(ctx), errSliceOver)
		}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := remote.Contained(func() error { return w.deliver(ctx, d) }); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	err := w.endBatch(ctx)
	if w.task.Report != nil {
		w.task.Report(ctx, w.counts.Counters())
	}
	return err
}

// endBatch deals with what was put aside: nothing is under way any more.
func (w passes) endBatch(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return w.uniqueness.resolve(ctx)
}
