package write

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// run is one slice of a Write: what it works with, and what it has counted and
// noted so far. Creates, answers, failures and so on are types of their own that
// share it.
type run struct {
	*Writer

	task        step.Task
	system      *remote.System
	host        *connector.Collection
	collections []*connector.Collection // the host's place: host and parts
	hub         *hub.Queries
	caller      *remote.Caller
	certificate reconcile.Certificate // of the place's listing in this run, when the place is initialised
	doubted     bool                  // the place was listed in this run, and not certified
	listings    []store.Listing       // the place's listings

	// The parts of the work. Each embeds this run, and so reaches the others.
	loading    loading
	batches    batches
	creates    creates
	removals   removals
	uniqueness uniqueness
	answers    answers
	failures   failures

	mu            sync.Mutex // guards what follows while records are carried out at once
	digests       *record.Digester
	counts        map[record.Kind]*step.Counter
	handled       map[string]bool // keys of records done or passed over in this slice
	clearedIn     map[string]bool // keys of records of which a value was cleared in this slice
	violating     []*delivery     // put aside, since another record holds a value of theirs
	noBatches     bool            // the system takes no batches now
	worked        bool            // a record was carried out
	failedInARow  int             // records that have failed Transient, one after another
	written       int             // records looked at
	analyzed      int             // and how many when the journal was looked at last
	notUnderstood int64           // answers that were not understood
}

// tx runs f in one transaction, if the step still holds its lease.
func (w *run) tx(ctx context.Context, f func(tx pgx.Tx, q *store.Queries) error) error {
	return w.Store.InStep(ctx, w.task.Step, w.task.Token, f)
}

// passAgain lets another pass of this slice take up a record again.
func (w *run) passAgain(d *delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.handled, d.key)
}

// digest returns the digest that the listing of the place will show.
func (w *run) digest(f record.Fields) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]byte(nil), w.digests.Of(f)...)
}

// putLastSeen notes what the listing of the place will show of records.
func (w *run) putLastSeen(ctx context.Context, q *store.Queries, ids []string, digests [][]byte) error {
	for _, l := range w.listings {
		if l.View == w.host.View && l.Scope == w.host.Scope && len(ids) > 0 {
			return q.PutLastSeen(ctx, l.ID, ids, digests)
		}
	}
	return nil
}

// dropLastSeen forgets what the listings of the place have shown of a record.
func (w *run) dropLastSeen(ctx context.Context, q *store.Queries, id string) error {
	var listings []int32
	for _, l := range w.listings {
		listings = append(listings, l.ID)
	}
	return q.DropLastSeen(ctx, listings, id)
}

// began reports whether the run began after a time.
func (w *run) began(after time.Time) bool {
	if w.task.Run.Version() != 7 {
		return false
	}
	sec, nsec := w.task.Run.Time().UnixTime()
	return time.Unix(sec, nsec).After(after)
}

// counters returns what was counted so far.
func (w *run) counters() []step.Counter {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []step.Counter
	for _, c := range w.collections {
		out = append(out, *w.counts[c.Kind])
	}
	return out
}

// tally counts for a kind.
func (w *run) tally(kind record.Kind, f func(*step.Counter)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.counts[kind]; c != nil {
		f(c)
	}
}

// tallyParts counts for each pending part of a record.
func (w *run) tallyParts(d *delivery, f func(*step.Counter)) {
	for _, b := range d.pendingParts() {
		w.tally(b.coll.Kind, f)
	}
}
