package oracle

import (
	"slices"
	"sort"
	"strings"
)

// entry is what one list must hold for one address.
type entry struct {
	email  string
	fields map[string]string
	rank   int // 1 primary, 2 alternative, 3 parent
	code   string
	number int
	role   string
}

// naming is a child that names an address as a parent's.
type naming struct {
	child row
	which string // "1" or "2"
}

// asItIs are the custom fields that have a Sportlink field of their own.
var asItIs = map[string]string{
	"voornaam": "FirstName", "tussenvoegsel": "Infix", "achternaam": "LastName",
	"geboortedatum": "DateOfBirth", "relatiecode": "PublicPersonId",
	"datumpasfoto": "PersonImageDate", "lidsinds": "MemberSince",
	"straatnaam": "StreetName", "huisnummer": "AddressNumber",
	"huisnummertoevoeging": "AddressNumberAppendix", "postcode": "ZipCode", "plaats": "City",
	"naamouder1": "NameParent1", "naamouder2": "NameParent2",
	"mobielnummer": "Mobile", "mobielnummer2": "MobileAlternative",
	"telefoonnummer": "Telephone", "telefoonnummer2": "TelephoneAlternative",
	"telefoonouder1": "TelephoneParent1", "telefoonouder2": "TelephoneParent2",
}

var phones = []string{
	"mobielnummer", "mobielnummer2", "telefoonnummer", "telefoonnummer2",
	"telefoonouder1", "telefoonouder2",
}

var commaLists = []string{"team", "leeftijdscategorie", "oudervan"}

// wantedLists says what each of n lists must hold, by address.
func wantedLists(members []row, n int, volunteer map[string]bool) []map[string]entry {
	entries := map[string][]entry{} // by address
	namings := map[string][]naming{}
	for _, m := range members {
		if m.broken || m.dead() {
			continue
		}
		for _, which := range []string{"1", "2"} {
			if a := mailbox(m.text["EmailAddressParent"+which]); a != "" {
				namings[a] = append(namings[a], naming{m, which})
			}
		}
	}
	grownUp := map[string]bool{} // addresses that are a member's who is the parent
	for _, m := range members {
		if m.broken || m.dead() {
			continue
		}
		own, other := mailbox(m.text["Email"]), mailbox(m.text["EmailAlternative"])
		if own != "" {
			e := ownEntry(m, m.get("Email"), 1, volunteer)
			isChild := slices.ContainsFunc(namings[own], func(x naming) bool { return x.child.code() == m.code() })
			if len(namings[own]) > 0 && !isChild {
				grownUp[own] = true
				fromChildren(&e, namings[own])
			}
			entries[own] = append(entries[own], e)
		}
		if other != "" && other != own {
			entries[other] = append(entries[other], ownEntry(m, m.get("EmailAlternative"), 2, volunteer))
		}
	}
	for a, of := range namings {
		if !grownUp[a] {
			entries[a] = append(entries[a], parentEntry(of))
		}
	}
	out := make([]map[string]entry, n)
	for i := range out {
		out[i] = map[string]entry{}
	}
	for a, all := range entries {
		sort.SliceStable(all, func(i, j int) bool {
			if all[i].rank != all[j].rank {
				return all[i].rank < all[j].rank
			}
			return all[i].code < all[j].code
		})
		for i, e := range all {
			if i < n {
				out[i][a] = e
			}
		}
	}
	return out
}

func ownEntry(m row, email string, rank int, volunteer map[string]bool) entry {
	f := map[string]string{}
	for custom, name := range asItIs {
		f[custom] = m.get(name)
	}
	for _, p := range phones {
		f[p] = phone(f[p])
	}
	f["relatiecode"] = m.code()
	switch m.get("GenderCode") {
	case "Male":
		f["geslacht"] = "M"
	case "Female":
		f["geslacht"] = "V"
	case "":
		f["geslacht"] = ""
	}
	f["team"] = strings.Join(parts(m.text["UnionTeams"]), ",")
	f["leeftijdscategorie"] = strings.Join(parts(m.text["AgeClassDescription"]), ",")
	f["oudervan"] = ""
	f["huidigvrijwilliger"] = "0"
	if volunteer[m.code()] {
		f["huidigvrijwilliger"] = "1"
	}
	return entry{email: email, fields: f, rank: rank, code: m.code(), number: m.number, role: "member"}
}

// fromChildren merges what a parent's entry has from the children.
func fromChildren(e *entry, of []naming) {
	var names []string
	for _, x := range of {
		names = append(names, x.child.name())
		e.fields["team"] += "," + x.child.text["UnionTeams"]
		e.fields["leeftijdscategorie"] += "," + x.child.text["AgeClassDescription"]
	}
	e.fields["oudervan"] = strings.Join(parts(names...), ",")
	e.fields["team"] = strings.Join(parts(e.fields["team"]), ",")
	e.fields["leeftijdscategorie"] = strings.Join(parts(e.fields["leeftijdscategorie"]), ",")
}

func parentEntry(of []naming) entry {
	first := of[0]
	f := map[string]string{"geslacht": "", "team": "", "leeftijdscategorie": "", "huidigvrijwilliger": "0"}
	for custom := range asItIs {
		f[custom] = ""
	}
	for _, custom := range []string{"straatnaam", "huisnummer", "huisnummertoevoeging", "postcode", "plaats"} {
		f[custom] = first.child.get(asItIs[custom])
	}
	spellings, different := []string{}, []string{}
	for _, x := range of {
		name := oneLine(x.child.text["NameParent"+x.which])
		if called(name) != "" && !slices.Contains(different, called(name)) {
			spellings, different = append(spellings, name), append(different, called(name))
		}
		if f["telefoonnummer"] == "" {
			f["telefoonnummer"] = phone(x.child.text["TelephoneParent"+x.which])
		}
	}
	switch len(different) {
	case 0:
		f["voornaam"] = "Ouder/verzorger van " + first.child.get("FirstName")
		f["tussenvoegsel"], f["achternaam"] = first.child.get("Infix"), first.child.get("LastName")
	case 1:
		f["voornaam"] = spellings[0]
	default:
		f["voornaam"] = "Ouder/verzorger"
	}
	e := entry{
		email: first.child.get("EmailAddressParent" + first.which), fields: f,
		rank: 3, number: first.child.number, role: "parent",
	}
	fromChildren(&e, of)
	return e
}
