package oracle

import (
	"slices"
	"strings"
)

// wantedPerson is what one person must hold.
type wantedPerson struct {
	fields   map[string]string // by key; "home.city" in the Home row
	children []string          // relation codes, sorted
	number   int
	role     string
}

// wantedPeople says what the site must hold: members by relation code, other
// parents by "address|name".
func wantedPeople(members []row) (byCode, byMailbox map[string]*wantedPerson) {
	byCode, byMailbox = map[string]*wantedPerson{}, map[string]*wantedPerson{}
	for _, m := range members {
		if !m.broken {
			byCode[m.code()] = wantedMember(m)
		}
	}
	all := map[string]map[string][]naming{} // address, then name
	for _, m := range members {
		for _, which := range []string{"1", "2"} {
			a := mailbox(m.text["EmailAddressParent"+which])
			if a == "" || m.broken {
				continue
			}
			if all[a] == nil {
				all[a] = map[string][]naming{}
			}
			n := called(m.text["NameParent"+which])
			all[a][n] = append(all[a][n], naming{m, which})
		}
	}
	for a, byName := range all {
		nameless := byName[""]
		delete(byName, "")
		for n, of := range byName {
			var children []string
			for _, x := range of {
				children = append(children, x.child.code())
			}
			for _, x := range nameless {
				if len(byName) == 1 {
					children = append(children, x.child.code())
				}
			}
			slices.Sort(children)
			children = slices.Compact(children)
			var same []row
			for _, m := range members {
				if !m.broken && mailbox(m.text["Email"]) == a && called(m.name()) == n && !slices.Contains(children, m.code()) {
					same = append(same, m)
				}
			}
			if len(same) == 1 {
				w := byCode[same[0].code()]
				for _, child := range members {
					if slices.Contains(children, child.code()) && !names(same[0], child) {
						w.children = append(w.children, child.code())
					}
				}
				continue
			}
			w := wantedParent(of)
			w.children = children
			byMailbox[a+"|"+n] = w
		}
	}
	return byCode, byMailbox
}

// names reports whether a member gives another as parent.
func names(m, other row) bool {
	for _, which := range []string{"1", "2"} {
		a := mailbox(m.text["EmailAddressParent"+which])
		if a != "" && a == mailbox(other.text["Email"]) && called(m.text["NameParent"+which]) == called(other.name()) {
			return true
		}
	}
	return false
}

func wantedMember(m row) *wantedPerson {
	f := map[string]string{
		"first_name": m.get("FirstName"), "last_name": m.get("LastName"),
		"infix": strings.ToLower(m.get("Infix")), "knvb_id": m.code(),
		"email_1": m.get("Email"), "email_2": m.get("EmailAlternative"),
		"mobile_1": phone(m.get("Mobile")), "mobile_2": phone(m.get("MobileAlternative")),
		"telephone_1": phone(m.get("Telephone")), "telephone_2": phone(m.get("TelephoneAlternative")),
		"gender":    map[string]string{"Male": "male", "Female": "female"}[m.get("GenderCode")],
		"birthdate": m.get("DateOfBirth"), "lid_sinds": m.get("MemberSince"),
		"lid_tot": m.get("RelationEnd"), "datum_overlijden": m.get("DateOfPassing"),
		"leeftijdsgroep": m.get("AgeClassDescription"), "datum_foto": m.get("PersonImageDate"),
		"type_lid": m.get("TypeOfMemberDescription"), "spelactiviteit": m.get("KernelGameActivities"),
		"former_member": "0",
	}
	if f["gender"] == "" && m.get("GenderCode") != "" {
		delete(f, "gender")
	}
	teams := parts(m.text["UnionTeams"])
	if len(teams) == 0 {
		teams = parts(m.text["ClubTeams"])
	}
	f["meta.team"] = strings.Join(teams, ",")
	home(f, m)
	if f["home.street_name"] != "" || f["home.city"] != "" {
		f["home.country_code"] = m.get("CountryCode")
	}
	return &wantedPerson{fields: f, number: m.number, role: "member"}
}

// home is the row labelled Home: there is none without a street and a city.
func home(f map[string]string, m row) {
	keys := map[string]string{
		"street_name": "StreetName", "house_number": "AddressNumber",
		"house_number_addition": "AddressNumberAppendix",
		"postal_code":           "ZipCode", "city": "City", "country": "CountryName",
	}
	f["home.country_code"] = ""
	for key, name := range keys {
		f["home."+key] = ""
		if m.get("StreetName") != "" || m.get("City") != "" {
			f["home."+key] = m.get(name)
		}
	}
}

func wantedParent(of []naming) *wantedPerson {
	first := of[0]
	f := map[string]string{
		"first_name": oneLine(first.child.text["NameParent"+first.which]), "last_name": "", "infix": "",
		"knvb_id": "", "email_1": first.child.get("EmailAddressParent" + first.which), "email_2": "",
		"mobile_1": "", "mobile_2": "", "telephone_1": "", "telephone_2": "",
		"gender": "", "birthdate": "", "former_member": "0", "lid_sinds": "", "lid_tot": "",
	}
	var seen []string
	for _, x := range of {
		number := phone(x.child.text["TelephoneParent"+x.which])
		if number == "" || slices.Contains(seen, number) {
			continue
		}
		seen = append(seen, number)
		kind := "telephone"
		if strings.HasPrefix(number, "+316") {
			kind = "mobile"
		}
		switch {
		case f[kind+"_1"] == "":
			f[kind+"_1"] = number
		case f[kind+"_2"] == "":
			f[kind+"_2"] = number
		}
	}
	home(f, first.child)
	return &wantedPerson{fields: f, number: first.child.number, role: "parent"}
}
