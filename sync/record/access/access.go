// Package access names the fields of club.access: by which functions a member may do things at
// a site, in an account that they have there or may get.
package access

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// Kind is the kind of what a member may do at a site.
const Kind record.Kind = "club.access"

// RelationCode is that of the member; Functions are the names of those that they have for the
// club as a whole, now.
const (
	RelationCode record.Field = "relation_code"
	Functions    record.Field = "functions"
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{RelationCode}

// Key is the natural key: the relation code of the member.
func Key(f record.Fields) string { return person.NormalCode(f[RelationCode]) }

// Types are the classes of the fields.
var Types = record.Types{
	RelationCode: {Class: record.ClassIdentifier, Upper: true},
	Functions:    {Class: record.ClassSet},
}
