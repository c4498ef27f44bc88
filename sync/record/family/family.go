// Package family names the fields of club.family: who the children of a person
// are. Its key is the key of the person who is the parent.
package family

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of the children of one parent.
const Kind record.Kind = "club.family"

// Children is a set of references to club.person: their keys with us, their
// remote ids at a system.
const Children record.Field = "children"
