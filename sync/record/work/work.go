// Package work names the fields of club.work and club.team_work: what somebody has done
// for the club, and does, in its committees and in its teams. The key of either is the key
// of the person.
package work

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// Kind is the kind of one person's work in committees, InTeams that in teams.
const (
	Kind    record.Kind = "club.work"
	InTeams record.Kind = "club.team_work"
)

// Functions and TeamFunctions are rows as person.Function has them. The committee is a
// reference to club.committee, or to club.team: its key with us, its remote id at a system.
const (
	Functions     record.Field = "work"
	TeamFunctions record.Field = "team_work"
)

// Rosters are the rows of the teams that somebody is in, of the same form without a start:
// what TeamFunctions was made of last. It is ours alone.
const Rosters record.Field = "rosters"

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{person.RelationCode}

// Key is the natural key: the relation code of the member.
func Key(f record.Fields) string { return person.NormalCode(f[person.RelationCode]) }

// Types are the classes of the fields of both.
var Types = record.Types{
	person.RelationCode: person.Types[person.RelationCode],
	Functions:           {Class: record.ClassSet, Rows: true},
	TeamFunctions:       {Class: record.ClassSet, Rows: true},
	Rosters:             {Class: record.ClassSet, Rows: true},
}
