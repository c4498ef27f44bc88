package plan

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// plan takes the kinds of the family in the policies' order.
func (b *Builder) plan() {
	var pages policy.Set
	for _, p := range b.in.Policies {
		if p.Kind.Family() == b.in.Family {
			pages = append(pages, p)
		}
	}
	for _, p := range pages {
		b.match(p.Kind)
		b.consents(p)
	}
	if len(b.in.Keys) == 0 {
		for _, p := range pages {
			b.due(p.Kind)
		}
	}
	for _, p := range pages {
		b.kind(p)
	}
}

// kind plans one kind: match, merge, derive; and once more for entities of this
// very kind that were derived.
func (b *Builder) kind(p *policy.Policy) {
	if p.Kind == b.in.Kind {
		for _, key := range b.in.Keys {
			if ent := b.lookup(p.Kind, key); ent != nil {
				b.want(ent)
			}
		}
	}
	b.edited(p.Kind)
	b.firstSyncs(p)
	b.bind(p)
	for _, a := range b.merges {
		b.alias(a)
	}
	b.merges = nil
	b.planAll(p)
	b.derive(p.Kind)
	b.unbound[p.Kind] = b.adopt(p, b.unbound[p.Kind])
	b.planAll(p)
	if len(b.in.Keys) == 0 {
		b.leaveUnmanaged(p)
	}
}

// ids returns the entities that a question about a whole kind names.
func (b *Builder) ids(what What, kind record.Kind) []*entity {
	q := Request{What: what, Kind: kind}
	if !b.ask(q) {
		return nil
	}
	return b.byIDs(b.in.Snapshot.ids[q])
}

// edited takes up entities that were changed in our own copy.
func (b *Builder) edited(kind record.Kind) {
	for _, ent := range b.ids(Unplanned, kind) {
		if !b.inScope(ent) {
			continue
		}
		if ent.Deleted == record.Merged {
			// Our own tables have merged it into another.
			q := Request{What: ByKey, Kind: kind, Key: ent.Key}
			if b.ask(q) && b.in.Snapshot.aliases[q] != "" {
				b.merges = append(b.merges, derive.Alias{Kind: kind, From: ent.Key, To: b.in.Snapshot.aliases[q]})
			}
		}
		ent.changed, ent.dirty, ent.why = true, true, "edited here"
		for f := range ent.Fields {
			if _, known := ent.from[f]; !known {
				ent.from[f] = Origin{record.Hub, ent.ModifiedOn}
			}
		}
		b.want(ent)
	}
}

// firstSyncs takes up all entities of a kind, once, when a place that should
// hold some of them is listed for the first time: a system or a list that was
// switched on later.
func (b *Builder) firstSyncs(p *policy.Policy) {
	if len(b.in.Keys) > 0 || !b.initialises(p) {
		return
	}
	for _, ent := range b.ids(Living, p.Kind) {
		b.want(ent)
	}
}

// initialises reports whether the run has listed a place, not taken up before,
// that may hold entities of a kind.
func (b *Builder) initialises(p *policy.Policy) bool {
	return slices.ContainsFunc(b.in.Listings, func(l Listing) bool {
		r := l.Reading
		return r != nil && r.Complete && r.Whole && !l.Initialised &&
			p.Target(l.System) != nil && b.in.Systems[l.System].Of(l.Place, p.Kind) != nil
	})
}
