// Package invent makes the people of an invented club. Simulators serve them,
// tests compute from them what must come out at the other end. The same seed
// makes the same club on every machine and on every day: nothing here looks at
// the clock. Nobody in it exists, and every address ends at a domain that is
// reserved for examples.
//
// It does not know any system's pages or calls; only the shape of a member
// record is Sportlink's (docs/systems/sportlink.md, "A member", 2026-04),
// because that is the widest.
package invent

import (
	"math/rand/v2"
	"strings"
)

// Member is one person of the member administration. All values are text; an
// empty one is "not filled in". The JSON names are those of Sportlink's search
// answer.
type Member struct {
	PublicPersonID string `json:"PublicPersonId"`
	FirstName      string `json:"FirstName"`
	Infix          string `json:"Infix"`
	LastName       string `json:"LastName"`
	GenderCode     string `json:"GenderCode"`
	DateOfBirth    string `json:"DateOfBirth"`

	Email                string `json:"Email"`
	EmailAlternative     string `json:"EmailAlternative"`
	Mobile               string `json:"Mobile"`
	MobileAlternative    string `json:"MobileAlternative"`
	Telephone            string `json:"Telephone"`
	TelephoneAlternative string `json:"TelephoneAlternative"`

	StreetName            string `json:"StreetName"`
	AddressNumber         string `json:"AddressNumber"`
	AddressNumberAppendix string `json:"AddressNumberAppendix"`
	ZipCode               string `json:"ZipCode"`
	City                  string `json:"City"`
	CountryName           string `json:"CountryName"`
	CountryCode           string `json:"CountryCode"`

	UnionTeams              string `json:"UnionTeams"` // comma list
	ClubTeams               string `json:"ClubTeams"`  // comma list
	PersonImageDate         string `json:"PersonImageDate"`
	MemberSince             string `json:"MemberSince"`
	RelationEnd             string `json:"RelationEnd"`
	DateOfPassing           string `json:"DateOfPassing"`
	AgeClassDescription     string `json:"AgeClassDescription"`
	TypeOfMemberDescription string `json:"TypeOfMemberDescription"`
	KernelGameActivities    string `json:"KernelGameActivities"`
	LastUpdate              string `json:"LastUpdate"`
	// MemberStatus is ACTIVE, ELIGABLE_FOR_REMOVE (sic) or INACTIVE.
	MemberStatus string `json:"MemberStatus"`
	// TypeOfMember is KERNELMEMBER, CLUBMEMBER or CLUBRELATION.
	TypeOfMember string `json:"TypeOfMember"`

	NameParent1         string `json:"NameParent1"`
	EmailAddressParent1 string `json:"EmailAddressParent1"`
	TelephoneParent1    string `json:"TelephoneParent1"`
	NameParent2         string `json:"NameParent2"`
	EmailAddressParent2 string `json:"EmailAddressParent2"`
	TelephoneParent2    string `json:"TelephoneParent2"`
}

// FullName is first name, infix and last name with one blank between those
// that are there.
func (m Member) FullName() string {
	return strings.Join(strings.Fields(
		m.FirstName+" "+m.Infix+" "+m.LastName), " ")
}

// The states that a member can have in the administration.
const (
	Active   = "ACTIVE"
	Leaving  = "ELIGABLE_FOR_REMOVE"
	Inactive = "INACTIVE"
)

// Club returns a club of the given number of current members, in the order of
// a download. Every one of them can be read: each has an id and a first name,
// and no unknown code. A larger club of the same seed begins with the smaller
// one, member for member.
//
// The first households are the difficult ones (shared mailboxes, parents who
// are members, foreign addresses and so on), so that a club of 20 has most of
// them and a club of 50 all.
func Club(seed int64, members int) []Member {
	out := make([]Member, 0, max(members, 0)+5)
	for n := 0; len(out) < members; n++ {
		h := newHousehold(seed, n, len(out))
		out = append(out, h.members()...)
	}
	return out[:max(members, 0)]
}

// Former returns people who were members once and are INACTIVE now. A search
// lists them only when it asks for them. Their ids are none of Club's.
func Former(seed int64, people int) []Member {
	out := make([]Member, 0, max(people, 0))
	for n := range max(people, 0) {
		h := newHousehold(seed, formerFrom+n, formerFrom+n)
		m := h.adult()
		m.MemberStatus = Inactive
		m.RelationEnd = h.date(2010, 2024)
		m.UnionTeams, m.ClubTeams = "", ""
		m.TypeOfMemberDescription = "Oud bondslid"
		out = append(out, m)
	}
	return out
}

// Unreadable returns members that no reader can make whole sense of: one without
// a first name, one without an id and one with a gender code that nobody has
// seen. They are in no Club; a test or an option adds them.
func Unreadable(seed int64) []Member {
	out := make([]Member, 3)
	for i := range out {
		out[i] = newHousehold(seed, unreadableFrom+i, unreadableFrom+i).adult()
	}
	out[0].FirstName = ""
	out[1].PublicPersonID = ""
	out[2].GenderCode = "Q7"
	return out
}

// Household numbers of people outside Club; no club is that large.
const (
	formerFrom     = 3_000_000
	unreadableFrom = 4_000_000
)

// Rand is the source of chance number n of a seed. Two numbers never share a
// source, so one part of a world can grow without changing another.
func Rand(seed int64, n int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), uint64(n))) //nolint:gosec // chance, not secrecy
}
