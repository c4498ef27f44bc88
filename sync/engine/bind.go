package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// collection returns the collection through which an item shows a kind, or
// nil.
func (it *item) collection(kind record.Kind) *connector.Collection {
	for _, c := range it.sys.at(it.listing.Place, it.listing.View) {
		if c.Kind == kind && c.Scope == it.listing.Scope {
			return c
		}
	}
	return nil
}

// match finds the replicas that staged items of a kind belong to, with their
// entities.
func (w *world) match(ctx context.Context, kind record.Kind) error {
	byListing := map[int32][]string{}
	for _, it := range w.items {
		if it.collection(kind) != nil {
			byListing[it.Listing] = append(byListing[it.Listing], it.ExternalID)
			if it.Successor != "" {
				byListing[it.Listing] = append(byListing[it.Listing], it.Successor)
			}
		}
	}
	for id, ids := range byListing {
		l := w.listings[id]
		rows, err := w.e.store.ReplicasByID(ctx, store.ReplicasByIDParams{
			System: l.System, Place: l.Place, Scope: l.Scope, Kind: string(kind), Ids: ids,
		})
		if err != nil {
			return fmt.Errorf("read replicas: %w", err)
		}
		if err := w.load(ctx, entitiesOf(rows)); err != nil {
			return err
		}
		for _, row := range rows {
			w.replica(row)
		}
	}
	return nil
}

func entitiesOf(rows []store.Replica) (ids []int64) {
	for _, r := range rows {
		if r.Entity != nil {
			ids = append(ids, *r.Entity)
		}
	}
	return ids
}

func (w *world) found(it *item, kind record.Kind) *replica {
	l := it.listing
	return w.reps[repKey(l.System, l.Place, l.Scope, kind, it.ExternalID)]
}

// consents takes stricter consents in before anything is derived from them.
func (w *world) consents(p *policy.Policy) {
	for f, rule := range p.Fields {
		if len(rule.Strict) == 0 {
			continue
		}
		for _, it := range w.items {
			rep := w.found(it, p.Kind)
			if it.State != itemChanged || rep == nil || rep.entity == nil || it.collection(p.Kind) == nil || !w.inScope(rep.entity) {
				continue
			}
			far, ok := it.fields[f]
			ours, known := rep.entity.Fields[f]
			i, j := slices.Index(rule.Strict, far), slices.Index(rule.Strict, ours)
			if ok && i >= 0 && (!known || j < 0 || i < j) {
				w.set(rep.entity, f, far, it.sys.Name)
				w.want(rep.entity)
			}
		}
	}
}

// set changes a field of the hub.
func (w *world) set(ent *entity, f record.Field, value string, from record.System) {
	ent.Fields[f], ent.from[f] = value, source{from, w.now}
	ent.dirty, ent.changed = true, true
}

// bind gives the staged items of a kind to entities. Those that no entity is
// there for yet are kept for later.
func (w *world) bind(ctx context.Context, p *policy.Policy) error {
	if err := w.references(ctx, p.Kind); err != nil {
		return err
	}
	var open []*item
	moved := map[*item]bool{}
	for _, it := range w.items { // first, since the successors may be listed, too
		if it.State == itemRemoved && it.Successor != "" && it.collection(p.Kind) != nil {
			if moved[it] = w.succeed(p, it); moved[it] {
				w.mark(it)
			}
		}
	}
	for _, it := range w.items {
		coll := it.collection(p.Kind)
		if coll == nil || moved[it] {
			continue
		}
		rep := w.found(it, p.Kind)
		switch {
		case it.State == itemFault:
			w.fault(it, coll, rep)
		case rep != nil && rep.entity != nil:
			if w.inScope(rep.entity) {
				w.observe(p, it, coll, rep)
			}
		case it.State == itemChanged:
			open = append(open, it)
		case it.State == itemRemoved, it.State == itemAbsent && it.Missing == 0:
			w.mark(it) // not ours: only what was seen moves
		}
	}
	var err error
	w.unbound[p.Kind], err = w.adopt(ctx, p, open)
	return err
}

// mark notes that an item has been decided, so that what was seen moves with
// the admission.
func (w *world) mark(it *item) {
	w.decided[it.Listing] = append(w.decided[it.Listing], it.ExternalID)
}

// observe takes a staged item into the replica of an entity.
func (w *world) observe(p *policy.Policy, it *item, coll *connector.Collection, rep *replica) {
	ent := rep.entity
	switch it.State {
	case itemChanged:
		w.mark(it)
		fields := it.fields.Only(coll.Reads)
		if rep.believe(fields) {
			w.doubted[it] = true
		}
		far := over(rep.far, fields)
		same := maps.Equal(far, rep.far)
		back := ent.Gone != "" && origin(p, it.sys.Name)
		if back {
			w.revive(ent, "listed again")
		}
		if !same || rep.row.Quarantine != "" {
			rep.far, rep.staged, rep.dirty, rep.row.Quarantine = far, true, true, ""
		}
		if !same || back || rep.dirty {
			w.want(ent)
		}
	case itemAbsent:
		if !w.absent(it) {
			return
		}
		w.lost(p, it, rep, record.Absent)
	case itemRemoved:
		w.mark(it)
		w.lost(p, it, rep, record.Reason(it.Reason))
	}
}

// absent reports whether a record has been absent often and long enough.
func (w *world) absent(it *item) bool {
	s := w.e.settings
	if it.Missing == 0 {
		w.mark(it)
		return s.Censuses <= 1
	}
	if it.MissingSince != nil && w.now.Sub(*it.MissingSince) < s.AbsentGap {
		return false // an honest second census, but too early to count
	}
	w.mark(it)
	return int(it.Missing)+1 >= s.Censuses
}

// lost deals with a record that is not there any more.
func (w *world) lost(p *policy.Policy, it *item, rep *replica, why record.Reason) {
	ent := rep.entity
	w.want(ent)
	if origin(p, it.sys.Name) {
		if ent.Gone == "" {
			ent.Gone, ent.dirty, ent.changed, ent.why = why, true, true, string(why)
		}
		return
	}
	if it.Successor != "" {
		w.detach(rep, "another of our records took its place")
		return
	}
	recently := rep.row.RecreatedOn != nil && w.now.Sub(*rep.row.RecreatedOn) < 24*time.Hour
	rep.dirty, rep.told = true, told{}
	rep.row.ExternalID, rep.far, rep.hub, rep.theirs = nil, record.Fields{}, record.Fields{}, record.Fields{}
	if rep.row.Ours && !recently {
		rep.again = true
		return
	}
	// It stays ours, so that it is not made again until the entity changes.
	w.counter(rep.row.System, rep.row.Place, p.Kind).Faults++
	rep.row.Quarantine, rep.wish = goneThere, ""
}

// goneThere is why a record is not made again: it was not ours, or it has been
// made anew before.
const goneThere = "gone at the system"

// succeed moves a replica to the record that took its place. Where that one is
// bound already, two of our entities are one: at an origin the first becomes
// the second. It reports whether the removal has been dealt with.
func (w *world) succeed(p *policy.Policy, it *item) bool {
	rep := w.found(it, p.Kind)
	if rep == nil || rep.entity == nil || !w.inScope(rep.entity) {
		return false
	}
	key := repKey(rep.row.System, rep.row.Place, rep.row.Scope, p.Kind, it.Successor)
	other := w.reps[key]
	if other != nil && other.entity != nil && other.entity != rep.entity {
		if origin(p, it.sys.Name) && rep.entity.Gone == "" {
			w.merges = append(w.merges, derive.Alias{Kind: p.Kind, From: rep.entity.Key, To: other.entity.Key})
			return true
		}
		return false
	}
	if other != nil && other != rep { // seen before, nobody's
		w.dropReplica(other)
		w.foreign = append(w.foreign, other)
	}
	id := it.Successor
	delete(w.reps, repKey(rep.row.System, rep.row.Place, rep.row.Scope, p.Kind, it.ExternalID))
	rep.row.ExternalID, rep.dirty, rep.staged = &id, true, true
	w.reps[key] = rep
	w.want(rep.entity)
	return true
}

// revive brings an entity back.
func (w *world) revive(ent *entity, why string) {
	ent.Gone, ent.dirty, ent.changed, ent.why = "", true, true, why
}

// fault notes that a record cannot be read. It is present and unchanged.
func (w *world) fault(it *item, coll *connector.Collection, rep *replica) {
	w.mark(it)
	if coll.Part {
		return
	}
	if rep == nil {
		rep = w.newReplica(it.sys, coll, nil, record.ExternalID(it.ExternalID))
		w.foreign = append(w.foreign, rep)
	}
	rep.row.Quarantine, rep.dirty = "unreadable: "+it.Reason, true
	if rep.entity != nil {
		w.want(rep.entity)
	}
}

// adopt binds items by natural key, or makes new entities of them where the
// system may. It returns those that are nobody's yet.
func (w *world) adopt(ctx context.Context, p *policy.Policy, open []*item) (rest []*item, err error) {
	keys := make([]string, len(open))
	for i, it := range open {
		keys[i] = w.naturalKey(p, it)
	}
	ents, err := w.loadKeys(ctx, p.Kind, slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == "" }))
	if err != nil {
		return nil, err
	}
	if err := w.loadReplicas(ctx, slices.Collect(maps.Values(ents))); err != nil {
		return nil, err
	}
	for i, it := range open {
		ent, from := ents[keys[i]], origin(p, it.sys.Name)
		if ent == nil && keys[i] != "" {
			ent = w.ents[name{p.Kind, keys[i]}] // made by an item before
		}
		coll := it.collection(p.Kind)
		switch {
		case ent == nil && (!from || keys[i] == ""):
			rest = append(rest, it)
			continue
		case ent == nil:
			ent = w.create(p.Kind, keys[i])
		case ent.Gone != "" && from:
			w.revive(ent, "listed again")
		case ent.Gone != "" && ent.underWay(it.listing, p.Kind):
			// What a broken-off create has made of an entity that is gone since.
		case ent.Gone != "":
			rest = append(rest, it)
			continue
		case ent.at(it.listing, p.Kind) != nil:
			it.double = true
			rest = append(rest, it)
			continue
		}
		if w.inScope(ent) {
			w.link(it, coll, ent)
		}
	}
	return rest, nil
}

// naturalKey is the key of the entity that an item seems to belong to. A part
// has the key of the record that it is a part of.
func (w *world) naturalKey(p *policy.Policy, it *item) string {
	if !it.collection(p.Kind).Part {
		return p.Key(it.fields)
	}
	host, err := it.sys.host(it.listing.Place, it.listing.View)
	if err != nil {
		return ""
	}
	if rep := w.found(it, host.Kind); rep != nil && rep.entity != nil {
		return rep.entity.Key
	}
	return ""
}

// at returns the entity's bound replica at a listing's place, or nil.
func (ent *entity) at(l store.Listing, kind record.Kind) *replica {
	for _, r := range ent.reps {
		if !r.drop && r.row.ExternalID != nil && r.row.System == l.System && r.row.Place == l.Place && r.row.Scope == l.Scope && r.row.Kind == string(kind) {
			return r
		}
	}
	return nil
}

// underWay reports whether a create of the entity's record may have taken
// effect.
func (ent *entity) underWay(l store.Listing, kind record.Kind) bool {
	return slices.ContainsFunc(ent.reps, func(r *replica) bool {
		return !r.drop && r.row.ExternalID == nil && r.row.Intent != "" && r.row.System == l.System &&
			r.row.Place == l.Place && r.row.Kind == string(kind)
	})
}

// link binds an item's record to an entity.
func (w *world) link(it *item, coll *connector.Collection, ent *entity) {
	w.mark(it)
	w.want(ent)
	for _, r := range ent.reps { // the record we were about to make is there
		if r.row.ExternalID == nil && r.row.System == string(it.sys.Name) && r.row.Place == coll.Place && r.row.Kind == string(coll.Kind) {
			id := it.ExternalID
			r.row.ExternalID, r.far, r.staged, r.dirty = &id, it.fields.Only(coll.Reads), true, true
			r.row.Quarantine, r.bump = "", r.row.ID != 0 // Write closes what is open
			return
		}
	}
	rep := w.found(it, coll.Kind)
	if rep == nil {
		rep = w.newReplica(it.sys, coll, ent, record.ExternalID(it.ExternalID))
	} else {
		rep.entity = ent
		ent.reps = append(ent.reps, rep)
	}
	rep.coll, rep.far, rep.staged, rep.dirty, rep.row.Quarantine = coll, it.fields.Only(coll.Reads), true, true, ""
}

// unlink remembers the items of a kind that are nobody's: seen, not ours, never
// written. Of their fields only what recognises them is kept.
func (w *world) unlink(p *policy.Policy) {
	for _, it := range w.unbound[p.Kind] {
		coll := it.collection(p.Kind)
		w.mark(it)
		if coll.Part {
			continue
		}
		rep := w.found(it, p.Kind)
		if rep == nil {
			rep = w.newReplica(it.sys, coll, nil, record.ExternalID(it.ExternalID))
		}
		rep.far, rep.dirty = it.fields.Only(recognising(p)), true
		if rep.row.Quarantine = ""; it.double {
			rep.row.Quarantine = "another record there has the same key"
			c := w.counter(rep.row.System, rep.row.Place, p.Kind)
			c.Quarantined++
			c.Faults++
		}
		w.foreign = append(w.foreign, rep)
	}
	delete(w.unbound, p.Kind)
}

// recognising are the fields that tell whose a record is and what it consents
// to.
func recognising(p *policy.Policy) []record.Field {
	out := slices.Clone(p.KeyFields)
	for f, r := range p.Fields {
		if len(r.Strict) > 0 {
			out = append(out, f)
		}
	}
	return out
}

// inScope reports whether the run may touch an entity.
func (w *world) inScope(ent *entity) bool {
	if len(w.t.Keys) == 0 || ent.touched {
		return true
	}
	return ent.Kind == w.t.Kind && slices.Contains(w.t.Keys, ent.Key)
}

// references turns the remote ids in the items' reference fields into keys of
// ours.
func (w *world) references(ctx context.Context, kind record.Kind) error {
	known, err := w.referents(ctx, kind)
	if err != nil {
		return err
	}
	for _, it := range w.items {
		coll := it.collection(kind)
		if coll == nil || it.State != itemChanged {
			continue
		}
		for f, ref := range coll.Refs {
			value, ok := it.fields[f]
			if !ok || value == "" {
				continue
			}
			it.fields[f] = named(record.SetMembers(value), known[name{ref.Kind, string(it.sys.Name)}])
		}
	}
	return nil
}

// referents are the keys of all that the items of a kind refer to, by remote
// id.
func (w *world) referents(ctx context.Context, kind record.Kind) (map[name]map[string]string, error) {
	ids := map[name][]string{}
	for _, it := range w.items {
		coll := it.collection(kind)
		if coll == nil || it.State != itemChanged {
			continue
		}
		for f, ref := range coll.Refs {
			at := name{ref.Kind, string(it.sys.Name)}
			ids[at] = append(ids[at], record.SetMembers(it.fields[f])...)
		}
	}
	out := map[name]map[string]string{}
	for at, all := range ids {
		out[at] = w.boundKeys(record.System(at.key), at.kind)
		if err := w.e.keysOf(ctx, record.System(at.key), at.kind, all, out[at]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// boundKeys are the keys of the entities in the world by their remote ids.
func (w *world) boundKeys(s record.System, kind record.Kind) map[string]string {
	known := map[string]string{}
	for _, rep := range w.reps {
		if rep.row.System == string(s) && rep.row.Kind == string(kind) && rep.entity != nil && rep.row.ExternalID != nil {
			known[*rep.row.ExternalID] = rep.entity.Key
		}
	}
	return known
}
