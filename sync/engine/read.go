package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// The states of a staged item.
const (
	itemChanged = "changed"
	itemAbsent  = "absent"
	itemRemoved = "removed"
	itemFault   = "fault"
)

// faultTolerance is how many unreadable records a listing may hold before its
// page is held to have changed.
var faultTolerance = reconcile.Tolerance{Count: 3, Share: 0.02}

// reading is one Read under way.
type reading struct {
	e       *Engine
	t       step.Task
	sys     *remote.System
	coll    *connector.Collection
	listing store.Listing
	since   string               // where the reading of what has changed since begins
	state   store.StagingListing // as it was when the slice began
	caller  *remote.Caller
	digests *digester
	join    *join // nil when the listing has no order
	counter step.Counter
	print   string
	taken   taken
}

// Read lists one view of a place and stages what differs from what the view
// last showed. Nothing else is written; unchanged records leave no row.
func (e *Engine) Read(ctx context.Context, t step.Task, r step.Read) (step.Slice, error) {
	sys, err := e.remotes.System(r.System)
	if err != nil {
		return step.Slice{}, err
	}
	coll, err := sys.Host(r.Place, r.View)
	if err != nil {
		return step.Slice{}, err
	}
	rd := &reading{
		e: e, t: t, sys: sys, coll: coll, caller: e.remotes.Caller(t, sys, "read", 0),
		digests: newDigester(e.settings.DigestKey, sys.Collections.Reads(r.Place, coll.View)),
		counter: step.Counter{System: r.System, Place: r.Place, Kind: coll.Kind},
	}
	before := sys.Meter.Calls()
	done, skipped, err := rd.run(ctx, r)
	if !skipped {
		err = e.remotes.NoteOutcome(ctx, t, sys, err, rd.counter.Read > 0)
	}
	rd.counter.Calls = sys.Meter.Calls() - before
	slice := step.Slice{Done: done, Counters: []step.Counter{rd.counter}}
	if skipped {
		slice.Detail = map[string]string{"skipped": "nothing has turned up"}
	}
	return slice, err
}

func (r *reading) run(ctx context.Context, in step.Read) (done, skipped bool, err error) {
	if in.Select.IfUnbound {
		matters, err := r.matters(ctx)
		if err != nil || !matters {
			return err == nil, err == nil, err
		}
	}
	if in.Select.Notified {
		return r.runNotified(ctx)
	}
	return r.runListed(ctx, in.Select)
}

func (r *reading) runListed(ctx context.Context, s step.Selection) (done, skipped bool, err error) {
	if err := r.begin(ctx, s); err != nil || r.state.Complete {
		return err == nil, false, err
	}
	if !r.listed() {
		if over, err := r.list(ctx, r.pages(ctx, r.from(s))); err != nil || !over {
			return false, false, err
		}
	}
	return true, false, r.end(ctx)
}

// from is where a listing begins, or goes on.
func (r *reading) from(s step.Selection) connector.Cursor {
	if s.Since && r.state.NextCursor == "" {
		return connector.Cursor(r.since)
	}
	return connector.Cursor(r.state.NextCursor)
}

// matters reports whether a listing that is only needed for new records is
// needed now.
func (r *reading) matters(ctx context.Context) (bool, error) {
	staged, err := r.e.store.AnythingStaged(ctx, r.t.Run)
	if err != nil || staged {
		return staged, err
	}
	taken, err := r.e.store.PlaceTaken(ctx, string(r.sys.Name), r.coll.Place)
	if err != nil || !taken {
		return err == nil, err
	}
	return r.e.store.AnyUnmade(ctx, string(r.sys.Name), r.coll.Place)
}

// pages lists the view from a cursor on.
func (r *reading) pages(ctx context.Context, from connector.Cursor) iter.Seq2[connector.Page, error] {
	return r.caller.Pages(func() iter.Seq2[connector.Page, error] { return r.coll.List(ctx, from) })
}

// list takes the pages in until the listing or the slice is over.
func (r *reading) list(ctx context.Context, pages iter.Seq2[connector.Page, error]) (over bool, err error) {
	for page, err := range pages {
		if err == nil {
			err = r.page(ctx, page)
		} else if ctx.Err() == nil {
			// What came before the failure need not be read again.
			err = errors.Join(err, r.flush(ctx))
		}
		if err != nil {
			return false, err
		}
		if page.Next != "" && !r.t.Until.IsZero() && !r.e.now().Before(r.t.Until) {
			return false, r.flush(ctx)
		}
	}
	return true, nil // the end stores the rest
}

// listed reports whether a slice before this one has seen the end.
func (r *reading) listed() bool { return r.state.Ended && r.state.NextCursor == "" }

func (r *reading) begin(ctx context.Context, s step.Selection) (err error) {
	if err = r.e.remotes.MayCall(ctx, r.sys); err != nil {
		return err
	}
	if r.print, err = r.e.remotes.Account(ctx, r.sys); err != nil {
		return err
	}
	key := store.GetListingParams{
		System: string(r.sys.Name), Place: r.coll.Place, Scope: r.coll.Scope, View: r.coll.View,
	}
	q := r.e.store.Queries
	r.listing, err = q.GetListing(ctx, key)
	if errors.Is(err, pgx.ErrNoRows) {
		if err = q.EnsureListing(ctx, store.EnsureListingParams(key)); err == nil {
			r.listing, err = q.GetListing(ctx, key)
		}
	}
	if err != nil {
		return fmt.Errorf("look up the listing: %w", err)
	}
	err = r.e.tx(ctx, r.t, func(_ pgx.Tx, q *store.Queries) (err error) {
		if r.since, err = q.CursorOf(ctx, r.listing.ID); err != nil {
			return err
		}
		return r.resume(ctx, q, s.Whole(r.since))
	})
	if r.coll.Ordered && r.state.Whole {
		r.join = &join{
			q: q, listing: r.listing.ID, after: r.state.LastKey,
			goneAfter: r.goneAfter(),
		}
	}
	r.taken.reset(r.state.NextCursor, r.state.LastKey)
	return err
}

// resume finds how far the listing has come in this run. One that cannot go on
// where it broke off begins anew, and nothing counts twice; but what a system
// itself said to be gone it may not say again.
func (r *reading) resume(ctx context.Context, q *store.Queries, whole bool) (err error) {
	fresh, err := q.EnsureStagingListing(ctx, r.t.Run, r.listing.ID, whole)
	if err != nil {
		return err
	}
	if r.state, err = q.GetStagingListing(ctx, r.t.Run, r.listing.ID); err != nil {
		return err
	}
	if fresh > 0 {
		// What was named until now this reading shows, too.
		err = q.TakeNotified(ctx, store.TakeNotifiedParams{
			Run: &r.t.Run, Listing: &r.listing.ID, System: string(r.sys.Name), Kind: string(r.coll.Kind),
		})
		if err != nil {
			return fmt.Errorf("take what was named: %w", err)
		}
	}
	if fresh > 0 || r.state.Complete || r.state.NextCursor != "" || r.listed() {
		return nil
	}
	for _, clear := range []func(context.Context, uuid.UUID, int32) error{
		q.RestartStagingListing, q.RestartStagedKeys, q.RestartStagedItems,
	} {
		if err := clear(ctx, r.t.Run, r.listing.ID); err != nil {
			return fmt.Errorf("begin the listing anew: %w", err)
		}
	}
	r.state, err = q.GetStagingListing(ctx, r.t.Run, r.listing.ID)
	return err
}

// page takes one page in.
func (r *reading) page(ctx context.Context, p connector.Page) error {
	var err error
	if r.join != nil {
		err = r.walk(ctx, p)
	} else {
		err = r.look(ctx, p)
	}
	if err != nil {
		return err
	}
	for _, rm := range p.Removed {
		row := r.row(rm.ID, itemRemoved, nil, nil)
		row.Reason, row.Successor = string(rm.Reason), string(rm.Successor)
		r.taken.rows = append(r.taken.rows, row)
	}
	r.taken.note(p)
	r.counter.Read += int64(len(p.Items))
	if r.join == nil || r.taken.due() {
		err = r.flush(ctx)
	}
	if err == nil && r.t.Report != nil {
		r.t.Report(ctx, []step.Counter{r.counter})
	}
	return err
}

// differs reports whether a record is to be staged: it is new, was missing or
// shows something else than last time.
func differs(known bool, missing int32, was, digest []byte) bool {
	return !known || missing != 0 || !bytes.Equal(was, digest)
}

func (r *reading) changed(it connector.Item, digest []byte) store.StageItemParams {
	return r.row(it.ID, itemChanged, bytes.Clone(digest), encode(it.Fields))
}

// fault takes in a record that could not be read. known says that it was seen
// before.
func (r *reading) fault(f connector.Fault, s store.LastSeenOfRow, known bool) {
	r.counter.Quarantined++
	if f.ID == "" || known && s.Missing == 0 && len(s.Digest) == 0 {
		r.counter.Faults += b2i(f.ID == "")
		return // known to be unreadable
	}
	r.counter.Faults++
	row := r.row(f.ID, itemFault, []byte{}, nil)
	row.Reason = f.Why
	if f.Field != "" {
		row.Reason = fmt.Sprintf("field %s: %s", f.Field, f.Why)
	}
	r.taken.rows = append(r.taken.rows, row)
}

// seen looks up what was seen of a few records.
func (r *reading) seen(ctx context.Context, ids []string) (map[string]store.LastSeenOfRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := r.e.store.LastSeenOf(ctx, r.listing.ID, ids)
	if err != nil {
		return nil, fmt.Errorf("look up what was seen: %w", err)
	}
	out := make(map[string]store.LastSeenOfRow, len(rows))
	for _, s := range rows {
		out[s.ExternalID] = s
	}
	return out, nil
}

func (r *reading) row(id record.ExternalID, state string, digest, fields []byte) store.StageItemParams {
	return store.StageItemParams{
		Run: r.t.Run, Listing: r.listing.ID, ExternalID: string(id), State: state, Digest: digest, Fields: fields,
	}
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
