package hub

import (
	"context"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/hub/ems"
	"github.com/touchline-sync/touchline/sync/record"
)

// Place is a place of a system.
type Place struct {
	System       record.System
	Place, Scope string
}

// NewKeys returns by remote id the keys under which entities are to be made of records of
// a place. Asked again it answers alike, until the entity is there. The keys of a kind of
// our own tables are ids that no row has.
func (q *Queries) NewKeys(ctx context.Context, kind record.Kind, at Place, ids []string) (map[string]string, error) {
	out := make(map[string]string, len(ids))
	t, ours := ems.TableOf(kind)
	if !ours {
		for _, id := range ids {
			out[id] = fmt.Sprintf("%s/%s/%s", at.System, at.Place, id)
		}
		return out, nil
	}
	p := KeysGivenParams{Kind: string(kind), System: string(at.System), Place: at.Place, Scope: at.Scope, Ids: ids}
	if err := q.given(ctx, p, out); err != nil {
		return nil, err
	}
	missing := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return out[id] != "" })
	if len(missing) == 0 {
		return out, nil
	}
	// A program may have chosen ids that the sequence has not come to.
	sequence := "ems." + t.Name + "_id_seq"
	if _, err := q.db.Exec(ctx, fmt.Sprintf("select setval($1::text::regclass, m.id) from (select max(id) as id from ems.%s) m, %s s where m.id > s.last_value",
		t.Name, sequence), sequence); err != nil {
		return nil, fmt.Errorf("look which ids are free: %w", err)
	}
	if err := q.GiveKeys(ctx, GiveKeysParams{Kind: p.Kind, System: p.System, Place: p.Place, Scope: p.Scope, Sequence: sequence, Ids: missing}); err != nil {
		return nil, fmt.Errorf("give keys: %w", err)
	}
	return out, q.given(ctx, p, out)
}

// given reads the keys that were given, but for those that others have taken meanwhile.
func (q *Queries) given(ctx context.Context, p KeysGivenParams, out map[string]string) error {
	if err := q.ForgetTakenKeys(ctx, ForgetTakenKeysParams(p)); err != nil {
		return fmt.Errorf("forget keys that are taken: %w", err)
	}
	rows, err := q.KeysGiven(ctx, p)
	for _, r := range rows {
		out[r.ExternalID] = r.Key
	}
	return err
}
