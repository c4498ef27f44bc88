package events_test

import (
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// Both families in one deployment: a child of the club is no candidate for a
// target of the events, whatever pipeline runs, and no page can say otherwise.
func TestFamiliesStayApart(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(3)
	w.policies(append(policy.Club(4), policy.Event()...))
	w.exec(`insert into entity (kind, key, fields) values
		('club.person', 'CHILD01', '{"relation_code": "CHILD01", "first_name": "Pip", "last_name": "Klein", "email_1": "pip@example.org", "birth_date": "2016-05-01"}'),
		('club.subscriber', 'CHILD01/pip@example.org', '{"relation_code": "CHILD01", "email": "pip@example.org", "list": "1"}')`)
	for range 2 {
		w.cycle()
		if _, err := w.run("scan-chatwoot", nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.text(`select count(*) from sync_record r join entity e on e.id = r.entity where e.kind like 'club.%'`); n != "0" {
		t.Errorf("%s records of the club are to be held somewhere", n)
	}
	if n := w.text(`select count(*) from plan_row where kind like 'club.%'`); n != "0" {
		t.Errorf("%s changes of the club were decided", n)
	}
	for address := range w.members() {
		if strings.HasPrefix(address, "pip") {
			t.Error("a child of the club is at MailChimp")
		}
	}
	if len(w.contacts()) != 3 {
		t.Errorf("%d contacts, want the 3 persons of EMS", len(w.contacts()))
	}

	families := map[record.System]string{}
	for _, s := range clients.Systems() {
		families[s.Name] = s.Family
	}
	if err := append(policy.Club(4), policy.Event()...).Validate(families); err != nil {
		t.Fatal(err)
	}
	page := policy.ClubPerson()
	page.Targets = append(page.Targets, policy.TargetAt("mailchimp", "audience"))
	if err := (policy.Set{page}).Validate(families); err == nil || !strings.Contains(err.Error(), "mailchimp") {
		t.Errorf("a page of the club that names MailChimp is answered with %v", err)
	}
}

// A mapping that names what never leaves EMS does not start (the user's seed,
// 9.2).
func TestSensitiveFieldsNeverLeave(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, f := range eventperson.Sensitive() {
		leaky := memory.New("leaky", memory.Place{
			Name: "people", Kind: eventperson.Kind, Reads: []record.Field{eventperson.ID, f}, Writes: []record.Field{eventperson.ID, f},
		})
		conn, err := leaky.Open(connectortest.NewHost(t))
		if err != nil {
			t.Fatal(err)
		}
		_, err = engine.New(w.store, policy.Event(), nil, []engine.System{{Name: "leaky", Connector: conn}}, engine.DefaultSettings(), w.now)
		if err == nil || !strings.Contains(err.Error(), string(f)) {
			t.Errorf("a mapping that names %s is answered with %v", f, err)
		}
		page := policy.EventPerson()
		page.Fields[f] = policy.Owned(record.Hub)
		if err := (policy.Set{page}).Validate(map[record.System]string{"mailchimp": "event", "chatwoot": "event"}); err == nil {
			t.Errorf("a page that has a rule for %s is taken", f)
		}
	}
	w.exec(`insert into ems.person (first_name, last_name, identity_type, identity_number, emergency_contact_name, emergency_contact_number)
		values ('A', 'B', 'PASSPORT', 'SECRET-1', 'SECRET-2', 'SECRET-3')`)
	w.cycle()
	for _, table := range []string{"entity", "sync_record", "plan_row", "run_event", "staging_item"} {
		if n := w.text(`select count(*) from ` + table + ` x where x::text like '%SECRET%'`); n != "0" {
			t.Errorf("%s holds what never leaves", table)
		}
	}
}
