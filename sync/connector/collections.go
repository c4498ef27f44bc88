package connector

import (
	"context"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// Collections is what one system offers, in its connector's order.
type Collections []Collection

// Host returns the collection whose records a place consists of, as a view
// shows them; "" is the place's first view. It returns nil when the system has
// no such place or view.
func (cs Collections) Host(place, view string) *Collection {
	for i := range cs {
		if c := &cs[i]; c.Place == place && !c.Part && (view == "" || c.View == view) {
			return c
		}
	}
	return nil
}

// At returns all collections of a place as a view shows them: its host and the
// parts.
func (cs Collections) At(place, view string) []*Collection {
	var out []*Collection
	for i := range cs {
		if c := &cs[i]; c.Place == place && (c.Part || c.View == view) {
			out = append(out, c)
		}
	}
	return out
}

// Of returns the collection that takes a kind at a place, or nil.
func (cs Collections) Of(place string, kind record.Kind) *Collection {
	for i := range cs {
		if c := &cs[i]; c.Place == place && c.Kind == kind {
			return c
		}
	}
	return nil
}

// Reads returns the fields that a record of a place carries, sorted.
func (cs Collections) Reads(place, view string) []record.Field {
	var out []record.Field
	for _, c := range cs.At(place, view) {
		out = append(out, c.Reads...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Shown returns the fields that any view of a place shows of a kind, sorted.
func (cs Collections) Shown(place string, kind record.Kind) []record.Field {
	var out []record.Field
	for i := range cs {
		if c := &cs[i]; c.Place == place && c.Kind == kind {
			out = append(out, c.Reads...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Places returns the names of the places, sorted.
func (cs Collections) Places() []string {
	var out []string
	for _, c := range cs {
		out = append(out, c.Place)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Remover is what takes away the record of an entity that is deleted for a reason, and
// whose record it is to be; nil: nothing does.
func (c *Collection) Remover(why record.Reason, key record.Fields) func(context.Context, record.ExternalID) error {
	if why != record.Erased || c.Erase == nil {
		return c.Delete
	}
	return func(ctx context.Context, id record.ExternalID) error { return c.Erase(ctx, id, key) }
}

// Shows reports whether the records of a collection carry all of these fields.
func (c *Collection) Shows(fields []record.Field) bool {
	return !slices.ContainsFunc(fields, func(f record.Field) bool { return !slices.Contains(c.Reads, f) })
}

// KindsOf returns the kinds of collections, in their order.
func KindsOf(colls []*Collection) []record.Kind {
	out := make([]record.Kind, len(colls))
	for i, c := range colls {
		out[i] = c.Kind
	}
	return out
}
