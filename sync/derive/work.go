package derive

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/committee"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/work"
)

// Committees makes a committee of each that somebody has a function in (docs/policy.md,
// "Functions and committees"). A group is a committee. One that nobody is in any more
// stays: the work of those who were in it names it.
func Committees() Rule {
	return Rule{
		Name:  "committees",
		From:  []record.Kind{person.Kind},
		Makes: []record.Kind{committee.Kind},
		Groups: func(e record.Entity) []string {
			var out []string
			for _, f := range functions(e) {
				out = append(out, person.CommitteeKey(f.Committee))
			}
			slices.Sort(out)
			return slices.Compact(out)
		},
		Make: makeCommittee,
	}
}

// makeCommittee names a committee as it was named before, as long as anybody writes it so.
func makeCommittee(g Group) Made {
	var names []string
	for _, m := range g.Members {
		for _, f := range functions(m) {
			if person.CommitteeKey(f.Committee) == g.Key {
				names = append(names, f.Committee)
			}
		}
	}
	before := ""
	for _, e := range g.Before {
		before = e.Fields[committee.Name]
	}
	if before == "" || len(names) > 0 && !slices.Contains(names, before) {
		if len(names) == 0 {
			return Made{}
		}
		before = slices.Min(names)
	}
	return Made{Entities: []Entity{{Kind: committee.Kind, Key: g.Key, Fields: record.Fields{committee.Name: before}}}}
}

// Work makes the work of members out of their functions. A group is a member. What
// somebody does no longer stays in their work, ended: when, nobody has said.
func Work() Rule {
	return Rule{
		Name:   "work",
		From:   []record.Kind{person.Kind},
		Makes:  []record.Kind{work.Kind},
		Groups: functioning,
		Make: func(g Group) Made {
			var now []person.Function
			for _, m := range g.Members {
				for _, f := range functions(m) {
					f.Committee = person.CommitteeKey(f.Committee)
					now = append(now, f)
				}
			}
			return makeWork(g, work.Kind, work.Functions, now)
		},
	}
}

// makeWork makes the work of a member out of what they do now and of what was made before,
// of which the rest has ended. A row without a start goes on as one with a start, of the
// same role at the same place: it was made when nobody knew since when. One that has ended
// does so only as one that has ended, and that nobody knew of.
func makeWork(g Group, kind record.Kind, field record.Field, now []person.Function) Made {
	before := workBefore(g, field)
	goesOn := func(f person.Function) bool {
		return f.Start == "" && slices.ContainsFunc(now, func(as person.Function) bool {
			if as.Start == "" || !sameRole(f, as) {
				return false
			}
			known := slices.ContainsFunc(before, func(b person.Function) bool { return sameRole(b, as) && b.Start == as.Start })
			return f.Current && as.Current || !known && (f.Current || !as.Current)
		})
	}
	var ended []person.Function
	for _, f := range before {
		if !goesOn(f) {
			f.Current = false
			ended = append(ended, f)
		}
	}
	rows := record.RowsOver(person.FunctionSet(ended), person.FunctionSet(now), person.FunctionColumns)
	if rows == "" && len(g.Before) == 0 {
		return Made{}
	}
	return Made{Entities: []Entity{{Kind: kind, Key: g.Key, Fields: record.Fields{field: rows}}}}
}

// workBefore is the work that was made of a member before.
func workBefore(g Group, field record.Field) (all []person.Function) {
	for _, e := range g.Before {
		all = append(all, person.FunctionsOf(e.Fields[field])...)
	}
	return all
}

// sameRole reports whether two rows are of one role at one place, at whatever time.
func sameRole(a, b person.Function) bool { return a.Committee == b.Committee && a.Role == b.Role }

// functioning is the group of a member whose functions are known.
func functioning(e record.Entity) []string {
	if !isMember(e) || !e.Fields.Has(person.Functions) {
		return nil
	}
	return []string{e.Key}
}

// functions are those of a member.
func functions(e record.Entity) []person.Function {
	if !isMember(e) {
		return nil
	}
	return person.FunctionsOf(e.Fields[person.Functions])
}
