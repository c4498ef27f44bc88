// Package reconcile compares what stands on each side of an entity with what
// was last agreed there, and decides field by field what goes where. It judges
// listings and plans as well. Pure: no clock, no database, no network.
package reconcile

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// Side is one remote record of an entity.
type Side struct {
	System        record.System
	Reads, Writes []record.Field
	// Assigns are fields that the system gives each of its records, such as its number:
	// where a record has taken another's place, they are those of the new one.
	Assigns []record.Field
	// Remote is what stands there now. BaseLocal and BaseRemote are, by field, our
	// value and theirs when both sides last agreed; a field that is in neither
	// has never met.
	Remote, BaseLocal, BaseRemote record.Fields
	// Sent are values that we may have written there without learning of it.
	// Standing there they are nobody's change.
	Sent record.Fields
	// New says that there is no record yet: everything is to be written.
	New bool
	// Unplanned says that Remote may hold what no Merge has seen.
	Unplanned bool
	// Groups are fields that only make sense together: see apart.
	Groups [][]record.Field
}

// Hub is our copy of an entity.
type Hub struct {
	Fields record.Fields
	// From names by field the system that the value is from.
	From map[record.Field]record.System
	// Restless are fields that have gone to and fro between systems: a system that
	// the value is not from changes it no more until a person says which it is.
	Restless map[record.Field]bool
}

// SideResult is what one side must do.
type SideResult struct {
	// Set is what is to be written there.
	Set record.Fields
	// Agree are the fields in which both sides hold what they should without a
	// write, and which were not known to agree: our value, and theirs.
	BaseLocal, BaseRemote record.Fields
}

// Conflict is a value that lost against another change, or waits for a person.
type Conflict struct {
	Field  record.Field
	System record.System // whose value lost; record.Hub when ours did
	Hub    string        // our value before
	Remote string        // theirs
	WonBy  record.System // "" when a person is asked
	Why    Why
}

// Why says how a conflict was settled.
type Why string

// The ways.
const (
	ByOrder   Why = "by order"         // both changed it; the earlier in the order won
	NotTheirs Why = "not theirs"       // changed where it may not be changed
	Stricter  Why = "stricter"         // the stricter consent won
	Asked     Why = "a person decides" // nothing is written until then
	Flapping  Why = "flapping"         // gone to and fro too often; the same
	// The system gives the field its value there and shows another one than ours. Each keeps
	// its own until a person says which it is.
	GivenThere Why = "given there"
	// Not of a field: nothing tells whose records are that show a key.
	Duplicate    Why = "duplicate"     // several show it at one place; none is taken
	SomebodyElse Why = "somebody else" // shown under a new id, and who it is about contradicts
	// Of a record without a key of ours: what tells who it is about is missing, which is
	// the field, or somebody of ours may be the same.
	Newcomer Why = "newcomer"
)

// Result is what a merge decides.
type Result struct {
	Hub       Hub
	Changed   []record.Field // fields of the hub that changed, sorted
	Sides     []SideResult   // in the order of the sides given
	Conflicts []Conflict
}

// Merge takes all sides of an entity at once. The sides' order does not
// matter: the rules have an order of their own, and sides that a rule ranks
// alike are taken by name.
func Merge(rules map[record.Field]policy.Rule, hub Hub, sides []Side) Result {
	r := Result{
		Hub:   Hub{Fields: hub.Fields.Clone(), From: map[record.Field]record.System{}},
		Sides: make([]SideResult, len(sides)),
	}
	for f, s := range hub.From {
		r.Hub.From[f] = s
	}
	for i := range r.Sides {
		r.Sides[i] = SideResult{Set: record.Fields{}, BaseLocal: record.Fields{}, BaseRemote: record.Fields{}}
	}
	all := names(rules)
	frozen := make([]map[int]bool, len(all))
	for at, f := range all {
		m := field{name: f, rule: rules[f], hub: hub, sides: sides, out: &r}
		frozen[at] = m.inward()
	}
	for at, f := range all {
		m := field{name: f, rule: rules[f], hub: hub, sides: sides, out: &r}
		for i := range sides {
			if !frozen[at][i] {
				m.outward(i)
			}
		}
	}
	return r
}

func names(rules map[record.Field]policy.Rule) []record.Field {
	out := make([]record.Field, 0, len(rules))
	for f := range rules {
		out = append(out, f)
	}
	slices.Sort(out)
	return out
}

// field is the merge of one field.
type field struct {
	name  record.Field
	rule  policy.Rule
	hub   Hub
	sides []Side
	out   *Result
}

// remote returns what a side holds, if it is known.
func (m *field) remote(i int) (string, bool) {
	if !slices.Contains(m.sides[i].Reads, m.name) {
		return "", false
	}
	v, ok := m.sides[i].Remote[m.name]
	return v, ok
}

// met reports whether the side ever agreed on the field, and what then stood.
// A side that holds what we hold agrees, even if that was never noted.
func (m *field) base(i int) (ours, theirs string, ok bool) {
	ours, ok = m.sides[i].BaseLocal[m.name]
	if !ok {
		remote, seen := m.remote(i)
		if ours, ok = m.hub.Fields[m.name]; !ok || !seen || remote != ours {
			return "", "", false
		}
		return ours, remote, true
	}
	return ours, m.sides[i].BaseRemote[m.name], ok
}

// inward decides the hub's value. It returns the sides that may not be written
// because a person is asked.
func (m *field) inward() map[int]bool {
	if len(m.rule.Strict) > 0 {
		m.strictest()
		return nil
	}
	old, known := m.hub.Fields[m.name]
	claims := filled(m.claims(old, known))
	if len(claims) == 0 {
		return nil
	}
	best := claims[0]
	winner := m.sides[best.side].System
	if m.hub.Restless[m.name] && winner != m.hub.From[m.name] {
		m.conflict(best, old, "", Flapping)
		return m.all()
	}
	if ours, _, met := m.base(best.side); met && ours != old {
		// The hub changed as well: its value is a claim of whoever set it.
		from := m.hub.From[m.name]
		if m.rule.Ask {
			m.conflict(best, old, "", Asked)
			return m.all()
		}
		if m.rule.Rank(from) <= m.rule.Rank(winner) {
			m.conflict(best, old, from, ByOrder)
			m.others(claims[1:], old, from)
			return nil
		}
		m.out.Conflicts = append(m.out.Conflicts, Conflict{
			Field: m.name, System: record.Hub, Hub: old, Remote: best.value, WonBy: winner, Why: ByOrder,
		})
	}
	if m.rule.Ask && slices.ContainsFunc(claims[1:], func(c claim) bool { return c.changed && c.value != best.value }) {
		m.conflict(best, old, "", Asked)
		return m.all()
	}
	m.set(best.value, winner)
	m.others(claims[1:], best.value, winner)
	return nil
}

func (m *field) conflict(c claim, ours string, winner record.System, why Why) {
	m.out.Conflicts = append(m.out.Conflicts, Conflict{
		Field: m.name, System: m.sides[c.side].System, Hub: ours, Remote: c.value, WonBy: winner, Why: why,
	})
}

func (m *field) all() map[int]bool {
	all := map[int]bool{}
	for i := range m.sides {
		all[i] = true
	}
	return all
}

func (m *field) set(value string, from record.System) {
	old, known := m.out.Hub.Fields[m.name]
	m.out.Hub.Fields[m.name] = value
	m.out.Hub.From[m.name] = from
	if !known || old != value {
		m.out.Changed = append(m.out.Changed, m.name)
	}
}
