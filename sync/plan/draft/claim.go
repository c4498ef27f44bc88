package draft

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/plan/change"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// Why a record stays nobody's although its key is that of an entity, or would make
// one.
const (
	// Duplicate is told of records that show one key at one place. It is also why no
	// record is made there beside them.
	Duplicate = "several records there show this key, and nothing tells which of them it is"
	// SomebodyElse is told of a record under a new id: its key is known, and who it is
	// about contradicts what was known.
	SomebodyElse = "its key is known, and it is about somebody else"
)

// Claim names a natural key at a place. Unmanaged records that show the key there
// claim it: one of them is the entity's record, and of several none is taken, since
// nothing tells which.
type Claim struct {
	System record.System
	Place  string
	Scope  string
	Kind   record.Kind
	Key    string
}

// ClaimOf is the claim of a record to a key.
func (r *Record) ClaimOf(key string) Claim { return Claim{r.System, r.Place, r.Scope, r.Kind, key} }

// ClaimOf is the claim of an item to a key.
func (it *Item) ClaimOf(kind record.Kind, key string) Claim {
	return Claim{it.Where.System, it.Where.Place, it.Where.Scope, kind, key}
}

// Shows notes that an item is shown as a record of a kind, changed.
func (d *Plan) Shows(it *Item, kind record.Kind) { d.shownAs[it.At(kind, it.Item.ID)] = it }

// ShownBy returns the item that shows the record changed in this run, or nil.
func (r *Record) ShownBy(d *Plan) *Item { return d.shownAs[r.At(r.ExternalID)] }

// Claims notes that an item that is nobody's shows a key.
func (d *Plan) Claims(it *Item, kind record.Kind, key string) {
	c := it.ClaimOf(kind, key)
	if !slices.Contains(d.claims[c], it) {
		d.claims[c] = append(d.claims[c], it)
	}
}

// Claimants are the ids of the unmanaged records that show a key at a place, as they
// are known by now, sorted; gone are those that claim nothing since no listing shows
// them any more.
func (d *Plan) Claimants(c Claim) (ids, gone []record.ExternalID) {
	for _, it := range d.claims[c] {
		if rec := d.Found(it, c.Kind); rec == nil || rec.Owner == nil && !rec.Dropped {
			ids = append(ids, it.Item.ID)
		}
	}
	for _, stored := range d.Ask.Namesakes(c.System, c.Kind, c.Key) {
		rec := d.Record(stored)
		by := d.StandIns.by[rec.At(rec.ExternalID)]
		switch {
		case by != "" && by != c.Key:
		case rec.Owner != nil, rec.Dropped, rec.Collection == nil, rec.ExternalID == "", rec.Place != c.Place, rec.Scope != c.Scope:
		case rec.ShownBy(d) != nil: // it claims what it shows now
		case rec.Quarantine == reconcile.NotThere:
			gone = append(gone, rec.ExternalID)
		default:
			ids = append(ids, rec.ExternalID)
		}
	}
	for _, id := range d.StandIns.of[c] {
		if rec := d.Unmanaged(c, id); rec != nil && !rec.Dropped && rec.ShownBy(d) == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), gone
}

// Unmanaged returns the stored record of a claimant, or nil.
func (d *Plan) Unmanaged(c Claim, id record.ExternalID) *Record {
	rec := d.ByRemote[fact.Remote(c.System, c.Place, c.Scope, c.Kind, id)]
	if rec == nil || rec.Owner != nil || rec.Collection == nil {
		return nil
	}
	return rec
}

// Mark notes at stored records that nothing tells whose they are: so the one that is
// missing next is asked for by itself.
func (c Claim) Mark(d *Plan, ids []record.ExternalID) {
	for _, id := range ids {
		if rec := d.Unmanaged(c, id); rec != nil && rec.Quarantine == "" && rec.ShownBy(d) == nil {
			rec.Quarantine, rec.Dirty = Duplicate, true
			d.Stray(rec)
		}
	}
}

// Unclear puts out, once in a run, the conflict that nothing tells whose the records
// are that show a key at a place. ent is the entity with the key, or nil.
func (o *Output) Unclear(ent *Entity, c Claim, why string) {
	if o.cited[c] {
		return
	}
	o.cited[c] = true
	o.Counter(record.Hub, "", c.Kind).Conflicts++
	if why == SomebodyElse {
		o.unclear(ent, c, reconcile.SomebodyElse, "")
	} else {
		o.unclear(ent, c, reconcile.Duplicate, "")
	}
}

// Clear ends both conflicts of a key.
func (o *Output) Clear(ent *Entity, c Claim) {
	o.unclear(ent, c, reconcile.Duplicate, record.Hub)
	o.unclear(ent, c, reconcile.SomebodyElse, record.Hub)
}

func (o *Output) unclear(ent *Entity, c Claim, why reconcile.Why, won record.System) {
	o.Conflicts = append(o.Conflicts, Conflict{Of: ent, Conflict: change.Conflict{
		Kind: c.Kind, Key: c.Key, Conflict: reconcile.Conflict{System: c.System, WonBy: won, Why: why},
	}})
}

// Look has a key at a place looked at again when all is decided, since one of those
// that show it has come or gone. marked says that it was known to be unclear.
func (d *Plan) Look(c Claim, marked bool) { d.Unclear[c] = d.Unclear[c] || marked }

// Stray takes up a record that is nobody's, once.
func (d *Plan) Stray(rec *Record) {
	if !rec.stray {
		rec.stray = true
		d.Strays = append(d.Strays, rec)
	}
}
