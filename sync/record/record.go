// Package record has the nouns of touchline: systems, kinds, fields and
// entities. It knows no system, no database and no network; everything else
// imports it.
package record

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// System names an outside party, such as "laposta". Lower case letters only.
type System string

// Hub is the name under which our own copy appears among the systems, in
// plans, provenance and orders of decision.
const Hub System = "hub"

// Kind names a kind of record, family first: "club.person".
type Kind string

// Family is the part before the dot.
func (k Kind) Family() string {
	family, _, _ := strings.Cut(string(k), ".")
	return family
}

// Field names a canonical attribute of a kind, in snake case.
type Field string

// ExternalID is a remote system's own identifier of a record. Only the
// connector of that system looks inside.
type ExternalID string

// Fields holds what is known of a record. A field that is present and empty is
// known to be empty; a field that is absent is unknown and takes no part.
//
// Values are text in one fixed form: dates 2006-01-02, instants RFC 3339 in
// UTC, phones E.164, flags "true" and "false", amounts in cents, sets as
// SetValue makes them.
type Fields map[Field]string

// HasAll reports whether f has those of the fields named that of has.
func (f Fields) HasAll(of Fields, names []Field) bool {
	for _, n := range names {
		if of.Has(n) && !f.Has(n) {
			return false
		}
	}
	return true
}

// Clone returns a copy that shares nothing with f. The copy is never nil.
func (f Fields) Clone() Fields {
	c := make(Fields, len(f))
	maps.Copy(c, f)
	return c
}

// Only returns the fields of f that are named and present.
func (f Fields) Only(names []Field) Fields {
	out := make(Fields, len(names))
	for _, n := range names {
		if v, ok := f[n]; ok {
			out[n] = v
		}
	}
	return out
}

// Names returns the names of the fields present, sorted.
func (f Fields) Names() []Field { return slices.Sorted(maps.Keys(f)) }

// SetValue is the one form of a set of bare values: trimmed, without empty
// ones and repetitions, sorted, one on a line.
func SetValue(members []string) string {
	out := make([]string, 0, len(members))
	for _, m := range members {
		if m = strings.TrimSpace(m); m != "" {
			out = append(out, m)
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), "\n")
}

// SetMembers takes a set apart. An empty value has no members.
func SetMembers(value string) []string {
	if value == "" {
		return nil
	}
	return strings.Split(value, "\n")
}

// EntityID identifies an entity of ours. It carries no meaning and may appear
// in logs.
type EntityID int64

// Entity is one record of our own copy.
type Entity struct {
	ID     EntityID
	Kind   Kind
	Key    string // natural key, unique in its kind; personal data
	Fields Fields
	// Gone is empty while the entity lives, else the reason why it is gone.
	Deleted    Reason
	Version    int64
	ModifiedOn time.Time
}

// Reason says why an entity or a remote record is gone.
type Reason string

// The reasons that the engine itself gives. A system may bring its own.
const (
	Absent  Reason = "absent"  // missing from enough certified full listings
	Removed Reason = "removed" // the system said so
	Merged  Reason = "merged"  // another record took its place
	Moved   Reason = "moved"   // it goes on under another id
	Unmade  Reason = "unmade"  // its rule makes it no longer
	Erased  Reason = "erased"  // whom it is about has asked for it: no value of it is kept anywhere
)

// Who made a record at a system. Only what we made, or took over on a person's
// word, is ever removed.
const (
	ByUs      = "us"
	ByThem    = "them"
	ByUnknown = "unknown" // a call was lost, or nobody has looked
)
