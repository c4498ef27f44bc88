package step

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// Pipeline is a named list of steps: Reads, one Plan, Writes; no other
// shape.
type Pipeline struct {
	Name   string
	Family string
	Reads  []Read
	Writes []Write
	// Orphans says that the pipeline decides nothing but which records, of those that we
	// have made at the places that it reads whole, no entity wants. Its plan removes them,
	// and always waits for a person.
	Orphans bool
}

// NeedsKeys reports whether the pipeline runs only for entities that are named.
func (p Pipeline) NeedsKeys() bool {
	return slices.ContainsFunc(p.Reads, func(r Read) bool { return r.Select.Asked })
}

// Uses reports whether the pipeline reads or writes a system.
func (p Pipeline) Uses(system record.System) bool {
	return slices.ContainsFunc(p.Reads, func(r Read) bool { return r.System == system }) ||
		slices.ContainsFunc(p.Writes, func(w Write) bool { return w.System == system })
}

// Read is one step that lists or fetches.
type Read struct {
	System record.System
	// Place of the system; "*" stands for each place that it offers.
	Place  string
	View   string
	Select Selection
	// Needed says that the run ends when this read fails. Any other read that
	// fails takes part with nothing.
	Needed bool
}

// Write is one step that carries out what is pending at a place; "*" stands
// for each place that the system offers.
type Write struct {
	System record.System
	Place  string
	// Only is the part of what is pending that the step carries out; "": all of it.
	Only Part
}

// Part is a part of what is pending at a place. Where records refer to those of other
// places they are made in one order and removed in the other: see InOrder.
type Part string

// The parts.
const (
	Puts     Part = "puts"     // what is to be there
	Removals Part = "removals" // what is to be there no longer
)

// Has reports whether the part has what is to be removed, or what is to be there.
func (p Part) Has(removal bool) bool { return p == "" || (p == Removals) == removal }

// InOrder writes the places of a system of which the later refer to the earlier: all
// that is to be there in this order, and then, in reverse, what is to be there no
// longer.
func InOrder(system record.System, places ...string) []Write {
	out := make([]Write, 0, 2*len(places))
	for _, place := range places {
		out = append(out, Write{system, place, Puts})
	}
	for _, place := range slices.Backward(places) {
		out = append(out, Write{system, place, Removals})
	}
	return out
}

// Selection says what a Read fetches.
type Selection struct {
	// IfUnbound skips the whole listing unless something was staged before in
	// this run, or entities wait to be created at the place.
	IfUnbound bool
	// Since lists from the watermark on.
	Since bool
	// Notified fetches, one by one, the records that the system has named as
	// changed since a run applied them last.
	Notified bool
	// Of fetches the records of the entities that the named query of their policy finds;
	// "": none is asked.
	Of string
	// Follows fetches, one by one, the records of which a listing shows that they have
	// changed.
	Follows Follows
	// Asked fetches, one by one, the records of the entities that the run is for; such a
	// pipeline runs for no other. At a target that holds no record of one of them yet the
	// whole listing is read: only that shows that there is none.
	Asked bool `json:",omitempty"`
}

// Follows is a field that another listing of the same system shows, and that a record has
// as well, as it was when it was read: the date of its photo, or of its last change. The
// records of both places have the same ids. Where the two differ the record is read anew.
type Follows struct {
	Place, View string
	Field       record.Field
}

// Whole reports whether a reading shows all that the listing has.
func (s Selection) Whole(cursor string) bool {
	return !s.Notified && !s.Asked && s.Of == "" && s.Follows == (Follows{}) && (!s.Since || cursor == "")
}

// All lists everything.
var All = Selection{}

// Since lists what has changed since the last reading.
var Since = Selection{Since: true}

// Notified fetches what the system has named as changed.
var Notified = Selection{Notified: true}

// Of fetches the records that a named query over our own copy finds.
func Of(name string) Selection { return Selection{Of: name} }

// Following fetches the records of which a field of another listing has changed.
func Following(place, view string, f record.Field) Selection {
	return Selection{Follows: Follows{place, view, f}}
}

// Asked fetches the records of the entities that the run is for.
var Asked = Selection{Asked: true}

// IfUnbound lists everything, but only when it can matter: to a place that is
// otherwise only written.
var IfUnbound = Selection{IfUnbound: true}
