package write

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// writeBatch is how many pending records are looked at together.
const writeBatch = 200

// carryOut makes all passes. It returns how long to wait before the place must be
// looked at again; 0 when nothing is left to be done.
func (w *run) carryOut(ctx context.Context) (after time.Duration, err error) {
	pending, err := w.Store.CountPending(ctx, string(w.system.Name), w.host.Place)
	if err != nil {
		return 0, err
	}
	if len(pending) == 0 {
		due, err := w.Store.AnyDue(ctx, string(w.system.Name), w.host.Place, w.Now())
		if err != nil || !due {
			return 0, err
		}
	}
	if err := w.begin(ctx); err != nil {
		return 0, err
	}
	first := []pass{{remove: true}, {whole: true}}
	if w.hasConsents() {
		first = append([]pass{{strict: true}}, first...)
	}
	for _, pass := range first {
		if err := w.pass(ctx, pass); err != nil {
			return afterThrottle(err)
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
			return afterThrottle(err)
		}
	}
	if wait, err := w.underWay(ctx); err != nil || wait > 0 {
		return wait, err
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
	err = w.tx(ctx, func(_ pgx.Tx, q *store.Queries) error {
		return q.BindSystem(ctx, string(w.system.Name), fingerprint, w.Now())
	})
	if err != nil {
		return fmt.Errorf("bind %s: %w", w.system.Name, err)
	}
	now := w.Now()
	if err := w.Store.GiveUpJournal(ctx, &now, string(w.system.Name), w.host.Place); err != nil {
		return fmt.Errorf("give up what was broken off: %w", err)
	}
	return w.readListings(ctx)
}

// readListings takes up the certificate of what this run has listed of the place:
// only with one a record that is not known is not there.
func (w *run) readListings(ctx context.Context) error {
	var err error
	w.listings, err = w.Store.ListingsOfPlace(ctx, string(w.system.Name), w.host.Place)
	if err != nil {
		return fmt.Errorf("read the listings: %w", err)
	}
	for _, l := range w.listings {
		st, err := w.Store.GetStagingListing(ctx, w.task.Run, l.ID)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read what was listed: %w", err)
		}
		var cert reconcile.Certificate
		if err := json.Unmarshal(st.Certificate, &cert); err != nil {
			return fmt.Errorf("read what was listed: %w", err)
		}
		switch {
		case cert.Holds() && l.InitialisedOn != nil:
			w.certificate = cert
		case st.Complete && st.Whole && !cert.Holds():
			w.doubted = true
		}
	}
	return nil
}

// underWay returns how long a call may still take effect that was broken off.
func (w *run) underWay(ctx context.Context) (time.Duration, error) {
	at, err := w.Store.NextUncertain(ctx, store.NextUncertainParams{
		System: string(w.system.Name), Place: w.host.Place, Now: w.Now(), Repeatable: w.host.IdempotentCreate,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for open calls: %w", err)
	}
	if wait := at.Sub(w.Now()); wait > 0 && wait < time.Minute {
		return wait, nil
	}
	return 0, nil
}

// countWaiting counts what is still pending.
func (w *run) countWaiting(ctx context.Context) error {
	pending, err := w.Store.CountPending(ctx, string(w.system.Name), w.host.Place)
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

// hasConsents reports whether any record of the place has a consent.
func (w *run) hasConsents() bool {
	return slices.ContainsFunc(w.collections, func(c *connector.Collection) bool {
		return slices.ContainsFunc(c.Writes, func(f record.Field) bool { return len(w.Policies.Of(c.Kind).Fields[f].Strict) > 0 })
	})
}

// pass is one way through what is pending.
type pass struct {
	strict bool // only records that are to be told of a stricter consent
	remove bool // only what is removed
	whole  bool // only records whose references all have a remote id
}

// pass carries out, batch by batch, what is pending and belongs to the pass.
func (w *run) pass(ctx context.Context, p pass) error {
	for after := int64(0); ; {
		rows, err := w.Store.PendingSyncRecords(ctx, store.PendingSyncRecordsParams{
			System: string(w.system.Name), Place: w.host.Place, Remove: p.remove, Made: p.strict, Now: w.Now(), After: after, Most: max(writeBatch, int32(w.host.Batch)), //nolint:gosec // hundreds
		})
		if err != nil {
			return fmt.Errorf("read what is pending: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		after = rows[len(rows)-1].ID
		batch, err := w.loading.deliveries(ctx, rows, p)
		if err != nil {
			return err
		}
		if batch, err = w.batches.sendAll(ctx, batch); err != nil {
			return err
		}
		if err := w.deliverAll(ctx, batch); err != nil {
			return err
		}
		if err := w.grown(ctx, len(rows)); err != nil {
			return err
		}
	}
}

// grown has Postgres look at the journal each time that it has grown by half of
// what this slice has written. A statement planned while the journal was empty goes
// through all of it for each record, and is kept.
func (w *run) grown(ctx context.Context, n int) error {
	w.written += n
	if w.written < max(writeBatch*5, w.analyzed*3/2) {
		return nil
	}
	w.analyzed = w.written
	return w.Store.Analyze(ctx, "journal", "plan_row")
}

// deliverAll carries records out, as many at once as the system takes.
func (w *run) deliverAll(ctx context.Context, batch []*delivery) error {
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
			if err := w.deliver(ctx, d); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	err := w.endBatch(ctx)
	if w.task.Report != nil {
		w.task.Report(ctx, w.counters())
	}
	return err
}

// endBatch deals with what was put aside: nothing is under way any more.
func (w *run) endBatch(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return w.uniqueness.resolve(ctx)
}
