// Package policy says, for each kind, who decides what, who holds what, and
// what happens when it is gone. One readable page a kind; no code of the
// engine is needed to read it.
package policy

import (
	"slices"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// Policy is the page of one kind.
type Policy struct {
	Kind record.Kind
	// Key is the natural key, in canonical form, made from the fields that a
	// system carries; "" when they do not suffice. It is used to recognise a
	// record that is not bound yet, and to name a new entity.
	Key func(record.Fields) string
	// KeyFields are the fields that Key looks at. They go along with each
	// patch, so that the connector can check whose record it is.
	KeyFields []record.Field
	// Another reports whether a record that is nobody's and shows the key of an entity is
	// about somebody else all the same, by the fields AnotherBy; nil: the key suffices.
	Another   func(ours, shown record.Fields) bool
	AnotherBy []record.Field
	// Remembered are the fields that are kept of a record that is nobody's besides those
	// that recognise it, since a rule may make something of it later.
	Remembered []record.Field
	// Sources are the systems whose unknown records become new entities;
	// record.Hub for kinds that a rule derives.
	Sources []record.System
	// Newcomers says which records without a natural key become entities as well; nil:
	// none.
	Newcomers *Newcomers
	// Targets are the systems that must hold the entities of this kind.
	Targets []Target
	// Fields has a rule for each field. A field without a rule takes no part.
	Fields map[record.Field]Rule
	// Identity are the fields that say who a record is about. Several of them
	// changing in one record, or one in many records, waits for a person.
	Identity []record.Field
	// Groups are fields that only make sense together: where one of a group is
	// held back, a record that changes another of it waits with the group.
	// A field is in one group at most.
	Groups [][]record.Field
	// MovesForAll are fields that ordinarily change in all records at once, as
	// at the turn of the season. That they do holds nothing back.
	MovesForAll []record.Field
	// Ends are fields that mark a person as former or deceased when they have a
	// value other than "false". A target is told of one at the second reading.
	Ends []record.Field
	// Fixed says what stays as it stands at a system while an entity is so.
	Fixed []Fixed
	// Selections are named queries over our own copy, for a Read with step.Of: whether the
	// record of a living entity is to be fetched at a time.
	Selections map[string]func(record.Fields, time.Time) bool
	// Private are fields of our own tables that no system may ever be given.
	Private []record.Field
	// OnDelete says what happens at a system when an entity is deleted: the first
	// line that fits. No line fits: Detach.
	OnDelete []OnDelete
	// Once says that the records tell of something that happened, and are made once; nil:
	// they tell how something is.
	Once *Once
}

// Target says where a system must hold an entity.
type Target struct {
	System record.System
	// Place returns the place that holds the entity, or "" and why the entity
	// is not held there. The reason names no value.
	Place func(record.Fields) (place, why string)
	// Stays says that a record stays where it is, and goes on to be told what changes,
	// when Place says that its entity is held there no longer. Else it is removed.
	Stays bool
}

// Fixed are fields that a record at a system keeps as they are while its entity is so,
// such as a number that was worn in a race that is over. A new record has them as they
// are with us.
type Fixed struct {
	System record.System
	If     func(record.Fields) bool
	Fields []record.Field
	Why    string // for people; names no value
}

// FixedAt returns the fields that stay as they stand at a system, and why.
func (p *Policy) FixedAt(s record.System, of record.Fields) map[record.Field]string {
	var out map[record.Field]string
	for _, x := range p.Fixed {
		if x.System != s || !x.If(of) {
			continue
		}
		for _, f := range x.Fields {
			if out == nil {
				out = map[record.Field]string{}
			}
			out[f] = x.Why
		}
	}
	return out
}

// Rule says who decides one field.
type Rule struct {
	// Order are the systems that may change the field. Of two that changed it
	// at once the earlier wins. The hub is among them when a rule derives it.
	Order []record.System
	// Strict has the values of a consent, strictest first. The stricter value
	// wins from any side and is never loosened by a sync; see OptIn.
	Strict []string
	// With are the fields that a consent belongs to, such as an address: while one
	// of them is refused a looser consent waits with it.
	With []record.Field
	// OptIn are the systems where the person concerned decides about a consent: what
	// becomes looser there, after both sides had agreed on it, is their own will.
	OptIn []record.System
	// Behind are values of a consent that belong to the fields With alone, and not to
	// the person, such as that an address takes no mail. A record that shows another
	// address says nothing by them.
	Behind []string
	// Rows says that the value is a set of rows (record.NewRow), of which so many columns
	// say which row it is; 0: it is none. It is merged row by row: rows that others have
	// put into a record stay beside ours, and a row that is not shown is gone only when a
	// certified reading does not show it.
	Rows int
	// KeepEmpty keeps the value when a system that may decide has emptied it.
	KeepEmpty bool
	// Ask leaves a conflict to a person: neither side is written until it is
	// resolved.
	Ask bool
}

// Owned is a field that one system decides.
func Owned(by record.System) Rule { return Rule{Order: []record.System{by}} }

// Shared is a field that several systems may change, the earlier before the
// later when both did.
func Shared(order ...record.System) Rule { return Rule{Order: order} }

// Strictest is a consent: the values, strictest first.
func Strictest(values ...string) Rule { return Rule{Strict: values} }

// For returns the rule of a consent that belongs to these fields.
func (r Rule) For(fields ...record.Field) Rule { r.With = fields; return r }

// OptInAt returns the rule of a consent that the person concerned may loosen again at
// these systems.
func (r Rule) OptInAt(systems ...record.System) Rule { r.OptIn = systems; return r }

// StaysBehind returns the rule of a consent of which these values stay with what it
// belongs to, when that changes.
func (r Rule) StaysBehind(values ...string) Rule { r.Behind = values; return r }

// LeftBehind reports whether a consent that a record shows stays with what stands
// there in the fields With, since ours are other ones.
func (r Rule) LeftBehind(consent string, shown, ours record.Fields) bool {
	return slices.Contains(r.Behind, consent) && slices.ContainsFunc(r.With, func(f record.Field) bool {
		there, seen := shown[f]
		own, known := ours[f]
		return seen && known && there != own
	})
}

// RowByRow returns the rule of a set of rows, of which so many columns say which row it
// is.
func (r Rule) RowByRow(columns int) Rule { r.Rows = columns; return r }

// KeepWhenEmpty returns the rule keeping values that a system has emptied.
func (r Rule) KeepWhenEmpty() Rule { r.KeepEmpty = true; return r }

// AskAPerson returns the rule leaving conflicts to a person.
func (r Rule) AskAPerson() Rule { r.Ask = true; return r }

// Decides reports whether the system may change the field.
func (r Rule) Decides(s record.System) bool {
	return len(r.Strict) > 0 || slices.Contains(r.Order, s)
}

// Rank is the place of a system in the order; those that may not change the
// field come last.
func (r Rule) Rank(s record.System) int {
	if i := slices.Index(r.Order, s); i >= 0 {
		return i
	}
	return len(r.Order)
}

// Action is what happens at a system to the record of an entity that is gone.
type Action string

// The actions. Set writes fields, and a return of the entity undoes it. Empty empties
// what both sides had agreed on there, and nothing else. Remove
// and Archive release the record in the system's own softer way, Delete
// removes it; all three are carried out by the connector's Delete and only on
// records that we created. Detach leaves the record alone. Erase is what no page says:
// whoever has asked to be erased is, wherever the system can, and whoever made the record.
const (
	SetFields Action = "set"
	Empty     Action = "empty"
	Remove    Action = "remove"
	Archive   Action = "archive"
	Delete    Action = "delete"
	Detach    Action = "detach"
	Erase     Action = "erase"
)

// OnDelete is one line of what happens when an entity is deleted.
type OnDelete struct {
	System record.System
	Reason record.Reason // "" fits every reason
	// If narrows the line to entities with such fields; nil fits all.
	If     func(record.Fields) bool
	Action Action
	Fields record.Fields // for Set
	Why    string        // told with a Detach in place of the reason of the deletion; mostly empty
}

// WhenDeleted returns the line that fits, or a Detach. For who is erased no line is asked.
func (p *Policy) WhenDeleted(s record.System, r record.Reason, f record.Fields) OnDelete {
	if r == record.Erased {
		return OnDelete{System: s, Reason: r, Action: Erase}
	}
	for _, g := range p.OnDelete {
		if g.System == s && (g.Reason == "" || g.Reason == r) && (g.If == nil || g.If(f)) {
			return g
		}
	}
	return OnDelete{System: s, Reason: r, Action: Detach}
}

// Target returns the system's line among the targets, or nil.
func (p *Policy) Target(s record.System) *Target {
	for i := range p.Targets {
		if p.Targets[i].System == s {
			return &p.Targets[i]
		}
	}
	return nil
}

// IsSource reports whether unknown records of a system become entities.
func (p *Policy) IsSource(s record.System) bool { return slices.Contains(p.Sources, s) }

// SomebodyElse reports whether a record that shows the key of an entity is not the
// entity's.
func (p *Policy) SomebodyElse(ours, shown record.Fields) bool {
	return p.Another != nil && p.Another(ours, shown)
}

// Recognising are the fields that are kept of a record that is nobody's: those that tell
// whose it is, what it consents to, and what a rule makes something of.
func (p *Policy) Recognising() []record.Field {
	out := slices.Concat(p.KeyFields, p.AnotherBy, p.Remembered)
	for f, r := range p.Fields {
		if len(r.Strict) > 0 {
			out = append(out, f)
		}
	}
	return out
}

// TargetOf is a holder that keeps at one place those entities of which a flag is set. Of
// one of which it was set before the record stays. why says that it is not.
func TargetOf(s record.System, place string, flag record.Field, why string) Target {
	return Target{System: s, Stays: true, Place: func(f record.Fields) (string, string) {
		if f[flag] != "true" {
			return "", why
		}
		return place, ""
	}}
}

// TargetAt is a holder that keeps every entity at one place.
func TargetAt(s record.System, place string) Target {
	return Target{System: s, Place: func(record.Fields) (string, string) { return place, "" }}
}
