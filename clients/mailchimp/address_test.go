package mailchimp

import (
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/mailchimp/mailchimpsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

const newAddress = "nomvula@new.example.org"

// move changes the address of sample 1 to newAddress.
func (b *bundle) move(t *testing.T, id record.ExternalID, set record.Fields) (connector.Item, error) {
	t.Helper()
	want := sample(1)
	if set == nil {
		set = record.Fields{}
	}
	set[eventperson.Email] = newAddress
	return b.one.Update(t.Context(), id, connector.Patch{Set: set, Was: want.Only(set.Names()), Key: want.Only(eventperson.KeyFields)})
}

func TestAddressChange(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	want, id := b.create(t, 1)
	b.edit(t, id, map[string]any{"status": "subscribed"})
	n := len(b.sent.Sent())
	set := record.Fields{eventperson.Memberships: "gold:active"}
	item, err := b.move(t, id, set)
	if err != nil || item.ID != id || item.Fields[eventperson.Email] != newAddress || item.Fields[eventperson.Memberships] != "gold:active" {
		t.Errorf("%v, %v", item, err)
	}
	if got := b.since(n); !slices.Equal(got, []string{"GET /members/*", "PATCH /members/*", "POST /members/*/tags"}) {
		t.Errorf("calls %v", got)
	}
	all, _ := b.held(t)
	if len(all) != 1 || all[newAddress].ContactID != string(id) {
		t.Errorf("afterwards %v", all)
	}
	// Other letters are the same address.
	before := len(b.journal())
	if _, err := b.one.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.Email: "Nomvula@New.example.org"}}); err != nil || len(b.journal()) != before {
		t.Errorf("other letters: %v, %d writes", err, len(b.journal())-before)
	}
	// None at all cannot be written with other fields.
	_, err = b.one.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.Email: "", eventperson.FirstName: "x"}, Key: want})
	wantClass(t, err, connector.Waiting, noMailReason)
}

// TestAddressTaken has what becomes of a change to an address that is on the
// list already.
func TestAddressTaken(t *testing.T) {
	t.Parallel()
	type result struct{ old, now string } // statuses afterwards
	cases := map[string]struct {
		status string         // of the contact that moves
		there  map[string]any // the contact that has the address
		set    record.Fields
		want   result
		class  connector.Class // Unknown: it is done
	}{
		"by a foreign reader":      {"subscribed", map[string]any{}, nil, result{"archived", "subscribed"}, 0},
		"by the same person":       {"subscribed", map[string]any{"merge_fields": map[string]string{"EMSID": sample(1)[eventperson.ID]}}, nil, result{"archived", "subscribed"}, 0},
		"by somebody else":         {"subscribed", map[string]any{"merge_fields": map[string]string{"EMSID": "7"}}, nil, result{"subscribed", "subscribed"}, connector.Rejected},
		"an opt-out goes along":    {"unsubscribed", map[string]any{}, nil, result{"archived", "unsubscribed"}, 0},
		"an opt-out there stays":   {"subscribed", map[string]any{"status": "unsubscribed"}, record.Fields{eventperson.Consent: eventperson.OptedIn}, result{"archived", "unsubscribed"}, 0},
		"an opt-out of ours":       {"subscribed", map[string]any{}, record.Fields{eventperson.Consent: eventperson.OptedOut}, result{"archived", "unsubscribed"}, 0},
		"a bounce stays behind":    {"cleaned", map[string]any{}, nil, result{"cleaned", "subscribed"}, 0},
		"no consent is made up":    {"subscribed", map[string]any{"status": "transactional"}, nil, result{"archived", "transactional"}, 0},
		"by one from the archive":  {"subscribed", map[string]any{"status": "archived", "merge_fields": map[string]string{"EMSID": "7"}}, nil, result{"archived", "subscribed"}, 0},
		"archived, and an opt-out": {"unsubscribed", map[string]any{"status": "archived"}, nil, result{"archived", "unsubscribed"}, 0},
		"archived, and a bounce":   {"cleaned", map[string]any{"status": "archived"}, nil, result{"cleaned", "transactional"}, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupSim(t, mailchimpsim.Options{})
			want, id := b.create(t, 1)
			b.edit(t, id, map[string]any{"status": c.status})
			c.there["email_address"] = newAddress
			c.there["tags"] = []string{"Volunteers"}
			other := b.there(t, c.there)
			before := len(b.journal())
			item, err := b.move(t, id, c.set)
			all, _ := b.held(t)
			if got := (result{all[want[eventperson.Email]].Status, all[newAddress].Status}); got != c.want {
				t.Errorf("afterwards %v, want %v", got, c.want)
			}
			if c.class != connector.Unknown {
				wantClass(t, err, c.class, "field email")
				if n := len(b.journal()) - before; n != 0 {
					t.Errorf("%d writes", n)
				}
				return
			}
			if err != nil || item.ID != other {
				t.Fatalf("%v, %v", item.ID, err)
			}
			for _, f := range []record.Field{eventperson.ID, eventperson.FirstName, eventperson.LastName, eventperson.Phone, eventperson.Membership, eventperson.Memberships, eventperson.Language} {
				if item.Fields[f] != want[f] {
					t.Errorf("%s did not go along", f)
				}
			}
			if tags := all[newAddress].Tags; !slices.Contains(tags, "Volunteers") || len(tags) != 3 {
				t.Errorf("tags %v", tags)
			}
		})
	}
}

func TestAddressRefused(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	want, id := b.create(t, 1)
	before := len(b.journal())
	for _, address := range []string{"nomvula@fake.invalid", "webmaster@new.example.org", "nomvula@"} {
		_, err := b.one.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.Email: address, eventperson.FirstName: "Nomvula"}, Key: want})
		wantClass(t, err, connector.Rejected, "field email")
	}
	if n := len(b.journal()) - before; n != 0 {
		t.Errorf("%d writes", n)
	}
	// An address that was deleted for good cannot be taken either.
	simtest.Control(t, b.Remote, "POST", "/forgotten", map[string]any{"email_address": newAddress}, nil)
	_, err := b.move(t, id, nil)
	wantClass(t, err, connector.Waiting, forgottenReason)
}

// TestAddressOfOneGone is the branch of 404: the contact was archived or
// deleted. It is NotFound, and created anew under the new address.
func TestAddressOfOneGone(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(*testing.T, *bundle, record.ExternalID){
		"archived": func(t *testing.T, b *bundle, id record.ExternalID) {
			b.edit(t, id, map[string]any{"status": "archived"})
		},
		"deleted": func(t *testing.T, b *bundle, id record.ExternalID) {
			simtest.Control(t, b.Remote, "DELETE", "/members/"+string(id), nil, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupSim(t, mailchimpsim.Options{})
			_, id := b.create(t, 1)
			remove(t, b, id)
			_, err := b.move(t, id, nil)
			wantClass(t, err, connector.NotFound, "")
			want := sample(1)
			want[eventperson.Email] = newAddress
			if item, err := b.one.Create(t.Context(), want); err != nil || item.ID == id {
				t.Errorf("created anew: %v, %v", item.ID, err)
			}
		})
	}
}

// TestAddressChangeBroken breaks each call of a merge, and tries again.
func TestAddressChangeBroken(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"PATCH", "PUT", "POST", "DELETE"} {
		for _, kind := range []string{simkit.FaultDrop, simkit.FaultDropAfter} {
			t.Run(method+" "+kind, func(t *testing.T) {
				t.Parallel()
				b := setupSim(t, mailchimpsim.Options{})
				want, id := b.create(t, 1)
				b.edit(t, id, map[string]any{"status": "subscribed"})
				other := b.there(t, map[string]any{"email_address": newAddress})
				if _, err := b.sim.Inject(simkit.Fault{Match: simkit.Match{Method: method}, Times: 1, Do: simkit.Do{Kind: kind}}); err != nil {
					t.Fatal(err)
				}
				_, err := b.move(t, id, nil)
				wantClass(t, err, connector.Transient, "")
				item, err := b.move(t, id, nil)
				if is(err, connector.NotFound) { // it was archived, and only the answer was lost
					again := want.Clone()
					again[eventperson.Email] = newAddress
					item, err = b.one.Create(t.Context(), again)
				}
				if err != nil || item.ID != other {
					t.Fatalf("again: %v, %v", item.ID, err)
				}
				all, _ := b.held(t)
				if all[want[eventperson.Email]].Status != "archived" || all[newAddress].Merge["EMSID"] != want[eventperson.ID] || len(all[newAddress].Tags) != 2 {
					t.Errorf("afterwards %v", all)
				}
			})
		}
	}
}

// TestAddressExchange lets two persons exchange their addresses in the engine's
// steps: the one who is met lets go, then each takes the other's.
func TestAddressExchange(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	first, second := sample(0), sample(1)
	second[eventperson.Consent] = eventperson.OptedIn
	second[eventperson.Email] = strings.Repeat("n", 60) + "@runners.example.org"
	var ids [2]record.ExternalID
	for i, want := range []record.Fields{first, second} {
		item, err := b.one.Create(t.Context(), want)
		if err != nil || item.Adopted {
			t.Fatal(err)
		}
		ids[i] = item.ID
	}
	give := func(id record.ExternalID, of record.Fields, address string) (connector.Item, error) {
		return b.one.Update(t.Context(), id, connector.Patch{
			Set: record.Fields{eventperson.Email: address}, Was: of.Only([]record.Field{eventperson.Email}), Key: of.Only(eventperson.KeyFields),
		})
	}
	_, err := give(ids[0], first, second[eventperson.Email])
	wantClass(t, err, connector.Rejected, "field email")
	before := len(b.journal())
	for range 2 { // the second time there is nothing to do
		item, err := give(ids[1], second, "")
		if have, known := item.Fields[eventperson.Email]; err != nil || item.ID != ids[1] || have != "" || !known {
			t.Fatalf("release: %v, %v", item.Fields, err)
		}
	}
	if n := len(b.journal()) - before; n != 1 {
		t.Errorf("%d writes to release", n)
	}
	// Until it has its own, the contact is listed without an address, and its
	// tags can be changed.
	if item, err := b.one.Get(t.Context(), ids[1]); err != nil || item.Fields[eventperson.Email] != "" {
		t.Errorf("meanwhile: %v, %v", item.Fields, err)
	}
	if _, err := b.one.Update(t.Context(), ids[1], connector.Patch{Set: record.Fields{eventperson.Memberships: "gold:active"}}); err != nil {
		t.Errorf("meanwhile: %v", err)
	}
	if _, err := give(ids[0], first, second[eventperson.Email]); err != nil {
		t.Error(err)
	}
	if _, err := give(ids[1], second, first[eventperson.Email]); err != nil {
		t.Error(err)
	}
	all, _ := b.held(t)
	if len(all) != 2 || all[first[eventperson.Email]].ContactID != string(ids[1]) || all[second[eventperson.Email]].ContactID != string(ids[0]) {
		t.Errorf("afterwards %v", all)
	}
	for address, c := range all {
		if c.Status != "subscribed" {
			t.Errorf("%s is %s", address, c.Status)
		}
	}
}
