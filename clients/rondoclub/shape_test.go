package rondoclub_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// people are all persons of the dump.
func (b *bundle) everybody() []object {
	b.t.Helper()
	var dump struct{ People []object }
	b.control("GET", "/dump", nil, &dump)
	return dump.People
}

// A site that speaks acf passes the later property over and publishes somebody
// without a name: so it is asked what it speaks, whatever it says of its version and
// whatever the settings say.
func TestNobodyWithoutAName(t *testing.T) {
	t.Parallel()
	for _, theme := range []string{rondosim.ACF, rondosim.ACFBefore} {
		for _, version := range []string{"", "25.2.0", "31.2.0", "none"} {
			for _, dialect := range []string{"", "fields", "acf"} {
				b := setup(t, rondosim.Options{Theme: theme, Version: version})
				b.cfg.Dialect = dialect
				b.open()
				_, failed := b.conn.Check(b.ctx())
				_, err := b.people.Create(b.ctx(), zoe())
				if dialect == "fields" {
					b.class(failed, connector.Drifted)
					if b.class(err, connector.Drifted); len(b.everybody()) != 0 {
						t.Fatalf("%s, %s, %s: somebody was made", theme, version, dialect)
					}
					continue
				}
				if failed != nil || err != nil {
					t.Fatalf("%s, %s, %s: %v, %v", theme, version, dialect, failed, err)
				}
				for _, p := range b.everybody() {
					if f, _ := p["fields"].(object); f["first_name"] != "Zoë" || f["knvb_id"] != "RC0000001" {
						t.Fatalf("%s, %s, %s: %v", theme, version, dialect, p)
					}
				}
			}
		}
	}
}

// A site that is not as it was when it was asked is not written to twice: the answer
// to the first create shows none of what was sent, which ends the step.
func TestDialectThatChangesMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	id := b.create(zoe()).ID
	b.control("PATCH", "/site", object{"theme": "acf"}, nil)
	for name, call := range map[string]func() error{
		"get": func() error { _, err := b.people.Get(b.ctx(), id); return err },
		"update": func() error {
			_, err := b.people.Update(b.ctx(), id, connector.Patch{Set: record.Fields{person.City: "Elders"}})
			return err
		},
	} {
		if e := b.class(call(), connector.Drifted); !strings.Contains(e.Why, "dialect") {
			t.Errorf("%s: %v", name, e)
		}
	}
	if item := b.create(zoe()); item.ID == "" || len(item.Fields) != 0 {
		t.Errorf("a create that was not understood: %+v", item)
	}
	if _, err := b.conn.Check(b.ctx()); err != nil {
		t.Fatal(err)
	}
	if f := b.get(id); f[person.RelationCode] != "RC0000001" {
		t.Fatalf("after the site was asked again: %v", f)
	}
}

// A create that the theme refuses after WordPress has stored the post leaves somebody
// without a name behind: whoever reads of it is told to look.
func TestCreateThatLeavesSomebodyBehind(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	b.cut()
	b.control("PATCH", "/site", object{"without": []string{"spelactiviteit"}}, nil)
	_, err := b.people.Create(b.ctx(), zoe())
	if e := b.class(err, connector.Drifted); e.Field != person.GameActivity || !strings.Contains(e.Why, "New Person") {
		t.Errorf("%+v", e)
	}
	if all := b.everybody(); len(all) != 1 || all[0]["title"] != "New Person" {
		t.Errorf("left behind: %v", all)
	}
	refused := zoe()
	refused[person.FirstName] = ""
	_, err = b.people.Create(b.ctx(), refused)
	if e := b.class(err, connector.Rejected); strings.Contains(e.Why, "New Person") {
		t.Errorf("what was not sent has left nobody behind: %+v", e)
	}
}

func TestShape(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	fields := func() (shape string, reads, writes []record.Field) {
		c := b.cut()
		host := c.Collections()[0]
		return c.shape, host.Reads, host.Writes
	}
	later, all, writes := fields()
	if len(all) != len(b.people.Reads) || !slices.Contains(writes, person.Teams) || !strings.HasPrefix(later, "fields: ") {
		t.Fatalf("%s: %v", later, all)
	}
	if again, _, _ := fields(); again != later {
		t.Fatal("the same site has two shapes")
	}
	b.control("PATCH", "/site", object{"without": []string{"spelactiviteit"}}, nil)
	if less, reads, _ := fields(); less == later || slices.Contains(reads, person.GameActivity) || len(reads) != len(all)-1 {
		t.Fatalf("%s: %v", less, reads)
	}
	b.control("PATCH", "/site", object{"without": []string{}, "theme": "acf-newer"}, nil)
	newer, reads, _ := fields()
	for _, f := range []record.Field{person.Email1, person.HouseNumber, person.CountryCode, person.GameActivity} {
		if !slices.Contains(reads, f) {
			t.Errorf("%s: without %s", newer, f)
		}
	}
	b.control("PATCH", "/site", object{"theme": "acf"}, nil)
	old, reads, writes := fields()
	if want := "acf: _nikki_2022_saldo _nikki_2022_status _nikki_2022_total _nikki_2023_saldo _nikki_2023_status _nikki_2023_total " +
		"_nikki_2024_saldo _nikki_2024_status _nikki_2024_total _nikki_2025_saldo _nikki_2025_status _nikki_2025_total " +
		"addresses addresses.address_label addresses.city addresses.country addresses.postal_code addresses.state " +
		"addresses.street birthdate contact_info datum-foto datum-overlijden datum-vog featured_media financiele-blokkade first_name former_member freescout-id gender " +
		"huidig-vrijwilliger infix knvb-id last_name leeftijdsgroep lid-sinds lid-tot meta.team relationships type-lid work_history"; old != want {
		t.Errorf("%s, want %s", old, want)
	}
	for f, want := range map[record.Field]bool{
		person.Email2: true, person.Phone2: true, person.HouseNumber: true, person.Country: true, person.CountryCode: false, person.GameActivity: false, person.Teams: true,
	} {
		if slices.Contains(reads, f) != want || slices.Contains(writes, f) != want {
			t.Errorf("%s: %s is there: %v", old, f, !want)
		}
	}
	if slices.Contains(writes, person.Volunteer) || !slices.Contains(reads, person.Volunteer) {
		t.Error("the volunteer flag is read and never written")
	}
	if shaped, _ := b.conn.(connector.Shaped); shaped.CollectionsIn("something else") != nil {
		t.Error("a text that is no shape has collections")
	}
}

// Teams are written where the site has registered them as a text, and nowhere else.
func TestTeams(t *testing.T) {
	t.Parallel()
	for team, want := range map[string]bool{"text": true, "number": false, "none": false} {
		b := setup(t, rondosim.Options{Team: team})
		if host := b.cut().Collections()[0]; slices.Contains(host.Reads, person.Teams) != want || slices.Contains(host.Writes, person.Teams) != want {
			t.Errorf("%s: reads %v", team, host.Reads)
		}
		item := b.create(zoe())
		if _, has := item.Fields[person.Teams]; has != want {
			t.Errorf("%s: teams %v", team, has)
		}
		since := len(b.kit.Writes(0))
		b.update(item.ID, record.Fields{person.Teams: "JO19-1"})
		if n := len(b.kit.Writes(since)); n == 1 != want {
			t.Errorf("%s: %d writes", team, n)
		}
	}
}

// With the old theme a street is one text, and dates stay as they were typed.
func TestFebruary(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{Theme: rondosim.ACF})
	item := b.create(zoe())
	want := zoe()
	for _, f := range []record.Field{person.Teams, person.CountryCode, person.GameActivity} {
		delete(want, f)
	}
	want[person.Volunteer] = "false"
	maps.Copy(want, unsaid())
	if !maps.Equal(item.Fields, want) {
		t.Fatalf("created %v\nwant %v", item.Fields, want)
	}
	home, _ := b.rows(item.ID, "addresses")[0].(object)
	if home["street"] != "Dorpslaan 7 a" || home["house_number"] != nil {
		t.Fatalf("address %v", home)
	}
	b.control("PATCH", "/people/"+string(item.ID), object{"fields": object{
		"lid-sinds": "20200801", "datum-foto": "morgen",
		"addresses": []object{{"address_label": "Work", "street": "Elders 1", "city": "Elders"}, {"address_label": "Home", "street": "Dorpslaan 7a", "city": "Voorbeeld"}},
	}}, nil)
	since := len(b.kit.Writes(0))
	b.update(item.ID, record.Fields{
		person.MemberSince: "2020-08-01", person.Street: "Dorpslaan", person.HouseNumber: "7", person.HouseNumberExt: "a",
	})
	if n := len(b.kit.Writes(since)); n != 0 {
		t.Fatalf("%d writes of what stands there in another form", n)
	}
	if f := b.update(item.ID, record.Fields{person.HouseNumber: "9"}).Fields; f[person.Street] != "Dorpslaan" || f[person.HouseNumber] != "9" || f[person.HouseNumberExt] != "a" {
		t.Fatalf("%v", f)
	}
	rows := b.rows(item.ID, "addresses")
	if work, _ := rows[0].(object); len(rows) != 2 || work["address_label"] != "Work" || work["street"] != "Elders 1" {
		t.Fatalf("somebody's own row has changed: %v", rows)
	}
	if p := b.stored(item.ID)["fields"].(object); p["lid_sinds"] != "20200801" || p["datum_foto"] != "morgen" {
		t.Fatalf("dates %v, %v", p["lid_sinds"], p["datum_foto"])
	}
	_, err := b.people.Update(b.ctx(), item.ID, connector.Patch{Set: record.Fields{person.Street: "Plein 1944", person.HouseNumber: "", person.HouseNumberExt: ""}})
	if e := b.class(err, connector.Rejected); e.Field != person.Street {
		t.Fatalf("%+v", e)
	}
}

// A site whose addresses have no labels gets one address for each person, whatever
// changes, and no key that it does not know.
func TestSiteWithoutLabels(t *testing.T) {
	t.Parallel()
	for _, theme := range []string{rondosim.ACF, rondosim.ACFBefore} {
		b := setup(t, rondosim.Options{Theme: theme})
		b.control("PATCH", "/site", object{"without": []string{"addresses.address_label"}}, nil)
		b.cut()
		id := b.create(zoe()).ID
		for _, city := range []string{"Elders", "Nieuwstad"} {
			if f := b.update(id, record.Fields{person.City: city}).Fields; f[person.City] != city || f[person.Street] != "Dorpslaan" {
				t.Errorf("%s: %v", theme, f)
			}
		}
		if rows := b.rows(id, "addresses"); len(rows) != 1 {
			t.Errorf("%s: %v", theme, rows)
		}
	}
}

func TestAccountWithoutRights(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{Members: 3, Seed: 1})
	for _, role := range []string{"editor", "author", "subscriber"} {
		b.control("PATCH", "/site", object{"role": role}, nil)
		_, err := b.conn.Check(b.ctx())
		if e := b.class(err, connector.Denied); !strings.Contains(e.Why, "administrator") {
			t.Errorf("%s: %s", role, e.Why)
		}
	}
	b.control("PATCH", "/site", object{"role": "administrator"}, nil)
	if _, err := b.conn.Check(b.ctx()); err != nil {
		t.Fatal(err)
	}
}

// A draft is somebody who is there; who lies in the trash is not, and is again when
// restored, as the same record.
func TestPostStates(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	id, other := b.create(zoe()).ID, b.create(record.Fields{person.FirstName: "Noor"}).ID
	listed := func() (out []record.ExternalID) {
		pages, err := b.list("")
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range pages[0].Items {
			out = append(out, item.ID)
		}
		return out
	}
	for _, status := range []string{"draft", "private", "pending"} {
		b.control("PATCH", "/people/"+string(id), object{"status": status}, nil)
		if got := listed(); !slices.Equal(got, []record.ExternalID{id, other}) {
			t.Fatalf("%s: listed %v", status, got)
		}
		if item, err := b.people.Find(b.ctx(), zoe()); err != nil || item.ID != id {
			t.Fatalf("%s: found %v, %v", status, item.ID, err)
		}
	}
	b.control("DELETE", "/people/"+string(id), nil, nil)
	if got := listed(); !slices.Equal(got, []record.ExternalID{other}) {
		t.Fatalf("with one in the trash: listed %v", got)
	}
	_, err := b.people.Find(b.ctx(), zoe())
	b.class(err, connector.NotFound)
	again := b.create(zoe()).ID
	b.control("POST", "/people/"+string(id)+"/restore", nil, nil)
	if got := listed(); !slices.Equal(got, []record.ExternalID{id, other, again}) {
		t.Fatalf("restored: listed %v", got)
	}
	_, err = b.people.Find(b.ctx(), zoe())
	b.class(err, connector.Rejected) // two hold the code now
}

// A chain of merges is followed to who is there.
func TestMergeChain(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	one, two, three := b.create(zoe()).ID, b.create(zoe()).ID, b.create(zoe()).ID
	b.control("POST", "/people/"+string(one)+"/merge", object{"into": json.Number(two)}, nil)
	b.control("POST", "/people/"+string(two)+"/merge", object{"into": json.Number(three)}, nil)
	_, err := b.people.Get(b.ctx(), one)
	if e := b.class(err, connector.NotFound); e.Successor != three {
		t.Fatalf("%+v", e)
	}
	b.control("PATCH", "/site", object{"theme": "acf"}, nil) // which has no such route
	_, err = b.people.Get(b.ctx(), one)
	if e := b.class(err, connector.NotFound); e.Successor != "" || e.Why != "trashed" {
		t.Fatalf("%+v", e)
	}
}
