// Package committee names the fields of club.committee: a committee of the club, in
// which people have functions. Its key is its name, capitals aside.
package committee

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// Kind is the kind of a committee.
const Kind record.Kind = "club.committee"

// Name is what it is called.
const Name record.Field = "name"

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{Name}

// Key is the natural key: the name, capitals aside.
func Key(f record.Fields) string { return person.CommitteeKey(f[Name]) }

// Types are the classes of the fields of club.committee.
var Types = record.Types{Name: {Class: record.ClassText, Fold: true}}
