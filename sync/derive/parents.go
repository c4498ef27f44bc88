package derive

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// Parents makes persons of the parents whom members name, and families that say
// whose children they have (docs/policy.md, "Parents"). A group is an address.
//
// A parent is an address and a name. Exactly one member with that as the first
// own address and that full name, who is not one of the children: the parent
// is that member, and the family is theirs. Else the parent is a person of
// their own. A member who appears later takes their place by an alias; a parent
// who is a member no longer keeps the family.
//
// Two members who name each other, as partners do for emergencies, are neither's
// parent.
//
// A child that gives an address and no name has the parent whom the others
// name, when they all name the same one. Without any name there is no parent.
//
// A member is known by the first own address alone, so the children that name
// a member's other address get a person of their own for it. That is on
// purpose: one family has one group that makes it.
func Parents() Rule {
	return Rule{
		Name:   "parents",
		From:   []record.Kind{person.Kind},
		Makes:  []record.Kind{person.Kind, family.Kind},
		Groups: parentGroups,
		Make:   makeParents,
	}
}

// parentGroups gives none for persons without a relation code, whom this rule made, nor
// for members of before.
func parentGroups(e record.Entity) []string {
	if !isMember(e) {
		return nil
	}
	return addresses(e.Fields, person.Email1, person.Parent1Email, person.Parent2Email)
}

func makeParents(g Group) Made {
	members := canonical(g.Members)
	byName := map[string][]mention{}
	for _, m := range mentions(members, g.Key) {
		name := person.NormalName(m.name)
		byName[name] = append(byName[name], m)
	}
	nameless := byName[""]
	delete(byName, "")
	var persons, families []Entity
	var aliases []Alias
	former := formerMember(g, members, byName)
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		named := byName[name]
		theirs := children(named)
		if len(byName) == 1 {
			maps.Copy(theirs, children(nameless))
		}
		key := person.ParentKey(g.Key, name)
		switch m := memberCalled(name, g.Key, members, theirs); {
		case m != nil:
			if wasAlone(g.Before, key) {
				aliases = append(aliases, Alias{person.Kind, key, m.Key}, Alias{family.Kind, key, m.Key})
			}
			key = m.Key
			withoutElders(theirs, *m, members)
		case name == former.name:
			key = former.key
		default:
			persons = append(persons, Entity{Kind: person.Kind, Key: key, Fields: parentPerson(named)})
		}
		if len(theirs) > 0 {
			families = append(families, Entity{Kind: family.Kind, Key: key, Fields: record.Fields{
				family.Children: record.SetValue(slices.Collect(maps.Keys(theirs))),
			}})
		}
	}
	slices.SortFunc(families, func(a, b Entity) int { return cmp.Compare(a.Key, b.Key) })
	return Made{Entities: append(persons, families...), Aliases: aliases}
}

// formerMember returns the key of a parent who was a member of the group and
// is none any more, with the name that the children give. The family stays
// theirs: they are known where they were a member, and nobody is made twice.
// When more than one name could be theirs, none is.
func formerMember(g Group, members []record.Entity, byName map[string][]mention) (found struct{ name, key string }) {
	var keys, names []string
	mine := map[string]bool{}
	for _, e := range g.Before {
		here := func(m record.Entity) bool { return m.Key == e.Key }
		if e.Kind == family.Kind && !person.IsParentKey(e.Key) && !slices.ContainsFunc(members, here) {
			keys = append(keys, e.Key)
			for _, child := range record.SetMembers(e.Fields[family.Children]) {
				mine[child] = true
			}
		}
	}
	for name, named := range byName {
		ours := slices.ContainsFunc(named, func(m mention) bool { return mine[m.code] })
		if ours && !wasAlone(g.Before, person.ParentKey(g.Key, name)) &&
			memberCalled(name, g.Key, members, children(named)) == nil {
			names = append(names, name)
		}
	}
	if len(keys) == 1 && len(names) == 1 {
		found.name, found.key = names[0], keys[0]
	}
	return found
}

// memberCalled returns the one member with this name and first own address, or
// nil.
func memberCalled(name, address string, members []record.Entity, children map[string]bool) *record.Entity {
	var found *record.Entity
	for i, m := range members {
		if !isCalled(m, address, name) || children[code(m)] {
			continue
		}
		if found != nil {
			return nil
		}
		found = &members[i]
	}
	return found
}

// isCalled reports whether a member has this first own address and full name.
func isCalled(m record.Entity, address, name string) bool {
	return address != "" && person.NormalAddress(m.Fields[person.Email1]) == address &&
		person.NormalName(person.FullName(m.Fields)) == name
}

// withoutElders takes out of the children those whom the member names as
// parents: two members who name each other are neither's child.
func withoutElders(children map[string]bool, m record.Entity, members []record.Entity) {
	for _, other := range members {
		for _, p := range parentFields {
			if isCalled(other, person.NormalAddress(m.Fields[p.email]), person.NormalName(m.Fields[p.name])) {
				delete(children, code(other))
			}
		}
	}
}

func wasAlone(before []record.Entity, key string) bool {
	return slices.ContainsFunc(before, func(e record.Entity) bool {
		return e.Kind == person.Kind && e.Key == key
	})
}

var parentHome = map[record.Field]record.Field{
	person.Street:         person.Street,
	person.HouseNumber:    person.HouseNumber,
	person.HouseNumberExt: person.HouseNumberExt,
	person.PostalCode:     person.PostalCode,
	person.City:           person.City,
	person.Country:        person.Country,
}

// parentPerson is a parent who is no member: the whole name as first name,
// since nobody knows where a last name begins, and the first child's home.
func parentPerson(named []mention) record.Fields {
	first := named[0]
	f := record.Fields{
		person.FirstName: strings.Join(strings.Fields(first.name), " "),
		person.Infix:     "",
		person.LastName:  "",
		person.Email1:    first.email,
	}
	copyFields(f, first.child, parentHome)
	var phones []string
	for _, m := range named {
		if m.phone != "" && !slices.Contains(phones, m.phone) {
			phones = append(phones, m.phone)
		}
	}
	isMobile := func(n string) bool { return strings.HasPrefix(n, "+316") }
	f[person.Mobile1], f[person.Mobile2] = firstTwo(phones, isMobile)
	f[person.Phone1], f[person.Phone2] = firstTwo(phones, func(n string) bool { return !isMobile(n) })
	return f
}

// firstTwo returns the first two of the values that fit, "" for none.
func firstTwo(values []string, fits func(string) bool) (first, second string) {
	for _, v := range values {
		switch {
		case !fits(v):
		case first == "":
			first = v
		case second == "":
			second = v
		}
	}
	return first, second
}
