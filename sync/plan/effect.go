package plan

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// effect says what a row does to a remote record, whatever its operation, and
// which filled fields it empties. A move does nothing that a limit counts at the
// places: the same entity goes on at another. Where it should be is a field of
// our own copy, and is counted there.
func (b *Builder) effect(ent *entity, rep *syncRecord, op string, change record.Change) (reconcile.Effect, []record.Field) {
	switch op {
	case "remove", "detach":
		if ent.moves[rep.System] || ent.repaired && ent.Deleted != "" {
			return "", nil
		}
		return reconcile.Removed, nil
	case "create":
		if ent.moves[rep.System] {
			return "", nil
		}
		return reconcile.Created, nil
	}
	var effect reconcile.Effect
	if b.altered(rep.Kind, change) {
		effect = reconcile.Changed
	}
	if op == "adopt" {
		for f, c := range change {
			// Of an unmanaged record only what recognises it is kept.
			if c[0] != "" || !rep.Remote.Has(f) {
				effect = reconcile.Overwritten
			}
		}
	}
	return effect, b.emptied(rep.Kind, change)
}

// effectHere is the same of our own copy. What another program has done to it
// before is not done by the plan.
func (b *Builder) effectHere(ent *entity, op string, change record.Change) (reconcile.Effect, []record.Field) {
	switch op {
	case "delete":
		switch {
		case ent.old == nil || ent.old.Deleted != "" || ent.repaired:
			return "", nil
		case ent.Deleted == record.Merged && ent.inherits: // counted where it goes on
			return "", nil
		case ent.Deleted == record.Merged:
			return reconcile.Changed, nil
		}
		return reconcile.Removed, nil
	case "create":
		if ent.inherits {
			return reconcile.Changed, nil
		}
		return reconcile.Created, nil
	case "return":
		if ent.repaired {
			return "", b.emptied(ent.Kind, change)
		}
		return reconcile.Changed, b.emptied(ent.Kind, change)
	}
	known := record.Change{} // what is learnt of a record changes nothing of it
	for f, c := range change {
		if ent.old.Fields.Has(f) {
			known[f] = c
		}
	}
	if b.altered(ent.Kind, known) {
		return reconcile.Changed, b.emptied(ent.Kind, known)
	}
	return "", b.emptied(ent.Kind, known)
}

// altered reports whether a change concerns any field but those that ordinarily
// change in all records at once, and those of which a person has accepted it.
func (b *Builder) altered(kind record.Kind, change record.Change) bool {
	p := b.in.Policies.Of(kind)
	for f := range change {
		if (p == nil || !slices.Contains(p.MovesForAll, f)) && !slices.Contains(b.in.Accepted[kind], f) {
			return true
		}
	}
	return false
}

// emptied are the filled fields that a change empties, sorted, but for those of
// which a person has accepted it.
func (b *Builder) emptied(kind record.Kind, change record.Change) []record.Field {
	var out []record.Field
	for f, c := range change {
		if c[0] != "" && c[1] == "" && !slices.Contains(b.in.Accepted[kind], f) {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	return out
}

// Tally adds up the effects of rows by place, kind and field; in a fixed order.
func Tally(rows []Row) []reconcile.Tally {
	sums := map[reconcile.Tally]int64{}
	for i := range rows {
		r := &rows[i]
		at := reconcile.Tally{System: r.System, Place: r.Place, Kind: r.Kind, Effect: r.Effect}
		if r.Effect != "" {
			sums[at]++
		}
		for _, f := range r.Emptied {
			at.Effect, at.Field = reconcile.Emptied, f
			sums[at]++
		}
	}
	return tallied(sums)
}

// unmanaged counts by listing the records shown that are nobody's of ours.
func (b *Builder) unmanaged() map[int32]int64 {
	out := map[int32]int64{}
	for _, it := range b.items {
		host := it.colls.Host(it.listing.Place, it.listing.View)
		if it.State != Changed || host == nil {
			continue
		}
		if row := b.in.Snapshot.byRemote[it.at(host.Kind, it.ID)]; row == nil || row.Entity == 0 {
			out[it.Listing]++
		}
	}
	return out
}
