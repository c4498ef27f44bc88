package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
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
	t       Task
	sys     *system
	coll    *connector.Collection
	listing store.Listing
	state   store.StagingListing
	digests *digester
	counter Counter
	print   string
}

// Read lists one view of a place and stages what differs from what the view
// last showed. Nothing else is written; unchanged records leave no row.
func (e *Engine) Read(ctx context.Context, t Task, r Read) (Slice, error) {
	sys, err := e.system(r.System)
	if err != nil {
		return Slice{}, err
	}
	coll, err := sys.host(r.Place, r.View)
	if err != nil {
		return Slice{}, err
	}
	rd := &reading{
		e: e, t: t, sys: sys, coll: coll,
		digests: newDigester(e.settings.DigestKey, sys.reads(r.Place, coll.View)),
		counter: Counter{System: r.System, Place: r.Place, Kind: coll.Kind},
	}
	before := sys.Meter.Calls()
	done, skipped, err := rd.run(ctx, r)
	rd.counter.Calls = sys.Meter.Calls() - before
	slice := Slice{Done: done, Counters: []Counter{rd.counter}}
	if skipped {
		slice.Detail = map[string]string{"skipped": "nothing has turned up that is not known there"}
	}
	return slice, err
}

func (r *reading) run(ctx context.Context, in Read) (done, skipped bool, err error) {
	if in.Select.IfUnbound {
		matters, err := r.matters(ctx)
		if err != nil || !matters {
			return err == nil, err == nil, err
		}
	}
	if err := r.begin(ctx); err != nil || r.state.Complete {
		return err == nil, false, err
	}
	for page, err := range r.coll.List(ctx, connector.Cursor(r.state.NextCursor)) {
		if err != nil {
			return false, false, err
		}
		if err := r.page(ctx, page); err != nil {
			return false, false, err
		}
		if page.Next != "" && !r.t.Until.IsZero() && !r.e.now().Before(r.t.Until) {
			return false, false, nil
		}
	}
	return true, false, r.end(ctx)
}

// matters reports whether a listing that is only needed for new records is
// needed now.
func (r *reading) matters(ctx context.Context) (bool, error) {
	staged, err := r.e.store.AnythingStaged(ctx, r.t.Run)
	if err != nil || staged {
		return staged, err
	}
	return r.e.store.AnyUnmade(ctx, string(r.sys.Name), r.coll.Place)
}

func (r *reading) begin(ctx context.Context) (err error) {
	if r.print, err = r.e.account(ctx, r.sys); err != nil {
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
	return r.e.tx(ctx, r.t, func(_ pgx.Tx, q *store.Queries) error {
		if err := q.EnsureStagingListing(ctx, r.t.Run, r.listing.ID); err != nil {
			return err
		}
		r.state, err = q.GetStagingListing(ctx, r.t.Run, r.listing.ID)
		return err
	})
}

// page stages one page in one transaction, cursor included.
func (r *reading) page(ctx context.Context, p connector.Page) error {
	ids := make([]string, 0, len(p.Items)+len(p.Faults))
	for _, it := range p.Items {
		ids = append(ids, string(it.ID))
	}
	for _, f := range p.Faults {
		if f.ID != "" {
			ids = append(ids, string(f.ID))
		}
	}
	seen, err := r.seen(ctx, ids)
	if err != nil {
		return err
	}
	rows := r.compare(p, seen)
	r.counter.Read += int64(len(p.Items))
	err = r.e.tx(ctx, r.t, func(_ pgx.Tx, q *store.Queries) error {
		if err := q.StageKeys(ctx, r.t.Run, r.listing.ID, ids); err != nil {
			return err
		}
		if err := stage(ctx, q, rows); err != nil {
			return err
		}
		return r.advance(ctx, q, p, int64(len(p.Faults)), "")
	})
	if err == nil && r.t.Report != nil {
		r.t.Report(ctx, []Counter{r.counter})
	}
	return err
}

func (r *reading) advance(ctx context.Context, q *store.Queries, p connector.Page, faults int64, last string) error {
	a := store.AdvanceStagingListingParams{
		SignedIn: p.Evidence.SignedIn, Filters: p.Evidence.Filters, Ended: p.Evidence.End,
		Count: faults, Absent: nameless(p), NextCursor: string(p.Next), LastKey: last, Run: r.t.Run, Listing: r.listing.ID,
	}
	if p.Evidence.Stated {
		n := int32(p.Evidence.Count)
		a.Stated = &n
	}
	return q.AdvanceStagingListing(ctx, a)
}

// nameless counts the faults whose id could not be read.
func nameless(p connector.Page) (n int64) {
	for _, f := range p.Faults {
		n += b2i(f.ID == "")
	}
	return n
}

func (r *reading) seen(ctx context.Context, ids []string) (map[string]store.SeenOfRow, error) {
	rows, err := r.e.store.SeenOf(ctx, r.listing.ID, ids)
	if err != nil {
		return nil, fmt.Errorf("look up what was seen: %w", err)
	}
	out := make(map[string]store.SeenOfRow, len(rows))
	for _, s := range rows {
		out[s.ExternalID] = s
	}
	return out, nil
}

// compare returns the rows to stage: what differs from what was seen.
func (r *reading) compare(p connector.Page, seen map[string]store.SeenOfRow) []store.StageItemParams {
	var rows []store.StageItemParams
	for _, it := range p.Items {
		digest := r.digests.of(it.Fields)
		if s, ok := seen[string(it.ID)]; ok && s.Missing == 0 && string(s.Digest) == string(digest) {
			continue
		}
		rows = append(rows, r.row(it.ID, itemChanged, append([]byte(nil), digest...), encode(it.Fields)))
	}
	for _, f := range p.Faults {
		r.counter.Quarantined++
		s, known := seen[string(f.ID)]
		if f.ID == "" || known && s.Missing == 0 && len(s.Digest) == 0 {
			r.counter.Faults += b2i(f.ID == "")
			continue // known to be unreadable
		}
		r.counter.Faults++
		row := r.row(f.ID, itemFault, []byte{}, nil)
		row.Reason = f.Why
		if f.Field != "" {
			row.Reason = fmt.Sprintf("field %s: %s", f.Field, f.Why)
		}
		rows = append(rows, row)
	}
	for _, rm := range p.Removed {
		row := r.row(rm.ID, itemRemoved, nil, nil)
		row.Reason, row.Successor = string(rm.Reason), string(rm.Successor)
		rows = append(rows, row)
	}
	return rows
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (r *reading) row(id record.ExternalID, state string, digest, fields []byte) store.StageItemParams {
	return store.StageItemParams{
		Run: r.t.Run, Listing: r.listing.ID, ExternalID: string(id), State: state, Digest: digest, Fields: fields,
	}
}

func stage(ctx context.Context, q *store.Queries, rows []store.StageItemParams) error {
	if len(rows) == 0 {
		return nil
	}
	var first error
	q.StageItem(ctx, rows).Exec(func(_ int, err error) {
		if err != nil && first == nil {
			first = err
		}
	})
	return first
}

// end judges the listing and stages what is absent from it.
func (r *reading) end(ctx context.Context) error {
	return r.e.tx(ctx, r.t, func(_ pgx.Tx, q *store.Queries) error {
		st, err := q.GetStagingListing(ctx, r.t.Run, r.listing.ID)
		if err != nil {
			return err
		}
		keys, err := q.CountStagedKeys(ctx, r.t.Run, r.listing.ID)
		if err != nil {
			return err
		}
		known, err := q.CountKnown(ctx, r.listing.ID)
		if err != nil {
			return err
		}
		absent, err := q.CountAbsent(ctx, r.listing.ID, int32(r.e.settings.Censuses), r.t.Run)
		if err != nil {
			return err
		}
		return r.judge(ctx, q, st, keys, known, absent)
	})
}

// judge decides what the absences mean. Until here st.Count has counted the
// faults, and st.Absent those without an id.
func (r *reading) judge(ctx context.Context, q *store.Queries, st store.StagingListing, keys, known, absent int64) error {
	faults, nameless := st.Count, st.Absent
	if faultTolerance.Exceeded(faults, keys) {
		return &Stop{Drifted, "TOO_MANY_FAULTS", fmt.Sprintf(
			"%d of %d records of %s %s could not be read; the page has changed", faults, keys, r.sys.Name, r.coll.Place)}
	}
	c := reconcile.Census{Count: keys + nameless, Known: known, Absent: absent, Evidence: connector.Evidence{
		SignedIn: st.SignedIn, Filters: st.Filters, End: st.Ended, Stated: st.Stated != nil,
	}}
	if st.Stated != nil {
		c.Evidence.Count = int(*st.Stated)
	}
	why := reconcile.Certify(c, r.e.settings.Missing)
	switch {
	case !r.coll.Census:
		absent = 0
	case nameless > 0:
		// Any of the missing may be one of those whose id could not be read.
		why, absent = "records without a readable id", 0
	case why == "" && absent > 0:
		err := q.StageAbsent(ctx, r.t.Run, r.listing.ID, int32(r.e.settings.Censuses))
		if err != nil {
			return err
		}
	}
	return q.CompleteStagingListing(ctx, store.CompleteStagingListingParams{
		Certified: why == "", Why: why, Count: keys, Absent: absent, Fingerprint: r.print, Run: r.t.Run, Listing: r.listing.ID,
	})
}
