package reconcile

import (
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// Entity is our copy of an entity, with why it is deleted.
type Entity struct {
	Hub

	Deleted record.Reason // "" while it lives
}

// Record is one remote record, as far as it matters for what it is told.
type Record struct {
	Side

	Pinned []record.Field // never written
	Held   Held
	Keeps  map[record.Field]connector.Kept
}

// Op is what is to be done at a remote record.
type Op string

// The operations. Nothing says that the record is as it should be; Leave, that it is
// left as it is although its entity is deleted.
const (
	Nothing Op = ""
	Create  Op = "create"
	Update  Op = "update"
	Remove  Op = "remove"
	Leave   Op = "leave"
)

// Desired returns what a remote record should be told of an entity that is decided.
// It is the one place that says so: Plan and Write both ask it. What is made once is
// people's as soon as it is there.
func Desired(p *policy.Policy, e Entity, r Record) (record.Fields, Op) {
	if p.Once != nil && !r.New {
		return record.Fields{}, Nothing
	}
	if e.Deleted != "" {
		return departing(p, e, r)
	}
	side := r.Side
	side.Groups = p.Groups
	set := Outward(p.Fields, e.Hub, side).Set
	for _, f := range r.Pinned {
		delete(set, f)
	}
	for f := range Fixed(p, e, r, set) {
		delete(set, f)
	}
	withhold(p, set, e, r)
	switch {
	case r.New:
		return set, Create
	case len(set) == 0:
		return set, Nothing
	}
	return set, Update
}

// Fixed returns which of some fields a record keeps as they stand there, and why.
func Fixed(p *policy.Policy, e Entity, r Record, set record.Fields) map[record.Field]string {
	out := map[record.Field]string{}
	if !r.New {
		maps.Copy(out, p.FixedAt(r.System, e.Fields))
	}
	for f, kept := range r.Keeps {
		out[f] = kept.Why
	}
	for f := range out {
		if _, changes := set[f]; !changes {
			delete(out, f)
		}
	}
	return out
}

// departing is what the record of a deleted entity is told.
func departing(p *policy.Policy, e Entity, r Record) (record.Fields, Op) {
	set := record.Fields{}
	g := p.WhenDeleted(r.System, e.Deleted, e.Fields)
	switch g.Action {
	case policy.Detach:
		return set, Leave
	case policy.SetFields:
		for f, v := range g.Fields {
			if r.BaseLocal[f] != v || r.Remote[f] != v {
				set[f] = v
			}
		}
	case policy.Empty:
		for f, v := range r.BaseLocal {
			if v != "" && r.Remote[f] != "" && slices.Contains(r.Writes, f) {
				set[f] = ""
			}
		}
	default:
		return set, Remove
	}
	withhold(p, set, e, r)
	if len(set) == 0 {
		return set, Nothing
	}
	return set, Update
}

// withhold takes out of what is to be written the fields that are held, the fields
// that make sense only with them, and a looser consent that belongs to one of them.
// A stricter consent goes, and concerns what stands there.
func withhold(p *policy.Policy, set record.Fields, e Entity, r Record) {
	var held []record.Field
	for f := range r.Held.Still(e.Fields.Over(set), r.Remote) {
		held = append(held, f)
	}
	for _, f := range held {
		delete(set, f)
		for _, g := range p.Groups {
			if slices.Contains(g, f) {
				for _, other := range g {
					delete(set, other)
				}
			}
		}
	}
	for f, rule := range p.Fields {
		v, ok := set[f]
		if !ok || !slices.ContainsFunc(rule.With, func(with record.Field) bool { return slices.Contains(held, with) }) {
			continue
		}
		there, seen := r.Remote[f]
		if m := (&field{rule: rule}); !seen || !m.stricter(v, there) {
			delete(set, f)
		}
	}
}
