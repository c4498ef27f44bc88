package mautic

import (
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/mautic/mauticsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// A batch is saved item by item: one that was broken off in the middle has made the
// items before. Sent again it makes the others, and takes those that are there by one
// look at all of them; what somebody else has is looked at by itself.
func TestBatchBrokenOff(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	theirs := b.there(t, map[string]any{"email": sample(7)[eventperson.Email]})
	ops := persons(100)
	f, err := b.sim.Inject(simkit.Fault{Do: simkit.Do{Kind: simkit.FaultNamed, Name: "poison", Body: sample(60)[eventperson.Email]}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.one.WriteMany(t.Context(), ops); connector.ClassOf(err) != connector.Transient {
		t.Fatal(err)
	}
	if n := len(b.held(t)); n != 60 { // the sixty before, of which one was there
		t.Errorf("%d contacts after it was broken off", n)
	}
	b.sim.ClearFault(f)
	n, writes := len(b.sent.Sent()), len(b.sim.Writes(0))
	results, err := b.one.WriteMany(t.Context(), ops)
	if err != nil {
		t.Fatal(err)
	}
	if calls := b.since(n); !slices.Equal(calls, []string{"PUT /api/contacts/batch/edit", "GET /api/contacts"}) {
		t.Errorf("calls %v", calls)
	}
	for i, r := range results {
		switch {
		case i == 7:
			wantClass(t, r.Err, connector.Transient, "there already")
		case r.Err != nil || r.Item.Fields[eventperson.ID] != ops[i].Want[eventperson.ID] || r.Item.Adopted != (i < 60):
			t.Errorf("%d: %v, %v, %v", i, r.Err, r.Item.ID, r.Item.Adopted)
		}
	}
	if made := len(b.sim.Writes(0)) - writes; made != 40 || len(b.held(t)) != 100 || b.held(t)[theirs].Values["ems_id"] != nil {
		t.Errorf("%d writes, and %d contacts", made, len(b.held(t)))
	}
	b.wantSafe(t)
}
