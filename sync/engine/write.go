package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// writeBatch is how many pending records are looked at together.
const writeBatch = 200

// writer is one Write under way. Its counters are guarded by mu.
type writer struct {
	e            *Engine
	t            step.Task
	sys          *remote.System
	host         *connector.Collection
	colls        []*connector.Collection // the host's place: host and parts
	listed       bool                    // the place was listed whole in this run, and is taken up
	lists        []store.Listing         // the place's listings
	caller       *remote.Caller
	prints       *digester
	mu           sync.Mutex
	counts       map[record.Kind]*step.Counter
	seen         map[string]bool // records done or passed over in this slice
	releasedFrom map[string]bool // records that have released a value in this step
	violating    []*delivery     // put aside, since another record holds a value of theirs
	noBulk       bool
	worked       bool  // a record was carried out
	inARow       int   // records that have failed Transient, one after another
	drifted      int64 // answers that were not understood
}

// errSliceOver ends a slice whose time is up.
var errSliceOver = errors.New("the slice is over")

// Write carries out what is pending at a place: first the consents that have
// become stricter, then what is removed, then what has all its references, then
// the rest. Each record commits by itself.
func (e *Engine) Write(ctx context.Context, t step.Task, in step.Write) (step.Slice, error) {
	sys, err := e.remotes.System(in.System)
	if err != nil {
		return step.Slice{}, err
	}
	host, err := sys.Host(in.Place, "")
	if err != nil {
		return step.Slice{}, err
	}
	w := &writer{
		e: e, t: t, sys: sys, host: host, colls: sys.Collections.At(in.Place, host.View), counts: map[record.Kind]*step.Counter{},
		caller: e.remotes.Caller(t, sys, "write", host.Deadline),
		seen:   map[string]bool{}, releasedFrom: map[string]bool{}, prints: newDigester(e.settings.DigestKey, sys.Collections.Reads(in.Place, host.View)),
	}
	for _, c := range w.colls {
		w.counts[c.Kind] = &step.Counter{System: in.System, Place: in.Place, Kind: c.Kind}
	}
	before := sys.Meter.Calls()
	after, err := w.run(ctx)
	w.counts[host.Kind].Calls = sys.Meter.Calls() - before
	slice := step.Slice{Done: err == nil && after == 0, After: after, Counters: w.counters()}
	if errors.Is(err, errSliceOver) {
		err = nil
	}
	return slice, err
}

func (w *writer) counters() []step.Counter {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []step.Counter
	for _, c := range w.colls {
		out = append(out, *w.counts[c.Kind])
	}
	return out
}

// run returns how long to wait before the place must be looked at again.
func (w *writer) run(ctx context.Context) (after time.Duration, err error) {
	pending, err := w.e.store.CountPending(ctx, string(w.sys.Name), w.host.Place)
	if err != nil {
		return 0, err
	}
	if len(pending) == 0 {
		due, err := w.e.store.AnyDue(ctx, string(w.sys.Name), w.host.Place, w.e.now())
		if err != nil || !due {
			return 0, err
		}
	}
	if err := w.e.remotes.MayCall(ctx, w.sys); err != nil {
		return 0, err
	}
	print, err := w.e.remotes.Account(ctx, w.sys)
	if err != nil {
		return 0, w.e.remotes.NoteOutcome(ctx, w.t, w.sys, err, false)
	}
	// A place that is only written is bound by its first write.
	err = w.e.tx(ctx, w.t, func(_ pgx.Tx, q *store.Queries) error {
		return q.BindSystem(ctx, string(w.sys.Name), print, w.e.now())
	})
	if err != nil {
		return 0, fmt.Errorf("bind %s: %w", w.sys.Name, err)
	}
	if err := w.prepare(ctx); err != nil {
		return 0, err
	}
	first := []pass{{remove: true}, {whole: true}}
	if w.consents() {
		first = append([]pass{{strict: true}}, first...)
	}
	for _, pass := range first {
		if err := w.pass(ctx, pass); err != nil {
			return w.afterThrottle(err)
		}
	}
	// What refers to a record whose create may be under way waits for it, and
	// is written whole, too.
	if wait, err := w.underWay(ctx); err != nil || wait > 0 {
		return wait, err
	}
	// The last pass writes what still lacks a reference as far as it goes; the
	// rest follows as soon as it can.
	for _, pass := range []pass{{}, {whole: true}} {
		if err := w.pass(ctx, pass); err != nil {
			return w.afterThrottle(err)
		}
	}
	if wait, err := w.underWay(ctx); err != nil || wait > 0 {
		return wait, err
	}
	if err := w.left(ctx); err != nil {
		return 0, err
	}
	return 0, w.e.remotes.NoteCycle(ctx, w.t, w.sys, w.inARow > 0 && !w.worked)
}

// afterThrottle turns a long throttle into a wait without the lease.
func (w *writer) afterThrottle(err error) (time.Duration, error) {
	var failure *connector.Error
	if errors.As(err, &failure) && failure.Class == connector.Throttled {
		return max(failure.After, time.Second), nil // none would read as done
	}
	return 0, err
}

func (w *writer) prepare(ctx context.Context) error {
	var err error
	w.lists, err = w.e.store.ListingsOfPlace(ctx, string(w.sys.Name), w.host.Place)
	if err != nil {
		return fmt.Errorf("read the listings: %w", err)
	}
	for _, l := range w.lists {
		st, err := w.e.store.GetStagingListing(ctx, w.t.Run, l.ID)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read what was listed: %w", err)
		}
		w.listed = w.listed || st.Complete && st.Whole && l.InitialisedOn != nil
	}
	return nil
}

// underWay returns how long a call may still take effect that was broken off.
func (w *writer) underWay(ctx context.Context) (time.Duration, error) {
	at, err := w.e.store.NextIntent(ctx, string(w.sys.Name), w.host.Place, w.e.now())
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for open calls: %w", err)
	}
	if wait := at.Sub(w.e.now()); wait > 0 && wait < time.Minute {
		return wait, nil
	}
	return 0, nil
}

// left counts what is still pending.
func (w *writer) left(ctx context.Context) error {
	pending, err := w.e.store.CountPending(ctx, string(w.sys.Name), w.host.Place)
	if err != nil {
		return fmt.Errorf("count what is pending: %w", err)
	}
	for _, p := range pending {
		if c := w.counts[record.Kind(p.Kind)]; c != nil {
			c.Waiting = max(0, p.Count-c.Failed)
		}
	}
	return nil
}

// consents reports whether any record of the place has a consent.
func (w *writer) consents() bool {
	return slices.ContainsFunc(w.colls, func(c *connector.Collection) bool {
		return slices.ContainsFunc(c.Writes, func(f record.Field) bool { return len(w.e.policies.Of(c.Kind).Fields[f].Strict) > 0 })
	})
}

// pass is one way through what is pending.
type pass struct {
	strict bool // only records that are to be told of a stricter consent
	remove bool // only what is removed
	whole  bool // only records whose references all have a remote id
}

func (w *writer) pass(ctx context.Context, p pass) error {
	for after := int64(0); ; {
		rows, err := w.e.store.PendingSyncRecords(ctx, store.PendingSyncRecordsParams{
			System: string(w.sys.Name), Place: w.host.Place, Remove: p.remove, Made: p.strict, Now: w.e.now(), After: after, Most: max(writeBatch, int32(w.host.Batch)), //nolint:gosec // hundreds
		})
		if err != nil {
			return fmt.Errorf("read what is pending: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		after = rows[len(rows)-1].ID
		batch, err := w.assemble(ctx, rows, p)
		if err != nil {
			return err
		}
		if batch, err = w.many(ctx, batch); err != nil {
			return err
		}
		if err := w.each(ctx, batch); err != nil {
			return err
		}
	}
}

// each carries records out, as many at once as the system takes.
func (w *writer) each(ctx context.Context, batch []*delivery) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	slots := make(chan struct{}, max(1, w.host.Parallel))
	for _, o := range batch {
		slots <- struct{}{}
		if ctx.Err() != nil {
			<-slots
			break
		}
		if !w.t.Until.IsZero() && !w.e.now().Before(w.t.Until) {
			<-slots
			wg.Wait() // what is under way may finish
			return cmp.Or(w.over(ctx), errSliceOver)
		}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := w.out(ctx, o); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	err := w.over(ctx)
	if w.t.Report != nil {
		w.t.Report(ctx, w.counters())
	}
	return err
}

// over ends a batch: nothing is under way any more.
func (w *writer) over(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return w.resolveViolations(ctx)
}

func (w *writer) tally(kind record.Kind, f func(*step.Counter)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.counts[kind]; c != nil {
		f(c)
	}
}
