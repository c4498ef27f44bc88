package plan

import (
	"cmp"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// byIDs takes entities up by id. Those that the snapshot does not have yet are
// asked for.
func (b *Builder) byIDs(ids []record.EntityID) []*entity {
	out := make([]*entity, 0, len(ids))
	for _, id := range ids {
		if !b.ask(Request{What: ByID, ID: id}) {
			continue
		}
		if e := b.in.Snapshot.entities[id]; e != nil {
			out = append(out, b.take(e))
		}
	}
	return out
}

// lookup finds an entity by key, as this plan has it by now; an alias counts as
// the key that it has become.
func (b *Builder) lookup(kind record.Kind, key string) *entity {
	q := Request{What: ByKey, Kind: kind, Key: key}
	ent, known := b.ents[name{kind, key}], b.ask(q)
	if known && ent == nil {
		if e := b.in.Snapshot.byKey[q]; e != nil {
			ent = b.take(e)
		}
	}
	now := cmp.Or(b.moved[name{kind, key}], b.in.Snapshot.aliases[q])
	if now == "" || now == key || ent != nil && ent.Deleted == "" {
		return ent
	}
	if to := b.exact(kind, now); to != nil {
		return to
	}
	return ent
}

// exact finds an entity by key, aliases aside.
func (b *Builder) exact(kind record.Kind, key string) *entity {
	if ent := b.ents[name{kind, key}]; ent != nil {
		return ent
	}
	q := Request{What: ByKey, Kind: kind, Key: key}
	if !b.ask(q) {
		return nil
	}
	if e := b.in.Snapshot.byKey[q]; e != nil {
		return b.take(e)
	}
	return nil
}

// take takes a stored entity up, once.
func (b *Builder) take(e *Entity) *entity {
	if ent := b.byID[e.ID]; ent != nil {
		return ent
	}
	ent := &entity{Entity: e.Entity, old: e, from: make(map[record.Field]Origin, len(e.From)), rule: e.Rule, group: e.Group, made: e.Made}
	ent.Fields = e.Fields.Clone()
	for f, o := range e.From {
		ent.from[f] = o
	}
	b.byID[e.ID], b.ents[name{ent.Kind, ent.Key}] = ent, ent
	return ent
}

// complete takes up all sync records of entities.
func (b *Builder) complete(ents []*entity) {
	for _, ent := range ents {
		if ent.loaded || !b.ask(Request{What: RecordsOf, ID: ent.ID}) {
			continue
		}
		ent.loaded = true
		rows := slices.Clone(b.in.Snapshot.recordsOf[ent.ID])
		slices.SortFunc(rows, func(x, y *SyncRecord) int { return cmp.Or(cmp.Compare(x.System, y.System), cmp.Compare(x.ID, y.ID)) })
		for _, row := range rows {
			b.record(row)
		}
	}
}
