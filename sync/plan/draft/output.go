package draft

import (
	"github.com/touchline-sync/touchline/sync/plan/change"
	"github.com/touchline-sync/touchline/sync/record"
)

// Output is what has come out so far. What belongs to a component says of whose.
type Output struct {
	Rows      []Row
	Conflicts []Conflict
	Aliases   []Alias
	Notify    []change.Notify
	Excluded  map[string]int64 // by system and why

	counters map[Name]*change.Counter
	fetched  map[change.Notify]bool
	cited    map[Claim]bool
}

// Row, Conflict and Alias are what they are in the changes, with an entity of
// their component.
type (
	// Row is one change.
	Row struct {
		change.Row

		Of *Entity
	}
	// Conflict is a conflict of an entity's field.
	Conflict struct {
		change.Conflict

		Of *Entity
	}
	// Alias says that a key has become another.
	Alias struct {
		change.Alias

		Of *Entity
	}
)

func newOutput() Output {
	return Output{Excluded: map[string]int64{}, counters: map[Name]*change.Counter{}, fetched: map[change.Notify]bool{}, cited: map[Claim]bool{}}
}

// Counter returns the counter of a kind at a place.
func (o *Output) Counter(system record.System, place string, kind record.Kind) *change.Counter {
	k := Name{kind, string(system) + " " + place}
	if o.counters[k] == nil {
		o.counters[k] = &change.Counter{System: system, Place: place, Kind: kind}
	}
	return o.counters[k]
}

// Counters are all counters, in a fixed order.
func (o *Output) Counters() []change.Counter {
	out := make([]change.Counter, 0, len(o.counters))
	for _, c := range o.counters {
		out = append(out, *c)
	}
	return change.Sorted(out)
}

// Fetch has a record fetched by the next run, once.
func (o *Output) Fetch(n change.Notify) {
	if !o.fetched[n] {
		o.fetched[n] = true
		o.Notify = append(o.Notify, n)
	}
}
