package events_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/clients/mailchimp"
	"github.com/touchline-sync/touchline/internal/organiser"
	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/step"
)

// Who was erased and registers again is somebody new, of whom nothing from before is
// known, and who gets no mail until they sign up for it themselves.
func TestEdge53ErasedRegistersAgain(t *testing.T) {
	t.Parallel()
	w := registered(t, 1)
	list, info, err := clients.StartSimulator("mailchimp", clients.SimOptions{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = list.Close() })
	cfg := mailchimp.Config{ListID: info.Credentials["list_id"], APIKey: connector.Secret(info.Credentials["api_key"])}
	cfg.BaseURL = info.Addresses["api"]
	there, err := cfg.Open(connectortest.NewHost(t).Follow(w.Clock))
	if err != nil {
		t.Fatal(err)
	}
	w.also = []engine.System{{Name: mailchimp.System, Connector: there}}
	w.Pipeline.Writes = append(w.Pipeline.Writes, step.Write{System: mailchimp.System, Place: "audience"})
	w.begin(t)
	w.start()
	status := func() string {
		t.Helper()
		mail := &world{t: t, mailchimp: clients.SimRemote{Info: info}}
		return mail.members()["lerato@example.org"].Status
	}
	lerato := w.user(runner{"Lerato", "Khumalo", "1990-02-03", "lerato@example.org", true})
	w.registers(lerato, "", 3001)
	w.quietAfter()
	w.exec(`insert into ems.contact_preference (person_id, channel, state, consent_on) select id, 'EMAIL', 'OPTED_IN', now() from ems.person where last_name = 'Khumalo'`)
	w.quietAfter()
	if is := status(); is != "subscribed" {
		t.Fatalf("at MailChimp she is %q", is)
	}
	w.exec(`update ems.person set erased_on = now() where last_name = 'Khumalo'`)
	w.quietAfter()
	if is := status(); is != "" {
		t.Errorf("erased, at MailChimp she is %q", is)
	}
	w.counts("Khumalo", 0, 0)
	// RunSignup shows the registration, which was paid for, as before, and her edits.
	w.control(http.MethodPatch, fmt.Sprint("/users/", lerato), map[string]any{"phone": "082-555-0199"}, nil)
	w.quietAfter()
	if in := pgtest.Holding(t, w.Pool, "Khumalo", "Lerato", "1990-02-03"); len(in) > 0 {
		t.Errorf("erased, she stands in %q", in)
	}

	w.registers(lerato, "", 3002)
	w.quietAfter()
	w.counts("Khumalo", 1, 1)
	w.want("those who were erased", map[string]any{"n": 1.0}, `select count(*)::int as n from ems.person where erased_on is not null and deleted_on is not null and first_name is null`)
	if is := status(); is != "" {
		t.Errorf("registered again, at MailChimp she is %q", is)
	}
	// Since she wants mail again she is asked to sign up herself: what was deleted for good
	// comes back by no program.
	w.exec(`insert into ems.contact_preference (person_id, channel, state, consent_on) select id, 'EMAIL', 'OPTED_IN', now() from ems.person where last_name = 'Khumalo'`)
	w.quietAfter()
	w.want("why she gets no mail", map[string]any{"n": 1.0}, `select count(*)::int as n from sync_record where system = 'mailchimp' and last_error like '%only the person can come back%'`)
	if is := status(); is != "" {
		t.Errorf("since she wants it, at MailChimp she is %q", is)
	}
}

// Who is erased goes out of all systems that can erase, also when one of them cannot for a
// while, and nobody else does.
func TestErasedEverywhere(t *testing.T) {
	t.Parallel()
	w := organise(t, 40, 1)
	id := w.text(`select min(p.id) from ems.person p join ems.event_participant e on e.person_id = p.id and e.active and e.deleted_on is null
		join ems.race r on r.id = e.race_id and r.status <> 'COMPLETED' join ems.contact_preference c on c.person_id = p.id and c.channel = 'EMAIL'
		where p.deleted_on is null and p.email is not null and c.state = 'OPTED_IN' and c.deleted_on is null`)
	w.exec(`update ems.person set first_name = 'Zelda', last_name = 'Uitgewist', email = 'zelda@example.org' where id = $1`, id)
	w.exec(`update ems.event_participant set first_name = 'Zelda', last_name = 'Uitgewist', email = 'zelda@example.org' where person_id = $1`, id)
	w.due(organiser.Cycle(0)...)
	erases := []clients.SimRemote{w.chatwoot, w.mailchimp, w.mautic, w.sites.TagServer}
	dumped := func(site clients.SimRemote) string {
		var all json.RawMessage
		if err := site.Call(t.Context(), http.MethodGet, "/dump", nil, &all); err != nil {
			t.Fatal(err)
		}
		return strings.ToLower(string(all))
	}
	others := map[string]string{"chatwoot": "contacts", "mailchimp": "audience", "mautic": "contacts", "tagserver": "people"}
	held := func(system string) string {
		return w.text(`select count(*) from sync_record where system = $1 and place = $2 and entity is not null and external_id is not null`, system, others[system])
	}
	before := map[string]string{}
	for _, site := range erases {
		if !strings.Contains(dumped(site), "uitgewist") {
			t.Fatalf("%s does not have her", site.Info.System)
		}
		before[site.Info.System] = held(site.Info.System)
	}
	w.fault(map[string]any{"method": "POST", "path": "*/delete-permanent"}, map[string]any{"kind": "status", "status": 500}, map[string]any{"times": 3})
	w.exec(`update ems.person set erased_on = now() where id = $1`, id)
	w.due(organiser.Cycle(1)...)
	if !strings.Contains(dumped(w.mailchimp), "uitgewist") {
		t.Error("MailChimp has erased her although it could not")
	}
	w.later(10 * time.Minute)
	w.due(organiser.Cycle(0)...)
	w.later(10 * time.Minute)
	w.due(organiser.Night()...)
	w.due(organiser.Cycle(0)...)
	for _, site := range erases {
		system := site.Info.System
		if dump := dumped(site); strings.Contains(dump, "uitgewist") || strings.Contains(dump, "zelda") {
			t.Errorf("%s still has her", system)
		}
		if was, is := before[system], held(system); is != w.text(`select $1::int - 1`, was) {
			t.Errorf("%s holds %s persons, of %s", system, is, was)
		}
	}
	if in := pgtest.Holding(t, w.pool, "Uitgewist", "Zelda"); len(in) > 0 {
		t.Errorf("erased, she stands in %q", in)
	}
	w.silent(organiser.Cycle(1), organiser.Night(), organiser.Cycle(0))
}

// Who is erased goes out of Mautic also where somebody has merged their contact into
// another there since it was read last.
func TestErasedAfterAMerge(t *testing.T) {
	t.Parallel()
	w := setupMautic(t)
	w.persons(8)
	w.cycle()
	w.read("scan-mautic")
	w.cycle()
	var made struct{ ID int }
	if err := w.mautic.Call(t.Context(), http.MethodPost, "/contacts", map[string]any{"values": map[string]any{"firstname": "Form"}}, &made); err != nil {
		t.Fatal(err)
	}
	w.control(w.mautic, http.MethodPost, fmt.Sprintf("/contacts/%d/merge", w.atMautic()["5"].ID), map[string]any{"into": made.ID})
	if id := w.atMautic()["5"].ID; id != made.ID {
		t.Fatalf("merged they are contact %d, want %d", id, made.ID)
	}
	w.exec(`update ems.person set erased_on = now() where id = 5`)
	for range 2 {
		w.cycle()
		w.read("scan-mautic")
	}
	if c, there := w.atMautic()["5"]; there {
		t.Errorf("erased, and there is %+v", c)
	}
}
