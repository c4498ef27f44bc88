package mautic

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/mautic/mauticsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// A batch is one call, in which each item stands for itself: what is refused fails
// alone, and what is there already is to be made by itself, where it is adopted.
func TestBatch(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	there := b.there(t, map[string]any{"email": sample(1)[eventperson.Email], "zipcode": "7130"}, "Volunteers")
	simtest.Control(t, b.Remote, "PATCH", "/fields/city", map[string]any{"type": "country"}, nil) // so that Mautic refuses one
	ops := persons(batch)
	for i := range ops {
		if i != 2 {
			ops[i].Want[eventperson.City] = ""
		}
	}
	n := len(b.sent.Sent())
	results, err := b.one.WriteMany(t.Context(), ops)
	if err != nil || len(results) != batch {
		t.Fatalf("%d results, %v", len(results), err)
	}
	if calls := b.since(n); !slices.Equal(calls, []string{"PUT /api/contacts/batch/edit", "GET /api/contacts"}) {
		t.Errorf("calls %v", calls)
	}
	for i, r := range results {
		switch e, _ := errors.AsType[*connector.Error](r.Err); i {
		case 1:
			if e == nil || e.Class != connector.Transient || !e.Unsent {
				t.Errorf("one that is there: %v", r.Err)
			}
		case 2:
			wantClass(t, r.Err, connector.Rejected, "field city: status 400, field city")
		default:
			if r.Err != nil || r.Item.Fields[eventperson.ID] != ops[i].Want[eventperson.ID] {
				t.Errorf("%d: %v", i, r.Err)
			}
		}
	}
	if c := b.held(t)[there]; only(c, "ems_id", "zipcode") != "zipcode=7130" {
		t.Errorf("the one that is there was written over: %+v", c)
	}
	item, err := b.one.Create(t.Context(), ops[1].Want)
	if err != nil || item.ID != there || !item.Adopted {
		t.Fatalf("made by itself: %+v, %v", item, err)
	}
	if c := b.held(t)[there]; c.Values["ems_id"] != sample(1)[eventperson.ID] || tagsOf(c) != "Volunteers ems-member-club:active ems-member-trail:expired" {
		t.Errorf("adopted is %+v", c)
	}
	b.wantSafe(t)
}

// An address that is somebody else's is refused, and their contact stays theirs.
func TestNobodyIsWrittenOver(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	_, id := b.create(t, 0)
	thief := sample(1)
	thief[eventperson.Email] = sample(0)[eventperson.Email]
	before := b.held(t)
	_, err := b.one.Create(t.Context(), thief)
	wantClass(t, err, connector.Rejected, "field email: status 422")
	_, other := b.create(t, 2)
	_, err = b.set(t, 2, other, record.Fields{eventperson.Email: sample(0)[eventperson.Email]})
	wantClass(t, err, connector.Rejected, "field email: status 422")
	if now := b.held(t); only(now[id], "ems_id", "email", "firstname") != only(before[id], "ems_id", "email", "firstname") || len(now) != 2 {
		t.Errorf("%d contacts, the first %+v", len(now), now[id])
	}
	b.wantSafe(t)
}

// A change is one read and one write, of what differs. An empty value clears.
func TestChange(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	_, id := b.create(t, 1)
	n := len(b.sent.Sent())
	_, err := b.set(t, 1, id, record.Fields{
		eventperson.FirstName: "Nomvula", eventperson.City: "", eventperson.LastName: sample(1)[eventperson.LastName],
		eventperson.Memberships: "trail:active",
	})
	if err != nil {
		t.Fatal(err)
	}
	if calls := b.since(n); !slices.Equal(calls, []string{"GET /api/contacts/" + string(id), "PATCH /api/contacts/" + string(id) + "/edit"}) {
		t.Errorf("calls %v", calls)
	}
	sent := b.sent.Sent()
	want := `{"city":null,"firstname":"Nomvula","overwriteWithBlank":true,"tags":["ems-member-trail:active","-ems-member-club:active","-ems-member-trail:expired"]}`
	if got := strings.TrimSpace(sent[len(sent)-1].Body); got != want {
		t.Errorf("sent %s", got)
	}
	c := b.held(t)[id]
	if only(c, "firstname", "city", "email") != "email="+sample(1)[eventperson.Email]+" firstname=Nomvula" || tagsOf(c) != "ems-member-trail:active" {
		t.Errorf("held is %+v", c)
	}
}

// Two contacts have come to share an address: no change of either is taken, nothing that
// is sent mends it, and both are named.
func TestSharedAddress(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	_, id := b.create(t, 0)
	other := b.there(t, map[string]any{"email": strings.ToUpper(sample(0)[eventperson.Email])})
	before := len(b.sim.Writes(0))
	_, err := b.set(t, 0, id, record.Fields{eventperson.City: "Paarl"})
	wantClass(t, err, connector.Waiting, "contacts share the value: merge them at Mautic")
	e, _ := errors.AsType[*connector.Error](err)
	if !slices.Equal(e.Doubles, []record.ExternalID{id, other}) || e.Field != eventperson.Email || !e.Unsent {
		t.Errorf("%+v", e)
	}
	if n := len(b.sim.Writes(0)) - before; n != 0 {
		t.Errorf("%d writes", n)
	}
	// Merged there, the change is taken.
	simtest.Control(t, b.Remote, "POST", "/contacts/"+string(other)+"/merge", map[string]any{"into": b.held(t)[id].ID}, nil)
	if _, err := b.set(t, 0, id, record.Fields{eventperson.City: "Paarl"}); err != nil || b.held(t)[id].Values["city"] != "Paarl" {
		t.Errorf("%v", err)
	}
}

// So it is of a unique field of the organiser's own, which we never send.
func TestSharedValueOfTheOrganiser(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	simtest.Control(t, b.Remote, "POST", "/fields", map[string]any{"alias": "licence", "label": "Licence", "unique": true}, nil)
	_, id := b.create(t, 0)
	simtest.Control(t, b.Remote, "PATCH", "/contacts/"+string(id), map[string]any{"values": map[string]any{"licence": "NL-77"}}, nil)
	other := b.there(t, map[string]any{"licence": "nl-77"})
	_, err := b.set(t, 0, id, record.Fields{eventperson.City: "Paarl"})
	wantClass(t, err, connector.Waiting, "status 422, field licence: contacts share the value: merge them at Mautic")
	if e, _ := errors.AsType[*connector.Error](err); !slices.Equal(e.Doubles, []record.ExternalID{id, other}) || !e.Unsent {
		t.Errorf("%+v", e)
	}
}

// Of two that are nobody's and share the person's address neither is taken.
func TestTwoToAdopt(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	x := b.there(t, map[string]any{"email": sample(0)[eventperson.Email]})
	y := b.there(t, map[string]any{"email": sample(0)[eventperson.Email]})
	_, err := b.one.Create(t.Context(), sample(0))
	wantClass(t, err, connector.Rejected, "more than one")
	if e, _ := errors.AsType[*connector.Error](err); len(e.Doubles) != 2 || !slices.Contains(e.Doubles, x) || !slices.Contains(e.Doubles, y) {
		t.Errorf("the two are %v", e.Doubles)
	}
}

// A contact that was merged into another names it; deleting the old one leaves the
// other alone.
func TestMerged(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	_, id := b.create(t, 0)
	_, left := b.create(t, 1)
	simtest.Control(t, b.Remote, "POST", "/contacts/"+string(id)+"/merge", map[string]any{"into": b.held(t)[left].ID}, nil)
	_, err := b.set(t, 0, id, record.Fields{eventperson.City: "Paarl"})
	wantClass(t, err, connector.NotFound, "merged")
	if e, _ := errors.AsType[*connector.Error](err); e.Successor != left {
		t.Errorf("the successor is %q", e.Successor)
	}
	if err := b.one.Delete(t.Context(), id); err != nil {
		t.Error(err)
	}
	if c, ok := b.held(t)[left]; !ok || c.Values["city"] != sample(1)[eventperson.City] {
		t.Errorf("the one that is left: %+v", c)
	}
	// Who is erased is not in what is left of a merge either; another person is.
	class := func(n int) connector.Class { return connector.ClassOf(b.one.Erase(t.Context(), id, key(sample(n)))) }
	if got := class(0); got != connector.Rejected || len(b.held(t)) != 1 {
		t.Errorf("erased while another's contact is left: %s, %d contacts", got, len(b.held(t)))
	}
	for range 2 {
		if got := class(1); got != connector.Unknown || len(b.held(t)) != 0 {
			t.Errorf("erased while their own is left: %s, %d contacts", got, len(b.held(t)))
		}
	}
	_, left = b.create(t, 1)
	for range 2 {
		if err := b.one.Delete(t.Context(), left); err != nil {
			t.Error(err)
		}
	}
	if n := len(b.held(t)); n != 0 {
		t.Errorf("%d contacts are left", n)
	}
}

// A field that somebody has deleted is noticed by the answer.
func TestFieldIsGone(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	_, id := b.create(t, 0)
	simtest.Control(t, b.Remote, "DELETE", "/fields/birth_date", nil, nil)
	_, err := b.set(t, 0, id, record.Fields{eventperson.BirthDate: "1999-01-01"})
	wantClass(t, err, connector.Drifted, "field birth_date: there is no field for it any more")
	_, err = b.one.Create(t.Context(), sample(1))
	wantClass(t, err, connector.Drifted, "field birth_date")
}

// An answer to a batch that does not say what became of each is not understood.
func TestBatchAnswers(t *testing.T) {
	t.Parallel()
	for body, class := range map[string]connector.Class{
		`{"contacts":[],"statusCodes":[]}`:                                connector.Drifted,
		`{"contacts":[]}`:                                                 connector.Drifted,
		`{"contacts":[],"statusCodes":[201]}`:                             connector.Transient,
		`{"contacts":[],"statusCodes":{"0":403},"errors":{"0":{}}}`:       connector.Denied,
		`{"contacts":[],"statusCodes":[500],"errors":[{"code":500}]}`:     connector.Transient,
		`{"contacts":[],"statusCodes":[418],"errors":[{"code":418}]}`:     connector.Drifted,
		`{"contacts":[],"statusCodes":[409],"errors":[{"details":"no"}]}`: connector.Transient,
	} {
		b := setup(t, mauticsim.Options{})
		if _, err := b.sim.Inject(simkit.Fault{Match: simkit.Match{Method: "PUT"}, Do: simkit.Do{Kind: simkit.FaultBody, Body: body}}); err != nil {
			t.Fatal(err)
		}
		_, err := b.one.Create(t.Context(), sample(0))
		wantClass(t, err, class, "")
	}
}
