package match

import (
	"github.com/touchline-sync/touchline/sync/plan/change"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// Renamed has entities found by the natural key that they show now, too: an entity
// keeps its key, also when what the key was made of has changed at the source. Example:
// a member with another relation code, whom a target lists under it.
func Renamed(d *draft.Plan, p *policy.Policy) {
	for _, ent := range d.Candidates[p.Kind] {
		key := p.Key(ent.Fields)
		if key == "" || key == ent.Key || ent.Rule != "" || ent.Deleted != "" || len(key) > record.MaxKey || byKey(d, p, key) != nil {
			continue
		}
		d.Moved[draft.Name{Kind: p.Kind, Key: key}] = ent.Key
		d.Out.Aliases = append(d.Out.Aliases, draft.Alias{
			Alias: change.Alias{Kind: p.Kind, From: key, To: ent.Key, Reason: record.Renamed}, Of: ent,
		})
	}
}

// byKey finds the entity with a natural key: the one that has it as its own, or became
// another, or shows it since it was renamed. One that showed it once, and no longer
// does, is none.
func byKey(d *draft.Plan, p *policy.Policy, key string) *draft.Entity {
	ent := d.Lookup(p.Kind, key)
	if ent == nil || ent.Key == key || d.Exact(p.Kind, key) != nil || p.Key(ent.Fields) == key {
		return ent
	}
	return nil
}
