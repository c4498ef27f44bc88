package chatwoot

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/chatwoot/chatwootsim"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

func (b *bundle) get(t *testing.T, id record.ExternalID) record.Fields {
	t.Helper()
	item, err := b.contacts.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return item.Fields
}

// stands is a contact as the server holds it.
type stands struct {
	ID         int            `json:"id"`
	Name       string         `json:"name"`
	Email      string         `json:"email"`
	Phone      string         `json:"phone_number"`
	Identifier string         `json:"identifier"`
	Additional map[string]any `json:"additional_attributes"`
	Custom     map[string]any `json:"custom_attributes"`
}

func (b *bundle) stands(t *testing.T, id record.ExternalID) stands {
	t.Helper()
	var all []stands
	simtest.Control(t, b.Remote, "GET", "/contacts", nil, &all)
	for _, c := range all {
		if fmt.Sprint(c.ID) == string(id) {
			return c
		}
	}
	t.Fatalf("no contact %s", id)
	return stands{}
}

func TestName(t *testing.T) {
	t.Parallel()
	first, last := eventperson.FirstName, eventperson.LastName
	cases := map[string]struct {
		edited string // at ChatWoot; empty: nobody did
		patch  connector.Patch
		read   record.Fields // before the patch
		want   string        // the name in the end
		class  connector.Class
	}{
		"only the last name changes": {
			"",
			connector.Patch{Set: record.Fields{last: "Dlamini"}, Was: record.Fields{last: "van der Merwe"}},
			record.Fields{first: "Thandi Zoë", last: "van der Merwe"},
			"Thandi Zoë Dlamini", 0,
		},
		"only the first name changes": {
			"",
			connector.Patch{Set: record.Fields{first: "Thandi"}, Was: record.Fields{first: "Thandi Zoë"}},
			record.Fields{first: "Thandi Zoë", last: "van der Merwe"},
			"Thandi van der Merwe", 0,
		},
		"the last name is cleared": {
			"",
			connector.Patch{Set: record.Fields{last: ""}, Was: record.Fields{last: "van der Merwe"}},
			record.Fields{first: "Thandi Zoë", last: "van der Merwe"},
			"Thandi Zoë", 0,
		},
		"more blanks are no edit": {
			"Thandi  Zoë van der Merwe ",
			connector.Patch{Set: record.Fields{first: "Thandi Zoë"}},
			record.Fields{first: "Thandi Zoë", last: "van der Merwe"},
			"Thandi  Zoë van der Merwe ", 0,
		},
		"edited there, and not seen yet": {
			"T. Dlamini",
			connector.Patch{Set: record.Fields{last: "Merwe"}, Was: record.Fields{last: "van der Merwe"}},
			record.Fields{first: "T. Dlamini", last: ""},
			"T. Dlamini", connector.Stale,
		},
		"edited there, seen, and decided for us": {"T. Dlamini", connector.Patch{
			Set: record.Fields{first: "Thandi Zoë", last: "van der Merwe"}, Was: record.Fields{first: "T. Dlamini", last: ""},
		}, record.Fields{first: "T. Dlamini", last: ""}, "Thandi Zoë van der Merwe", 0},
		"edited there, and decided for that": {"T. Dlamini", connector.Patch{
			Set: record.Fields{last: ""}, Was: record.Fields{last: ""},
		}, record.Fields{first: "T. Dlamini", last: ""}, "T. Dlamini", 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, chatwootsim.Options{})
			want := sample(0)
			want[first], want[last] = "Thandi Zoë", "van der Merwe"
			id := b.create(t, want)
			if c.edited != "" {
				b.edit(t, id, map[string]any{"name": c.edited})
			}
			if have := b.get(t, id); have[first] != c.read[first] || have[last] != c.read[last] {
				t.Errorf("read %q and %q", have[first], have[last])
			}
			c.patch.Key = key(want)
			item, err := b.contacts.Update(t.Context(), id, c.patch)
			if c.class != 0 {
				wantClass(t, err, c.class, "edited meanwhile")
			} else if err != nil || fullName(item.Fields[first], item.Fields[last]) != fullName(c.want, "") {
				t.Errorf("answered %v, %v", item.Fields, err)
			}
			if have := b.stands(t, id); have.Name != c.want {
				t.Errorf("the name is %q, want %q", have.Name, c.want)
			}
		})
	}
}

func TestAdoption(t *testing.T) {
	t.Parallel()
	mine := sample(0)
	upper := strings.ToUpper(mine[eventperson.Email])
	cases := map[string]struct {
		there      []map[string]any
		taken      int // which is taken over; -1: none
		field      record.Field
		identifier string // in the end
	}{
		"same address, no identifier":      {[]map[string]any{{"email": upper, "name": "Zoë"}}, 0, "", "ems:100000"},
		"same phone, no identifier":        {[]map[string]any{{"phone_number": mine[eventperson.Phone]}}, 0, "", "ems:100000"},
		"same address, a site's own":       {[]map[string]any{{"email": upper, "identifier": "user-7"}}, 0, "", "user-7"},
		"same address, another person's":   {[]map[string]any{{"email": upper, "identifier": "ems:7"}}, -1, eventperson.Email, "ems:7"},
		"same phone, another person's":     {[]map[string]any{{"phone_number": mine[eventperson.Phone], "identifier": "ems:7"}}, -1, eventperson.Phone, "ems:7"},
		"same identifier, another address": {[]map[string]any{{"email": "old@example.org", "identifier": "ems:100000"}}, 0, "", "ems:100000"},
		"looks like ours, but is not":      {[]map[string]any{{"email": upper, "identifier": "ems:100000x"}}, 0, "", "ems:100000x"},
		"a longer one of the same":         {[]map[string]any{{"email": "x" + upper, "identifier": "ems:1000001"}}, -2, "", ""},
		"two contacts, one has the phone":  {[]map[string]any{{"email": upper}, {"phone_number": mine[eventperson.Phone]}}, -1, eventperson.Phone, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, chatwootsim.Options{})
			var ids []record.ExternalID
			for _, body := range c.there {
				ids = append(ids, b.there(t, body))
			}
			found, findErr := b.contacts.Find(t.Context(), mine)
			item, err := b.contacts.Create(t.Context(), mine)
			switch c.taken {
			case -1:
				e := wantClass(t, err, connector.Rejected, "")
				if e.Field != c.field || len(b.changed()) != 0 {
					t.Errorf("refused for %q, %d writes", e.Field, len(b.changed()))
				}
				if len(ids) == 1 {
					wantClass(t, findErr, connector.Rejected, "another person's")
				}
			case -2:
				if err != nil || item.Adopted {
					t.Errorf("made %v, %v", item, err)
				}
				wantClass(t, findErr, connector.NotFound, "")
				return
			default:
				if err != nil || item.ID != ids[c.taken] || !item.Adopted {
					t.Fatalf("took %s, adopted %v, %v", item.ID, item.Adopted, err)
				}
				if findErr != nil || found.ID != item.ID {
					t.Errorf("found %s, %v", found.ID, findErr)
				}
				if n := len(b.changed()); n != 1 {
					t.Errorf("%d writes, want one", n)
				}
				have := b.stands(t, item.ID)
				if have.Identifier != c.identifier || have.Email != mine[eventperson.Email] || have.Phone != mine[eventperson.Phone] {
					t.Errorf("it is now %+v", have)
				}
				return
			}
			if have := b.stands(t, ids[0]); have.Identifier != c.identifier {
				t.Errorf("its identifier is %q", have.Identifier)
			}
		})
	}
}

// TestBlanksAreKept: what we do not know of a contact that is taken over, stays.
func TestBlanksAreKept(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	want := sample(0)
	id := b.there(t, map[string]any{"email": want[eventperson.Email], "phone_number": "+31697000123", "additional_attributes": map[string]any{"city": "Elders"}})
	want[eventperson.Phone], want[eventperson.City] = "", ""
	item, err := b.contacts.Create(t.Context(), want)
	if err != nil || item.ID != id || item.Fields[eventperson.Phone] != "+31697000123" || item.Fields[eventperson.City] != "Elders" {
		t.Errorf("answered %v, %v", item.Fields, err)
	}
}

func TestDeletedInEMS(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	for n := range 2 { // two, since an empty identifier may be there only once
		want := sample(n)
		id := b.create(t, want)
		item, err := b.contacts.Update(t.Context(), id, connector.Patch{
			Set: record.Fields{eventperson.Deleted: "true", eventperson.ID: ""}, Was: record.Fields{eventperson.Deleted: "", eventperson.ID: want[eventperson.ID]}, Key: key(want),
		})
		if err != nil || item.Fields[eventperson.Deleted] != "true" || item.Fields[eventperson.ID] != "" {
			t.Fatalf("marked: %v, %v", item.Fields, err)
		}
		have := b.stands(t, id)
		if have.Custom["ems_deleted"] != true || have.Identifier != "" || have.Email != want[eventperson.Email] {
			t.Errorf("it is now %+v", have)
		}
		// Back again.
		item, err = b.contacts.Update(t.Context(), id, connector.Patch{
			Set: record.Fields{eventperson.Deleted: "", eventperson.ID: want[eventperson.ID]}, Key: record.Fields{eventperson.ID: ""},
		})
		if err != nil || item.Fields[eventperson.Deleted] != "" || item.Fields[eventperson.ID] != want[eventperson.ID] {
			t.Errorf("back: %v, %v", item.Fields, err)
		}
	}
	if b.contacts.Delete != nil {
		t.Error("contacts can be deleted: their conversations would go with them")
	}
}

func TestWhoseContact(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	want := sample(0)
	id := b.create(t, want)
	patch := connector.Patch{Set: record.Fields{eventperson.City: "Elders"}, Key: key(want)}
	b.edit(t, id, map[string]any{"identifier": "ems:7"})
	_, err := b.contacts.Update(t.Context(), id, patch)
	wantClass(t, err, connector.Stale, "somebody else's")
	for _, identifier := range []any{nil, "user-7"} { // nobody's that we know
		b.edit(t, id, map[string]any{"identifier": identifier})
		if _, err := b.contacts.Update(t.Context(), id, patch); err != nil {
			t.Errorf("identifier %v: %v", identifier, err)
		}
	}
	if _, known := b.get(t, id)[eventperson.ID]; known {
		t.Error("somebody's own identifier is read as one of ours")
	}
}

// TestEditedMeanwhile: what an agent has changed since we read it is not
// written over unseen.
func TestEditedMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	want := sample(0)
	id := b.create(t, want)
	b.edit(t, id, map[string]any{"phone_number": "+31697000111"})
	patch := connector.Patch{Set: record.Fields{eventperson.Phone: "+31697000222"}, Was: want.Only([]record.Field{eventperson.Phone}), Key: key(want)}
	_, err := b.contacts.Update(t.Context(), id, patch)
	e := wantClass(t, err, connector.Stale, "edited meanwhile")
	if e.Field != eventperson.Phone || b.get(t, id)[eventperson.Phone] != "+31697000111" {
		t.Errorf("field %q", e.Field)
	}
	patch.Was = record.Fields{eventperson.Phone: "+31697000111"} // seen
	if item, err := b.contacts.Update(t.Context(), id, patch); err != nil || item.Fields[eventperson.Phone] != "+31697000222" {
		t.Errorf("afterwards: %v, %v", item.Fields, err)
	}
}

func TestOnlyWhatDiffersIsSent(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	want := sample(0)
	id := b.create(t, want)
	b.edit(t, id, map[string]any{"custom_attributes": map[string]any{"shoe_size": "44"}, "additional_attributes": map[string]any{"created_at_ip": "192.0.2.1"}})
	set := want.Clone()
	set[eventperson.Country] = "NA"
	if _, err := b.contacts.Update(t.Context(), id, connector.Patch{Set: set, Key: key(want)}); err != nil {
		t.Fatal(err)
	}
	have := b.stands(t, id)
	if have.Custom["shoe_size"] != "44" || have.Additional["created_at_ip"] != "192.0.2.1" || have.Additional["country"] != "NA" || have.Additional["country_code"] != "NA" {
		t.Errorf("it is now %+v", have)
	}
	if n := len(b.changed()); n != 2 {
		t.Errorf("%d writes, want one create and one update", n)
	}
}

func TestPhones(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	for phone, ok := range map[string]bool{
		"+27825550101": true, "+1": false, "+12": false, "0825550101": false, "27825550101": false, "+0825550101": false, "+27 8": false,
		"+27 (0)82 555 0101": true, "+123456789012345": false, "+1234567890123456": false, "+999123456789": false, "": true,
	} {
		want := record.Fields{eventperson.ID: "5", eventperson.Phone: phone}
		err := b.contacts.Accepts(want)
		if (err == nil) != ok {
			t.Errorf("a phone of %d letters: %v", len(phone), err)
		}
		if err != nil {
			if e := wantClass(t, err, connector.Rejected, "not a phone number"); e.Field != eventperson.Phone || !e.Unsent {
				t.Errorf("refused for %q", e.Field)
			}
		}
	}
	for field, value := range map[record.Field]string{
		eventperson.Email: "zoe@", eventperson.FirstName: strings.Repeat("é", 256), eventperson.ID: "EMS-5", eventperson.Deleted: "yes",
	} {
		if e := wantClass(t, b.contacts.Accepts(record.Fields{field: value}), connector.Rejected, ""); e.Field != field {
			t.Errorf("%s: refused for %q", field, e.Field)
		}
	}
}

// A phone is unique by ChatWoot's validation alone, so that two contacts may have it. Which
// of them is meant nobody knows: neither is taken, and none is made beside them.
func TestPhoneOfTwo(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	const phone = "+31697000123"
	one := b.there(t, map[string]any{"name": "Zoë", "phone_number": phone})
	if _, err := b.sim.Inject(simkit.Fault{Times: 1, Do: simkit.Do{Kind: simkit.FaultNamed, Name: "raced"}}); err != nil {
		t.Fatal(err)
	}
	other := b.create(t, record.Fields{eventperson.ID: "7", eventperson.FirstName: "Zoë", eventperson.Phone: phone})
	want := record.Fields{eventperson.Phone: phone}
	_, err := b.contacts.Find(t.Context(), want)
	e := wantClass(t, err, connector.Rejected, "more than one")
	if slices.Sort(e.Doubles); !slices.Equal(e.Doubles, []record.ExternalID{one, other}) {
		t.Errorf("doubles %v, want %s and %s", e.Doubles, one, other)
	}
	before := len(b.changed())
	third := record.Fields{eventperson.ID: "8", eventperson.FirstName: "Bo", eventperson.Phone: phone}
	_, err = b.contacts.Create(t.Context(), third)
	wantClass(t, err, connector.Rejected, "")
	if n := len(b.changed()) - before; n != 0 {
		t.Errorf("%d writes", n)
	}
	for p, err := range b.contacts.List(t.Context(), "") {
		if err != nil || len(p.Items) > 0 && len(p.Items) != 2 {
			t.Errorf("%d listed, %v", len(p.Items), err)
		}
	}
}

// TestOldPhone: of a contact from before phones were looked at that field may not
// be readable, and no more. A phone of the country that the contact names is.
func TestOldPhone(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	want := sample(0)
	id := b.create(t, want)
	b.create(t, sample(1))
	b.spoil(t, id, "phone_number", "082 none")
	var faults []connector.Fault
	items, unread := 0, ""
	for p, err := range b.contacts.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		faults = append(faults, p.Faults...)
		items += len(p.Items)
		for _, item := range p.Items {
			if item.ID == id {
				unread = item.Unreadable[eventperson.Phone]
			}
		}
		if p.Evidence.End && p.Evidence.Count != 2 {
			t.Errorf("%d contacts stated", p.Evidence.Count)
		}
	}
	if len(faults) != 0 || items != 2 || unread != "not a phone number" {
		t.Errorf("%d items, faults %+v, %q", items, faults, unread)
	}
	got, err := b.contacts.Get(t.Context(), id)
	if _, known := got.Fields[eventperson.Phone]; err != nil || known || got.Fields[eventperson.City] != want[eventperson.City] {
		t.Errorf("%v, %v", got, err)
	}
	b.spoil(t, id, "phone_number", "082 555 0101")
	if got, err := b.contacts.Get(t.Context(), id); err != nil || got.Fields[eventperson.Phone] != "+27825550101" {
		t.Errorf("a phone of the contact's country: %v, %v", got, err)
	}
	b.spoil(t, id, "phone_number", "082 none")
	// It can be mended from our side.
	item, err := b.contacts.Update(t.Context(), id, connector.Patch{Set: want.Only([]record.Field{eventperson.Phone}), Key: key(want)})
	if err != nil || item.Fields[eventperson.Phone] != want[eventperson.Phone] {
		t.Errorf("mended: %v, %v", item.Fields, err)
	}
}

// spoil puts a value into the database that the server would not take.
func (b *bundle) spoil(t *testing.T, id record.ExternalID, key string, value any) {
	t.Helper()
	var dump map[string]any
	simtest.Control(t, b.Remote, "GET", "/dump", nil, &dump)
	contacts, _ := dump["contacts"].([]any)
	for _, c := range contacts {
		if m, _ := c.(map[string]any); fmt.Sprint(m["id"]) == string(id) {
			m[key] = value
		}
	}
	simtest.Control(t, b.Remote, "POST", "/load", dump, nil)
}

func TestIdentifierAlone(t *testing.T) {
	t.Parallel()
	for _, crm := range []bool{false, true} {
		b := setup(t, chatwootsim.Options{})
		simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"crm_v2": crm}, nil)
		child := record.Fields{eventperson.ID: "100", eventperson.FirstName: "Bo"}
		id := b.create(t, child)
		b.create(t, record.Fields{eventperson.ID: "1001", eventperson.FirstName: "Bo"}) // the search finds it, too
		found, err := b.contacts.Find(t.Context(), child)
		if err != nil || found.ID != id {
			t.Errorf("crm_v2 %v: found %q, %v", crm, found.ID, err)
		}
		again, err := b.contacts.Create(t.Context(), child)
		if err != nil || again.ID != id || !again.Adopted {
			t.Errorf("crm_v2 %v: made again as %q, %v", crm, again.ID, err)
		}
	}
}

func TestDefinitions(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	const path = "*/custom_attribute_definitions"
	asked := func() (n int) {
		for _, r := range b.sim.Requests(0) {
			if strings.HasSuffix(r.Path, "/custom_attribute_definitions") {
				n++
			}
		}
		return n
	}
	// One that may not is heard once.
	id, err := b.Inject(t.Context(), simkit.Fault{Match: simkit.Match{Method: "POST", Path: path}, Do: simkit.Do{Kind: simkit.FaultStatus, Status: 401, Body: `{"error":"You are not authorized to do this action"}`}})
	if err != nil {
		t.Fatal(err)
	}
	b.create(t, sample(0))
	b.create(t, sample(1))
	if n := asked(); n != 2 || strings.Count(b.host.Logged(), "may not define") != 1 {
		t.Errorf("asked %d times, logged %q", n, b.host.Logged())
	}
	if err := b.ClearFault(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	// Another process makes them, once; a third finds them.
	for range 2 {
		c := b.open(t).Collections()[0]
		for n := range 2 {
			if _, err := c.Update(t.Context(), "1", connector.Patch{Set: record.Fields{eventperson.City: fmt.Sprint("Elders ", asked(), n)}, Key: key(sample(0))}); err != nil {
				t.Fatal(err)
			}
		}
	}
	made := map[string]int{}
	for _, c := range b.sim.Writes(0) {
		if c.Collection == "custom_attribute_definitions" {
			made[c.ID]++
		}
	}
	if n := asked(); len(made) != 4 || n != 2+1+4+1 {
		t.Errorf("made %v with %d calls", made, n)
	}
}

// Two contacts give their identifiers up: null may be there twice.
func TestIdentifiersGivenUp(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	for n := range 2 {
		id := b.create(t, sample(n))
		if _, err := b.contacts.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.ID: ""}, Key: key(sample(n))}); err != nil {
			t.Errorf("contact %d: %v", n, err)
		}
	}
}
