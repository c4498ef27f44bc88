package derive

import (
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// Subscribers makes the entries of the mailing lists (docs/policy.md, "Mailing
// lists"). A group is an address; the lists are places for those who share one,
// each of whom has an entry of their own:
//
//   - a member at the own address and at the alternative one,
//   - the parents of members at the address that their children name, unless
//     it is a member's own: then that member's entry says whose parent it is.
//
// A person who died has no entry, and is nobody's child or parent here.
//
// An entry keeps its list for as long as it exists. When the lists do not
// suffice, own addresses come before alternative ones and these before parents,
// and in each of the three those who are on a list before those who are not.
func Subscribers(lists int) Rule {
	return Rule{
		Name:   "subscribers",
		From:   []record.Kind{person.Kind},
		Makes:  []record.Kind{subscriber.Kind},
		Groups: subscriberGroups,
		UnmanagedGroup: func(f record.Fields) string {
			return person.NormalAddress(f[subscriber.Email])
		},
		Heir: func(_ record.Kind, f record.Fields) string { return f[subscriber.RelationCode] },
		Make: func(g Group) Made { return makeSubscribers(g, lists) },
	}
}

// noAddress begins the key of the group of one member without any address. It
// has an entry, on no list, so that somebody is told.
const noAddress = "none/"

func subscriberGroups(e record.Entity) []string {
	if !isMember(e) || e.Fields[person.DeceasedOn] != "" {
		return nil
	}
	groups := addresses(e.Fields, person.Email1, person.Email2,
		person.Parent1Email, person.Parent2Email)
	if len(groups) == 0 {
		return []string{noAddress + code(e)}
	}
	return groups
}

// addresses returns the normal forms of the addresses in these fields, each
// once.
func addresses(f record.Fields, in ...record.Field) []string {
	var out []string
	for _, v := range f.Only(in) {
		if a := person.NormalAddress(v); a != "" {
			out = append(out, a)
		}
	}
	return record.SetMembers(record.SetValue(out))
}

// entry is one entry that an address asks for.
type entry struct {
	rank   int
	fields record.Fields
	of     map[string]bool // a parent's children, by code
	takes  []Unmanaged     // what stands there for it under another key
}

// The ranks: who comes first when the lists do not suffice.
const (
	primary = iota
	alternative
	parent
)

func makeSubscribers(g Group, lists int) Made {
	members := canonical(g.Members)
	if strings.HasPrefix(g.Key, noAddress) {
		var made Made
		for _, m := range members {
			f := memberEntry(m.Fields, "")
			f[subscriber.List] = ""
			made.Entities = append(made.Entities, entity(f))
		}
		return made
	}
	named := mentions(members, g.Key)
	isChild := children(named)
	var entries []entry
	memberIsParent := false
	for _, m := range members {
		switch g.Key {
		case person.NormalAddress(m.Fields[person.Email1]):
			e := entry{rank: primary, fields: memberEntry(m.Fields, m.Fields[person.Email1])}
			if len(named) > 0 && !isChild[code(m)] {
				memberIsParent, e.of = true, isChild
				beParent(e.fields, named)
			}
			entries = append(entries, e)
		case person.NormalAddress(m.Fields[person.Email2]):
			entries = append(entries, entry{rank: alternative, fields: memberEntry(m.Fields, m.Fields[person.Email2])})
		}
	}
	if len(named) > 0 && !memberIsParent {
		entries = append(entries, entry{rank: parent, fields: parentEntry(named), of: isChild})
	}
	place(entries, g, lists)
	var made Made
	for _, e := range entries {
		ent := entity(e.fields)
		ent.Takes = e.takes
		made.Entities = append(made.Entities, ent)
	}
	return made
}

func entity(f record.Fields) Entity {
	return Entity{Kind: subscriber.Kind, Key: subscriber.Key(f), Fields: f}
}

var homeOf = map[record.Field]record.Field{
	person.Street:         subscriber.Street,
	person.HouseNumber:    subscriber.HouseNumber,
	person.HouseNumberExt: subscriber.HouseNumberExt,
	person.PostalCode:     subscriber.PostalCode,
	person.City:           subscriber.City,
}

var memberOf = map[record.Field]record.Field{
	person.FirstName:    subscriber.FirstName,
	person.Infix:        subscriber.Infix,
	person.LastName:     subscriber.LastName,
	person.Gender:       subscriber.Gender,
	person.BirthDate:    subscriber.BirthDate,
	person.UnionTeams:   subscriber.Teams,
	person.AgeClass:     subscriber.AgeClasses,
	person.PhotoDate:    subscriber.PhotoDate,
	person.MemberSince:  subscriber.MemberSince,
	person.Mobile1:      subscriber.Mobile1,
	person.Mobile2:      subscriber.Mobile2,
	person.Phone1:       subscriber.Phone1,
	person.Phone2:       subscriber.Phone2,
	person.Parent1Name:  subscriber.Parent1Name,
	person.Parent2Name:  subscriber.Parent2Name,
	person.Parent1Phone: subscriber.Parent1Phone,
	person.Parent2Phone: subscriber.Parent2Phone,
}

// memberEntry is a member's own entry. A member of whom Rondo Club has said
// nothing yet is no volunteer: they are new there, and without a function.
func memberEntry(m record.Fields, address string) record.Fields {
	f := record.Fields{
		subscriber.Email:        strings.TrimSpace(address),
		subscriber.RelationCode: person.NormalCode(m[person.RelationCode]),
		subscriber.ParentOf:     "",
		subscriber.Volunteer:    "false",
	}
	copyFields(f, m, memberOf)
	copyFields(f, m, homeOf)
	if v := m[person.Volunteer]; v != "" {
		f[subscriber.Volunteer] = v
	}
	return f
}

// beParent adds to the entry of a member, or of a parent, what it has from the
// children: their names, and the teams and age classes that it is written to
// about.
func beParent(f record.Fields, named []mention) {
	var names []string
	teams := record.SetMembers(f[subscriber.Teams])
	classes := record.SetMembers(f[subscriber.AgeClasses])
	for _, m := range named {
		names = append(names, person.FullName(m.child))
		teams = append(teams, record.SetMembers(m.child[person.UnionTeams])...)
		classes = append(classes, record.SetMembers(m.child[person.AgeClass])...)
	}
	f[subscriber.ParentOf] = record.SetValue(names)
	f[subscriber.Teams] = record.SetValue(teams)
	f[subscriber.AgeClasses] = record.SetValue(classes)
}

// parentEntry is the entry of a parent who is no member. All that is the
// child's own is known to be empty, but for the home: it is the first child's.
func parentEntry(named []mention) record.Fields {
	f := record.Fields{}
	for _, own := range memberOf {
		f[own] = ""
	}
	f[subscriber.RelationCode] = ""
	f[subscriber.Volunteer] = "false"
	f[subscriber.Email] = named[0].email
	copyFields(f, named[0].child, homeOf)
	for _, m := range named {
		if f[subscriber.Phone1] == "" {
			f[subscriber.Phone1] = m.phone
		}
	}
	beParent(f, named)
	callParent(f, named)
	return f
}

// unnamed is how a parent is called without a name, or with several.
const unnamed = "Ouder/verzorger"

// callParent gives the entry a name: the one that the children give, a neutral
// one when they give several, a child's when they give none.
func callParent(f record.Fields, named []mention) {
	names := map[string]bool{}
	for _, m := range named {
		if n := person.NormalName(m.name); n != "" {
			if len(names) == 0 {
				f[subscriber.FirstName] = strings.Join(strings.Fields(m.name), " ")
			}
			names[n] = true
		}
	}
	switch first := named[0].child; {
	case len(names) > 1:
		f[subscriber.FirstName] = unnamed
	case len(names) == 0:
		f[subscriber.FirstName] = unnamed + " van " + first[person.FirstName]
		f[subscriber.Infix] = first[person.Infix]
		f[subscriber.LastName] = first[person.LastName]
	}
}
