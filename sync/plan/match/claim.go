package match

import (
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/plan/change"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// claims notes which key an item shows that is nobody's, and that the record shows
// the key no longer that it showed before.
func claims(d *draft.Plan, p *policy.Policy, it *draft.Item) {
	coll, rec := it.Collection(p.Kind), d.Found(it, p.Kind)
	if coll == nil || coll.Part || it.State != fact.Changed || rec != nil && rec.Owner != nil {
		return
	}
	key := d.StandIns.KeyOf(it, p)
	if key == "" && rec != nil {
		key = rec.NaturalKey // such as of a contact that gave up what names it when we let it go
	}
	if key != "" {
		d.Claims(it, p.Kind, key)
	}
	if rec != nil && rec.NaturalKey != key {
		letsGo(d, p, rec)
	}
}

// vanished deals with a record that is nobody's and not there any more. It is
// remembered, since it may tell of a consent; but it claims its key no longer.
func vanished(d *draft.Plan, p *policy.Policy, it *draft.Item, coll *connector.Collection, rec *draft.Record) {
	switch {
	case len(d.In.Keys) > 0:
		return
	case it.State == fact.Removed:
		d.Mark(it, nil)
	case !absent(d, p, it, coll, rec):
		return
	}
	if rec == nil || coll.Part || rec.Quarantine == reconcile.NotThere {
		return
	}
	letsGo(d, p, rec)
	rec.Quarantine, rec.Dirty = reconcile.NotThere, true
	d.Stray(rec)
}

// letsGo has the key looked at that a record claims no longer: another that shows it
// may be the only one by now, and become a record of the entity.
func letsGo(d *draft.Plan, p *policy.Policy, rec *draft.Record) {
	if rec.NaturalKey == "" {
		return
	}
	d.Look(rec.ClaimOf(rec.NaturalKey), unclear(rec.Quarantine))
	if ent := d.Lookup(p.Kind, rec.NaturalKey); ent != nil && p.Target(rec.System) != nil && len(d.In.Keys) == 0 {
		d.Want(ent)
	}
}

// Clear closes what was told of keys of which it is clear by now whose the records
// are. The one that is left at a source, and was not shown, is fetched.
func Clear(d *draft.Plan, p *policy.Policy) {
	for c, marked := range d.Unclear {
		if c.Kind != p.Kind {
			continue
		}
		left, _ := d.Claimants(c)
		bound, ent := false, d.Lookup(c.Kind, c.Key)
		if ent != nil && ent.Deleted == "" {
			for _, r := range ent.Records {
				bound = bound || !r.Dropped && r.ExternalID != "" && r.System == c.System && r.Place == c.Place && r.Scope == c.Scope && r.Kind == c.Kind
			}
		}
		if n := len(left); n > 1 || n == 1 && bound {
			continue
		}
		if marked {
			d.Out.Clear(ent, c)
		}
		if len(left) == 1 && p.IsSource(c.System) {
			fetch(d, c, left[0])
		}
	}
}

func fetch(d *draft.Plan, c draft.Claim, id record.ExternalID) {
	if coll := d.In.Systems[c.System].Of(c.Place, c.Kind); coll != nil && coll.Get != nil {
		d.Out.Fetch(change.Notify{System: c.System, Kind: c.Kind, ID: id})
	}
}
