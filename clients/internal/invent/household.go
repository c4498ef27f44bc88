package invent

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// household makes the members of one address, from a source of chance of its
// own.
type household struct {
	seed      int64
	number    int // of the household
	next      int // number of its next member, over the whole club
	rand      *rand.Rand
	mailboxes int
	home      Member
	infix     string
	last      string
}

func newHousehold(seed int64, number, next int) *household {
	h := &household{seed: seed, number: number, next: next, rand: Rand(seed, number)}
	h.home = h.address()
	h.infix, h.last = pick(h.rand, plain), lastName(h.rand)
	return h
}

func (h *household) members() []Member {
	if h.number < len(difficult) {
		return difficult[h.number](h)
	}
	switch n := h.rand.IntN(100); {
	case n < 55:
		return []Member{h.adult()}
	case n < 60:
		return partners(h)
	case n < 83:
		return []Member{h.child(h.parents(1 + h.rand.IntN(2)))}
	case n < 91:
		return siblings(h, 2, chance(h.rand, 50))
	case n < 93:
		return siblings(h, 3, chance(h.rand, 50))
	case n < 98:
		return parentMember(h)
	default:
		return sharedWithParent(h)
	}
}

// person fills in what everybody has. The contact data and the teams follow.
func (h *household) person(fromYear, toYear int) (m Member) {
	r := h.rand
	m.PublicPersonID = personID(h.seed, h.next)
	h.next++
	m.GenderCode = gender(r)
	m.FirstName = firstName(r, m.GenderCode)
	m.Infix, m.LastName = h.infix, h.last
	m.DateOfBirth = h.date(fromYear, toYear)
	m.live(h.home)
	if chance(r, 60) {
		m.PersonImageDate = h.date(2019, 2025)
	}
	m.LastUpdate = h.date(2023, 2025)
	if chance(r, 50) {
		m.LastUpdate += fmt.Sprintf("T%02d:%02d:00", 8+r.IntN(12), r.IntN(60))
	}
	m.MemberStatus = Active
	m.TypeOfMember = "KERNELMEMBER"
	m.KernelGameActivities = pick(r, []string{"Veld", "Veld", "Veld", "Zaal", "Veld, Zaal"})
	return m
}

// adult is a grown-up member with contact data of their own.
func (h *household) adult() Member {
	r := h.rand
	m := h.person(1945, 2003)
	m.AgeClassDescription = "Senioren"
	if m.GenderCode == female {
		m.AgeClassDescription = "Senioren Vrouwen"
	}
	m.MemberSince = h.date(2005, 2025)
	m.TypeOfMemberDescription = "Senior"
	if !chance(r, 4) {
		m.Email = h.mailbox(m.FirstName + " " + m.LastName)
	}
	if m.Email != "" && chance(r, 3) {
		m.Email = strings.ToUpper(m.Email)
	}
	if m.Email != "" && chance(r, 12) {
		m.EmailAlternative = h.mailbox(m.LastName)
	}
	m.Mobile = mobile(r)
	if chance(r, 8) {
		m.MobileAlternative = mobile(r)
	}
	if chance(r, 25) {
		m.Telephone = landline(r)
	}
	switch {
	case chance(r, 15): // sits on the side line, plays in no team
		m.TypeOfMember, m.TypeOfMemberDescription = "CLUBMEMBER", "Donateur"
		m.KernelGameActivities = ""
	case chance(r, 15): // a team that the union does not know
		m.TypeOfMember, m.TypeOfMemberDescription = "CLUBMEMBER", "Verenigingslid"
		m.ClubTeams = pick(r, []string{"Walking Football 1", "Trimgroep  dinsdag", "Kaboutercoaches"})
	default:
		m.UnionTeams = seniorTeam(r, m.GenderCode)
	}
	if chance(r, 2) {
		m.RelationEnd = h.date(2027, 2031)
	}
	return m
}

// child is a youth member of these parents, without an address of their own
// but in one case of five.
func (h *household) child(p family) Member {
	r := h.rand
	m := h.person(2008, 2020)
	m.TypeOfMemberDescription = "Junior"
	m.MemberSince = h.date(2021, 2025)
	group := youthClass(m.DateOfBirth)
	m.AgeClassDescription = fmt.Sprintf("Onder %d", group)
	letter := "J"
	if m.GenderCode == female {
		m.AgeClassDescription += " Meiden"
		letter = "M"
	}
	m.UnionTeams = fmt.Sprintf("%sO%d-%d", letter, group, 1+r.IntN(5))
	if chance(r, 5) {
		m.UnionTeams += pick(r, []string{", ", ","}) +
			fmt.Sprintf("%sO%d-%d", letter, min(group+1, 19), 1+r.IntN(5))
	}
	if chance(r, 20) {
		m.Email = h.mailbox(m.FirstName + " " + m.LastName)
	}
	if chance(r, 20) {
		m.Mobile = mobile(r)
	}
	m.has(p)
	return m
}

// youthClass is the age group of the season 2026/27: 6, 7, 8 ... 19.
func youthClass(born string) int {
	var year int
	_, _ = fmt.Sscanf(born, "%d", &year)
	return min(max(2026-year+1, 6), 19)
}

func seniorTeam(r *rand.Rand, gender string) string {
	if gender == female {
		return fmt.Sprintf("Vrouwen %d", 1+r.IntN(3))
	}
	return pick(r, []string{"Heren 1", "Heren 2", "Heren 3", "Heren 4", "35+1", "45+2", "Zaal 1"})
}

// family is what a child's record says about the parents.
type family struct{ name, email, phone [2]string }

// parents makes one or two grown-ups who are members of nothing.
func (h *household) parents(n int) (f family) {
	for i := range n {
		g := []string{female, male}[i]
		first := firstName(h.rand, g)
		f.name[i] = strings.Join(strings.Fields(first+" "+h.infix+" "+h.last), " ")
		if i == 1 && chance(h.rand, 50) {
			f.name[i] = first + " " + lastName(h.rand)
		}
		f.email[i] = h.mailbox(f.name[i])
		f.phone[i] = mobile(h.rand)
	}
	return f
}

func (m *Member) has(f family) {
	m.NameParent1, m.EmailAddressParent1, m.TelephoneParent1 = f.name[0], f.email[0], f.phone[0]
	m.NameParent2, m.EmailAddressParent2, m.TelephoneParent2 = f.name[1], f.email[1], f.phone[1]
}

// date is a day between the first of the one year and the last of the other,
// never the 29th, 30th or 31st.
func (h *household) date(from, to int) string {
	return fmt.Sprintf("%04d-%02d-%02d", from+h.rand.IntN(to-from+1),
		1+h.rand.IntN(12), 1+h.rand.IntN(28))
}
