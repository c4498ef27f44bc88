package snapshot

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Orphans plans the removal of what no entity wants at the places that the run has read
// whole, page by page, and stores it. A record that has changed since it was last seen
// is left to the plans that take in what was read.
func (p Planner) Orphans(ctx context.Context, in plan.Input) (plan.Sum, error) {
	d := &planning{Planner: p, in: in, stored: map[int32]storedBatch{}, batch: 1}
	d.Most, d.ApplyMost = cmp.Or(p.Most, batchMost), cmp.Or(p.ApplyMost, applyMost)
	for i := range in.Listings {
		l := &in.Listings[i]
		if finds, _ := plan.FindsOrphans(l); !finds {
			continue
		}
		coll := in.Systems[l.System].Host(l.Place, l.View)
		if coll == nil || coll.Kind.Family() != in.Family {
			continue
		}
		if page := in.Policies.Of(coll.Kind); page != nil && !page.IsSource(l.System) {
			if err := d.orphansAt(ctx, l, coll.Kind, page); err != nil {
				return plan.Sum{}, err
			}
		}
	}
	return d.sum(ctx)
}

// orphansAt plans those of one listing.
func (d *planning) orphansAt(ctx context.Context, l *plan.Listing, kind record.Kind, page *policy.Policy) error {
	proved, err := d.proved(ctx, l, kind, page)
	if err != nil {
		return err
	}
	p := store.MadeAndShownParams{
		Listing: l.ID, System: string(l.System), Place: l.Place, Scope: l.Scope, Kind: string(kind), Proved: proved, Run: d.Run,
		Most: int32(d.Most), //nolint:gosec // hundreds
	}
	for {
		ids, err := d.Store.MadeAndShown(ctx, p)
		if err != nil || len(ids) == 0 {
			return asked("what we have made", err)
		}
		p.After = ids[len(ids)-1]
		rows, err := d.Store.OwnersOf(ctx, l.ID, string(l.System), ids)
		if err != nil {
			return asked("whose records they are", err)
		}
		made := make([]plan.Orphan, 0, len(rows))
		for i := range rows {
			if row := &rows[i]; row.Seen != nil {
				made = append(made, plan.Orphan{
					SyncRecord: *syncRecord(&row.SyncRecord), Owner: row.Entity(), Beside: row.Beside, Planned: row.Planned, Seen: row.Seen,
				})
			}
		}
		if c := plan.Orphans(&d.in, l, made); len(c.Rows) > 0 {
			if err := d.store(ctx, int32(len(d.stored))+1, c, nil); err != nil { //nolint:gosec // thousands
				return err
			}
		}
	}
}

// shownWithin is how long after a create a daily reading has shown what it has made.
const shownWithin = 26 * time.Hour

// proved returns the unmanaged records of a listing that the journal proves to be ours:
// the answer to a create has named them, and they show the key that they were made with;
// or a create of which nobody knows what became, before which there was none, had their
// key, and they are the only ones to show it and turned up with the next readings.
func (d *planning) proved(ctx context.Context, l *plan.Listing, kind record.Kind, page *policy.Policy) ([]int64, error) {
	out := []int64{}
	named, err := d.Store.CreatesUnbound(ctx, store.CreatesUnboundParams{System: string(l.System), Place: l.Place, Scope: l.Scope, Kind: string(kind)})
	if err != nil {
		return nil, asked("the journal", err)
	}
	for _, row := range named {
		key, err := keySent(page, row.Sent)
		if err != nil {
			return nil, err
		}
		if key != "" && key == page.Key(record.DecodeFields(row.Remote)) {
			out = append(out, row.ID)
		}
	}
	lost, err := d.givenUp(ctx, l, kind, page)
	if err != nil {
		return nil, err
	}
	out = append(out, lost...)
	slices.Sort(out)
	return slices.Compact(out), nil
}

// givenUp returns what creates have made of which nobody knows what became.
func (d *planning) givenUp(ctx context.Context, l *plan.Listing, kind record.Kind, page *policy.Policy) ([]int64, error) {
	rows, err := d.Store.CreatesGivenUp(ctx, store.CreatesGivenUpParams{System: string(l.System), Place: l.Place, Scope: l.Scope, Kind: string(kind)})
	if err != nil || len(rows) == 0 {
		return nil, asked("the journal", err)
	}
	tried := map[string][]store.CreatesGivenUpRow{}
	for _, row := range rows {
		key, err := keySent(page, row.Sent)
		if err != nil {
			return nil, err
		}
		if key != "" {
			tried[key] = append(tried[key], row)
		}
	}
	there := map[string][]store.SyncRecord{}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(tried)), askedMost) {
		all, err := d.Store.UnmanagedByNaturalKey(ctx, string(l.System), string(kind), part)
		if err != nil {
			return nil, asked("unmanaged records", err)
		}
		for _, r := range all {
			if r.Place == l.Place && r.Scope == l.Scope && r.Quarantine != reconcile.NotThere {
				there[r.NaturalKey] = append(there[r.NaturalKey], r)
			}
		}
	}
	var out []int64
	for key, all := range there {
		if r := all[0]; len(all) == 1 && r.CreatedBy == record.ByUnknown && r.RemoteSyncedOn != nil && slices.ContainsFunc(tried[key], func(j store.CreatesGivenUpRow) bool {
			return r.RemoteSyncedOn.After(j.At) && r.RemoteSyncedOn.Before(j.Until.Add(shownWithin))
		}) {
			out = append(out, r.ID)
		}
	}
	return out, nil
}

// keySent is the key of what was sent to make a record.
func keySent(page *policy.Policy, sent []byte) (string, error) {
	change, err := record.DecodeChange(sent)
	if err != nil {
		return "", asked("the journal", err)
	}
	f := record.Fields{}
	for name, c := range change {
		f[name] = c[1]
	}
	return page.Key(f), nil
}
