package laposta

import (
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/laposta/lapostasim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// there puts somebody on list 1 by himself.
func (b *bundle) there(t *testing.T, body map[string]any) record.ExternalID {
	t.Helper()
	var m struct {
		ID string `json:"member_id"`
	}
	simtest.Control(t, b.Remote, "POST", "/lists/1/members", body, &m)
	return record.ExternalID(m.ID)
}

func (b *bundle) patch(t *testing.T, id record.ExternalID, body map[string]any) {
	t.Helper()
	simtest.Control(t, b.Remote, "PATCH", "/members/"+string(id), body, nil)
}

func (b *bundle) create(t *testing.T, n int) (record.Fields, record.ExternalID) {
	t.Helper()
	want := sample(n)
	item, err := b.one.Create(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	return want, item.ID
}

func wantClass(t *testing.T, err error, class connector.Class, why string) {
	t.Helper()
	if err == nil || connector.ClassOf(err) != class || !strings.Contains(err.Error(), why) {
		t.Errorf("error %v, want %s: %s", err, class, why)
	}
}

func TestB8OptOutSurvives(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"unsubscribed", "cleaned"} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			b := setup(t, lapostasim.Options{})
			want, id := b.create(t, 0)
			b.patch(t, id, map[string]any{"state": state})
			before := len(b.journal())

			// Created again, as after a lost answer or a lost database.
			item, err := b.one.Create(t.Context(), want)
			if err != nil || item.ID != id || item.Fields[subscriber.State] != state {
				t.Errorf("created again: %v, %v", item, err)
			}
			// A change of another field, and of the state itself.
			for _, set := range []record.Fields{{subscriber.City: "Elders"}, {subscriber.State: "active"}, {subscriber.Email: "new@example.org"}} {
				item, err = b.one.Update(t.Context(), id, connector.Patch{Set: set, Key: want})
				wantClass(t, err, connector.Waiting, "opted out")
				if item.ID != id || item.Fields[subscriber.State] != state || item.Fields[subscriber.City] != want[subscriber.City] {
					t.Errorf("answered %v", item)
				}
			}
			// What it is already, and what it has already.
			for _, set := range []record.Fields{{subscriber.State: state}, {subscriber.City: want[subscriber.City]}} {
				if _, err = b.one.Update(t.Context(), id, connector.Patch{Set: set, Key: want}); err != nil {
					t.Errorf("nothing to do: %v", err)
				}
			}
			// A leaver who has opted out is not forgotten.
			if err := b.one.Delete(t.Context(), id); err != nil {
				t.Errorf("delete: %v", err)
			}
			if item, err := b.one.Get(t.Context(), id); err != nil || item.Fields[subscriber.State] != state {
				t.Errorf("afterwards: %v, %v", item, err)
			}
			if n := len(b.journal()) - before; n != 0 {
				t.Errorf("%d writes to one who has opted out", n)
			}
		})
	}
}

func TestUnsubscribe(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	want, id := b.create(t, 0)
	item, err := b.one.Update(t.Context(), id, connector.Patch{Set: record.Fields{subscriber.State: "unsubscribed", subscriber.City: "Elders"}, Key: want})
	if err != nil || item.Fields[subscriber.State] != "unsubscribed" || item.Fields[subscriber.City] != "Elders" {
		t.Errorf("%v, %v", item, err)
	}
}

func TestUnconfirmed(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	id := b.there(t, map[string]any{"email": "wacht@example.org", "state": "unconfirmed"})
	_, err := b.one.Update(t.Context(), id, connector.Patch{Set: record.Fields{subscriber.State: "active"}})
	wantClass(t, err, connector.Waiting, "not confirmed")
	item, err := b.one.Update(t.Context(), id, connector.Patch{Set: record.Fields{subscriber.State: "active", subscriber.City: "Elders"}})
	if err != nil || item.Fields[subscriber.State] != "unconfirmed" || item.Fields[subscriber.City] != "Elders" {
		t.Errorf("%v, %v", item, err)
	}
	for p, err := range b.one.List(t.Context(), "") {
		if err != nil || !p.Evidence.Stated || p.Evidence.Count != 1 {
			t.Errorf("evidence with an unconfirmed entry: %+v, %v", p.Evidence, err)
		}
	}
}

// Nobody is put on a list who has not confirmed: a new entry is active, or is mailed.
func TestUnconfirmedIsNotMade(t *testing.T) {
	t.Parallel()
	for _, double := range []bool{false, true} {
		b := setup(t, lapostasim.Options{Bulk: true})
		simtest.Control(t, b.Remote, "PATCH", "/lists/1", map[string]any{"double_optin": double}, nil)
		waits := sample(1).Over(record.Fields{subscriber.State: "unconfirmed"})
		_, err := b.one.Create(t.Context(), waits)
		results, many := b.one.WriteMany(t.Context(), []connector.Op{{Want: waits}, {Want: sample(2)}})
		if many != nil || results[1].Err != nil {
			t.Fatalf("who may be made: %v, %+v", many, results)
		}
		alone, many := b.one.WriteMany(t.Context(), []connector.Op{{Want: waits}})
		if many != nil {
			t.Fatal(many)
		}
		for _, err := range []error{err, results[0].Err, alone[0].Err} {
			wantClass(t, err, connector.Waiting, "not confirmed")
			if e, ok := err.(*connector.Error); !ok || !e.Unsent {
				t.Errorf("counts as sent: %v", err)
			}
		}
		if n := len(b.journal()); n != 1 {
			t.Errorf("%d changes, want who may be made", n)
		}
		// Who is there and waits is told all the rest.
		if err := b.one.Accepts(waits); err != nil {
			t.Errorf("an entry that waits takes nothing: %v", err)
		}
	}
}

// An entry that waits to be confirmed goes with its member: a click on the mail that
// asked would else keep a leaver on the list.
func TestUnconfirmedLeaves(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	id := b.there(t, map[string]any{"email": "wacht@example.org", "state": "unconfirmed"})
	if err := b.one.Delete(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	_, err := b.one.Get(t.Context(), id)
	wantClass(t, err, connector.NotFound, "")
	if n := len(b.journal()); n != 1 {
		t.Errorf("%d changes, want the delete", n)
	}
}

// A create is never answered with "not found": neither where a value is refused without
// its parameter, nor where the entry that it meets is deleted meanwhile.
func TestCreateIsNeverNotFound(t *testing.T) {
	t.Parallel()
	refusals := []string{
		`{"error":{"type":"invalid_input","code":203,"message":"Unknown option"}}`,
		`{"error":{"type":"invalid_input","code":202,"message":"Wrong form"}}`,
	}
	b := setup(t, lapostasim.Options{Bulk: true})
	fault := func(match simkit.Match, do simkit.Do) {
		if _, err := b.sim.Inject(simkit.Fault{Match: match, Times: 1, Do: do}); err != nil {
			t.Fatal(err)
		}
	}
	for _, body := range refusals {
		fault(simkit.Match{Method: "POST", Path: "/v2/member"}, simkit.Do{Kind: simkit.FaultStatus, Status: 400, Body: body})
		_, err := b.one.Create(t.Context(), sample(1))
		wantClass(t, err, connector.Rejected, "status 400")
		line := strings.Replace(body, `{"error"`, `{"email":"`+sample(1)[subscriber.Email]+`","error"`, 1)
		fault(simkit.Match{Path: "/v2/list/*/members"}, simkit.Do{Kind: simkit.FaultBody, Body: `{"errors":[` + line + `]}`})
		many, err := b.one.WriteMany(t.Context(), []connector.Op{{Want: sample(1)}})
		if err != nil {
			t.Fatal(err)
		}
		wantClass(t, many[0].Err, connector.Rejected, "")
	}
	want, _ := b.create(t, 2)
	fault(simkit.Match{Method: "POST", Path: "/v2/member/*"}, simkit.Do{Kind: simkit.FaultStatus, Status: 400, Body: `{"error":{"type":"invalid_input","code":203,"parameter":"member_id"}}`})
	_, err := b.one.Create(t.Context(), want.Over(record.Fields{subscriber.City: "Elders"}))
	wantClass(t, err, connector.Transient, "gone meanwhile")
	if e, ok := err.(*connector.Error); !ok || !e.Unsent {
		t.Errorf("counts as sent: %v", err)
	}
}

func TestAdoption(t *testing.T) {
	t.Parallel()
	mine := sample(0)
	parent := sample(2)
	email := "ZOE.Hof@example.org"
	cases := map[string]struct {
		there map[string]any
		want  record.Fields
		taken bool
	}{
		"same relation code":              {map[string]any{"voornaam": "Zoe", "relatiecode": mine[subscriber.RelationCode]}, mine, true},
		"same code in other letters":      {map[string]any{"relatiecode": " " + strings.ToLower(mine[subscriber.RelationCode])}, mine, true},
		"same parent, name in one field":  {map[string]any{"voornaam": "ZOE VAN 'T HOF-ÜNAL 2"}, parent, true},
		"another relation code":           {map[string]any{"voornaam": "Zoë", "relatiecode": "ZZ99999"}, mine, false},
		"foreign reader without a code":   {map[string]any{"voornaam": "Zoë"}, mine, false},
		"same parent, none has a code":    {map[string]any{"voornaam": "Zoë", "tussenvoegsel": "van 't", "achternaam": parent[subscriber.LastName]}, parent, true},
		"another parent, none has a code": {map[string]any{"voornaam": "Aaf"}, parent, false},
		"a member where a parent should":  {map[string]any{"voornaam": "Zoë", "relatiecode": "ZZ99999"}, parent, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, lapostasim.Options{})
			id := b.there(t, map[string]any{"email": email, "custom_fields": c.there})
			want := c.want.Clone()
			want[subscriber.Email] = strings.ToLower(email)
			item, err := b.one.Create(t.Context(), want)
			found, findErr := b.one.Find(t.Context(), want)
			if !c.taken {
				wantClass(t, err, connector.Rejected, "email")
				wantClass(t, findErr, connector.NotFound, "somebody else")
				if len(b.journal()) != 0 {
					t.Error("it was written to")
				}
				return
			}
			if err != nil || item.ID != id || !maps.Equal(item.Fields, want) {
				t.Errorf("adopted %v, %v", item, err)
			}
			if findErr != nil || found.ID != id {
				t.Errorf("found %v, %v", found, findErr)
			}
			if j := b.journal(); len(j) != 1 || j[0].Op != "update" {
				t.Errorf("journal %+v", j)
			}
		})
	}
}

func TestChangeOfAddress(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	want, id := b.create(t, 0)
	other, _ := b.create(t, 1)
	patch := connector.Patch{Set: record.Fields{subscriber.Email: "nieuw@example.org"}, Was: want, Key: want}
	item, err := b.one.Update(t.Context(), id, patch)
	if err != nil || item.ID != id || item.Fields[subscriber.Email] != "nieuw@example.org" {
		t.Fatalf("%v, %v", item, err)
	}
	// Again, after a lost answer: the key still has the old address.
	if _, err := b.one.Update(t.Context(), id, patch); err != nil {
		t.Errorf("again: %v", err)
	}
	patch.Set = record.Fields{subscriber.Email: other[subscriber.Email]}
	_, err = b.one.Update(t.Context(), id, patch)
	wantClass(t, err, connector.Rejected, "email")
	patch.Set = record.Fields{subscriber.Email: ""}
	_, err = b.one.Update(t.Context(), id, patch)
	wantClass(t, err, connector.Rejected, "email")
}

func TestAnother(t *testing.T) {
	t.Parallel()
	const code, mail = subscriber.RelationCode, subscriber.Email
	for name, c := range map[string]struct {
		key, set, have record.Fields
		want           bool
	}{
		"no key":                      {nil, nil, record.Fields{code: "A", mail: "a@x.nl"}, false},
		"same":                        {record.Fields{code: "A", mail: "a@x.nl"}, nil, record.Fields{code: "A", mail: "a@x.nl"}, false},
		"other code, same address":    {record.Fields{code: "A", mail: "a@x.nl"}, nil, record.Fields{code: "B", mail: "a@x.nl"}, true},
		"same code, other address":    {record.Fields{code: "A", mail: "a@x.nl"}, nil, record.Fields{code: "A", mail: "b@x.nl"}, false},
		"address in other letters":    {record.Fields{mail: "a@x.nl"}, nil, record.Fields{mail: "A@X.nl"}, false},
		"no code there, same address": {record.Fields{code: "A", mail: "a@x.nl"}, nil, record.Fields{code: "", mail: "a@x.nl"}, false},
		"no code there, other one":    {record.Fields{code: "A", mail: "a@x.nl"}, nil, record.Fields{code: "", mail: "b@x.nl"}, true},
		"code is cleared by us":       {record.Fields{code: "", mail: "a@x.nl"}, record.Fields{code: ""}, record.Fields{code: "A", mail: "a@x.nl"}, false},
		"code is set already":         {record.Fields{code: "A"}, record.Fields{code: "B"}, record.Fields{code: "B"}, false},
		"address is set already":      {record.Fields{mail: "a@x.nl"}, record.Fields{mail: "b@x.nl"}, record.Fields{mail: "b@x.nl"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := another(connector.Patch{Key: c.key, Set: c.set}, c.have); got != c.want {
				t.Errorf("another: %v", got)
			}
		})
	}
}

// TestCreateOnTheWire pins what a create says: no upsert, never a reactivation.
func TestCreateOnTheWire(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	simtest.Control(t, b.Remote, "PATCH", "/lists/1", map[string]any{"double_optin": true}, nil)
	want := sample(2)
	want[subscriber.Mobile2] = ""
	delete(want, subscriber.Volunteer)
	item, err := b.one.Create(t.Context(), want)
	if err != nil || item.Fields[subscriber.State] != "active" {
		t.Fatalf("on a list that asks for a confirmation: %v, %v", item, err)
	}
	sent := b.sent.Sent()
	form, err := url.ParseQuery(sent[len(sent)-1].Body)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]string{
		"list_id": b.cfg.Lists[0], "ip": "192.0.2.10", "source_url": "https://club.example.org/lid", "email": want[subscriber.Email],
		"options[suppress_reactivation]": "true", "options[suppress_email_notification]": "true", "options[ignore_doubleoptin]": "true",
		"custom_fields[voornaam]": "Zoë", "custom_fields[team]": "JO11-2, MO15-1", "custom_fields[oudervan]": "Ali Ünal, Bo van 't Hof", "custom_fields[mobielnummer2]": "",
	} {
		if !form.Has(name) || form.Get(name) != v {
			t.Errorf("%s is %q, want %q", name, form.Get(name), v)
		}
	}
	for _, name := range []string{"options[upsert]", "state", "custom_fields[huidigvrijwilliger]"} {
		if form.Has(name) {
			t.Errorf("%s was sent", name)
		}
	}
	var dump struct {
		Notified int `json:"notified"`
	}
	if simtest.Control(t, b.Remote, "GET", "/dump", nil, &dump); dump.Notified != 0 {
		t.Errorf("%d notifications", dump.Notified)
	}
}

func TestUpdateSendsOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	want, id := b.create(t, 0)
	set := want.Clone()
	set[subscriber.City] = "Elders"
	set[subscriber.HouseNumberExt] = ""
	if _, err := b.one.Update(t.Context(), id, connector.Patch{Set: set, Key: want}); err != nil {
		t.Fatal(err)
	}
	sent := b.sent.Sent()
	form, err := url.ParseQuery(sent[len(sent)-1].Body)
	if err != nil || len(form) != 3 || form.Get("custom_fields[plaats]") != "Elders" || !form.Has("custom_fields[huisnummertoevoeging]") {
		t.Errorf("sent %v, %v", form, err)
	}
}

func TestDroppedField(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	simtest.Control(t, b.Remote, "PATCH", "/lists/1", map[string]any{"fields": []map[string]any{
		{"field_id": "f1", "name": "voornaam", "custom_name": "voornaam", "datatype": "text"},
		{"field_id": "f2", "name": "relatiecode", "custom_name": "relatiecode", "datatype": "text"},
	}}, nil)
	item, err := b.one.Create(t.Context(), record.Fields{subscriber.Email: "a@example.org", subscriber.FirstName: "Bo", subscriber.City: "Elders"})
	wantClass(t, err, connector.Rejected, "field city")
	if e, ok := err.(*connector.Error); !ok || e.Done[subscriber.FirstName] != "Bo" || item.ID == "" {
		t.Errorf("what was done: %+v, %v", err, item)
	}
}

func TestListing(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	for n := range 3 {
		b.create(t, n)
	}
	b.there(t, map[string]any{"email": "uit@example.org", "state": "unsubscribed"})
	bad := b.there(t, map[string]any{"email": "vreemd@example.org", "custom_fields": map[string]string{"lidsinds": "2020-01-01"}})
	simtest.Control(t, b.Remote, "PATCH", "/lists/1", map[string]any{"fields": []map[string]any{
		{"field_id": "f1", "name": "lidsinds", "custom_name": "lidsinds", "datatype": "text"},
	}}, nil)
	b.patch(t, bad, map[string]any{"custom_fields": map[string]string{"lidsinds": "lang geleden"}})

	all := 0
	for p, err := range b.one.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		all++
		if len(p.Items) != 5 || len(p.Faults) != 0 {
			t.Errorf("%d items, faults %+v", len(p.Items), p.Faults)
		}
		for _, item := range p.Items {
			_, known := item.Fields[subscriber.MemberSince]
			if why := item.Unreadable[subscriber.MemberSince]; (why != "") != (item.ID == bad) || known == (item.ID == bad) {
				t.Errorf("%s: member since known %v, %q", item.ID, known, why)
			}
		}
		if e := p.Evidence; !e.End || !e.Stated || e.Count != 5 {
			t.Errorf("evidence %+v", e)
		}
	}
	if all != 1 {
		t.Errorf("%d pages", all)
	}

	for _, body := range []string{`{"members":[]}`, `{"data":{"member":{}}}`, `{"error":{"type":"internal"}}`} {
		id, err := b.sim.Inject(simkit.Fault{Match: simkit.Match{Path: "/v2/member"}, Do: simkit.Do{Kind: "body", Body: body}})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range b.one.List(t.Context(), "") {
			wantClass(t, err, connector.Drifted, "")
		}
		b.sim.ClearFault(id)
	}

	// No members with 200: the stated count tells.
	if _, err := b.sim.Inject(simkit.Fault{Match: simkit.Match{Path: "/v2/member"}, Do: simkit.Do{Kind: "body", Body: `{"data":[]}`}}); err != nil {
		t.Fatal(err)
	}
	for p, err := range b.one.List(t.Context(), "") {
		if err != nil || len(p.Items) != 0 || !p.Evidence.Stated || p.Evidence.Count != 5 {
			t.Errorf("an empty answer: %+v, %v", p.Evidence, err)
		}
	}
}

// TestNoMassUnsubscribe looks for the action that would unsubscribe everybody
// who is not named (decision 36).
func TestNoMassUnsubscribe(t *testing.T) {
	t.Parallel()
	word := "unsubscribe_" + "excluded"
	seen := 0
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if seen++; strings.Contains(string(data), word) {
			t.Errorf("%s has it", path)
		}
		return err
	})
	if err != nil || seen < 15 {
		t.Errorf("%d files, %v", seen, err)
	}
}
