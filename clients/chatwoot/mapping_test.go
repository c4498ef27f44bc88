package chatwoot

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden decodes contacts and conversations as they come and compares with
// what is written beside them.
func TestGolden(t *testing.T) {
	t.Parallel()
	for kind, decode := range map[string]func([]byte) (connector.Item, *connector.Fault){
		"contact": func(raw []byte) (connector.Item, *connector.Fault) {
			item, _, fault := (&account{}).persons().Decode(raw)
			return item, fault
		},
		"conversation": func(raw []byte) (connector.Item, *connector.Fault) {
			item, _, fault := read(raw)
			return item, fault
		},
	} {
		files, err := filepath.Glob("testdata/" + kind + "-*.json")
		if err != nil || len(files) < 3 {
			t.Fatalf("%d samples of %s, %v", len(files), kind, err)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				t.Parallel()
				in, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				item, fault := decode(in)
				golden(t, strings.TrimSuffix(file, ".json")+".golden", item, fault)
			})
		}
	}
}

func golden(t *testing.T, file string, item connector.Item, fault *connector.Fault) {
	t.Helper()
	shown := struct {
		ID     record.ExternalID       `json:"id"`
		Fields record.Fields           `json:"fields"`
		Unread map[record.Field]string `json:"unreadable,omitempty"`
		Fault  *connector.Fault        `json:"fault,omitempty"`
	}{item.ID, item.Fields, item.Unreadable, fault}
	got, err := json.MarshalIndent(shown, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != string(got)+"\n" {
		t.Errorf("decoded\n%s\nwant\n%s%v", got, want, err)
	}
}

// TestWire is what a create and an update look like when they leave.
func TestWire(t *testing.T) {
	t.Parallel()
	wrote := parts{"Thandi", "Mokoena"}
	for name, c := range map[string]struct {
		set  record.Fields
		want string
	}{
		"everything": {record.Fields{
			eventperson.ID: "108", eventperson.FirstName: "Zoë", eventperson.LastName: "O'Hof", eventperson.Email: "Zoe@example.org", eventperson.Phone: "+31697000123",
			eventperson.City: "Elders", eventperson.Country: "ZA", eventperson.Membership: "active", eventperson.Deleted: "true",
		}, `{"name":"Zoë O'Hof","email":"zoe@example.org","phone_number":"+31697000123","identifier":"ems:108",` +
			`"additional_attributes":{"city":"Elders","country":"ZA","country_code":"ZA"},` +
			`"custom_attributes":{"ems_first_name":"Zoë","ems_last_name":"O'Hof","ems_membership":"ACTIVE","ems_deleted":true}}`},
		"nothing":   {record.Fields{}, `{}`},
		"last name": {record.Fields{eventperson.LastName: "Dlamini"}, `{"name":"Thandi Dlamini","custom_attributes":{"ems_first_name":"Thandi","ems_last_name":"Dlamini"}}`},
		"cleared": {
			record.Fields{eventperson.ID: "", eventperson.Email: "", eventperson.Country: "", eventperson.Membership: "", eventperson.Deleted: ""},
			`{"email":"","identifier":null,"additional_attributes":{"country":"","country_code":""},"custom_attributes":{"ems_membership":"","ems_deleted":null}}`,
		},
		"what has no place": {record.Fields{eventperson.BirthDate: "1990-01-01", eventperson.Consent: "opted_in", eventperson.Gender: "female"}, `{}`},
	} {
		got := onWire(t, c.set, wrote)
		if data, err := json.Marshal(&got); err != nil || string(data) != c.want {
			t.Errorf("%s: %s, want %s, %v", name, data, c.want, err)
		}
	}
}

// TestRoundTrip: what is written is read as it was.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for n := range 10 {
		want := sample(n)
		c := onWire(t, want, parts{})
		c.ID = mapping.Of("7")
		data, err := json.Marshal(&c)
		if err != nil {
			t.Fatal(err)
		}
		item, _, fault := (&account{}).persons().Decode(data)
		if fault != nil || !maps.Equal(item.Fields, want) {
			t.Errorf("sample %d: %+v, %v", n, fault, item.Fields)
		}
	}
}

// onWire is what leaves when fields are written to a contact.
func onWire(t *testing.T, set record.Fields, wrote parts) *contact {
	t.Helper()
	c := &contact{}
	if err := contacts.Encode(set, c, (&account{}).spec(eventperson.Types)); err != nil {
		t.Fatal(err)
	}
	c.complete(wrote)
	return c
}

// read decodes a conversation.
func read(raw []byte) (connector.Item, *talk, *connector.Fault) {
	return (&account{}).conversations().Decode(raw)
}

func TestReadsAndWrites(t *testing.T) {
	t.Parallel()
	if !slices.Equal(contacts.Reads(), contacts.Writes()) {
		t.Error("a field goes one way only")
	}
	for _, never := range []record.Field{eventperson.BirthDate, eventperson.Gender, eventperson.Consent, eventperson.Language} {
		if slices.Contains(contacts.Writes(), never) {
			t.Errorf("%s is sent", never)
		}
	}
	if n := len(talks.Writes()); n != 0 {
		t.Errorf("%d fields of a conversation are written", n)
	}
}

// FuzzContact feeds anything in place of a contact: what can be read is whole,
// what cannot is a fault.
func FuzzContact(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil && len(data) < 10_000 {
			f.Add(data)
		}
	}
	f.Add([]byte(`{"id":1e3,"name":null,"additional_attributes":[],"custom_attributes":null}`))
	persons := (&account{}).persons()
	f.Fuzz(func(t *testing.T, data []byte) {
		item, _, fault := persons.Decode(data)
		switch {
		case fault != nil && (fault.Why == "" || len(fault.Why) > 60):
			t.Errorf("a fault without a reason: %+v", fault)
		case fault == nil && (item.ID == "" || len(item.Fields)+len(item.Unreadable) < len(contacts)-4): // a key may be missing
			t.Errorf("read half: %+v", item)
		case fault == nil && item.Fields[eventperson.Phone] != "" && !strings.HasPrefix(item.Fields[eventperson.Phone], "+"):
			t.Error("a phone that is none")
		}
		item, _, fault = read(data)
		if fault == nil && (item.ID == "" || len(item.Fields)+len(item.Unreadable) != len(talks)) {
			t.Errorf("read half: %+v", item)
		}
		_ = (&account{}).judge(422, data)
	})
}
