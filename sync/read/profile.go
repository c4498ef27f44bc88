package read

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/profile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// profiling compares a reading, as it streams by, with what is known, and holds what
// is unlike the good one.
type profiling struct {
	*reading

	subject  profile.Subject
	digest   profile.Digest
	comparer *profile.Comparer
	fixed    []record.Field // a new record of which one of these is held is not taken
	keep     bool           // the slice ends: what was taken in is stored
}

// profileOf begins the profile of a reading that shows all, or goes on with it.
// It is nil for any other reading. ok is false when an earlier slice has left
// none that fits how far the listing has come: then it begins anew.
func (r *reading) profileOf() (_ *profiling, ok bool, err error) {
	if !r.state.Whole || !r.coll.Complete {
		return nil, true, nil
	}
	var pages []*policy.Policy
	p := &profiling{reading: r}
	for _, c := range r.system.Collections().At(r.coll.Place, r.coll.View) {
		if page := r.Policies.Of(c.Kind); page != nil {
			pages = append(pages, page)
			if !c.Part {
				p.fixed = slices.Concat(page.KeyFields, page.Identity)
			}
		}
	}
	p.subject = profile.SubjectOf(r.system.Collections().Reads(r.coll.Place, r.coll.View), r.coll.Keys, pages...)
	var key [16]byte
	copy(key[:], record.NewDigester(r.Settings.DigestKey, []record.Field{"profile"}).Of(record.Fields{"profile": "key"}))
	p.digest = profile.NewDigest(key)
	var state *profile.State
	if r.state.NextCursor != "" || r.listed() {
		if len(r.state.ProfileState) == 0 || r.state.ProfileAt != r.state.NextCursor {
			return nil, false, nil
		}
		state = &profile.State{}
		if err := json.Unmarshal(r.state.ProfileState, state); err != nil {
			return nil, false, fmt.Errorf("read the profile of the slice before: %w", err)
		}
	}
	p.comparer = profile.NewComparer(p.subject, r.Settings.Profile, p.digest, state)
	return p, true, nil
}

// take takes records into the profile: those that are as they were last seen,
// and those that differ.
func (p *profiling) take(ctx context.Context, same, differ []connector.Item) error {
	if p == nil {
		return nil
	}
	for _, it := range same {
		p.comparer.Same(it.Fields, it.Keys)
	}
	ids := make([]string, len(differ))
	for i, it := range differ {
		ids[i] = string(it.ID)
	}
	good, err := p.good(ctx, p.Store.Queries, ids)
	if err != nil {
		return err
	}
	for _, it := range differ {
		if g := good[string(it.ID)]; g != nil {
			p.comparer.Pair(it.ID, g, it.Fields, it.Keys)
		} else {
			p.comparer.Add(it.Fields, it.Keys)
		}
	}
	return nil
}

// good returns what bound records are known to hold: what a good reading has
// shown of them, and what was written there since.
func (p *profiling) good(ctx context.Context, q *store.Queries, ids []string) (map[string]record.Fields, error) {
	out := map[string]record.Fields{}
	if len(ids) == 0 {
		return out, nil
	}
	for _, c := range p.system.Collections().At(p.coll.Place, p.coll.View) {
		rows, err := q.SyncRecordsByID(ctx, store.SyncRecordsByIDParams{
			System: string(p.system.Name), Place: c.Place, Scope: c.Scope, Kind: string(c.Kind), Ids: ids,
		})
		if err != nil {
			return nil, fmt.Errorf("read what is known of the records: %w", err)
		}
		part := map[string]record.Fields{}
		for _, row := range rows {
			if row.Entity != nil {
				part[*row.ExternalID] = record.DecodeFields(row.Remote)
			}
		}
		if err := p.asRead(ctx, q, c.Refs, part); err != nil {
			return nil, err
		}
		for id, fields := range part {
			out[id] = out[id].Over(fields)
		}
	}
	return out, nil
}

// asRead has references that are known say what a reading says: the ids of the records
// there, where what is kept are our keys.
func (p *profiling) asRead(ctx context.Context, q *store.Queries, refs map[record.Field]connector.Ref, known map[string]record.Fields) error {
	for f, ref := range refs {
		var keys []string
		for _, fields := range known {
			keys = append(keys, record.Referents(fields[f])...)
		}
		if len(keys) == 0 {
			continue
		}
		slices.Sort(keys)
		rows, err := q.BoundIDs(ctx, string(p.system.Name), string(ref.Kind), slices.Compact(keys))
		if err != nil {
			return fmt.Errorf("read what references stand for: %w", err)
		}
		ids := map[string]string{}
		for _, row := range rows {
			ids[row.Key] = *row.ExternalID
		}
		for _, fields := range known {
			if v := fields[f]; v != "" {
				fields[f] = record.IDSet(v, ids)
			}
		}
	}
	return nil
}

// keepProfile stores what the profile has taken in, so that the next slice goes
// on with it.
func (p *profiling) keepProfile(ctx context.Context, q *store.Queries) error {
	if p == nil || !p.keep {
		return nil
	}
	state, err := json.Marshal(p.comparer.State())
	if err != nil {
		return fmt.Errorf("store the profile: %w", err)
	}
	return q.KeepProfileState(ctx, state, p.task.Run, p.listing.ID)
}
