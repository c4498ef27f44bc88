// Package team names the fields of club.team: a team of the club, of the federation's or
// of its own, and who is in it. Its key is the number that the federation gives it: a team
// may change its name, and two may have the same.
package team

import (
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
)

// Kind is the kind of a team.
const Kind record.Kind = "club.team"

// What a team is. Members are rows as Member has them.
const (
	Number   record.Field = "number"
	Name     record.Field = "name"
	Activity record.Field = "activity" // what it plays, as people say it: Veld, Zaal
	Gender   record.Field = "gender"   // male, female, or empty: both
	Members  record.Field = "members"
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{Number}

// Key is the natural key: the number.
func Key(f record.Fields) string { return strings.TrimSpace(f[Number]) }

// Types are the classes of the fields of club.team.
var Types = record.Types{
	Number:   {Class: record.ClassText},
	Name:     {Class: record.ClassText, Fold: true},
	Activity: {Class: record.ClassText, Fold: true},
	Gender:   {Class: record.ClassCode, Codes: []string{"male", "female"}},
	Members:  {Class: record.ClassSet, Rows: true},
}

// Member is one row of Members: who plays in the team, or looks after it, and as what. One
// person may be in it twice.
type Member struct {
	Code string // the relation code
	Role string
}

// MemberColumns is how many columns of a row say which member it is: all of them.
const MemberColumns = 2

// MembersOf takes a set of members apart. A row that is none is left out.
func MembersOf(set string) []Member {
	var out []Member
	for _, row := range record.SetMembers(set) {
		if c := record.RowColumns(row); len(c) == MemberColumns && c[0] != "" {
			out = append(out, Member{c[0], c[1]})
		}
	}
	return out
}

// MemberSet returns members as a set.
func MemberSet(all []Member) string {
	rows := make([]string, len(all))
	for i, m := range all {
		rows[i] = record.NewRow(m.Code, m.Role)
	}
	return record.SetValue(rows)
}
