package server_test

import (
	"fmt"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/store"
)

// wantRows wants so many rows of a table.
func (b *bundle) wantRows(t *testing.T, want int, from string) {
	t.Helper()
	var n int
	if err := b.pool.QueryRow(t.Context(), "select count(*) from "+from).Scan(&n); err != nil || n != want {
		t.Errorf("%d rows of %s, %v; want %d", n, from, err, want)
	}
}

// A request that is repeated is answered as the first time, and does nothing; with other
// arguments, or by somebody else, it is refused.
func TestEntityRequestRepeated(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ems, id := b.ems(b.operator), uuid.NewString()
	put := &touchlinev1.PutEntityRequest{Type: "person", RequestId: id, Fields: fields("last_name", "Voorbeeld", "city", "Zeist")}
	first, err := ems.PutEntity(t.Context(), put)
	if err != nil {
		t.Fatal(err)
	}
	b.put(t, "person", first.GetEntity().GetId(), "city", "Utrecht")
	again, err := ems.PutEntity(t.Context(), put)
	if err != nil || !proto.Equal(again, first) {
		t.Errorf("repeated: %v, %v; want %v", again, err, first)
	}
	b.wantRows(t, 1, "ems.person where city = 'Utrecht' and version = 2")
	b.wantActs(t, "PutEntity", 2)

	other := &touchlinev1.PutEntityRequest{Type: "person", RequestId: id, Fields: fields("last_name", "Voorbeeld", "city", "Qqstad")}
	for name, call := range map[string]func() error{
		"another city": func() error { _, err := ems.PutEntity(t.Context(), other); return err },
		"another caller": func() error {
			_, err := b.ems(b.token(t, store.Admin, time.Hour)).PutEntity(t.Context(), put)
			return err
		},
		"another call": func() error {
			_, err := ems.DeleteEntity(t.Context(), &touchlinev1.DeleteEntityRequest{Type: "person", Id: first.GetEntity().GetId(), RequestId: id})
			return err
		},
	} {
		if err := call(); connect.CodeOf(err) != connect.CodeAlreadyExists || reason(err) != "REQUEST_ID_REUSED" {
			t.Errorf("%s: %v, want REQUEST_ID_REUSED", name, err)
		}
	}
	if _, err := ems.PutEntity(t.Context(), &touchlinev1.PutEntityRequest{Type: "person", RequestId: "17", Fields: fields("last_name", "X")}); reason(err) != "MALFORMED_REQUEST_ID" {
		t.Errorf("an id that is none: %v", err)
	}
	b.wantRows(t, 1, "ems.person")

	// One that was refused may be asked again.
	refused := &touchlinev1.PutEntityRequest{Type: "contact_preference", RequestId: uuid.NewString(), Fields: fields("person_id", "999", "channel", "EMAIL", "state", "OPTED_IN")}
	for range 2 {
		if _, err := ems.PutEntity(t.Context(), refused); reason(err) != "CONSTRAINT_HELD" {
			t.Errorf("a person who is not there: %v", err)
		}
	}
	second := b.put(t, "person", 0, "last_name", "Twee").GetId()
	merge := &touchlinev1.MergePersonsRequest{SourceId: second, TargetId: first.GetEntity().GetId(), RequestId: uuid.NewString()}
	remove := &touchlinev1.DeleteEntityRequest{Type: "person", Id: first.GetEntity().GetId(), RequestId: uuid.NewString()}
	for range 2 {
		if _, err := ems.MergePersons(t.Context(), merge); err != nil {
			t.Error(err)
		}
		if got, err := ems.DeleteEntity(t.Context(), remove); err != nil || got.GetEntity().GetVersion() != 3 {
			t.Errorf("delete: %v, %v", got, err)
		}
	}
	b.wantActs(t, "MergePersons", 1)
	b.wantActs(t, "DeleteEntity", 1)
}

// All kinds are made, changed, listed and deleted, memberships and preferences as well.
func TestEntityKinds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	at, till := "2027-04-01T08:00:00Z", "2027-04-01T16:00:00Z"
	ids := map[string]string{}
	for _, c := range []struct {
		kind, column, value string
		fields              []string
	}{
		{"organisation", "name", "Loop", []string{"name", "Loopgroep"}},
		{"person", "city", "Zeist", []string{"last_name", "Voorbeeld"}},
		{"contact_preference", "state", "OPTED_OUT", []string{"person_id", "person", "channel", "EMAIL", "state", "OPTED_IN"}},
		{"membership_type", "name", "Jeugd", []string{"name", "Lid", "organisation_id", "organisation"}},
		{"membership_period", "name", "2028", []string{"membership_type_id", "membership_type", "valid_from", "2027-01-01"}},
		{"membership", "status", "EXPIRED", []string{"person_id", "person", "period_id", "membership_period", "status", "ACTIVE", "valid_from", "2027-01-01"}},
		{"event", "name", "Herfst", []string{"organisation_id", "organisation", "name", "Loop", "start_date_time", at, "end_date_time", till, "all_day", "false", "timezone", "Europe/Amsterdam"}},
		{"race", "name", "5 km", []string{"event_id", "event", "name", "10 km", "active", "true", "status", "PLANNED"}},
		{"start_group", "name", "B", []string{"race_id", "race", "name", "A", "start_time", at}},
		{"event_participant", "bib", "12", []string{"event_id", "event", "person_id", "person", "race_id", "race", "last_name", "Voorbeeld", "paid", "true"}},
		{"start_group_participant", "seq", "2", []string{"start_group_id", "start_group", "event_participant_id", "event_participant"}},
		{"tag", "epc", "E280", []string{"number", "17", "person_id", "person"}},
		{"bib_tag_mapping", "bib", "12", []string{"tag_id", "tag", "person_id", "person", "event_id", "event", "valid_from", at}},
		{"conversation", "status", "RESOLVED", []string{"number", "17", "status", "OPEN", "person_id", "person"}},
	} {
		pairs := append([]string(nil), c.fields...)
		for i := 1; i < len(pairs); i += 2 {
			if id := ids[pairs[i]]; id != "" {
				pairs[i] = id
			}
		}
		made := b.put(t, c.kind, 0, pairs...)
		ids[c.kind] = fmt.Sprint(made.GetId())
		if is := b.put(t, c.kind, made.GetId(), c.column, c.value); is.GetFields()[c.column] != c.value || is.GetVersion() != 2 {
			t.Errorf("%s: %v", c.kind, is)
		}
		list, err := b.ems(b.operator).ListEntities(t.Context(), &touchlinev1.ListEntitiesRequest{Type: c.kind})
		if err != nil || len(list.GetEntities()) != 1 {
			t.Errorf("%s is listed as %v, %v", c.kind, list, err)
		}
	}
	for kind := range ids {
		var id int64
		if _, err := fmt.Sscan(ids[kind], &id); err != nil {
			t.Fatal(err)
		}
		if got, err := b.ems(b.operator).DeleteEntity(t.Context(), &touchlinev1.DeleteEntityRequest{Type: kind, Id: id}); err != nil || got.GetEntity().GetDeleteTime() == nil {
			t.Errorf("delete %s: %v, %v", kind, got, err)
		}
	}
}

// An admin erases a person: what calls were answered with as well, and once.
func TestErasePerson(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ems := b.ems(b.operator)
	made := &touchlinev1.PutEntityRequest{Type: "person", RequestId: uuid.NewString(), Fields: fields("last_name", "Voorbeeld", "email", "els@example.org", "identity_number", "QQ1")}
	person, err := ems.PutEntity(t.Context(), made)
	if err != nil {
		t.Fatal(err)
	}
	id := person.GetEntity().GetId()
	if _, err := ems.PutEntity(t.Context(), &touchlinev1.PutEntityRequest{Type: "contact_preference", RequestId: uuid.NewString(), Fields: fields(
		"person_id", fmt.Sprint(id), "channel", "EMAIL", "state", "OPTED_IN", "consent_ip", "192.0.2.17")}); err != nil {
		t.Fatal(err)
	}
	erase := &touchlinev1.ErasePersonRequest{Id: id, RequestId: uuid.NewString()}
	if _, err := ems.ErasePerson(t.Context(), erase); reason(err) != "ROLE_TOO_SMALL" {
		t.Errorf("as an operator: %v, want ROLE_TOO_SMALL", err)
	}
	admin := b.ems(b.token(t, store.Admin, time.Hour))
	for range 2 {
		got, err := admin.ErasePerson(t.Context(), erase)
		if err != nil || got.GetEntity().GetFields()["email"] != "" || got.GetEntity().GetDeleteTime() == nil || got.GetEntity().GetFields()["erased_on"] == "" {
			t.Errorf("%v, %v", got, err)
		}
	}
	again, err := ems.PutEntity(t.Context(), made)
	if err != nil || again.GetEntity().GetId() != id || len(again.GetEntity().GetFields()) != 0 {
		t.Errorf("the call that made the person, repeated: %v, %v", again, err)
	}
	if in := pgtest.Holding(t, b.pool, "Voorbeeld", "els@example.org", "QQ1", "192.0.2.17"); len(in) > 0 {
		t.Errorf("erased, the person stands in %q", in)
	}
	if _, err := admin.ErasePerson(t.Context(), &touchlinev1.ErasePersonRequest{Id: 987654}); reason(err) != "ENTITY_NOT_FOUND" {
		t.Errorf("nobody: %v", err)
	}
	if _, err := ems.PutEntity(t.Context(), &touchlinev1.PutEntityRequest{Type: "person", Id: id, Fields: fields("email", "els@example.org")}); reason(err) != "ENTITY_DELETED" {
		t.Errorf("a value for who is erased: %v", err)
	}
	b.wantActs(t, "ErasePerson", 1)
}
