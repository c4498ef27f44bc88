package events_test

import (
	"testing"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/clients/mailchimp"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/step"
)

// Who was erased and registers again is somebody new, of whom nothing from before is
// known, and gets no mail until they want it anew.
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
	w.exec(`update ems.event_participant set deleted_on = now() where last_name = 'Khumalo'`)
	w.exec(`update ems.contact_preference set deleted_on = now()`)
	w.exec(`update ems.person set first_name = null, last_name = 'erased', email = null, phone = null, date_of_birth = null, city = null, country = null,
		erased_on = now(), deleted_on = now() where last_name = 'Khumalo'`)
	w.quietAfter()
	if is := status(); is == "subscribed" {
		t.Errorf("erased, at MailChimp she is %q", is)
	}
	w.counts("Khumalo", 0, 0)

	w.registers(lerato, "", 3002)
	w.quietAfter()
	w.counts("Khumalo", 1, 1)
	w.want("those who were erased", map[string]any{"n": 1.0}, `select count(*)::int as n from ems.person where erased_on is not null and deleted_on is not null and first_name is null`)
	if is := status(); is == "subscribed" || is == "pending" {
		t.Errorf("registered again, at MailChimp she is %q", is)
	}
	w.exec(`insert into ems.contact_preference (person_id, channel, state, consent_on) select id, 'EMAIL', 'OPTED_IN', now() from ems.person where last_name = 'Khumalo'`)
	w.quietAfter()
	if is := status(); is != "subscribed" {
		t.Errorf("since she wants it, at MailChimp she is %q", is)
	}
}
