package events_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

func (w *world) phone(id int, phone string) {
	w.t.Helper()
	w.control(w.chatwoot, http.MethodPatch, fmt.Sprintf("/contacts/ems:%d", id), map[string]any{"phone_number": phone})
}

// A phone and an address changed at ChatWoot reach EMS, with who it was, and
// MailChimp; our own write that comes back as a webhook changes nothing
// (docs/edge-cases.md, 14, 15, 18).
func TestEditThere(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(6)
	w.announced()
	w.cycle()
	w.echo()
	w.quiet() // the echo of what we made
	w.phone(1, "+31600000099")
	w.control(w.chatwoot, http.MethodPatch, "/contacts/ems:2", map[string]any{"email": "new2@example.org"})
	w.echo()
	w.cycle()
	if got := w.text(`select phone || ' ' || modified_by from ems.person where id = 1`); got != "+31600000099 sync:chatwoot" {
		t.Errorf("EMS has %q", got)
	}
	if m := w.members()["new2@example.org"]; m.Merge["EMSID"] != "2" {
		t.Errorf("the member is %+v", m)
	}
	w.echo()
	w.quiet()
	// Changed back to what it was: an edit as any other (17).
	w.phone(1, "+31600000001")
	w.echo()
	w.cycle()
	if got := w.text(`select phone from ems.person where id = 1`); got != "+31600000001" {
		t.Errorf("EMS has %q", got)
	}
	w.echo()
	w.quiet()
}

// Changed on both sides: EMS wins, what ChatWoot said is kept, and can be taken
// after all.
func TestChangedOnBothSides(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"told by a webhook", "met by the write"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.persons(6)
			w.cycle()
			if how == "told by a webhook" {
				w.announced()
			}
			w.phone(1, "+31611111111")
			w.exec(`update ems.person set phone = '+31622222222' where id = 1`)
			w.echo()
			w.cycle()
			w.cycle()
			if c := w.contacts()["ems:1"]; c.Phone != "+31622222222" {
				t.Error("ChatWoot has not got the phone of EMS")
			}
			if got := w.text(`select field || ' ' || hub_value || ' ' || remote_value || ' ' || won_by from conflict`); got != "phone +31622222222 +31611111111 hub" {
				t.Errorf("the conflict kept is %q", got)
			}
			w.echo()
			w.quiet()
		})
	}
}

// The same change on both sides is no conflict.
func TestSameChangeOnBothSides(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(6)
	w.cycle()
	w.phone(1, "+31611111111")
	w.exec(`update ems.person set phone = '+31 6 1111 1111' where id = 1`)
	w.cycle()
	w.cycle()
	if n := w.text(`select count(*) from conflict`); n != "0" {
		t.Errorf("%s conflicts", n)
	}
	w.quiet()
}

// What ChatWoot empties EMS keeps, and gives back.
func TestEmptiedThere(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(6)
	w.announced()
	w.cycle()
	w.phone(1, "")
	w.echo()
	w.cycle()
	w.cycle()
	if got := w.text(`select phone from ems.person where id = 1`); got != "+31600000001" {
		t.Errorf("EMS has %q", got)
	}
	w.echo()
	w.quiet()
}

// A webhook that is lost is made good by the daily scan, one that comes twice
// changes nothing more, and one without a signature nothing at all
// (docs/edge-cases.md, 7).
func TestWebhooks(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(6)
	w.announced()
	w.cycle()
	w.echo()
	w.cycle()
	for id, fault := range map[int]string{1: "webhook-lost", 2: "webhook-doubled", 3: "webhook-unsigned"} {
		w.control(w.chatwoot, http.MethodPost, "/faults", map[string]any{
			"match": map[string]any{"part": "webhooks"}, "times": 1, "do": map[string]any{"kind": "named", "name": fault},
		})
		w.phone(id, fmt.Sprintf("+3166666660%d", id))
		w.echo()
	}
	w.cycle()
	if got := w.text(`select phone from ems.person where id = 2`); got != "+31666666602" {
		t.Error("the webhook that came twice has brought nothing")
	}
	if got := w.text(`select count(*) from ems.person where id in (1, 3) and phone like '+3166%'`); got != "0" {
		t.Error("a webhook that was lost, or not signed, has brought something")
	}
	if _, err := w.run("scan-chatwoot", nil); err != nil {
		t.Fatal(err)
	}
	if got := w.text(`select count(*) from ems.person where id <= 3 and phone like '+3166%'`); got != "3" {
		t.Errorf("after the scan EMS has %s of the three", got)
	}
	w.echo()
	w.cycle()
	w.quiet()
}

// Conversations come into EMS without a word of what was said.
func TestConversations(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(3)
	w.cycle()
	const said = "is there a late entry for the dunes"
	w.control(w.chatwoot, http.MethodPost, "/conversations", map[string]any{"contact_id": w.contacts()["ems:2"].ID, "message": said})
	w.cycle()
	if got := w.text(`select person_id || ' ' || status from ems.conversation`); got != "2 OPEN" {
		t.Errorf("EMS has the conversation as %q", got)
	}
	number := w.text(`select number from ems.conversation`)
	w.control(w.chatwoot, http.MethodPatch, "/conversations/"+number, map[string]any{"status": "resolved", "labels": []string{"entry"}})
	w.cycle()
	if got := w.text(`select status || ' ' || array_to_string(labels, ',') || ' ' || modified_by from ems.conversation`); got != "RESOLVED entry sync:chatwoot" {
		t.Errorf("EMS has the conversation as %q", got)
	}
	for _, table := range []string{"entity", "sync_record", "plan_row", "ems.conversation", "staging_item"} {
		if n := w.text(`select count(*) from ` + table + ` x where x::text ilike '%late entry%'`); n != "0" {
			t.Errorf("%s holds what was said", table)
		}
	}
	w.quiet()
}

// A conversation that was deleted is told by nothing but its absence. It is gone at
// the second scan that lacks it, and not because a reading of what has changed does.
func TestConversationDeleted(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(3)
	w.cycle()
	for id := range 3 {
		w.control(w.chatwoot, http.MethodPost, "/conversations", map[string]any{"contact_id": w.contacts()[fmt.Sprintf("ems:%d", id+1)].ID, "message": "hello"})
	}
	w.cycle()
	gone := func() string {
		return w.text(`select string_agg(number, ' ' order by number) from ems.conversation where deleted_on is not null`)
	}
	w.control(w.chatwoot, http.MethodDelete, "/conversations/2", nil)
	for i, want := range []string{"", "2"} {
		if _, err := w.run("scan-chatwoot", nil); err != nil {
			t.Fatal(err)
		}
		w.cycle()
		if got := gone(); got != want {
			t.Errorf("after scan %d gone are %q, want %q", i+1, got, want)
		}
		w.pass(2 * time.Hour)
	}
	w.quiet()
}

// Conversations that change while ChatWoot calls nobody are noted, so that doctor can
// say so; those that it has told of, and those of the first reading, are not.
func TestNothingAnnounced(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(3)
	w.announced()
	w.cycle()
	talk := func() {
		w.control(w.chatwoot, http.MethodPost, "/conversations", map[string]any{"contact_id": w.contacts()["ems:2"].ID, "message": "hello"})
		w.echo()
		w.cycle()
	}
	missed := func() string {
		return w.text(`select missed_kind || ' ' || missed || ' ' || (missed_on > heard_on) from webhook where missed_on is not null`)
	}
	talk()
	if got := missed(); got != "" {
		t.Errorf("what was announced is noted as missed: %s", got)
	}
	w.control(w.chatwoot, http.MethodPatch, "/settings", map[string]any{"refuse_private": true})
	w.pass(time.Minute)
	talk()
	if got := missed(); got != "event.conversation 1 true" {
		t.Errorf("missed %q", got)
	}
	w.pass(time.Minute)
	talk()
	if got := missed(); got != "event.conversation 2 true" {
		t.Errorf("with the next one missed %q", got)
	}
	w.control(w.chatwoot, http.MethodPatch, "/settings", map[string]any{"refuse_private": false})
	w.pass(time.Minute)
	talk()
	if got := missed(); got != "event.conversation 2 false" {
		t.Errorf("afterwards missed %q", got)
	}
	w.quiet()
}

// Edits on both sides for some time, in an order that chance gives, end quiet
// and alike on both sides (docs/edge-cases.md, 20).
func TestFlapping(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(4)
	w.announced()
	w.cycle()
	for i := range 6 {
		w.phone(1, fmt.Sprintf("+3167000000%d", i))
		w.exec(`update ems.person set city = $1 where id = 1`, fmt.Sprintf("Place %d", i))
		if i%2 == 0 {
			w.exec(`update ems.person set phone = $1 where id = 1`, fmt.Sprintf("+3168000000%d", i))
		}
		w.echo()
		w.cycle()
	}
	w.echo()
	w.cycle()
	if ems, there := w.text(`select phone from ems.person where id = 1`), w.contacts()["ems:1"].Phone; ems != there {
		t.Error("the sides differ in the end")
	}
	w.echo()
	w.quiet()
}

// What a webhook has named is not forgotten when it cannot be read, and is read
// when ChatWoot is well again.
func TestNamedAndNotRead(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(6)
	w.announced()
	w.cycle()
	w.echo()
	w.cycle()
	w.phone(1, "+31677777771")
	w.echo()
	w.control(w.chatwoot, http.MethodPost, "/faults", map[string]any{
		"match": map[string]any{"part": "api", "path": "*/contacts/*"}, "do": map[string]any{"kind": "status", "status": 503},
	})
	if _, err := w.run("inbound-chatwoot", nil); err == nil {
		t.Error("a reading that fails tells nothing")
	}
	if n := w.text(`select count(*) from run_notified`); n != "1" {
		t.Errorf("%s records are named, want the one that could not be read", n)
	}
	faults := []struct{ ID int }{}
	if err := w.chatwoot.Call(t.Context(), http.MethodGet, "/faults", nil, &faults); err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		w.control(w.chatwoot, http.MethodDelete, fmt.Sprintf("/faults/%d", f.ID), nil)
	}
	w.cycle()
	if got := w.text(`select phone from ems.person where id = 1`); got != "+31677777771" {
		t.Errorf("EMS has %q", got)
	}
	w.echo()
	w.quiet()
}
