package derive

import (
	"cmp"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// mention is one place where a child's record names a parent.
type mention struct {
	child                    record.Fields
	code, email, name, phone string
}

// parentFields are the two places, in the order in which they count.
var parentFields = [2]struct{ name, email, phone record.Field }{
	{person.Parent1Name, person.Parent1Email, person.Parent1Phone},
	{person.Parent2Name, person.Parent2Email, person.Parent2Phone},
}

// mentions returns where these members name a parent with this address.
func mentions(members []record.Entity, address string) []mention {
	var out []mention
	for _, m := range members {
		for _, p := range parentFields {
			if person.NormalAddress(m.Fields[p.email]) == address {
				out = append(out, mention{
					child: m.Fields, code: code(m), email: strings.TrimSpace(m.Fields[p.email]),
					name: m.Fields[p.name], phone: m.Fields[p.phone],
				})
			}
		}
	}
	return out
}

// children returns the relation codes of those who mention.
func children(of []mention) map[string]bool {
	out := map[string]bool{}
	for _, m := range of {
		out[m.code] = true
	}
	return out
}

// canonical returns the members in the one order in which they count: by
// relation code, never in the order of a download.
func canonical(members []record.Entity) []record.Entity {
	out := slices.Clone(members)
	slices.SortFunc(out, func(a, b record.Entity) int { return cmp.Compare(code(a), code(b)) })
	return out
}

// isMember reports whether somebody is a member now: they have a relation code, and are not
// among those of whom the administration says that they have left.
func isMember(e record.Entity) bool {
	return e.Deleted == "" && code(e) != "" && e.Fields[person.FormerMember] != "true"
}

func code(e record.Entity) string { return person.NormalCode(e.Fields[person.RelationCode]) }

// copyFields gives to what from has in these fields, under other names.
// What is absent there stays absent.
func copyFields(to, from record.Fields, names map[record.Field]record.Field) {
	for source, target := range names {
		if v, ok := from[source]; ok {
			to[target] = v
		}
	}
}
