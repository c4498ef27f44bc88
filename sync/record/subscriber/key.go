package subscriber

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// The states of an entry, as far as they matter to us.
const (
	Active       = "active"
	Unsubscribed = "unsubscribed"
	Cleaned      = "cleaned" // taken out after a hard bounce
	Unconfirmed  = "unconfirmed"
)

// OptedOut is the value of List of an entry that stands on no list because its
// address has opted out, or bounces, on another one. List is empty when there
// is no address, or no list that is free.
const OptedOut = "opted out"

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{Email, RelationCode}

// NormalName is an entry's whole name in the form in which names are compared.
func NormalName(f record.Fields) string {
	return person.NormalName(f[FirstName] + " " + f[Infix] + " " + f[LastName])
}

// SomebodyElse reports whether what a list shows is about another than an entry with
// the same key: at a parent's address somebody may have signed up with their own name.
// A code tells by itself; without any name it is the parent's.
func SomebodyElse(ours, shown record.Fields) bool {
	if person.NormalCode(shown[RelationCode]) != "" || !shown.Has(FirstName) {
		return false
	}
	name := NormalName(shown)
	return name != "" && name != NormalName(ours)
}

// Key is the natural key of an entry, made from what a list itself carries:
// the member's relation code and the address, or "parent" and the address when
// there is no code. It is "" for an entry with neither.
func Key(f record.Fields) string {
	address := person.NormalAddress(f[Email])
	if code := person.NormalCode(f[RelationCode]); code != "" {
		return code + "/" + address
	}
	if address == "" {
		return ""
	}
	return "parent/" + address
}
