package oracle_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/internal/oracle"
	"github.com/touchline-sync/touchline/internal/sizetest"
)

func differences(t testing.TB, d dumps) []string {
	t.Helper()
	a, b, c := d.json(t)
	return check(t, a, b, c)
}

func check(t testing.TB, sportlink, laposta, rondo []byte) []string {
	t.Helper()
	found, err := oracle.Check(sportlink, laposta, rondo)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range found {
		out = append(out, f.String())
	}
	return out
}

// TestDeriveAgrees: two programs from one paper say the same of a club, in
// the order of the download and in another.
func TestDeriveAgrees(t *testing.T) {
	t.Parallel()
	for _, chosen := range sizetest.Seeds(t, 5) {
		seed := int64(chosen)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			members := club(t, seed, 200)
			for _, order := range [][]map[string]string{members, shuffle(seed, members)} {
				d := synced(order)
				if found := differences(t, d); len(found) > 0 {
					t.Fatalf("%d differences:\n%s", len(found), strings.Join(found[:min(len(found), 20)], "\n"))
				}
				d.sportlink["members"] = members // placed by one order, judged by another
				if found := differences(t, d); len(found) > 0 {
					t.Fatalf("the order plays a part: %d differences", len(found))
				}
			}
		})
	}
}

func records(d map[string]any, list string) []map[string]any {
	var out []map[string]any
	for _, r := range d[list].([]any) {
		out = append(out, r.(map[string]any))
	}
	return out
}

// TestEveryFieldCounts changes one value after the other: each is noticed, as
// that value and as nothing else.
func TestEveryFieldCounts(t *testing.T) {
	t.Parallel()
	for _, custom := range []string{
		"voornaam", "tussenvoegsel", "achternaam", "geboortedatum", "team", "geslacht", "leeftijdscategorie",
		"relatiecode", "datumpasfoto", "lidsinds", "mobielnummer", "mobielnummer2", "telefoonnummer",
		"telefoonnummer2", "straatnaam", "huisnummer", "huisnummertoevoeging", "postcode", "plaats",
		"naamouder1", "naamouder2", "telefoonouder1", "telefoonouder2", "oudervan", "huidigvrijwilliger",
		"email", "state",
	} {
		t.Run("laposta "+custom, func(t *testing.T) {
			t.Parallel()
			d := synced(club(t, 3, 60))
			members := records(records(d.laposta, "lists")[0], "members")
			for _, m := range []map[string]any{members[1], members[len(members)-1]} {
				if custom == "email" || custom == "state" {
					m[custom] = strings.ToUpper(m[custom].(string)) + " "
				} else {
					m["custom_fields"].(map[string]any)[custom] = "anders"
				}
			}
			found := differences(t, d)
			if len(found) != 2 || strings.Count(strings.Join(found, "\n"), ": "+custom+" differs") != 2 {
				t.Errorf("found %q", found)
			}
		})
	}
	for _, key := range []string{
		"first_name", "infix", "last_name", "gender", "birthdate", "former_member", "lid_sinds", "lid_tot",
		"email_1", "email_2", "mobile_1", "mobile_2", "telephone_1", "telephone_2", "datum_overlijden",
		"datum_foto", "type_lid", "leeftijdsgroep", "spelactiviteit",
		"home street_name", "home house_number", "home house_number_addition", "home postal_code",
		"home city", "home country", "home country_code",
	} {
		t.Run("rondo "+key, func(t *testing.T) {
			t.Parallel()
			d := synced(club(t, 3, 60))
			fields := records(d.rondo, "people")[0]["fields"].(map[string]any)
			if name, ok := strings.CutPrefix(key, "home "); ok {
				fields["addresses"].([]any)[0].(map[string]any)[name] = "anders"
			} else {
				fields[key] = "anders"
			}
			want := "rondoclub people: member 1: " + strings.Replace(key, " ", ".", 1) + " differs"
			if found := differences(t, d); len(found) != 1 || found[0] != want {
				t.Errorf("found %q, want %q", found, want)
			}
		})
	}
}

func TestWholeRecords(t *testing.T) {
	t.Parallel()
	without := func(d map[string]any, list string, i int) {
		all := d[list].([]any)
		d[list] = slices.Delete(slices.Clone(all), i, i+1)
	}
	for name, c := range map[string]struct {
		change func(d dumps)
		want   string // of one of the differences
	}{
		"an entry missing": {func(d dumps) { without(records(d.laposta, "lists")[0], "members", 1) }, "record missing"},
		"an entry too many": {func(d dumps) {
			lists := records(d.laposta, "lists")
			lists[3]["members"] = append(lists[3]["members"].([]any), lists[0]["members"].([]any)[1])
		}, "record extra"},
		"on another list": {func(d dumps) {
			lists := records(d.laposta, "lists")
			lists[0], lists[1] = lists[1], lists[0]
			d.laposta["lists"] = []any{lists[0], lists[1], lists[2], lists[3]}
		}, "record missing"},
		"a leaver on a list":  {func(d dumps) { without(d.sportlink, "members", 20) }, "record extra"},
		"a leaver not marked": {func(d dumps) { without(d.sportlink, "members", 20) }, "former_member differs"},
		"a person missing":    {func(d dumps) { without(d.rondo, "people", 0) }, "record missing"},
		"a person twice": {func(d dumps) {
			d.rondo["people"] = append(d.rondo["people"].([]any), d.rondo["people"].([]any)[0])
		}, "record twice"},
		"somebody else": {func(d dumps) {
			d.rondo["people"] = append(d.rondo["people"].([]any), map[string]any{
				"id": 9999, "status": "publish", "fields": map[string]any{"first_name": "Iemand", "email_1": "i@example.org"},
			})
		}, "record extra"},
		"in the bin": {func(d dumps) { records(d.rondo, "people")[0]["status"] = "trash" }, "record missing"},
		"no relations": {func(d dumps) {
			for _, p := range records(d.rondo, "people") {
				p["fields"].(map[string]any)["relationships"] = []any{}
			}
		}, "relationships differs"},
		"one relation too many": {func(d dumps) {
			people := records(d.rondo, "people")
			people[30]["fields"].(map[string]any)["relationships"] = []any{
				map[string]any{"related_person_id": people[0]["id"], "relationship_type_id": 3},
			}
		}, "relationships differs"},
		"team": {func(d dumps) {
			for _, p := range records(d.rondo, "people")[1:] {
				p["meta"] = nil
			}
		}, "meta.team differs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			members := club(t, 2, 60)
			d := synced(members)
			d.sportlink["members"] = func() []any {
				var out []any
				for _, m := range members {
					out = append(out, m)
				}
				return out
			}()
			c.change(d)
			found := differences(t, d)
			if !slices.ContainsFunc(found, func(s string) bool { return strings.HasSuffix(s, c.want) }) {
				t.Errorf("found %q, want one that ends with %q", found, c.want)
			}
		})
	}
}

// TestOptedOut: what a reader has decided is nobody's difference.
func TestOptedOut(t *testing.T) {
	t.Parallel()
	d := synced(club(t, 2, 60))
	for i, m := range records(records(d.laposta, "lists")[0], "members") {
		m["state"] = []string{"unsubscribed", "cleaned"}[i%2]
		m["custom_fields"].(map[string]any)["voornaam"] = "oud"
	}
	if found := differences(t, d); len(found) > 0 {
		t.Errorf("found %q", found)
	}
}

// TestUnreadableSaysNothing: a row that cannot be read is neither a leaver nor
// somebody who must be held.
func TestUnreadableSaysNothing(t *testing.T) {
	t.Parallel()
	members := club(t, 2, 60)
	alone := slices.IndexFunc(members, func(m map[string]string) bool {
		return m["EmailAddressParent1"] == "" && !slices.ContainsFunc(members, func(o map[string]string) bool {
			return o["PublicPersonId"] != m["PublicPersonId"] && (strings.EqualFold(o["Email"], m["Email"]) ||
				strings.EqualFold(o["EmailAddressParent1"], m["Email"]) || strings.EqualFold(o["EmailAddressParent2"], m["Email"]))
		})
	})
	for key, value := range map[string]string{"FirstName": "", "GenderCode": "Q7"} {
		d := synced(members)
		rows := slices.Clone(members)
		rows[alone] = maps.Clone(rows[alone]) // known before, unreadable now
		rows[alone][key] = value
		if key == "GenderCode" {
			// Only the gender: whatever is held of it is right, and the rest counts.
			d.sportlink["members"] = rows
			if found := differences(t, d); len(found) > 0 {
				t.Errorf("%s: found %q", key, found)
			}
			rows[alone]["City"] = "Elders"
			if found := differences(t, d); len(found) == 0 {
				t.Errorf("%s: the city of that row says nothing", key)
			}
			continue
		}
		unmanagedMark := maps.Clone(rows[alone]) // never seen
		unmanagedMark["PublicPersonId"], unmanagedMark["Email"] = "ZZZZ99Z", "zz@example.org"
		d.sportlink["members"] = append(rows, unmanagedMark)
		if found := differences(t, d); len(found) > 0 {
			t.Errorf("%s: found %q", key, found)
		}
	}
}

// TestFormerParent: member 1 is the parent of member 2, leaves, and stays the
// parent.
func TestFormerParent(t *testing.T) {
	t.Parallel()
	members := club(t, 2, 60)
	d := synced(members)
	left := dumps{sportlink: map[string]any{"members": members[1:]}, rondo: d.rondo, laposta: synced(members[1:]).laposta}
	fields := records(d.rondo, "people")[0]["fields"].(map[string]any)
	if found := differences(t, left); !slices.Contains(found, "rondoclub people: member 0: former_member differs") {
		t.Errorf("not marked: found %q", found)
	}
	fields["former_member"] = true
	if found := differences(t, left); len(found) > 0 {
		t.Errorf("marked: found %q", found)
	}
	fields["relationships"] = []any{}
	if found := differences(t, left); len(found) == 0 {
		t.Error("the children play no part")
	}
}

func TestAnywhere(t *testing.T) {
	t.Parallel()
	d := synced(club(t, 2, 60))
	lists := records(d.laposta, "lists")
	d.laposta["lists"] = []any{lists[1], lists[3], lists[0], lists[2]}
	if found, err := oracle.CheckAnywhere(d.json(t)); err != nil || len(found) > 0 {
		t.Errorf("found %v, %v", found, err)
	}
	if found := differences(t, d); len(found) == 0 {
		t.Error("the places play no part")
	}
}

func TestBadDumps(t *testing.T) {
	t.Parallel()
	a, b, c := synced(club(t, 1, 20)).json(t)
	for i := range 3 {
		in := [][]byte{a, b, c}
		in[i] = []byte("no dump")
		if _, err := oracle.Check(in[0], in[1], in[2]); err == nil {
			t.Errorf("dump %d is no dump, and nobody says so", i)
		}
	}
}

// TestNoValues: a difference names nobody.
func TestNoValues(t *testing.T) {
	t.Parallel()
	members := club(t, 1, 60)
	d := synced(members)
	d.laposta["lists"], d.rondo["people"] = []any{map[string]any{"members": []any{}}}, []any{}
	text := strings.Join(differences(t, d), "\n")
	if text == "" {
		t.Fatal("nothing found")
	}
	for _, m := range members {
		for _, field := range []string{"PublicPersonId", "LastName", "Email", "EmailAddressParent1", "StreetName"} {
			if v := m[field]; v != "" && strings.Contains(text, v) {
				t.Errorf("the text has a value of %s", field)
			}
		}
	}
}
