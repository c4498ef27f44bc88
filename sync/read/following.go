package read

import (
	"context"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// runFollowing reads the records of which another listing shows a field otherwise than
// they had it when they were read last.
func (r fetching) runFollowing(ctx context.Context, s step.Selection) (done, skipped bool, err error) {
	followed, err := r.system.Host(s.Follows.Place, s.Follows.View)
	if err != nil || r.coll.Get == nil {
		return err == nil, err == nil, err
	}
	ids, err := r.Store.Following(ctx, store.FollowingParams{
		Run: r.task.Run, Field: string(s.Follows.Field), System: string(r.system.Name),
		Place: followed.Place, Scope: followed.Scope, View: followed.View, Kind: string(followed.Kind),
		OwnPlace: r.coll.Place, OwnScope: r.coll.Scope, OwnKind: string(r.coll.Kind),
	})
	if err != nil {
		return false, false, fmt.Errorf("look up what has changed in another listing: %w", err)
	}
	if len(ids) == 0 {
		return true, true, nil
	}
	slices.Sort(ids) // as they are fetched
	if err := r.begin(ctx, s); err != nil || r.state.Complete {
		return err == nil, false, err
	}
	return r.through(ctx, r.fetch(ctx, ids))
}
