package rondosim

import (
	"maps"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/invent"
)

// fill makes the invented members, as a member sync would have written them
// (docs/systems/rondoclub.md, "A member of Sportlink"), with post ids in an
// order of their own.
func (s *state) fill() {
	members := invent.Club(s.options.Seed, s.options.Members)
	for _, i := range invent.Rand(s.options.Seed, -1).Perm(len(members)) {
		m := members[i]
		p := s.insert("publish")
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
		s.reached(p, [][3]string{
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
	}
}

// reached gives a person addresses and phones: type, field, value.
func (s *state) reached(p *person, all [][3]string, set func(key, v string)) {
	var contact []row
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
