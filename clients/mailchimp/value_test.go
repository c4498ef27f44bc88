package mailchimp

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/mailchimp/mailchimpsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

func aContact(t *testing.T, region, fields string) (connector.Item, *connector.Fault) {
	t.Helper()
	a := newAudience(Config{ListID: "ab12cd34ef", Region: region}, nil, nil)
	item, _, fault := a.contacts.Decode(json.RawMessage(`{"contact_id":"c1","list_id":"ab12cd34ef","status":"subscribed","tags":[],` + fields + `}`))
	return item, fault
}

// Values come in one form, and one that cannot be read takes no other with it.
func TestForms(t *testing.T) {
	t.Parallel()
	got, fault := aContact(t, "NL", `"email_address":" Bo@Example.org","language":"fr_CA","merge_fields":{"EMSID":"7","FNAME":"Zoe\u0308 ","PHONE":"06-12345601","MEMBERSHIP":"gold"}`)
	if fault != nil {
		t.Fatal(fault)
	}
	same := record.Fields{
		eventperson.Email: "bo@example.org", eventperson.Language: "fr-CA", eventperson.FirstName: "Zoë", eventperson.Phone: "+31612345601",
	}
	for f, want := range same {
		if got.Fields[f] != want {
			t.Errorf("%s is %q, want %q", f, got.Fields[f], want)
		}
	}
	if _, known := got.Fields[eventperson.Membership]; known || got.Unreadable[eventperson.Membership] == "" {
		t.Errorf("unreadable %v", got.Unreadable)
	}
	// Nobody has said which country its phones are from.
	if got, fault := aContact(t, "", `"email_address":"bo@example.org","merge_fields":{"PHONE":"06-12345601"}`); fault != nil || got.Unreadable[eventperson.Phone] == "" {
		t.Errorf("%v, %v", got, fault)
	}
	// Without the id of its person a contact would be nobody's.
	for _, id := range []string{`"7\u0000"`, `["7"]`, `"` + strings.Repeat("7", 6000) + `"`} {
		if _, fault := aContact(t, "", `"email_address":"bo@example.org","merge_fields":{"EMSID":`+id+`}`); fault == nil || fault.Field != eventperson.ID || fault.ID != "c1" {
			t.Errorf("%.9s: %+v", id, fault)
		}
	}
}

// A membership in whatever letters and accents is one tag.
func TestOneTagEach(t *testing.T) {
	t.Parallel()
	got, fault := aContact(t, "", `"email_address":"bo@example.org","merge_fields":{},"tags":[{"name":"EMS: Basis"},{"name":"ems:basis"},{"name":"ems:e\u0301lite"},{"name":"ems:élite"},{"name":"mine"}]`)
	if fault != nil || got.Fields[eventperson.Memberships] != "basis\nélite" {
		t.Errorf("%q, %v", got.Fields[eventperson.Memberships], fault)
	}
}

// A contact whose status cannot be read may have opted out: nothing of it is
// written.
func TestUnreadableStatus(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	if _, err := b.sim.Inject(simkit.Fault{Match: simkit.Match{Method: "GET", Path: "/3.0/lists/*/members/*"}, Do: simkit.Do{
		Kind: "body", Body: `{"contact_id":"c1","status":"paused","email_address":"bo@example.org","merge_fields":{},"tags":[],"tags_count":0}`,
	}}); err != nil {
		t.Fatal(err)
	}
	got, err := b.one.Get(t.Context(), "c1")
	if err != nil || got.Unreadable[eventperson.Consent] == "" {
		t.Fatalf("%v, %v", got, err)
	}
	_, err = b.one.Update(t.Context(), "c1", connector.Patch{Set: record.Fields{eventperson.FirstName: "Bo"}})
	wantClass(t, err, connector.Waiting, "status")
}

func TestRegion(t *testing.T) {
	t.Parallel()
	for region, ok := range map[string]bool{"": true, "NL": true, "nl": false, "ZZ": false, "Nederland": false} {
		if err := (Config{APIKey: "0123456789abcdef-us21", ListID: "ab12cd34ef", Region: region}).Validate(); (err == nil) != ok {
			t.Errorf("region %q: %v", region, err)
		}
	}
}
