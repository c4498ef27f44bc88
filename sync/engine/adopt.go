package engine

import (
	"context"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

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
	if err := w.loadSyncRecords(ctx, slices.Collect(maps.Values(ents))); err != nil {
		return nil, err
	}
	for i, it := range open {
		ent, from := ents[keys[i]], isSource(p, it.sys.Name)
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
		case ent.Deleted != "" && from:
			w.revive(ent, "listed again")
		case ent.Deleted != "" && ent.underWay(it.listing, p.Kind):
			// What a broken-off create has made of an entity that is gone since.
		case ent.Deleted != "":
			rest = append(rest, it)
			continue
		case ent.at(it.listing, p.Kind) != nil:
			it.double = !w.lookAt(it, ent.at(it.listing, p.Kind))
			rest = append(rest, it)
			continue
		}
		if w.inScope(ent) {
			w.link(it, coll, ent)
		}
	}
	return rest, nil
}

// lookAt has a bound record fetched by the next run, since another one there
// has its key and it may have been merged into that one. It reports false when it
// is known to be there still, or cannot be fetched: then the two are doubles.
func (w *world) lookAt(other *item, rep *syncRecord) bool {
	if rep.coll == nil || rep.coll.Get == nil {
		return false
	}
	missing := !w.read[other.Listing].Whole
	for _, it := range w.items {
		if it.Listing == other.Listing && it.ExternalID == *rep.row.ExternalID {
			missing = it.State == itemAbsent
		}
	}
	if missing {
		w.named = append(w.named, store.NotifyParams{
			System: rep.row.System, Kind: rep.row.Kind, Ids: []string{*rep.row.ExternalID}, Now: w.now,
		})
	}
	return missing
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

// at returns the entity's bound sync record at a listing's place, or nil.
func (ent *entity) at(l store.Listing, kind record.Kind) *syncRecord {
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
	return slices.ContainsFunc(ent.reps, func(r *syncRecord) bool {
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
			if seen := w.found(it, coll.Kind); seen != nil && seen != r { // before it was anybody's
				w.dropSyncRecord(seen)
				w.unmanaged = append(w.unmanaged, seen)
			}
			id := it.ExternalID
			r.row.ExternalID, r.remote, r.staged, r.dirty = &id, it.fields.Only(coll.Reads), true, true
			r.row.Quarantine, r.bump = "", r.row.ID != 0 // Write closes what is open
			return
		}
	}
	rep := w.found(it, coll.Kind)
	if rep == nil {
		rep = w.newSyncRecord(it.sys, coll, ent, record.ExternalID(it.ExternalID))
	} else {
		rep.entity = ent
		ent.reps = append(ent.reps, rep)
	}
	rep.coll, rep.remote, rep.staged, rep.dirty, rep.row.Quarantine = coll, it.fields.Only(coll.Reads), true, true, ""
}

// keepUnmanaged remembers the items of a kind that are nobody's: seen, not ours, never
// written. Of their fields only what recognises them is kept.
func (w *world) keepUnmanaged(p *policy.Policy) {
	for _, it := range w.unbound[p.Kind] {
		coll := it.collection(p.Kind)
		w.mark(it)
		if coll.Part {
			continue
		}
		rep := w.found(it, p.Kind)
		if rep == nil {
			rep = w.newSyncRecord(it.sys, coll, nil, record.ExternalID(it.ExternalID))
		}
		rep.remote, rep.dirty = it.fields.Only(recognising(p)), true
		if rep.row.Quarantine = ""; it.double {
			rep.row.Quarantine = "another record there has the same key"
			c := w.counter(rep.row.System, rep.row.Place, p.Kind)
			c.Quarantined++
			c.Faults++
		}
		w.unmanaged = append(w.unmanaged, rep)
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
