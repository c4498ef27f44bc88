package oracle_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// club is an invented club as rows of Sportlink's dump.
func club(t testing.TB, seed int64, members int) []map[string]string {
	t.Helper()
	b, err := json.Marshal(sportlinksim.New(sportlinksim.Options{Members: members, Seed: seed}).Members())
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// phone is for numbers as they are invented.
func phone(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '+' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
	switch {
	case strings.HasPrefix(s, "00"):
		return "+" + s[2:]
	case strings.HasPrefix(s, "0"):
		return "+31" + s[1:]
	}
	return s
}

// persons are the members as the hub has them after a read of Sportlink.
func persons(members []map[string]string) []record.Entity {
	var out []record.Entity
	for _, row := range members {
		m := map[string]string{}
		for name, v := range row {
			m[name] = strings.TrimSpace(v)
		}
		f := record.Fields{
			person.RelationCode: m["PublicPersonId"], person.FirstName: m["FirstName"],
			person.Infix: strings.ToLower(m["Infix"]), person.LastName: m["LastName"],
			person.Gender:    map[string]string{"Male": "male", "Female": "female"}[m["GenderCode"]],
			person.BirthDate: m["DateOfBirth"], person.DeceasedOn: m["DateOfPassing"],
			person.Email1: m["Email"], person.Email2: m["EmailAlternative"],
			person.Mobile1: phone(m["Mobile"]), person.Mobile2: phone(m["MobileAlternative"]),
			person.Phone1: phone(m["Telephone"]), person.Phone2: phone(m["TelephoneAlternative"]),
			person.Street: m["StreetName"], person.HouseNumber: m["AddressNumber"],
			person.HouseNumberExt: m["AddressNumberAppendix"], person.PostalCode: m["ZipCode"],
			person.City: m["City"], person.Country: m["CountryName"], person.CountryCode: m["CountryCode"],
			person.MemberSince: m["MemberSince"], person.MemberUntil: m["RelationEnd"],
			person.MemberType: m["TypeOfMemberDescription"], person.AgeClass: m["AgeClassDescription"],
			person.GameActivity: m["KernelGameActivities"], person.PhotoDate: m["PersonImageDate"],
			person.UnionTeams:  record.SetValue(strings.Split(m["UnionTeams"], ",")),
			person.ClubTeams:   record.SetValue(strings.Split(m["ClubTeams"], ",")),
			person.Parent1Name: m["NameParent1"], person.Parent1Email: m["EmailAddressParent1"],
			person.Parent1Phone: phone(m["TelephoneParent1"]),
			person.Parent2Name:  m["NameParent2"], person.Parent2Email: m["EmailAddressParent2"],
			person.Parent2Phone: phone(m["TelephoneParent2"]),
		}
		out = append(out, record.Entity{Kind: person.Kind, Key: person.Key(f), Fields: f})
	}
	return out
}

// dumps are what the three simulators hold after a sync that does all right.
type dumps struct{ sportlink, laposta, rondo map[string]any }

func (d dumps) json(t testing.TB) (sportlink, laposta, rondo []byte) {
	t.Helper()
	out := make([][]byte, 3)
	for i, v := range []any{d.sportlink, d.laposta, d.rondo} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = b
	}
	return out[0], out[1], out[2]
}

// synced makes the dumps that the rules in sync/derive lead to. The volunteers
// are those with a relation code that ends in 3.
func synced(members []map[string]string) dumps {
	hub, made := derived(members, func(e record.Entity) {
		if strings.HasSuffix(e.Key, "3") {
			e.Fields[person.Volunteer] = "true"
		}
	})
	return dumps{
		sportlink: map[string]any{"members": slices.Clone(members)},
		laposta:   lapostaDump(made[subscriber.Kind]),
		rondo:     rondoDump(hub, made[family.Kind]),
	}
}

// derived returns all persons, and what the rules make of the members.
func derived(members []map[string]string, edit ...func(record.Entity)) ([]record.Entity, map[record.Kind][]derive.Entity) {
	hub := persons(members)
	for _, f := range edit {
		for _, e := range hub {
			f(e)
		}
	}
	made := map[record.Kind][]derive.Entity{}
	for _, rule := range derive.Club(4) {
		groups := map[string][]record.Entity{}
		for _, e := range hub {
			for _, g := range rule.Groups(e) {
				groups[g] = append(groups[g], e)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(groups)) {
			for _, e := range rule.Make(derive.Group{Key: key, Members: groups[key]}).Entities {
				made[e.Kind] = append(made[e.Kind], e)
			}
		}
	}
	for _, e := range made[person.Kind] {
		hub = append(hub, record.Entity{Kind: e.Kind, Key: e.Key, Fields: e.Fields})
	}
	return hub, made
}

func lapostaDump(entries []derive.Entity) map[string]any {
	names := map[record.Field]string{
		subscriber.FirstName: "voornaam", subscriber.Infix: "tussenvoegsel", subscriber.LastName: "achternaam",
		subscriber.BirthDate: "geboortedatum", subscriber.Teams: "team", subscriber.AgeClasses: "leeftijdscategorie",
		subscriber.RelationCode: "relatiecode", subscriber.PhotoDate: "datumpasfoto", subscriber.MemberSince: "lidsinds",
		subscriber.Mobile1: "mobielnummer", subscriber.Mobile2: "mobielnummer2",
		subscriber.Phone1: "telefoonnummer", subscriber.Phone2: "telefoonnummer2",
		subscriber.Street: "straatnaam", subscriber.HouseNumber: "huisnummer",
		subscriber.HouseNumberExt: "huisnummertoevoeging", subscriber.PostalCode: "postcode", subscriber.City: "plaats",
		subscriber.Parent1Name: "naamouder1", subscriber.Parent2Name: "naamouder2",
		subscriber.Parent1Phone: "telefoonouder1", subscriber.Parent2Phone: "telefoonouder2",
		subscriber.ParentOf: "oudervan",
	}
	lists := make([]any, 4)
	for i := range lists {
		members := []any{map[string]any{ // a reader whom nobody knows
			"email": "lezer@lezers.example.org", "state": "active", "custom_fields": map[string]any{"voornaam": "Aaf"},
		}}
		for _, e := range entries {
			if e.Fields[subscriber.List] != string(rune('1'+i)) {
				continue
			}
			custom := map[string]any{
				"geslacht":           map[string]string{"male": "M", "female": "V"}[e.Fields[subscriber.Gender]],
				"huidigvrijwilliger": map[string]string{"true": "1", "false": "0"}[e.Fields[subscriber.Volunteer]],
			}
			for f, name := range names {
				custom[name] = strings.ReplaceAll(e.Fields[f], "\n", ", ")
			}
			members = append(members, map[string]any{
				"email": e.Fields[subscriber.Email], "state": "active", "custom_fields": custom,
			})
		}
		lists[i] = map[string]any{"members": members}
	}
	return map[string]any{"lists": lists}
}

func rondoDump(hub []record.Entity, families []derive.Entity) map[string]any {
	names := map[record.Field]string{
		person.RelationCode: "knvb_id", person.FirstName: "first_name", person.LastName: "last_name",
		person.Gender: "gender", person.BirthDate: "birthdate", person.DeceasedOn: "datum_overlijden",
		person.Email1: "email_1", person.Email2: "email_2", person.Mobile1: "mobile_1", person.Mobile2: "mobile_2",
		person.Phone1: "telephone_1", person.Phone2: "telephone_2", person.MemberSince: "lid_sinds",
		person.MemberUntil: "lid_tot", person.MemberType: "type_lid", person.AgeClass: "leeftijdsgroep",
		person.GameActivity: "spelactiviteit", person.PhotoDate: "datum_foto",
	}
	ids := map[string]int{}
	byID := map[int]map[string]any{}
	var people []any
	for i, e := range hub {
		ids[e.Key] = 101 + i
		fields := map[string]any{"relationships": []any{}, "addresses": []any{}, "former_member": false}
		for f, name := range names {
			fields[name] = e.Fields[f]
		}
		fields["infix"] = strings.ToLower(e.Fields[person.Infix])
		fields["huidig_vrijwilliger"] = e.Fields[person.Volunteer] == "true"
		if e.Fields[person.Street] != "" || e.Fields[person.City] != "" {
			fields["addresses"] = []any{map[string]any{
				"address_label": "Home", "street_name": e.Fields[person.Street],
				"house_number": e.Fields[person.HouseNumber], "house_number_addition": e.Fields[person.HouseNumberExt],
				"postal_code": e.Fields[person.PostalCode], "city": e.Fields[person.City],
				"country": e.Fields[person.Country], "country_code": e.Fields[person.CountryCode],
			}}
		}
		teams := e.Fields[person.UnionTeams]
		if teams == "" {
			teams = e.Fields[person.ClubTeams]
		}
		byID[101+i] = fields
		people = append(people, map[string]any{
			"id": 101 + i, "status": "publish", "fields": fields,
			"meta": map[string]any{"team": strings.ReplaceAll(teams, "\n", ", ")},
		})
	}
	relate := func(from, to, kind int) {
		rows, _ := byID[from]["relationships"].([]any)
		byID[from]["relationships"] = append(rows, map[string]any{
			"related_person_id": to, "relationship_type_id": kind,
		})
	}
	for _, f := range families {
		for _, child := range record.SetMembers(f.Fields[family.Children]) {
			relate(ids[f.Key], ids[child], 3)
			relate(ids[child], ids[f.Key], 2)
		}
	}
	return map[string]any{
		"people": people, "terms": []any{map[string]any{"id": 2, "slug": "parent"}, map[string]any{"id": 3, "slug": "child"}},
	}
}

func shuffle(seed int64, members []map[string]string) []map[string]string {
	out := slices.Clone(members)
	rand.New(rand.NewPCG(uint64(seed), 1)).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}
