package laposta

import (
	"encoding/json"
	"testing"

	"github.com/touchline-sync/touchline/clients/laposta/lapostasim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// Another form of what stands there is no edit: capitals of an address, the
// letters of a code, a phone as it is typed, a postcode without a blank.
func TestOtherForms(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	id := b.there(t, map[string]any{"email": "Bo@Example.org", "custom_fields": map[string]string{
		"relatiecode": "abcd12e", "mobielnummer": "06-12345601", "postcode": "1234ab", "voornaam": "Zoe\u0308 ",
	}})
	set := record.Fields{
		subscriber.Email: "bo@example.org", subscriber.RelationCode: "ABCD12E", subscriber.Mobile1: "+31612345601",
		subscriber.PostalCode: "1234 AB", subscriber.FirstName: "Zoë",
	}
	for name, set := range map[string]record.Fields{"canonical": set, "as typed": {
		subscriber.Email: " BO@example.org\r", subscriber.RelationCode: "abcd12e", subscriber.Mobile1: "06 12345601",
	}} {
		before := len(b.journal())
		item, err := b.one.Update(t.Context(), id, connector.Patch{Set: set, Key: set})
		if err != nil || len(b.journal()) != before || item.Fields[subscriber.Mobile1] != "+31612345601" {
			t.Errorf("%s: %d writes, %v, %q", name, len(b.journal())-before, err, item.Fields)
		}
	}
}

// An entry whose state cannot be read may have opted out: it is written by
// nobody and stays.
func TestUnreadableState(t *testing.T) {
	t.Parallel()
	raw := json.RawMessage(`{"member_id":"m1","email":"bo@example.org","state":"paused","custom_fields":{}}`)
	l := aList()
	item, _, fault := l.resource().Decode(raw)
	if fault != nil || item.Unreadable[subscriber.State] == "" {
		t.Fatalf("%+v, %+v", item, fault)
	}
	err := l.holds("update", item, record.Fields{subscriber.City: "Elders"})
	wantClass(t, err, connector.Waiting, "")
}

// Without its code an entry would be a parent's: that is a fault, and so is an
// entry without a readable address.
func TestUnreadableKey(t *testing.T) {
	t.Parallel()
	for _, fields := range []string{
		`"email":"bo@example.org","custom_fields":{"relatiecode":["A"]}`,
		`"email":"bo@example.org","custom_fields":{"relatiecode":"A\u0000"}`,
		`"email":"geen","custom_fields":{}`,
	} {
		raw := json.RawMessage(`{"member_id":"m1","state":"active",` + fields + `}`)
		if item, _, fault := aList().resource().Decode(raw); fault == nil || fault.ID != "m1" || fault.Field == "" || item.Fields == nil {
			t.Errorf("%s: %+v", fields, fault)
		}
	}
}
