package connector

import (
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
)

// Storable takes out of a page what no row can have. Records and removals whose ids
// cannot be stored are faults without an id, and of texts beside a record what can
// be stored is left.
func (p Page) Storable() Page {
	bad := func(id record.ExternalID) bool { return id == "" || !id.Storable() }
	nameless := Fault{Why: "the record has no id that can be stored"}
	faults := slices.Clone(p.Faults)
	for i := range faults {
		f := &faults[i]
		if f.Why = storableText(f.Why); !f.ID.Storable() {
			f.ID = ""
		}
	}
	if slices.ContainsFunc(p.Items, func(it Item) bool { return bad(it.ID) }) {
		var items []Item
		for _, it := range p.Items {
			if bad(it.ID) {
				faults = append(faults, nameless)
			} else {
				items = append(items, it)
			}
		}
		p.Items = items
	}
	var removed []Removal
	for _, rm := range p.Removed {
		if bad(rm.ID) {
			continue // no record of ours has such an id
		}
		rm.Reason = record.Reason(storableText(string(rm.Reason)))
		if !rm.Successor.Storable() {
			rm.Successor = ""
		}
		removed = append(removed, rm)
	}
	p.Faults, p.Removed = faults, removed
	return p
}

// storableText is what of a text can be stored.
func storableText(s string) string {
	if record.Storable(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}
