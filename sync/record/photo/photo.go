// Package photo names the fields of club.photo: the photo of a member. Its key is the
// member's relation code.
package photo

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// Kind is the kind of one member's photo.
const Kind record.Kind = "club.photo"

// Photo names the bytes, which are kept by themselves; Date is when the photo that was
// read last came to the member administration.
const (
	Photo record.Field = "photo"
	Date  record.Field = person.PhotoDate
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{person.RelationCode}

// Key is the natural key: the relation code of the member.
func Key(f record.Fields) string { return person.NormalCode(f[person.RelationCode]) }

// Types are the classes of the fields of club.photo.
var Types = record.Types{
	person.RelationCode: person.Types[person.RelationCode],
	Photo:               {Class: record.ClassBlob},
	Date:                {Class: record.ClassDate},
}
