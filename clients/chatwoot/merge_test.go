package chatwoot

import (
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/chatwoot/chatwootsim"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

func TestMerges(t *testing.T) {
	t.Parallel()
	mine := sample(0)
	withAddress := mine.Only([]record.Field{eventperson.ID, eventperson.Email, eventperson.Phone})
	cases := map[string]struct {
		base      map[string]any // somebody's contact that ours is merged into
		key       record.Fields
		class     connector.Class
		why       string
		successor bool
	}{
		"the base had no identifier":           {map[string]any{"name": "Zoë"}, key(mine), connector.NotFound, "merged", true},
		"the base has another, takes address":  {map[string]any{"identifier": "user-7"}, withAddress, connector.NotFound, "merged", true},
		"the base has another, takes phone":    {map[string]any{"identifier": "user-7", "email": "own@example.org"}, withAddress, connector.NotFound, "merged", true},
		"nothing of ours is left":              {map[string]any{"identifier": "user-7", "email": "own@example.org", "phone_number": "+31697000001"}, withAddress, connector.NotFound, "", false},
		"the base is another person's":         {map[string]any{"identifier": "ems:7"}, withAddress, connector.Rejected, "remote-merged", false},
		"another person's, and keeps what was": {map[string]any{"identifier": "ems:7", "email": "own@example.org", "phone_number": "+31697000001"}, withAddress, connector.NotFound, "", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, chatwootsim.Options{})
			id := b.create(t, mine)
			base := b.there(t, c.base)
			simtest.Control(t, b.Remote, "POST", "/contacts/"+string(id)+"/merge", map[string]any{"into": base}, nil)
			before := len(b.changed())
			_, err := b.contacts.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.City: "Elders"}, Key: c.key})
			e := wantClass(t, err, c.class, c.why)
			if (e.Successor != "") != c.successor || c.successor && e.Successor != base {
				t.Errorf("successor %q, the base is %q", e.Successor, base)
			}
			if n := len(b.changed()) - before; n != 0 {
				t.Errorf("%d writes", n)
			}
		})
	}
}

// A search that the token's user may not make says so, and tells of no merge.
func TestMergeNobodyMayLookFor(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	id := b.create(t, sample(0))
	base := b.there(t, map[string]any{"name": "Zoë"})
	simtest.Control(t, b.Remote, "POST", "/contacts/"+string(id)+"/merge", map[string]any{"into": base}, nil)
	_, err := b.Inject(t.Context(), simkit.Fault{Match: simkit.Match{Path: "*/contacts/filter"}, Do: simkit.Do{
		Kind: simkit.FaultBody, Status: 401, Body: `{"error":"You are not authorized to do this action"}`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.contacts.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.City: "Elders"}, Key: key(sample(0))})
	if e := wantClass(t, err, connector.Rejected, noRight); strings.Contains(e.Why, "merged") || e.Successor != "" {
		t.Errorf("%+v", e)
	}
}

func TestMergeIntoOurs(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	want := sample(0)
	want[eventperson.Phone] = ""
	id := b.create(t, want)
	b.there(t, map[string]any{"name": "Zoë", "phone_number": "+31697000777", "identifier": "user-7"})
	simtest.Control(t, b.Remote, "POST", "/contacts/user-7/merge", map[string]any{"into": "ems:100000"}, nil)
	item, err := b.contacts.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.City: "Elders"}, Key: key(want)})
	if err != nil || item.ID != id || item.Fields[eventperson.Phone] != "+31697000777" || item.Fields[eventperson.ID] != want[eventperson.ID] {
		t.Errorf("answered %v, %v", item, err)
	}
}

// TestMergedInBetween: the contact is merged between our read and our write.
func TestMergedInBetween(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GET", "PUT"} {
		b := setup(t, chatwootsim.Options{})
		want := sample(0)
		id := b.create(t, want)
		_, err := b.Inject(t.Context(), simkit.Fault{
			Match: simkit.Match{Method: method, Path: "*/contacts/*"}, Times: 1, Do: simkit.Do{Kind: simkit.FaultNamed, Name: "merged"},
		})
		if err != nil {
			t.Fatal(err)
		}
		patch := connector.Patch{Set: record.Fields{eventperson.City: "Elders"}, Key: key(want)}
		_, err = b.contacts.Update(t.Context(), id, patch)
		e := wantClass(t, err, connector.NotFound, "merged")
		if e.Successor == "" || e.Successor == id {
			t.Fatalf("%s: successor %q", method, e.Successor)
		}
		item, err := b.contacts.Update(t.Context(), e.Successor, patch)
		if err != nil || item.Fields[eventperson.City] != "Elders" || item.Fields[eventperson.Email] != want[eventperson.Email] {
			t.Errorf("%s: afterwards %v, %v", method, item.Fields, err)
		}
	}
}
