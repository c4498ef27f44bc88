package read

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// What Postgres can hold. An index takes no more than about 2,700 bytes, and a text
// no NUL: one record with more must not fail the statement for a thousand others.
const (
	maxID  = 512  // bytes of a remote id
	maxKey = 1000 // bytes of a natural key
)

// named takes the items out of a page whose ids no row can have; they are faults
// without an id.
func named(p connector.Page) connector.Page {
	bad := func(it connector.Item) bool { return it.ID == "" || len(it.ID) > maxID || !storable(string(it.ID)) }
	if !slices.ContainsFunc(p.Items, bad) {
		return p
	}
	var items []connector.Item
	for _, it := range p.Items {
		if bad(it) {
			p.Faults = append(slices.Clip(p.Faults), connector.Fault{Why: "the record has no id that can be stored"})
		} else {
			items = append(items, it)
		}
	}
	p.Items = items
	return p
}

// unstorable says why a record cannot be stored, or "".
func (r *reading) unstorable(f record.Fields) string {
	for _, name := range f.Names() {
		if !storable(f[name]) {
			return "field " + string(name) + ": it holds a NUL, or bytes that are no text"
		}
	}
	for _, c := range r.system.Collections.At(r.coll.Place, r.coll.View) {
		if p := r.Policies.Of(c.Kind); p != nil && !c.Part && len(p.Key(f)) > maxKey {
			return "its key is too long"
		}
	}
	return ""
}

func storable(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }
