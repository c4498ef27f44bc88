// Package work names the fields of club.work: what somebody has done for the club, and
// does. Its key is the key of the person.
package work

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// Kind is the kind of one person's work.
const Kind record.Kind = "club.work"

// Functions are rows as person.Function has them. The committee is a reference to
// club.committee: its key with us, its remote id at a system.
const Functions record.Field = "work"

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{person.RelationCode}

// Key is the natural key: the relation code of the member.
func Key(f record.Fields) string { return person.NormalCode(f[person.RelationCode]) }

// Types are the classes of the fields of club.work.
var Types = record.Types{
	person.RelationCode: person.Types[person.RelationCode],
	Functions:           {Class: record.ClassSet, Rows: true},
}
