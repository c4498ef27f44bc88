package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// delivery is one remote record to be written: its host and its parts.
type delivery struct {
	key   string
	host  *part // the record itself; pending or not
	parts []*part
}

// part is one sync record of an outgoing record.
type part struct {
	row     store.SyncRecord
	coll    *connector.Collection
	policy  *policy.Policy
	ent     *entity
	pending bool
	set     record.Fields // what to write, in our terms
	wire    record.Fields // the same with references resolved
	missing int           // references without a remote id
	blocked bool          // one of them is required
	remote  record.Fields
	hub     record.Fields
	theirs  record.Fields
	echo    echo
	tried   bool      // a create before this one may have made it
	was     partState // before the answer
	news    bool      // the answer shows what no Plan has seen
}

// partState is what is stored of a sync record, by field.
type partState struct{ remote, hub, theirs record.Fields }

// all returns the host and the parts that are pending.
func (o *delivery) all() []*part {
	out := make([]*part, 0, 1+len(o.parts))
	for _, b := range append([]*part{o.host}, o.parts...) {
		if b != nil && b.pending {
			out = append(out, b)
		}
	}
	return out
}

// assemble puts pending sync records together by remote record.
func (w *writer) assemble(ctx context.Context, rows []store.SyncRecord, p pass) ([]*delivery, error) {
	ents, err := w.e.hub.EntitiesByID(ctx, entitiesOf(rows))
	if err != nil {
		return nil, fmt.Errorf("read entities: %w", err)
	}
	var keys []string
	for _, ent := range ents {
		keys = append(keys, ent.Key)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	byKey := map[string]*delivery{}
	for _, coll := range w.colls {
		if err := w.collect(ctx, coll, keys, byKey); err != nil {
			return nil, err
		}
	}
	var out []*delivery
	for _, key := range keys {
		o := byKey[key]
		if o == nil || o.host == nil || w.seen[key] || len(o.all()) == 0 {
			continue
		}
		if p.remove != (o.host.row.PendingOp == "remove" && o.host.pending) {
			continue
		}
		if err := w.wants(ctx, o); err != nil {
			return nil, err
		}
		if p.whole && o.lacks() || p.strict && !o.stricter() {
			continue
		}
		w.seen[key] = true
		out = append(out, o)
	}
	return out, nil
}

// stricter reports whether the record is to be told of a consent.
func (o *delivery) stricter() bool {
	return slices.ContainsFunc(o.all(), func(b *part) bool {
		for f := range b.set {
			if len(b.policy.Fields[f].Strict) > 0 {
				return true
			}
		}
		return false
	})
}

// lacks reports whether some reference of the record has no remote id yet.
func (o *delivery) lacks() bool {
	return slices.ContainsFunc(o.all(), func(b *part) bool { return b.missing > 0 })
}

// collect adds the sync records of one kind.
func (w *writer) collect(ctx context.Context, coll *connector.Collection, keys []string, byKey map[string]*delivery) error {
	world := &world{e: w.e, ents: map[name]*entity{}, byID: map[int64]*entity{}}
	ents, err := w.e.hub.EntitiesByKey(ctx, string(coll.Kind), keys)
	if err != nil {
		return fmt.Errorf("read entities: %w", err)
	}
	var ids []int64
	for i := range ents {
		ids = append(ids, int64(world.take(&ents[i]).ID))
	}
	rows, err := w.e.store.SyncRecordsOfEntities(ctx, ids)
	if err != nil {
		return fmt.Errorf("read sync records: %w", err)
	}
	now := w.e.now()
	for _, row := range rows {
		if row.System != string(w.sys.Name) || row.Place != coll.Place || row.Kind != string(coll.Kind) {
			continue
		}
		ent := world.byID[*row.Entity]
		o := byKey[ent.Key]
		if o == nil {
			o = &delivery{key: ent.Key}
			byKey[ent.Key] = o
		}
		b := &part{
			row: row, coll: coll, policy: w.e.policies.Of(coll.Kind), ent: ent,
			pending: row.DesiredVersion > row.AppliedVersion && (row.NextAttemptOn == nil || !row.NextAttemptOn.After(now)),
			remote:  decode(row.Remote), hub: decode(row.BaseLocal), theirs: decode(row.BaseRemote), echo: decodeEcho(row.Echo),
		}
		if coll.Part {
			o.parts = append(o.parts, b)
		} else {
			o.host = b
		}
	}
	return nil
}

// wants works out what is to be written, from the hub as it is now.
func (w *writer) wants(ctx context.Context, o *delivery) error {
	for _, b := range o.all() {
		b.set = b.wanted()
		b.wire, b.missing = b.set.Clone(), 0
		for f, ref := range b.coll.Refs {
			value, ok := b.set[f]
			if !ok || value == "" {
				continue
			}
			ids, there, missing, err := w.e.resolve(ctx, w.sys.Name, ref.Kind, record.SetMembers(value))
			if err != nil {
				return err
			}
			b.wire[f] = ids
			b.missing += missing
			b.blocked = b.blocked || ref.Required && missing > 0
			if missing > 0 && there == b.remote[f] && b.row.ExternalID != nil {
				delete(b.wire, f) // it stands there already, as far as it can
			}
		}
	}
	return nil
}

// wanted is what the record should be told.
func (b *part) wanted() record.Fields {
	if b.row.PendingOp == "remove" {
		return record.Fields{}
	}
	if b.ent.Deleted != "" {
		set := record.Fields{}
		g := b.policy.WhenDeleted(record.System(b.row.System), b.ent.Deleted, b.ent.Fields)
		if g.Action == policy.SetFields {
			for f, v := range g.Fields {
				if b.hub[f] != v || b.remote[f] != v {
					set[f] = v
				}
			}
		}
		return set
	}
	set := b.outward().Set
	for _, f := range b.row.Pinned {
		delete(set, record.Field(f))
	}
	return set
}

// outward compares the record with the hub as it is now.
func (b *part) outward() reconcile.SideResult {
	from := make(map[record.Field]record.System, len(b.ent.from))
	for f, s := range b.ent.from {
		from[f] = s.system
	}
	hub := reconcile.Hub{Fields: b.ent.Fields, From: from}
	return reconcile.Outward(b.policy.Fields, hub, reconcile.Side{
		System: record.System(b.row.System), Reads: b.coll.Reads, Writes: b.coll.Writes,
		Remote: b.remote, BaseLocal: b.hub, BaseRemote: b.theirs, Sent: b.echo.sent(), New: b.row.ExternalID == nil,
		Undecided: b.news || b.ent.old.PlannedVersion != b.ent.old.Version,
	})
}

// wire is what one call is to write: the host and its parts together.
func (o *delivery) wire() record.Fields {
	out := record.Fields{}
	for _, b := range o.all() {
		maps.Copy(out, b.wire)
	}
	return out
}

// believed is whose record it is held to be, and what should stand there.
func (o *delivery) patch(w *writer) connector.Patch {
	set := o.wire()
	p := connector.Patch{Set: set, Was: record.Fields{}, Key: o.host.ent.Fields.Only(o.host.policy.KeyFields)}
	for _, f := range o.host.policy.KeyFields {
		// The key as it stands there: an update may be just of that field.
		if v, ok := o.host.remote[f]; ok {
			p.Key[f] = v
		}
	}
	for _, b := range o.all() {
		for f := range b.wire {
			sent, maybe := b.echo.sent()[f]
			if v, ok := b.remote[f]; ok && b.coll.Refs[f].Kind == "" && (!maybe || sent == b.set[f]) {
				p.Was[f] = v
			}
		}
	}
	return p
}
