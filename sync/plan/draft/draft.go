// Package draft holds a plan in the making: the entities, sync records and
// items that it has taken up, with what has been decided of them so far, and
// what comes out. It decides nothing itself.
package draft

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// Plan is a plan in the making.
type Plan struct {
	In  fact.Input
	Ask fact.Questions
	Out Output

	// Candidates are the entities to be planned.
	Candidates map[record.Kind][]*Entity
	Items      []*Item
	// Unbound are the items that are nobody's yet.
	Unbound map[record.Kind][]*Item
	// ByRemote has the sync records by remote id; Strays are those that were
	// seen and are unmanaged.
	ByRemote map[fact.Request]*Record
	Strays   []*Record
	// Merges are entities of which a source says that they are one; Moved has the
	// key that a key has become.
	Merges []derive.Alias
	Moved  map[Name]string
	// Left are the entities whose record at a source is missing, by the key that it
	// showed, where that is no longer the entity's own.
	Left map[Name]*Entity
	// Planned are the items dealt with, and of whose component they are; nil: of
	// their own.
	Planned map[fact.ItemID]*Entity

	// Touched is one of those who touch a group that was made again, by its key;
	// Refused are groups that are too large to be; Heirs is what stays the same of
	// entities that come or go.
	Touched map[string]*Entity
	Refused map[fact.GroupName]bool
	Heirs   map[Name]*Entity
	// Beside are the stored records that are not ours and that a group was made again
	// beside, with the key of the group.
	Beside map[fact.Node]string

	StandIns StandIns

	// Compared is by what newcomers were compared with those who are there, and one of
	// the entities that came of it.
	Compared map[string]*Entity
	// ShownAgain are listings of which something cannot be decided in this run, since it
	// has not read what it hangs on.
	ShownAgain map[int32]bool

	// Unclear are the keys that are looked at again when all is decided; true: it was
	// known before that nothing tells whose the records are.
	Unclear map[Claim]bool

	claims  map[Claim][]*Item
	shownAs map[fact.Request]*Item
	shown   map[fact.ItemID]*Item
	byName  map[Name]*Entity
	byID    map[record.EntityID]*Entity
	byRow   map[int64]*Record
}

// New begins a plan. A reading that failed takes part with nothing.
func New(in fact.Input) *Plan {
	d := &Plan{
		In: in, Ask: fact.Questions{Snapshot: in.Snapshot, Need: fact.Need{}}, Out: newOutput(), Candidates: map[record.Kind][]*Entity{},
		Unbound: map[record.Kind][]*Item{}, ByRemote: map[fact.Request]*Record{}, Moved: map[Name]string{}, Left: map[Name]*Entity{},
		Planned: map[fact.ItemID]*Entity{}, Touched: map[string]*Entity{}, Refused: map[fact.GroupName]bool{}, Heirs: map[Name]*Entity{},
		Beside: map[fact.Node]string{}, Compared: map[string]*Entity{}, ShownAgain: map[int32]bool{},
		Unclear: map[Claim]bool{}, claims: map[Claim][]*Item{}, StandIns: StandIns{by: map[fact.Request]string{}, of: map[Claim][]record.ExternalID{}}, shownAs: map[fact.Request]*Item{}, shown: map[fact.ItemID]*Item{}, byName: map[Name]*Entity{}, byID: map[record.EntityID]*Entity{}, byRow: map[int64]*Record{},
	}
	listings := map[int32]*fact.Listing{}
	for i := range in.Listings {
		listings[in.Listings[i].ID] = &in.Listings[i]
	}
	for _, it := range in.Items {
		l := listings[it.Listing]
		if l == nil || l.Reading == nil || !l.Reading.Complete {
			continue
		}
		if colls := in.Systems[l.System]; colls != nil {
			it.Fields = it.Fields.Clone()
			if why := in.Unstorable(&it); why != "" { // it is as it was, and put aside
				it.State, it.Reason = fact.Faulty, why
			}
			taken := &Item{Item: it, Where: l, offered: colls}
			d.Items, d.shown[taken.Name()] = append(d.Items, taken), taken
		}
	}
	return d
}

// Create puts a new entity in.
func (d *Plan) Create(kind record.Kind, key string) *Entity {
	ent := &Entity{
		Entity: record.Entity{Kind: kind, Key: key, Fields: record.Fields{}}, From: map[record.Field]fact.Origin{},
		Made: record.Fields{}, loaded: true, Dirty: true, Changed: true,
	}
	d.byName[Name{kind, key}] = ent
	return ent
}

// Want makes an entity a candidate, once.
func (d *Plan) Want(ent *Entity) {
	if !ent.candidate {
		ent.candidate = true
		d.Candidates[ent.Kind] = append(d.Candidates[ent.Kind], ent)
	}
}

// InScope reports whether the run may touch an entity.
func (d *Plan) InScope(ent *Entity) bool {
	if len(d.In.Keys) == 0 || ent.candidate {
		return true
	}
	return slices.Contains(d.In.Keys, ent.Key) && named(d.In, ent.Kind)
}

// named reports whether the keys of the run name entities of a kind: of its own, and of
// one that is a part of the same record somewhere and has the same key, such as a photo.
func named(in fact.Input, kind record.Kind) bool {
	of, p := in.Policies.Of(in.Kind), in.Policies.Of(kind)
	if kind == in.Kind || of == nil || p == nil {
		return kind == in.Kind
	}
	for _, f := range p.KeyFields {
		if !slices.Contains(of.KeyFields, f) {
			return false
		}
	}
	for _, colls := range in.Systems {
		for _, c := range colls {
			if host := colls.Host(c.Place, ""); c.Part && c.Kind == kind && host != nil && host.Kind == in.Kind {
				return true
			}
		}
	}
	return false
}

// Set changes a field of an entity.
func (d *Plan) Set(ent *Entity, f record.Field, value string, from record.System) {
	ent.Fields[f], ent.From[f] = value, reconcile.Next(ent.From[f], from, d.In.Now)
	ent.Dirty, ent.Changed = true, true
}

// Record takes a stored sync record up, once.
func (d *Plan) Record(stored *fact.SyncRecord) *Record {
	if rec := d.byRow[stored.ID]; rec != nil {
		return rec
	}
	rec := &Record{SyncRecord: *stored, Old: stored, Collection: d.In.Systems[stored.System].Of(stored.Place, stored.Kind)}
	rec.Reads = d.In.Systems[stored.System].Shown(stored.Place, stored.Kind)
	rec.Remote, rec.BaseLocal, rec.BaseRemote = stored.Remote.Clone(), stored.BaseLocal.Clone(), stored.BaseRemote.Clone()
	rec.Echo = stored.Echo.Clone()
	if stored.Entity == 0 {
		rec.PendingOp = "" // an orphan that is not as it was is not removed
	}
	d.byRow[stored.ID] = rec
	if stored.ExternalID != "" {
		d.ByRemote[rec.At(stored.ExternalID)] = rec
	}
	if ent := d.byID[stored.Entity]; stored.Entity != 0 && ent != nil {
		rec.Owner = ent
		ent.Records = append(ent.Records, rec)
	}
	return rec
}

// NewRecord takes up a record that is not stored.
func (d *Plan) NewRecord(system record.System, coll *connector.Collection, ent *Entity, id record.ExternalID) *Record {
	rec := &Record{
		Collection: coll, Owner: ent, Dirty: true, Reads: d.In.Systems[system].Shown(coll.Place, coll.Kind),
		SyncRecord: fact.SyncRecord{
			System: system, Place: coll.Place, Scope: coll.Scope, Kind: coll.Kind, ExternalID: id, CreatedBy: record.ByUnknown,
			Remote: record.Fields{}, BaseLocal: record.Fields{}, BaseRemote: record.Fields{},
		},
	}
	rec.Echo = rec.Echo.Clone()
	if id != "" {
		d.ByRemote[rec.At(id)] = rec
	}
	if ent != nil {
		ent.Records = append(ent.Records, rec)
	}
	return rec
}

// Found returns the sync record of an item, or nil.
func (d *Plan) Found(it *Item, kind record.Kind) *Record { return d.ByRemote[it.At(kind, it.ID)] }

// Shown returns the staged item of a name, or nil.
func (d *Plan) Shown(id fact.ItemID) *Item { return d.shown[id] }

// Rows are the stored sync records that the plan has taken up.
func (d *Plan) Rows() map[int64]*Record { return d.byRow }

// Entities are the entities that the plan has taken up or created.
func (d *Plan) Entities() map[Name]*Entity { return d.byName }

// Mark notes that an item has been planned, so that what was last seen moves
// when the plan is applied.
func (d *Plan) Mark(it *Item, ent *Entity) {
	id := it.Name()
	if of := d.Planned[id]; of != nil && ent != nil {
		ent.Join(of) // one record of several kinds
		return
	} else if of != nil {
		return
	}
	d.Planned[id] = ent
}
