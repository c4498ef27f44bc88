package events_test

import (
	"net/http"
	"testing"
)

// An opt-out at MailChimp is never undone: EMS learns of it with the next write
// of the person, keeps it, and tells ChatWoot nothing else (docs/edge-cases.md,
// 51).
func TestOptOutThereIsKept(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(4)
	w.cycle()
	w.control(w.mailchimp, http.MethodPatch, "/members/p2@example.org", map[string]any{"status": "unsubscribed"})
	w.exec(`update ems.person set first_name = 'Edited' where id = 2`)
	w.cycle()
	w.cycle()
	if got := w.text(`select state || ' ' || source || ' ' || modified_by from ems.contact_preference where person_id = 2`); got != "OPTED_OUT MAILCHIMP sync:mailchimp" {
		t.Errorf("EMS has %q", got)
	}
	w.exec(`update ems.contact_preference set state = 'OPTED_IN' where person_id = 2`)
	w.exec(`update ems.person set last_name = 'Again' where id = 2`)
	w.cycle()
	if m := w.members()["p2@example.org"]; m.Status != "unsubscribed" || m.Merge["FNAME"] != "Edited" || m.Merge["LNAME"] != "Again" {
		t.Errorf("the member is %+v", m)
	}
	w.cycle()
	w.quiet()
}

// An opt-out in EMS goes out ahead of all other work (docs/edge-cases.md, 52).
func TestOptOutHereGoesFirst(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(10)
	w.cycle()
	w.exec(`update ems.person set first_name = 'Edited' where id in (2, 3, 4)`)
	w.exec(`delete from ems.person where id = 1`)
	w.exec(`insert into ems.contact_preference (person_id, channel, state) values (9, 'EMAIL', 'OPTED_OUT')`)
	last := w.accepted()
	w.cycle()
	var journal []struct {
		Seq   int
		After struct {
			Email  string `json:"email_address"`
			Status string `json:"status"`
		}
	}
	if err := w.mailchimp.Call(t.Context(), http.MethodGet, "/writes?since="+last, nil, &journal); err != nil {
		t.Fatal(err)
	}
	if len(journal) < 4 || journal[0].After.Email != "p9@example.org" || journal[0].After.Status != "unsubscribed" {
		t.Errorf("of %d writes the first is %+v", len(journal), journal)
	}
	w.quiet()
}

// A person who was never asked is held without a subscription, and one who says
// yes is subscribed; who says no is never held as a reader.
func TestConsentFollows(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(3) // 1 and 3 were never asked
	w.cycle()
	w.exec(`insert into ems.contact_preference (person_id, channel, state) values (1, 'EMAIL', 'OPTED_IN'), (3, 'EMAIL', 'OPTED_OUT')`)
	w.cycle()
	members := w.members()
	if a, b, c := members["p1@example.org"].Status, members["p2@example.org"].Status, members["p3@example.org"].Status; a != "subscribed" || b != "subscribed" || c != "unsubscribed" {
		t.Errorf("they are %s, %s and %s", a, b, c)
	}
	w.quiet()
}
