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
	good, err := p.known(ctx, p.Store.Queries, ids)
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
