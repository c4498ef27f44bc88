package reconcile

import (
	"cmp"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// Orphans is why a plan needs a person that removes what no entity wants. No override
// lifts it: a person has to look at the plan.
const Orphans Reason = "ORPHANS"

// Made is a record at a target that we have made, beside the entity whose it is, or
// whose key it shows while it is unmanaged.
type Made struct {
	System record.System
	Place  string
	Shown  record.Fields  // what stands there, as far as it is known
	Entity *record.Entity // nil: there is none
	Own    bool           // it is bound to the entity
	Beside bool           // the entity has another record there
}

// Orphan is what follows for a record that we have made.
type Orphan struct {
	// Why says why no entity wants it: the reason of the entity's end, "moved", "double"
	// or "nobody's"; "" is wanted, or kept as the policy says of one that has ended.
	Why string
	// Stays says why the policy does not let it be removed all the same; "" is that it does.
	Stays string
}

// OrphanOf decides whether no entity wants a record. Plan and Write both ask it.
func OrphanOf(p *policy.Policy, m Made) Orphan {
	why := m.unwanted(p)
	if why == "" {
		return Orphan{}
	}
	reason, fields := record.Unmade, []record.Fields{m.Shown}
	if m.Entity != nil {
		reason = cmp.Or(m.Entity.Deleted, reason)
		// What only the record shows, such as an opt-out, must not be forgotten either.
		fields = []record.Fields{m.Entity.Fields, m.Entity.Fields.Over(m.Shown)}
	}
	for _, f := range fields {
		switch g := p.WhenDeleted(m.System, reason, f); g.Action {
		case policy.Detach, policy.SetFields:
			return Orphan{Why: why, Stays: cmp.Or(g.Why, "the policy lets it stay")}
		}
	}
	return Orphan{Why: why}
}

// unwanted says why no entity wants the record; "" is that one does.
func (m Made) unwanted(p *policy.Policy) string {
	ent := m.Entity
	switch {
	case ent == nil:
		return "nobody's"
	case !m.Own && m.Beside:
		return "double"
	case ent.Deleted != "":
		if m.Own && p.WhenDeleted(m.System, ent.Deleted, ent.Fields).Action == policy.SetFields {
			return ""
		}
		return string(ent.Deleted)
	}
	if t := p.Target(m.System); t != nil {
		if place, _ := t.Place(ent.Fields); place == m.Place || place == "" && t.Stays {
			return ""
		}
	}
	return "moved"
}
