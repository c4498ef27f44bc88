package invent

import "strings"

// difficult are the first households of every club: the cases that have made
// trouble (docs/systems/sportlink.md, "A member", 2026-04).
var difficult = []func(*household) []Member{
	parentMember, // parent is a member: one person, one mailbox
	func(h *household) []Member { return siblings(h, 2, true) },
	sharedWithParent, // the child's own address is the parent's
	letters,          // every kind of letter, 29 February
	func(h *household) []Member { return siblings(h, 3, true) },
	twoParentsOneMailbox,
	noMail,
	deceased,
	endDates,
	func(h *household) []Member { return siblings(h, 2, false) },
	abroadAndNowhere,
	spellings,
	teams,
	func(h *household) []Member { return siblings(h, 5, true) }, // one too many for four lists
	phones,
	loudMail,
	partners,
	twice,
}

// parentMember is a grown-up member and a child of theirs; the child's record
// has the member's name and address as those of parent 1.
func parentMember(h *household) []Member {
	a := h.adult()
	if a.Email == "" {
		a.Email = h.mailbox(a.FirstName + " " + a.LastName)
	}
	f := h.parents(2)
	f.name[0], f.email[0], f.phone[0] = a.FullName(), a.Email, a.Mobile
	return []Member{a, h.child(f)}
}

// siblings are n children of the same parents, on one mailbox or on none.
func siblings(h *household, n int, mailbox bool) []Member {
	f := h.parents(2)
	shared := ""
	if mailbox {
		shared = h.mailbox("familie " + h.last)
	}
	out := make([]Member, n)
	for i := range out {
		out[i] = h.child(f)
		out[i].Email = shared
	}
	return out
}

// sharedWithParent is a child whose own address is parent 1's.
func sharedWithParent(h *household) []Member {
	m := h.child(h.parents(1))
	m.Email = m.EmailAddressParent1
	return []Member{m}
}

func letters(h *household) []Member {
	h.infix, h.last = "van 't", "Hof-Ünal"
	m := h.adult()
	m.GenderCode, m.FirstName = female, "Zoë"
	m.DateOfBirth = "1996-02-29"
	m.AgeClassDescription = "Senioren Vrouwen"
	m.Email = h.mailbox("zoe")
	h.infix, h.last = "van der", "Zilverhoff 🦊"
	n := h.child(h.parents(2))
	n.FirstName, n.DateOfBirth = "D'Artagnan Ödön", "2016-02-29"
	n.AgeClassDescription = "Onder 11"
	return []Member{m, n}
}

// twoParentsOneMailbox is a child whose parents read one mailbox.
func twoParentsOneMailbox(h *household) []Member {
	f := h.parents(2)
	f.email[1] = f.email[0]
	return []Member{h.child(f)}
}

func noMail(h *household) []Member {
	m := h.adult()
	m.Email, m.EmailAlternative, m.GenderCode = "", "", ""
	m.AgeClassDescription = "Senioren"
	h.infix = "van der"
	n := h.adult()
	n.Infix = "van den Bosch op de"
	return []Member{m, n}
}

func deceased(h *household) []Member {
	m := h.adult()
	m.DateOfPassing = "2026-03-14"
	m.MemberStatus = Leaving
	return []Member{m}
}

// endDates are one whose end has passed, one whose end is to come, and one who
// came back.
func endDates(h *household) []Member {
	past, future := h.adult(), h.adult()
	past.RelationEnd, past.MemberStatus = "2025-06-30", Leaving
	future.RelationEnd = "2031-06-30"
	back := h.adult()
	back.MemberSince, back.RelationEnd = "2026-08-01", ""
	return []Member{past, future, back}
}

func abroadAndNowhere(h *household) []Member {
	be, de, city := h.adult(), h.adult(), h.adult()
	abroad(&be, "BE")
	be.Mobile = "+32 400 11 22 33"
	abroad(&de, "DE")
	de.Mobile = "0049 1599 0001122"
	cityOnly(&city)
	return []Member{be, de, city}
}

// spellings are two children in whose records the same parent is written in
// two ways, at the same address in capitals and not.
func spellings(h *household) []Member {
	f := h.parents(1)
	a := h.child(f)
	words := strings.Fields(f.name[0])
	f.name[0] = words[0][:1] + ". " + strings.Join(words[1:], " ")
	f.email[0] = strings.ToUpper(f.email[0][:1]) + f.email[0][1:]
	return []Member{a, h.child(f)}
}

func teams(h *household) []Member {
	two, both, club := h.adult(), h.adult(), h.adult()
	two.UnionTeams, two.ClubTeams = "Heren 2, Zaal 1", ""
	both.UnionTeams, both.ClubTeams = "35+1", "Walking Football 1"
	club.UnionTeams, club.ClubTeams = "", "Trimgroep  dinsdag,Kaboutercoaches"
	return []Member{two, both, club}
}

func phones(h *household) []Member {
	a := h.adult()
	a.Mobile, a.MobileAlternative = "06-01234567", "\u200e+31 6 0765 4321\u202c"
	a.Telephone, a.TelephoneAlternative = "0032 3 000 11 22", "0999-12 34 56"
	return []Member{a}
}

// loudMail has one address in capitals, and the same one again as the other.
func loudMail(h *household) []Member {
	m := h.adult()
	m.Email = strings.ToUpper(h.mailbox(m.LastName))
	m.EmailAlternative = strings.ToLower(m.Email)
	return []Member{m}
}

// partners are two grown-ups on one mailbox.
func partners(h *household) []Member {
	a, b := h.adult(), h.adult()
	a.Email = h.mailbox("thuis " + h.last)
	b.Email = a.Email
	return []Member{a, b}
}

// twice are two people of one name and one birthday who are not the same.
func twice(h *household) []Member {
	a, b := h.adult(), h.adult()
	b.FirstName, b.GenderCode, b.DateOfBirth = a.FirstName, a.GenderCode, a.DateOfBirth
	b.AgeClassDescription = a.AgeClassDescription
	return []Member{a, b}
}
