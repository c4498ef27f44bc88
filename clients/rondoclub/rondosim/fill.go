package rondosim

import (
	"maps"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/invent"
)

// fill makes what every site has, and the invented members, as a member sync would have written them
// (docs/systems/rondoclub.md, "A member of Sportlink"), with post ids in an
// order of their own. That was at no time of the clock, so that a reset leads back to
// the same site.
func (s *sim) fill() {
	// The ids of a fresh site (docs/systems/rondoclub.md, measured 9).
	for _, t := range []term{{2, "Parent", "parent", 3}, {3, "Child", "child", 2}, {4, "Sibling", "sibling", 4}, {5, "Friend", "friend", 5}} {
		s.terms.Fill(&t)
	}
	s.groups.Fill(&group{ID: 11, Type: "team", Name: "JO11-2"})
	s.groups.Fill(&group{ID: 12, Type: aCommissie, Name: "Jeugdcommissie"})
	members := invent.Club(s.options.Seed, s.options.Members)
	for _, i := range invent.Rand(s.options.Seed, -1).Perm(len(members)) {
		m := members[i]
		p := s.fresh("publish")
		p.Created = filled.Add(time.Duration(p.ID) * time.Second)
		p.Modified = p.Created
		set := func(key, v string) {
			if def, has := s.theme().person[key]; has {
				p.Fields[key] = def.kept(sanitize(v))
			}
		}
		set("knvb_id", m.PublicPersonID)
		set("first_name", m.FirstName)
		set("infix", strings.ToLower(m.Infix))
		set("last_name", m.LastName)
		set("gender", map[string]string{"Male": "male", "Female": "female"}[m.GenderCode])
		set("birthdate", m.DateOfBirth)
		set("lid_sinds", m.MemberSince)
		set("lid_tot", m.RelationEnd)
		set("datum_overlijden", m.DateOfPassing)
		set("datum_foto", m.PersonImageDate)
		set("leeftijdsgroep", m.AgeClassDescription)
		set("type_lid", m.TypeOfMemberDescription)
		set("spelactiviteit", m.KernelGameActivities)
		s.reached(p, m.TelephoneParent1, [][3]string{
			{"email", "email_1", m.Email},
			{"email", "email_2", m.EmailAlternative},
			{"mobile", "mobile_1", phone(m.Mobile)},
			{"mobile", "mobile_2", phone(m.MobileAlternative)},
			{"phone", "telephone_1", phone(m.Telephone)},
			{"phone", "telephone_2", phone(m.TelephoneAlternative)},
		}, set)
		if m.StreetName != "" || m.City != "" {
			home := row{
				"address_label": "Home", "street_name": sanitize(m.StreetName), "house_number": sanitize(m.AddressNumber),
				"house_number_addition": sanitize(m.AddressNumberAppendix), "postal_code": sanitize(m.ZipCode),
				"city": sanitize(m.City), "state": "", "country": sanitize(m.CountryName), "country_code": sanitize(m.CountryCode),
				"street": sanitize(m.StreetName + " " + m.AddressNumber + " " + m.AddressNumberAppendix),
			}
			maps.DeleteFunc(home, func(key string, _ any) bool {
				_, has := s.theme().person["addresses"].sub[key]
				return !has
			})
			p.Fields["addresses"] = []row{home}
		}
		if s.options.Team == "text" {
			p.Meta["team"] = teams(m.UnionTeams, m.ClubTeams)
		}
		p.named()
		s.people.Fill(p)
	}
}

// filled is when the members were synced.
var filled = time.Date(2026, 2, 1, 9, 0, 0, 0, time.UTC)

// reached gives a person addresses and phones: type, field, value. Where those are
// rows, somebody of the club has put in whom to call, before them and with a label.
func (s *sim) reached(p *person, call string, all [][3]string, set func(key, v string)) {
	contact := []row{}
	if call != "" {
		contact = append(contact, row{"contact_type": "mobile", "contact_label": "Noodcontact", "contact_value": sanitize(call)})
	}
	for _, c := range all {
		set(c[1], c[2])
		if c[2] != "" {
			contact = append(contact, row{"contact_type": c[0], "contact_label": "", "contact_value": sanitize(c[2])})
		}
	}
	if _, has := s.theme().person["contact_info"]; has {
		p.Fields["contact_info"] = contact
	}
}

func teams(union, club string) string {
	for _, list := range []string{union, club} {
		var out []string
		for part := range strings.SplitSeq(list, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
		if len(out) > 0 {
			return strings.Join(out, ", ")
		}
	}
	return ""
}

// phone is the phone rule of docs/systems/sportlink.md.
func phone(s string) string {
	s = strings.Map(func(c rune) rune {
		if c == '+' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, s)
	plus := strings.HasPrefix(s, "+")
	digits := strings.ReplaceAll(s, "+", "")
	switch {
	case digits == "":
		return ""
	case plus:
		return "+" + digits
	case strings.HasPrefix(digits, "00"):
		return "+" + digits[2:]
	case strings.HasPrefix(digits, "0"):
		return "+31" + digits[1:]
	}
	return digits
}
