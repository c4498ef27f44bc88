package plan

import (
	"slices"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// name addresses an entity.
type name struct {
	kind record.Kind
	key  string
}

// entity is one entity in the course of a plan: as it is stored, and what it
// becomes.
type entity struct {
	record.Entity

	old     *Entity // nil when new
	from    map[record.Field]Origin
	rule    string // which rule makes it, and from which group
	group   string
	made    record.Fields // what the rule made of it last
	reps    []*syncRecord
	loaded  bool // reps are complete
	dirty   bool // the stored row must be written
	changed bool // fields or life changed: groups are touched
	touched bool // taken up in this run
	planned bool
	why     string  // reason for the plan
	parent  *entity // of the same component; nil: it stands for its own
	// moves has the systems where its record goes on at another place; inherits
	// says that it goes on under another key, or is what goes on.
	moves    map[record.System]bool
	inherits bool
	causes   []Cause // the readings that have changed it
	remade   bool    // its rule makes it still
	repaired bool    // what its life becomes takes back what nobody approved
	mended   map[record.Field]string
}

// askedAgain reports whether a Write has met something at one of the entity's
// records that no plan has seen.
func (ent *entity) askedAgain() bool { return ent.old != nil && ent.old.PlannedVersion == 0 }

// syncRecord is one remote record in the course of a plan.
type syncRecord struct {
	SyncRecord

	old    *SyncRecord // nil when new
	coll   *connector.Collection
	entity *entity
	staged bool // Remote is from this run
	dirty  bool // the row must be written
	bump   bool // something is to be done at the system
	drop   bool
	again  bool    // make it anew
	waits  bool    // for its end to be confirmed
	was    *entity // whose it was before it was let be
	// missing says that this run has not seen it where it should be.
	missing bool
}

// bound reports whether the record is stored as an entity's.
func (r *syncRecord) bound() bool { return r.old != nil && r.old.Entity != 0 }

// item is one staged item with where it was seen.
type item struct {
	Item

	colls   connector.Collections
	listing *Listing
	double  bool // another record there has the same natural key
}

// Builder is a plan in the making.
type Builder struct {
	in       Input
	need     Need
	ents     map[name]*entity
	byID     map[record.EntityID]*entity
	cands    map[record.Kind][]*entity // to be planned
	items    []*item
	shown    map[ItemID]*item
	notified map[Notify]bool
	touched  map[string]*entity // one of those who touch a group, by its key
	refused  map[GroupName]bool // groups that are not made again
	heirs    map[name]*entity   // what stays the same of entities that come or go
	listings map[int32]*Listing
	unbound  map[record.Kind][]*item
	reps     map[Request]*syncRecord // by remote id
	byRow    map[int64]*syncRecord
	strays   []*syncRecord  // seen, unmanaged
	merges   []derive.Alias // entities of which a source says that they are one
	moved    map[name]string
	planned  map[ItemID]*entity // items dealt with, and of whose component they are; nil: of their own
	doubted  map[*item]bool     // shown otherwise once more before it is believed
	counters map[name]*Counter
	out      Changes
}

// Build plans what follows from the input. When Need is not empty the snapshot
// lacks answers, and the changes are not to be used.
func Build(in Input) (Changes, Need) {
	b := newBuilder(in)
	b.plan()
	if len(b.need) > 0 {
		return Changes{}, b.need
	}
	return b.changes(), nil
}

func newBuilder(in Input) *Builder {
	b := &Builder{
		in: in, need: Need{}, ents: map[name]*entity{}, byID: map[record.EntityID]*entity{}, cands: map[record.Kind][]*entity{},
		listings: map[int32]*Listing{}, unbound: map[record.Kind][]*item{}, reps: map[Request]*syncRecord{},
		byRow: map[int64]*syncRecord{}, moved: map[name]string{}, planned: map[ItemID]*entity{}, doubted: map[*item]bool{},
		counters: map[name]*Counter{}, shown: map[ItemID]*item{}, notified: map[Notify]bool{}, touched: map[string]*entity{}, heirs: map[name]*entity{}, refused: map[GroupName]bool{},
	}
	b.out.Excluded = map[string]int64{}
	for i := range in.Listings {
		b.listings[in.Listings[i].ID] = &in.Listings[i]
	}
	for _, it := range in.Items {
		l := b.listings[it.Listing]
		if l == nil || l.Reading == nil || !l.Reading.Complete {
			continue // a read that failed takes part with nothing
		}
		if colls := in.Systems[l.System]; colls != nil {
			it.Fields = it.Fields.Clone()
			taken := &item{Item: it, colls: colls, listing: l}
			b.items, b.shown[ItemID{it.Listing, it.ID}] = append(b.items, taken), taken
		}
	}
	return b
}

// ask reports whether the snapshot has the answer to a question; it notes the
// question when not.
func (b *Builder) ask(r Request) bool {
	if _, ok := b.in.Snapshot.known[r]; ok {
		return true
	}
	b.need[r] = struct{}{}
	return false
}

// create puts a new entity in.
func (b *Builder) create(kind record.Kind, key string) *entity {
	ent := &entity{
		Entity: record.Entity{Kind: kind, Key: key, Fields: record.Fields{}}, from: map[record.Field]Origin{},
		made: record.Fields{}, loaded: true, dirty: true, changed: true,
	}
	b.ents[name{kind, key}] = ent
	return ent
}

// want makes an entity a candidate, once.
func (b *Builder) want(ent *entity) {
	if !ent.touched {
		ent.touched = true
		b.cands[ent.Kind] = append(b.cands[ent.Kind], ent)
	}
}

// record takes a stored sync record up, once.
func (b *Builder) record(row *SyncRecord) *syncRecord {
	if rep := b.byRow[row.ID]; rep != nil {
		return rep
	}
	rep := &syncRecord{SyncRecord: *row, old: row, coll: b.in.Systems[row.System].Of(row.Place, row.Kind)}
	rep.Remote, rep.BaseLocal, rep.BaseRemote = row.Remote.Clone(), row.BaseLocal.Clone(), row.BaseRemote.Clone()
	rep.Echo = row.Echo.Clone()
	b.byRow[row.ID] = rep
	if row.ExternalID != "" {
		b.reps[rep.place(row.ExternalID)] = rep
	}
	if ent := b.byID[row.Entity]; row.Entity != 0 && ent != nil {
		rep.entity = ent
		ent.reps = append(ent.reps, rep)
	}
	return rep
}

// place addresses a remote id at the record's place.
func (r *syncRecord) place(id record.ExternalID) Request {
	return remoteRequest(r.System, r.Place, r.Scope, r.Kind, id)
}

// newRecord takes up a record that is not stored.
func (b *Builder) newRecord(system record.System, coll *connector.Collection, ent *entity, id record.ExternalID) *syncRecord {
	rep := &syncRecord{
		coll: coll, entity: ent, dirty: true,
		SyncRecord: SyncRecord{
			System: system, Place: coll.Place, Scope: coll.Scope, Kind: coll.Kind, ExternalID: id, CreatedBy: record.ByUnknown,
			Remote: record.Fields{}, BaseLocal: record.Fields{}, BaseRemote: record.Fields{},
		},
	}
	rep.Echo = rep.Echo.Clone()
	if id != "" {
		b.reps[rep.place(id)] = rep
	}
	if ent != nil {
		ent.reps = append(ent.reps, rep)
	}
	return rep
}

// notify has a record fetched by the next run, once.
func (b *Builder) notify(n Notify) {
	if !b.notified[n] {
		b.notified[n] = true
		b.out.Notify = append(b.out.Notify, n)
	}
}

// counter returns the counter of a kind at a place.
func (b *Builder) counter(system record.System, place string, kind record.Kind) *Counter {
	k := name{kind, string(system) + " " + place}
	if b.counters[k] == nil {
		b.counters[k] = &Counter{System: system, Place: place, Kind: kind}
	}
	return b.counters[k]
}

func (b *Builder) counts() []Counter {
	out := make([]Counter, 0, len(b.counters))
	for _, c := range b.counters {
		out = append(out, *c)
	}
	return sorted(out)
}

// isSource reports whether unknown records of a system become entities.
func isSource(p *policy.Policy, s record.System) bool { return slices.Contains(p.Sources, s) }

// inScope reports whether the run may touch an entity.
func (b *Builder) inScope(ent *entity) bool {
	if len(b.in.Keys) == 0 || ent.touched {
		return true
	}
	return ent.Kind == b.in.Kind && slices.Contains(b.in.Keys, ent.Key)
}

// set changes a field of an entity.
func (b *Builder) set(ent *entity, f record.Field, value string, from record.System) {
	ent.Fields[f], ent.from[f] = value, Origin{from, b.in.Now}
	ent.dirty, ent.changed = true, true
}

// recently reports whether a time is less than a day ago.
func (b *Builder) recently(at *time.Time) bool { return at != nil && b.in.Now.Sub(*at) < 24*time.Hour }
