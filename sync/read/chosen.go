package read

import (
	"context"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// runChosen reads the records that a selection chooses; a slice that goes on chooses again.
func (r fetching) runChosen(ctx context.Context, s step.Selection) (done, skipped bool, err error) {
	ids, whole, err := r.choose(ctx, s)
	switch {
	case err != nil:
		return false, false, fmt.Errorf("choose what to read: %w", err)
	case whole:
		return r.runListed(ctx, step.All)
	case len(ids) == 0 && s.Of == "":
		return true, true, nil
	}
	slices.Sort(ids) // as they are fetched
	if err := r.begin(ctx, s); err != nil || r.state.Complete {
		return err == nil, false, err
	}
	return r.through(ctx, r.fetch(ctx, ids))
}

// choose returns the ids of the records that are chosen, or that all are to be read.
func (r fetching) choose(ctx context.Context, s step.Selection) (ids []string, whole bool, err error) {
	if p := r.Policies.Of(r.coll.Kind); s.Of != "" {
		if p == nil || p.Selections[s.Of] == nil {
			return nil, false, fmt.Errorf("the policy of %s has no selection %q", r.coll.Kind, s.Of)
		}
		at := store.BoundRecordsParams{System: string(r.system.Name), Place: r.coll.Place, Scope: r.coll.Scope, Kind: string(r.coll.Kind)}
		ids, err = r.Store.Selected(ctx, at, func(f record.Fields) bool { return p.Selections[s.Of](f, r.Now()) })
		return ids, false, err
	}
	if r.coll.Get == nil && r.coll.Visit == nil {
		return nil, false, nil
	}
	if s.Asked {
		of := r.Policies.Of(r.task.Kind)
		target := of.Target(r.system.Name) != nil // where what is found does not change what is read
		ids, err = r.Store.Asked(ctx, r.system.Name, store.AskedOf{Run: r.task.Run, Kind: r.task.Kind, Keys: r.task.Keys, Found: !target}, of.Key)
		return ids, target && len(ids) < len(r.task.Keys), err
	}
	followed, err := r.system.Host(s.Follows.Place, s.Follows.View)
	if err != nil {
		return nil, false, err
	}
	ids, err = r.Store.Following(ctx, store.FollowingParams{
		Run: r.task.Run, Field: string(s.Follows.Field), System: string(r.system.Name),
		Place: followed.Place, Scope: followed.Scope, View: followed.View, Kind: string(followed.Kind),
		OwnPlace: r.coll.Place, OwnScope: r.coll.Scope, OwnKind: string(r.coll.Kind),
	})
	return ids, false, err
}
