package group

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/record"
)

// withoutUnstorable takes out of what a rule makes what no row can have, such as a
// key that is joined of several long names. Those who touch the group are put aside.
func withoutUnstorable(d *draft.Plan, rule *derive.Rule, out derive.Made, touching []*draft.Entity) derive.Made {
	bad := func(key string) bool { return len(key) > record.MaxKey || !record.Storable(key) }
	before := len(out.Entities) + len(out.Aliases)
	out.Entities = slices.DeleteFunc(out.Entities, func(m derive.Entity) bool { return bad(m.Key) || m.Fields.Unstorable() != "" })
	out.Aliases = slices.DeleteFunc(out.Aliases, func(a derive.Alias) bool { return bad(a.From) || bad(a.To) })
	if len(out.Entities)+len(out.Aliases) < before {
		for _, ent := range touching {
			putAside(d, rule, ent)
		}
	}
	return out
}

// putAside notes at the records that an entity is known by that what a rule makes of
// it cannot be stored. A person sees there what must be mended; the run goes on.
func putAside(d *draft.Plan, rule *derive.Rule, ent *draft.Entity) {
	if ent == nil {
		return
	}
	p := d.In.Policies.Of(ent.Kind)
	if p == nil {
		return
	}
	d.Complete(ent)
	c, why, news := d.Out.Counter(record.Hub, "", ent.Kind), "what the rule "+rule.Name+" makes of it cannot be stored: it is too long, or no text", true
	for _, rec := range ent.Records {
		if rec.Dropped || !p.IsSource(rec.System) {
			continue
		}
		if news = rec.Quarantine != why; news {
			rec.Quarantine, rec.Dirty = why, true
		}
	}
	c.Quarantined++
	if news {
		c.Faults++
	}
}
