package draft

import (
	"cmp"
	"slices"

	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/record"
)

// OfKind takes up the entities that a question about a whole kind names.
func (d *Plan) OfKind(what fact.What, kind record.Kind) []*Entity {
	return d.ByIDs(d.Ask.IDs(what, kind))
}

// ByIDs takes entities up by id. Those that the snapshot does not have yet are
// asked for.
func (d *Plan) ByIDs(ids []record.EntityID) []*Entity {
	out := make([]*Entity, 0, len(ids))
	for _, id := range ids {
		if e := d.Ask.Entity(id); e != nil {
			out = append(out, d.Take(e))
		}
	}
	return out
}

// Lookup finds an entity by key, as this plan has it by now; an alias counts as
// the key that it has become.
func (d *Plan) Lookup(kind record.Kind, key string) *Entity {
	stored, became := d.Ask.Key(kind, key)
	ent := d.byName[Name{kind, key}]
	if ent == nil && stored != nil {
		ent = d.Take(stored)
	}
	now := cmp.Or(d.Moved[Name{kind, key}], became)
	if now == "" || now == key || ent != nil && ent.Deleted == "" {
		return ent
	}
	if to := d.Exact(kind, now); to != nil {
		return to
	}
	return ent
}

// Exact finds an entity by key, aliases aside.
func (d *Plan) Exact(kind record.Kind, key string) *Entity {
	if ent := d.byName[Name{kind, key}]; ent != nil {
		return ent
	}
	if e, _ := d.Ask.Key(kind, key); e != nil {
		return d.Take(e)
	}
	return nil
}

// Known returns the entity of a name that this plan has taken up or created, or
// nil; it asks for nothing.
func (d *Plan) Known(n Name) *Entity { return d.byName[n] }

// Taken returns the entity of an id that this plan has taken up, or nil; it asks
// for nothing.
func (d *Plan) Taken(id record.EntityID) *Entity { return d.byID[id] }

// Take takes a stored entity up, once.
func (d *Plan) Take(e *fact.Entity) *Entity {
	if ent := d.byID[e.ID]; ent != nil {
		return ent
	}
	ent := &Entity{Entity: e.Entity, Old: e, From: make(map[record.Field]fact.Origin, len(e.From)), Rule: e.Rule, Group: e.Group, Made: e.Made}
	ent.Fields = e.Fields.Clone()
	for f, o := range e.From {
		ent.From[f] = o
	}
	d.byID[e.ID], d.byName[ent.Name()] = ent, ent
	return ent
}

// Complete takes up all sync records of entities.
func (d *Plan) Complete(ents ...*Entity) {
	for _, ent := range ents {
		if ent.loaded {
			continue
		}
		rows, known := d.Ask.RecordsOf(ent.ID)
		if !known {
			continue
		}
		ent.loaded = true
		rows = slices.Clone(rows)
		slices.SortFunc(rows, func(x, y *fact.SyncRecord) int {
			return cmp.Or(cmp.Compare(x.System, y.System), cmp.Compare(x.ID, y.ID))
		})
		for _, row := range rows {
			d.Record(row)
		}
	}
}
