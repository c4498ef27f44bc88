// Package organisation names the fields of event.organisation: an organisation:
// a club, an organiser, a federation.
package organisation

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of an organisation.
const Kind record.Kind = "event.organisation"

// What is known of an organisation.
const (
	ID     record.Field = "id" // of EMS, in decimal digits
	Name   record.Field = "name"
	Parent record.Field = "parent" // a reference to event.organisation; empty: none
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{ID}

// Key is the natural key: the id in EMS.
func Key(f record.Fields) string { return f[ID] }
