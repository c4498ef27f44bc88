package rondoclub_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	item := b.create(zoe())
	want := zoe()
	want[person.Volunteer] = "false"
	maps.Copy(want, unsaid())
	if !maps.Equal(item.Fields, want) {
		t.Fatalf("created %v\nwant %v", item.Fields, want)
	}
	if got := b.get(item.ID); !maps.Equal(got, want) {
		t.Fatalf("got %v\nwant %v", got, want)
	}
	if s := b.stored(item.ID)["status"]; s != "publish" {
		t.Fatalf("status %v", s)
	}
	if n := len(b.kit.Writes(0)); n != 1 {
		t.Fatalf("%d writes for one create", n)
	}
	for _, bad := range []record.Fields{
		{person.LastName: "Hof-Ünal", person.FirstName: " "},
		{person.FirstName: "Zoë", person.BirthDate: "29-02-2012"},
		{person.FirstName: "Zoë", person.Gender: "unknown"},
	} {
		_, err := b.people.Create(b.ctx(), bad)
		if e := b.class(err, connector.Rejected); e.Field == "" || !e.Unsent {
			t.Errorf("%+v", e)
		}
		b.class(b.people.Accepts(bad), connector.Rejected)
	}
	if n := len(b.kit.Writes(0)); n != 1 {
		t.Fatal("a create that was refused here was sent all the same")
	}
}

func TestUpdateWritesOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	id := b.create(zoe()).ID
	since := len(b.kit.Writes(0))
	b.update(id, zoe())
	if n := len(b.kit.Writes(since)); n != 0 {
		t.Fatalf("%d writes though nothing differs", n)
	}
	b.control("PATCH", "/people/"+string(id), object{"fields": object{"nickname": "Zo", "addresses": []object{
		{"address_label": "Work", "city": "Elders"}, {"address_label": "Home", "street_name": "Dorpslaan", "city": "Voorbeeld", "state": "Utrecht"},
	}}}, nil)
	item := b.update(id, record.Fields{
		person.Email1: "", person.MemberUntil: "2026-06-30", person.City: "Nieuwstad", person.FormerMember: "true", person.Gender: "",
	})
	if f := item.Fields; f[person.Email1] != "" || f[person.MemberUntil] != "2026-06-30" || f[person.City] != "Nieuwstad" ||
		f[person.Street] != "Dorpslaan" || f[person.FormerMember] != "true" || f[person.Gender] != "" || f[person.FirstName] != "Zoë" {
		t.Fatalf("updated %v", f)
	}
	if n := len(b.kit.Writes(since)); n != 1 {
		t.Fatalf("%d writes for one update", n)
	}
	if !maps.Equal(item.Fields, b.get(id)) {
		t.Fatal("what Update returned is not what Get returns")
	}
	rows := b.rows(id, "addresses")
	if len(rows) != 2 || rows[0].(object)["address_label"] != "Work" || rows[0].(object)["city"] != "Elders" || rows[1].(object)["state"] != "Utrecht" {
		t.Fatalf("somebody's own row has changed: %v", rows)
	}
	if b.stored(id)["fields"].(object)["nickname"] != "Zo" {
		t.Fatal("a field that is not ours has changed")
	}
	// Without a street and a city there is no row of ours; the other one, that
	// moves up, keeps nothing of it.
	b.control("PATCH", "/people/"+string(id), object{"fields": object{"addresses": []object{
		{"address_label": "Home", "street_name": "Dorpslaan", "postal_code": "1234 AB", "city": "Nieuwstad"}, {"address_label": "Work", "street_name": "", "postal_code": "", "city": "Elders"},
	}}}, nil)
	b.update(id, record.Fields{person.Street: "", person.City: ""})
	rows = b.rows(id, "addresses")
	if len(rows) != 1 || rows[0].(object)["address_label"] != "Work" || rows[0].(object)["postal_code"] != "" || rows[0].(object)["city"] != "Elders" {
		t.Fatalf("rows %v", rows)
	}
	since = len(b.kit.Writes(0))
	b.update(id, record.Fields{person.Street: "", person.City: "", person.PostalCode: "1234 AB"})
	if n := len(b.kit.Writes(since)); n != 0 {
		t.Fatal("a post code alone makes no row, so there is nothing to write")
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	member, parent := b.create(zoe()).ID, b.create(record.Fields{person.FirstName: "Ouder Hof", person.Email1: "ouder@example.org"}).ID
	since := len(b.kit.Writes(0))
	for name, c := range map[string]struct {
		id    record.ExternalID
		patch connector.Patch
		ok    bool
	}{
		"the same code":     {member, connector.Patch{Key: record.Fields{person.RelationCode: "RC0000001"}}, true},
		"another code":      {member, connector.Patch{Key: record.Fields{person.RelationCode: "RC0000002"}}, false},
		"a code taken away": {parent, connector.Patch{Key: record.Fields{person.RelationCode: "RC0000002"}}, false},
		"the same mail":     {parent, connector.Patch{Key: record.Fields{person.Email1: "OUDER@example.org", person.FirstName: "Moeder"}}, true},
		"the same name":     {parent, connector.Patch{Key: record.Fields{person.Email1: "nieuw@example.org", person.FirstName: "ouder  hof"}}, true},
		"neither":           {parent, connector.Patch{Key: record.Fields{person.Email1: "nieuw@example.org", person.FirstName: "Iemand"}}, false},
		"changed meanwhile": {member, connector.Patch{Was: record.Fields{person.City: "Oudstad"}}, false},
		"as believed":       {member, connector.Patch{Was: record.Fields{person.City: "Voorbeeld"}}, true},
	} {
		c.patch.Set = record.Fields{person.City: "Elders " + name, person.Street: "Weg"}
		_, err := b.people.Update(b.ctx(), c.id, c.patch)
		if c.ok {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			b.update(member, record.Fields{person.City: "Voorbeeld"})
			since = len(b.kit.Writes(0))
			continue
		}
		b.class(err, connector.Stale)
		if n := len(b.kit.Writes(since)); n != 0 {
			t.Errorf("%s: %d writes", name, n)
		}
	}
}

func TestChildren(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	one, two := b.create(zoe()).ID, b.create(record.Fields{person.FirstName: "Zus"}).ID
	friend := b.create(record.Fields{person.FirstName: "Vriend"}).ID
	parent := b.create(record.Fields{person.FirstName: "Ouder", family.Children: string(one)}).ID
	num := func(id record.ExternalID) json.Number { return json.Number(id) }
	b.control("PATCH", "/people/"+string(parent), object{"fields": object{"relationships": []object{
		{"related_person_id": num(friend), "relationship_type_id": 5, "relationship_label": "buur"},
		{"related_person_id": num(one), "relationship_type_id": 3, "relationship_label": ""},
	}}}, nil)
	both := record.SetValue([]string{string(one), string(two)})
	if got := b.update(parent, record.Fields{family.Children: both + "\n" + string(parent)}).Fields[family.Children]; got != both {
		t.Fatalf("children %q, want %q", got, both)
	}
	since := len(b.kit.Writes(0))
	b.update(parent, record.Fields{family.Children: both})
	if n := len(b.kit.Writes(since)); n != 0 {
		t.Fatalf("%d writes though the children are the same", n)
	}
	if got := b.update(parent, record.Fields{family.Children: string(two)}).Fields[family.Children]; got != string(two) {
		t.Fatalf("children %q, want %q", got, two)
	}
	rows := b.rows(parent, "relationships")
	if len(rows) != 2 || rows[0].(object)["relationship_label"] != "buur" || fmt.Sprint(rows[0].(object)["related_person_id"]) != string(friend) {
		t.Fatalf("somebody's own row has changed: %v", rows)
	}
	for _, r := range b.rows(one, "relationships") {
		if fmt.Sprint(r.(object)["related_person_id"]) == string(parent) {
			t.Fatal("the child still has its parent")
		}
	}
	b.update(parent, record.Fields{family.Children: ""})
	if rows := b.rows(parent, "relationships"); len(rows) != 1 {
		t.Fatalf("rows %v", rows)
	}
	// The last row of all goes as well.
	alone := b.create(record.Fields{person.FirstName: "Oma", person.City: "Voorbeeld", family.Children: string(one)}).ID
	b.update(alone, record.Fields{family.Children: "", person.City: ""})
	if len(b.rows(alone, "relationships")) != 0 || len(b.rows(alone, "addresses")) != 0 {
		t.Fatal("a last row cannot be removed")
	}
	_, err := b.people.Update(b.ctx(), parent, connector.Patch{Set: record.Fields{family.Children: "RC0000001"}})
	if e := b.class(err, connector.Rejected); e.Field != family.Children {
		t.Fatalf("%+v", e)
	}
}

func TestGoneMergedTrashed(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	merged, into, trashed := b.create(zoe()).ID, b.create(zoe()).ID, b.create(zoe()).ID
	b.control("POST", "/people/"+string(merged)+"/merge", object{"into": json.Number(into)}, nil)
	b.control("DELETE", "/people/"+string(trashed), nil, nil)
	before := b.stored(trashed)
	for id, want := range map[record.ExternalID]struct{ why, successor string }{
		merged: {"merged", string(into)}, trashed: {"trashed", ""}, "9999": {"not there", ""}, "x": {"not there", ""},
	} {
		_, err := b.people.Get(b.ctx(), id)
		e := b.class(err, connector.NotFound)
		_, err = b.people.Update(b.ctx(), id, connector.Patch{Set: record.Fields{person.City: "Elders"}})
		u := b.class(err, connector.NotFound)
		for _, e := range []*connector.Error{e, u} {
			if e.Why != want.why || string(e.Successor) != want.successor {
				t.Errorf("%s: %+v", id, e)
			}
		}
	}
	if after := b.stored(trashed); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Fatalf("the trash was touched: %v", after)
	}
	// What cannot be told from a merge must not pass for gone.
	b.inject(simkit.Fault{Match: simkit.Match{Path: "*merge-target"}, Do: simkit.Do{Kind: simkit.FaultStatus, Status: 502}})
	_, err := b.people.Get(b.ctx(), merged)
	b.class(err, connector.Transient)
}

// A draft stays one: the state of a post is its owner's.
func TestStateIsNotWritten(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	id := b.create(zoe()).ID
	b.control("PATCH", "/people/"+string(id), object{"status": "draft"}, nil)
	b.update(id, record.Fields{person.City: "Elders"})
	if p := b.stored(id); p["status"] != "draft" {
		t.Fatalf("status %v after an update, want draft", p["status"])
	}
}

func TestVolunteerAndForeignValues(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	id := b.create(zoe()).ID
	b.control("POST", "/people/"+string(id)+"/work", object{}, nil)
	b.control("PATCH", "/people/"+string(id), object{"fields": object{"gender": "non_binary"}}, nil)
	if f := b.get(id); f[person.Volunteer] != "true" || f[person.Gender] != "non_binary" {
		t.Fatalf("%v", f)
	}
	since := len(b.kit.Writes(0))
	b.update(id, record.Fields{person.Volunteer: "false"})
	if n := len(b.kit.Writes(since)); n != 0 {
		t.Fatal("the volunteer flag was written")
	}
	b.update(id, record.Fields{person.City: "Elders"})
	if f := b.get(id); f[person.Volunteer] != "true" {
		t.Fatal("the volunteer flag was lost")
	}
}

// B13, 49acb3e: who gets a child keeps the name, where a site wants both names in each write,
// and where it empties what is left out of a row.
func TestB13H7ChildrenWithNames(t *testing.T) {
	t.Parallel()
	for _, theme := range []string{rondosim.Fields, rondosim.ACF} {
		t.Run(theme, func(t *testing.T) {
			t.Parallel()
			b := setup(t, rondosim.Options{Theme: theme})
			child, other := b.create(record.Fields{person.FirstName: "Zus", person.LastName: "Test"}).ID, b.create(zoe()).ID
			parent := b.create(record.Fields{person.FirstName: "Ouder", person.LastName: "Test", family.Children: string(child)}).ID
			got := b.update(parent, record.Fields{family.Children: record.SetValue([]string{string(child), string(other)})}).Fields
			if got[person.FirstName] != "Ouder" || got[person.LastName] != "Test" || len(record.SetMembers(got[family.Children])) != 2 {
				t.Errorf("%q %q has %d children", got[person.FirstName], got[person.LastName], len(record.SetMembers(got[family.Children])))
			}
			if is := b.get(child); is[person.FirstName] != "Zus" || is[person.LastName] != "Test" {
				t.Errorf("the child is called %q %q", is[person.FirstName], is[person.LastName])
			}
		})
	}
}
