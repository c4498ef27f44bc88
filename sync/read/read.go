// Package read lists the views of the systems and stages what differs from what
// a view last showed, with what is absent from it when the listing was whole. It
// does not decide what a difference means, and changes nothing but the staging
// of its run.
package read

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/profile"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// Settings are what an operator may turn.
type Settings struct {
	Missing reconcile.Tolerance // how much a full listing without a stated count may miss
	// AbsentListings is in how many certified full listings in a row a record
	// must be absent, the first and the last AbsentGap apart.
	AbsentListings int
	AbsentGap      time.Duration
	Profile        profile.Settings // from where on a reading is no longer like the good one
	DigestKey      []byte           // keys the digests of records
}

// Reader carries out the Reads of runs. It is safe for use by several steps at
// once.
type Reader struct {
	Remotes  *remote.Remotes
	Store    *store.Store
	Policies policy.Set
	Settings Settings
	Now      func() time.Time
}

// reading is one Read under way: what it works with, and what it has seen so far.
type reading struct {
	*Reader

	task    step.Task
	system  *remote.System
	coll    *connector.Collection
	caller  *remote.Caller
	digests *record.Digester

	listing     store.Listing
	since       string               // where a reading of what has changed begins
	state       store.StagingListing // as it was when the slice began
	fingerprint string               // of the system's account
	profile     *profiling           // nil when the reading is not one of all
	join        *join                // nil when the listing has no order
	buffer      buffer
	counter     step.Counter
	notes       map[string]string
	asides      []aside
	late        time.Duration // how long before it was read a record was changed, at most
	again       bool          // the listing was broken off and is to be read once more

	// The parts of the work. Each embeds this reading, and so reaches the others.
	comparing  comparing
	certifying certifying
	fetching   fetching
	asking     asking
}

// Read lists one view of a place, or fetches what its system has named, and
// stages what differs from what the view last showed; unchanged records leave no
// row. A slice that ends early, or breaks off, is gone on with by the next Read
// of the run. Read returns *step.Stop when the listing shows that the system has
// changed, and a *connector.Error when it could not be read.
func (rd *Reader) Read(ctx context.Context, t step.Task, in step.Read) (step.Slice, error) {
	system, err := rd.Remotes.System(in.System)
	if err != nil {
		return step.Slice{}, err
	}
	r := &reading{Reader: rd, task: t, system: system, caller: rd.Remotes.Caller(t, system, "read", 0)}
	if err := r.offered(in.Place, in.View); err != nil {
		return step.Slice{}, err
	}
	r.counter = step.Counter{System: in.System, Place: in.Place, Kind: r.coll.Kind}
	r.comparing, r.certifying, r.fetching, r.asking = comparing{r}, certifying{r}, fetching{r}, asking{r}
	before := system.Meter.Calls()
	done, skipped, err := r.run(ctx, in)
	if !skipped {
		err = r.Remotes.NoteOutcome(ctx, t, system, err, r.counter.Read > 0)
	}
	r.counter.Calls = system.Meter.Calls() - before
	if r.late > 0 {
		r.note(changedBefore, r.late.Round(time.Second).String())
	}
	slice := step.Slice{Done: done, Counters: []step.Counter{r.counter}, Detail: r.notes, Asides: r.named(ctx)}
	if skipped {
		slice.Detail = map[string]string{"skipped": "nothing has turned up"}
	}
	return slice, err
}

// offered takes what the system offers. It is another one when the site turns out to
// be other than was known.
func (r *reading) offered(place, view string) (err error) {
	if r.coll, err = r.system.Host(place, view); err == nil {
		r.digests = record.NewDigester(r.Settings.DigestKey, r.system.Collections().Reads(place, r.coll.View))
	}
	return err
}

// changedBefore is the note of how long before it was read a record was changed by
// somebody else, by the system's clock and ours: so late is what is taken in.
const changedBefore = "changed_before"

// tx runs f in one transaction, if the step still holds its lease.
func (r *reading) tx(ctx context.Context, f func(tx pgx.Tx, q *store.Queries) error) error {
	return r.Store.InStep(ctx, r.task.Step, r.task.Token, f)
}

// run reports whether the reading is done, and whether there was nothing to do.
func (r *reading) run(ctx context.Context, in step.Read) (done, skipped bool, err error) {
	if in.Select.IfUnbound {
		needed, err := r.needed(ctx)
		if err != nil || !needed {
			return err == nil, err == nil, err
		}
	}
	switch {
	case in.Select.Notified:
		return r.fetching.runNotified(ctx)
	case in.Select.Of != "", in.Select.Asked, in.Select.Follows != (step.Follows{}):
		return r.fetching.runChosen(ctx, in.Select)
	}
	return r.runListed(ctx, in.Select)
}

func (r *reading) runListed(ctx context.Context, s step.Selection) (done, skipped bool, err error) {
	for {
		if err := r.begin(ctx, s); err != nil {
			return false, false, err
		}
		if r.state.Complete {
			done, err = r.asking.askMissing(ctx) // an earlier slice has come so far
			return done, false, err
		}
		if !r.listed() {
			if over, err := r.list(ctx, r.pages(ctx, r.from(s))); err != nil || !over {
				return false, false, err
			}
		}
		if err := r.certifying.end(ctx); err != nil {
			return false, false, err
		}
		if !r.again {
			done, err = r.asking.askMissing(ctx)
			return done, false, err
		}
		// It was broken off, and is read once more.
		r.again, r.counter.Read, r.join = false, 0, nil
	}
}

// from is where a listing begins, or goes on.
func (r *reading) from(s step.Selection) connector.Cursor {
	if s.Since && r.state.NextCursor == "" {
		return connector.Cursor(r.since)
	}
	return connector.Cursor(r.state.NextCursor)
}

// needed reports whether a listing is needed now that is only read for the sake
// of new records.
func (r *reading) needed(ctx context.Context) (bool, error) {
	staged, err := r.Store.AnythingStaged(ctx, r.task.Run)
	if err != nil || staged {
		return staged, err
	}
	initialised, err := r.Store.PlaceTaken(ctx, string(r.system.Name), r.coll.Place)
	if err != nil || !initialised {
		return err == nil, err
	}
	return r.Store.AnyUnmade(ctx, string(r.system.Name), r.coll.Place)
}

// pages lists the view from a cursor on.
func (r *reading) pages(ctx context.Context, from connector.Cursor) iter.Seq2[connector.Page, error] {
	return r.caller.Pages(func() iter.Seq2[connector.Page, error] { return r.coll.List(ctx, from) })
}

// list takes the pages in until the listing or the slice is over.
func (r *reading) list(ctx context.Context, pages iter.Seq2[connector.Page, error]) (over bool, err error) {
	for page, err := range pages {
		if err == nil {
			err = r.comparing.page(ctx, page)
		} else if ctx.Err() == nil {
			// What came before the failure need not be read again.
			err = errors.Join(err, r.comparing.flushLast(ctx))
		}
		if err != nil {
			return false, err
		}
		if page.Next != "" && !r.task.Until.IsZero() && !r.Now().Before(r.task.Until) {
			return false, r.comparing.flushLast(ctx)
		}
	}
	return true, nil // the end stores the rest
}
