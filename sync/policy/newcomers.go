package policy

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// Newcomers says how a record that people have made at a system, and that shows no key
// of ours, becomes an entity: such as a registration, and whoever has registered. What
// other records there refer to becomes one when a newcomer refers to it.
type Newcomers struct {
	// From are the systems. They are no sources: what is gone there is ended only where
	// it came in there, and by the system's own word.
	From []record.System
	// Needs are the fields without which nothing is made of a record: it waits. A
	// reference counts when what it refers to is ours.
	Needs []record.Field
	// Over reports whether a record is no news any more, such as a registration that was
	// ended before anybody has seen it; nil: none is.
	Over func(record.Fields) bool
	// Common is what a record shares with an entity that it may be about, such as name
	// and birth. It shares one of these with each that Compare does not call Different.
	Common func(record.Fields) []string
	// Compare says whether a record is about an entity that shares something with it.
	Compare func(ours, shown record.Fields) Likeness
	// Each says that each record is an entity of its own: one that has a record there
	// already is another. Else a second record is known as the entity's and left alone.
	Each bool
	// Undone are the fields that are set when the system itself takes back what came in
	// there; the entity ends then. nil: none ends.
	Undone record.Fields
}

// Likeness says whether a record is about an entity.
type Likeness int

// The likenesses. Of a record that may be about an entity, and may not, a person decides.
const (
	Different Likeness = iota
	Maybe
	Same
)

// TakesFrom reports whether records without a key may become entities that a system
// shows.
func (n *Newcomers) TakesFrom(s record.System) bool { return n != nil && slices.Contains(n.From, s) }

// Missing are the fields that a record lacks to become an entity.
func (n *Newcomers) Missing(shown record.Fields) []record.Field {
	var out []record.Field
	for _, f := range n.Needs {
		if shown[f] == "" || record.RefersElsewhere(shown[f]) {
			out = append(out, f)
		}
	}
	return out
}

// CommonOf is what a record or an entity of the kind shares with others; nothing where
// the kind has no newcomers.
func (p *Policy) CommonOf(f record.Fields) []string {
	if p.Newcomers == nil {
		return nil
	}
	return p.Newcomers.Common(f)
}
