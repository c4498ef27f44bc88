package invent_test

import (
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/invent"
	"github.com/touchline-sync/touchline/internal/sizetest"
)

func TestASmallerClubIsTheBeginningOfALarger(t *testing.T) {
	t.Parallel()
	large := invent.Club(7, 300)
	for _, n := range []int{0, 1, 19, 20, 47, 299} {
		if !slices.Equal(invent.Club(7, n), large[:n]) {
			t.Errorf("a club of %d is not the beginning of one of 300", n)
		}
	}
	if slices.Equal(invent.Club(8, 20), large[:20]) {
		t.Error("another seed makes the same club")
	}
}

func TestEveryMemberCanBeRead(t *testing.T) {
	t.Parallel()
	id := regexp.MustCompile(`^([A-Z]{4}\d{2}[A-Z]|[A-Z]{2}-\d{4})$`)
	seen := map[string]bool{}
	for _, seed := range []int64{0, 1, -5, 1 << 40} {
		clear(seen)
		everybody := append(invent.Club(seed, sizetest.Of(t, 200, 200, 5000)), invent.Former(seed, 500)...)
		everybody = append(everybody, invent.Unreadable(seed)[0])
		for i, m := range everybody {
			if !id.MatchString(m.PublicPersonID) || seen[m.PublicPersonID] {
				t.Fatalf("seed %d: member %d has a wrong or a used id", seed, i)
			}
			seen[m.PublicPersonID] = true
			if m.FirstName == "" && i != len(everybody)-1 {
				t.Errorf("seed %d: member %d has no first name", seed, i)
			}
			if !slices.Contains([]string{"Male", "Female", ""}, m.GenderCode) {
				t.Errorf("seed %d: member %d has an unknown gender", seed, i)
			}
			if _, err := time.Parse(time.DateOnly, m.DateOfBirth); err != nil {
				t.Errorf("seed %d: member %d has no date of birth", seed, i)
			}
			for _, e := range []string{
				m.Email, m.EmailAlternative, m.EmailAddressParent1, m.EmailAddressParent2,
			} {
				if e == "" {
					continue
				}
				a, err := mail.ParseAddress(e)
				low := strings.ToLower(e)
				if err != nil || a.Address != e ||
					!strings.HasSuffix(low, "@example.org") && !strings.HasSuffix(low, "@example.net") {
					t.Errorf("seed %d: member %d has a wrong address", seed, i)
				}
			}
		}
	}
}

// The difficult members of docs/systems/sportlink.md, each by how one finds it.
func TestTheDifficultOnesAreThere(t *testing.T) {
	t.Parallel()
	type M = invent.Member
	cases := map[string]func(m M) bool{
		"id with a dash":      func(m M) bool { return strings.Contains(m.PublicPersonID, "-") },
		"id without":          func(m M) bool { return len(m.PublicPersonID) == 7 },
		"no infix":            func(m M) bool { return m.Infix == "" },
		"long infix":          func(m M) bool { return len(m.Infix) > 15 },
		"no address":          func(m M) bool { return m.Email == "" && m.EmailAddressParent1 == "" },
		"own is parent's":     func(m M) bool { return m.Email != "" && m.Email == m.EmailAddressParent1 },
		"parents share":       func(m M) bool { return m.EmailAddressParent1 != "" && m.EmailAddressParent1 == m.EmailAddressParent2 },
		"capitals":            func(m M) bool { return m.Email != "" && m.Email == strings.ToUpper(m.Email) },
		"deceased":            func(m M) bool { return m.DateOfPassing != "" },
		"end in the past":     func(m M) bool { return m.RelationEnd != "" && m.RelationEnd < "2026" },
		"end to come":         func(m M) bool { return m.RelationEnd > "2027" },
		"photo":               func(m M) bool { return m.PersonImageDate != "" },
		"no photo":            func(m M) bool { return m.PersonImageDate == "" },
		"city only":           func(m M) bool { return m.City != "" && m.StreetName == "" },
		"Belgium":             func(m M) bool { return m.CountryCode == "BE" },
		"Germany":             func(m M) bool { return m.CountryCode == "DE" },
		"apostrophe":          func(m M) bool { return m.FullName() == "Zoë van 't Hof-Ünal" },
		"emoji":               func(m M) bool { return strings.Contains(m.LastName, "🦊") },
		"leap day":            func(m M) bool { return strings.HasSuffix(m.DateOfBirth, "-02-29") },
		"dashed phone":        func(m M) bool { return m.Mobile == "06-01234567" },
		"+32":                 func(m M) bool { return strings.HasPrefix(m.Mobile, "+32") },
		"0032":                func(m M) bool { return strings.HasPrefix(m.Telephone, "0032") },
		"invisible":           func(m M) bool { return strings.ContainsRune(m.MobileAlternative, '\u200e') },
		"two teams":           func(m M) bool { return strings.Contains(m.UnionTeams, ",") },
		"club team only":      func(m M) bool { return m.UnionTeams == "" && m.ClubTeams != "" },
		"both kinds of team":  func(m M) bool { return m.UnionTeams != "" && m.ClubTeams != "" },
		"gender not given":    func(m M) bool { return m.GenderCode == "" },
		"to be removed":       func(m M) bool { return m.MemberStatus == invent.Leaving },
		"alternative address": func(m M) bool { return m.EmailAlternative != "" },
	}
	for _, seed := range []int64{1, 2, 3, 99} {
		club := invent.Club(seed, 50)
		for name, is := range cases {
			if !slices.ContainsFunc(club, is) {
				t.Errorf("seed %d: nobody: %s", seed, name)
			}
		}
		boxes, parents := map[string]int{}, map[string]int{}
		names := map[string]map[string]bool{}
		both := 0
		for _, m := range club {
			boxes[m.Email]++
			e := strings.ToLower(m.EmailAddressParent1)
			parents[e]++
			if names[e] == nil {
				names[e] = map[string]bool{}
			}
			names[e][m.NameParent1] = true
		}
		delete(boxes, "")
		delete(parents, "")
		delete(names, "")
		for _, m := range club {
			if names[strings.ToLower(m.Email)][m.FullName()] {
				both++
			}
		}
		sizes := map[int]bool{}
		for _, n := range boxes {
			sizes[n] = true
		}
		if !sizes[2] || !sizes[3] || !sizes[5] {
			t.Errorf("seed %d: mailboxes of 2, 3 and 5: %v", seed, sizes)
		}
		if both == 0 {
			t.Errorf("seed %d: no parent is a member", seed)
		}
		if !slices.ContainsFunc(slices.Collect(maps.Values(names)), func(n map[string]bool) bool { return len(n) > 1 }) {
			t.Errorf("seed %d: no parent is spelled in two ways", seed)
		}
	}
}

func TestAboutTwoInFiveAreYoung(t *testing.T) {
	t.Parallel()
	young := 0
	for _, m := range invent.Club(3, 1000) {
		if m.NameParent1 != "" {
			young++
		}
	}
	if young < 330 || young > 520 {
		t.Errorf("%d of 1000 have parents, want about 400", young)
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	u := invent.Unreadable(1)
	if len(u) != 3 || u[0].FirstName != "" || u[1].PublicPersonID != "" || u[2].GenderCode != "Q7" {
		t.Error("not the three that nobody can read")
	}
}

func TestValuesFindEveryForm(t *testing.T) {
	t.Parallel()
	v := invent.Values([]invent.Member{{
		PublicPersonID: "ABCD12E", FirstName: "Zoë", Infix: "van 't", LastName: "Hof",
		Email: "Zoe@Example.org", Mobile: "\u200e06-01234567", StreetName: "Laan", AddressNumber: "12",
		NameParent1: "Piet Hof", TelephoneParent1: "0032 400 11 22 33",
	}})
	for _, want := range []string{
		"ABCD12E", "Zoë van 't Hof", "Zoe@Example.org", "zoe@example.org", "0601234567",
		"+31601234567", "Laan 12", "Piet Hof", "+32400112233",
	} {
		if !slices.Contains(v, want) {
			t.Errorf("a form is missing: number %d", slices.Index(v, want))
		}
	}
	if slices.Contains(v, "Hof") {
		t.Error("a short word is in the list")
	}
}
