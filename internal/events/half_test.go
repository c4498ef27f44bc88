package events_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// fault has MailChimp answer some calls wrongly until it is mended.
func (w *world) fault(match, do map[string]any, more map[string]any) {
	w.t.Helper()
	body := map[string]any{"match": match, "do": do}
	for k, v := range more {
		body[k] = v
	}
	w.control(w.mailchimp, http.MethodPost, "/faults", body)
}

func (w *world) mended() {
	w.t.Helper()
	faults := []struct{ ID int }{}
	if err := w.mailchimp.Call(w.t.Context(), http.MethodGet, "/faults", nil, &faults); err != nil {
		w.t.Fatal(err)
	}
	for _, f := range faults {
		w.control(w.mailchimp, http.MethodDelete, fmt.Sprintf("/faults/%d", f.ID), nil)
	}
}

// only checks which addresses a person has at MailChimp that are not archived, and as
// what.
func (w *world) only(what, id string, want map[string]string) {
	w.t.Helper()
	for address, m := range w.members() {
		if m.Merge["EMSID"] == id && m.Status != "archived" && want[address] != m.Status {
			w.t.Errorf("%s: %s is %s, want %q", what, address, m.Status, want[address])
		}
		if want[address] == m.Status {
			delete(want, address)
		}
	}
	for address, status := range want {
		w.t.Errorf("%s: %s is not %s", what, address, status)
	}
}

func (w *world) later() {
	w.t.Helper()
	for range 3 {
		w.pass(2 * time.Minute)
		for _, name := range []string{"outbound-chatwoot", "outbound-mailchimp", "scan-mailchimp"} {
			if _, err := w.run(name, nil); err != nil {
				w.t.Fatalf("%s: %v", name, err)
			}
		}
	}
}

// A contact is made, the answer is lost, and MailChimp is down; until it is up again EMS
// corrects the address: there is one contact, and an opt-out reaches it.
func TestCorrectedWhileUncertain(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(4)
	w.cycle()
	w.later()
	w.fault(map[string]any{"method": "PUT"}, map[string]any{"kind": "drop-after"}, map[string]any{"times": 1})
	w.fault(map[string]any{"method": "GET", "path": "*/members/*"}, map[string]any{"kind": "status", "status": 500}, map[string]any{"after": 3})
	w.exec(`insert into ems.person (first_name, last_name, email, language, city, country) values ('A', 'B', 'typo@example.org', 'nl', 'D', 'NL')`)
	w.exec(`insert into ems.contact_preference (person_id, channel, state, consent_on) values (5, 'EMAIL', 'OPTED_IN', now())`)
	_, _ = w.run("outbound-mailchimp", nil)
	w.only("MailChimp is down", "5", map[string]string{"typo@example.org": "subscribed"})
	if n := w.text(`select count(*) from sync_record where system = 'mailchimp' and uncertain_until is not null`); n != "1" {
		t.Fatalf("%s creates are uncertain", n)
	}
	w.mended()
	w.exec(`update ems.person set email = 'right@example.org' where id = 5`)
	w.later()
	w.only("corrected", "5", map[string]string{"right@example.org": "subscribed"})
	w.exec(`update ems.contact_preference set state = 'OPTED_OUT' where person_id = 5`)
	w.later()
	w.only("opted out", "5", map[string]string{"right@example.org": "unsubscribed"})
	w.quiet()
}

// A contact is made anew at another address, and the old one cannot be ended; before that
// is tried again the address changes once more, or back. One contact is left, with all
// that the person has said at any of them.
func TestMovedAgainHalfway(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first, between, there string // the status before, what the person does at the half-made one, the address then
		want                  map[string]string
	}{
		"bounced, once more":       {"cleaned", "", "m4@example.org", map[string]string{"m4@example.org": "subscribed", "p4@example.org": "cleaned"}},
		"bounced, and back":        {"cleaned", "", "p4@example.org", map[string]string{"p4@example.org": "cleaned"}},
		"never asked, once more":   {"transactional", "", "m4@example.org", map[string]string{"m4@example.org": "transactional"}},
		"never asked, and back":    {"transactional", "", "p4@example.org", map[string]string{"p4@example.org": "transactional"}},
		"opted out at the half":    {"cleaned", "unsubscribed", "m4@example.org", map[string]string{"m4@example.org": "unsubscribed", "p4@example.org": "cleaned"}},
		"opted out before, and on": {"unsubscribed", "", "m4@example.org", map[string]string{"m4@example.org": "unsubscribed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.persons(4)
			if c.first == "transactional" {
				w.exec(`delete from ems.contact_preference where person_id = 4`)
			}
			w.cycle()
			w.later()
			w.status("p4@example.org", c.first)
			w.later()
			w.fault(map[string]any{"method": "PATCH"}, map[string]any{"kind": "status", "status": 500}, nil)
			w.fault(map[string]any{"method": "DELETE"}, map[string]any{"kind": "status", "status": 500}, nil)
			w.exec(`update ems.person set email = 'n4@example.org' where id = 4`)
			_, _ = w.run("outbound-mailchimp", nil)
			if got := w.members()["n4@example.org"].Merge["EMSID"]; got != "4" {
				t.Fatalf("the new contact is of %q", got)
			}
			w.mended()
			if c.between != "" {
				w.status("n4@example.org", c.between)
			}
			w.exec(`update ems.person set email = $1 where id = 4`, c.there)
			w.later()
			w.only("in the end", "4", c.want)
			if c.between != "" {
				if got := w.text(`select state from ems.contact_preference where person_id = 4`); got != "OPTED_OUT" {
					t.Errorf("EMS has %s", got)
				}
			}
			if n := w.text(`select count(*) from conflict where why = 'duplicate' and resolved_on is null`); n != "0" {
				t.Errorf("%s duplicates", n)
			}
			w.quiet()
		})
	}
}
