package write

import (
	"context"
	"sync"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/write/orphan"
	"github.com/touchline-sync/touchline/sync/write/outbox"
	"github.com/touchline-sync/touchline/sync/write/permit"
	"github.com/touchline-sync/touchline/sync/write/reassigned"
)

// run is one slice of a Write: what it works with, and what it has counted and
// noted so far. Creates, answers, failures and so on are types of their own that
// share it.
type run struct {
	*Writer

	task        step.Task
	part        step.Part // of what is pending
	system      *remote.System
	shape       string // of its site, when the slice began
	host        *connector.Collection
	collections []*connector.Collection // the host's place: host and parts
	place       *outbox.Place
	caller      *remote.Caller
	listed      permit.Listing // what this run has listed of the place
	few         bool           // so little is pending that a search for each costs little

	// The parts of the work. Each embeds this run, and so reaches the others.
	passes     passes
	batches    batches
	creates    creates
	removals   removals
	uniqueness uniqueness
	answers    answers
	failures   failures
	restored   *outbox.Restoration
	reassigned reassigned.Count
	asides     step.Asides
	orphans    *orphan.Look
	counts     *step.Tally

	mu            sync.Mutex         // guards what follows while records are carried out at once
	clearedIn     map[string]bool    // keys of records of which a value was cleared in this slice
	lost          map[string]bool    // keys of those that are gone with it, and to be made anew
	violating     []*outbox.Delivery // put aside, since another record holds a value of theirs
	noBatches     bool               // the system takes no batches now
	worked        bool               // a record was carried out
	failedInARow  int                // records that have failed Transient, one after another
	notUnderstood int64              // answers that were not understood
}

// tx runs f in one transaction, if the step still holds its lease.
func (w *run) tx(ctx context.Context, f func(db store.DBTX, q *store.Queries) error) error {
	return w.Store.InStepPipelined(ctx, w.task.Step, w.task.Token, f)
}

// began reports whether the run began after a time.
func (w *run) began(after time.Time) bool { return store.Began(w.task.Run).After(after) }

// proof is the certificate of what this run has listed, as far as it tells of a record.
func (w *run) proof(d *outbox.Delivery) reconcile.Certificate {
	return w.listed.Of(d.Host.Ent.Entity, d.Host.Row.ID)
}

// tally counts for a kind.
func (w *run) tally(kind record.Kind, f func(*step.Counter)) { w.counts.Add(kind, f) }

// tallyParts counts for each pending part of a record.
func (w *run) tallyParts(d *outbox.Delivery, f func(*step.Counter)) {
	for _, b := range d.PendingParts() {
		w.tally(b.Coll.Kind, f)
	}
}
