package events_test

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/step"
)

// An e-mail that changes in EMS moves the member (docs/edge-cases.md, 22): the same
// contact where it is subscribed, else a new one, and the old one is archived. Two
// persons who exchange addresses stay two (23).
func TestAddressesMove(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(12)
	w.cycle()
	w.exec(`update ems.person set email = 'moved@example.org' where id = 1`)
	w.exec(`update ems.person set email = 'reader@example.org' where id = 4`)
	w.exec(`update ems.person set email = case id when 2 then 'p3@example.org' else 'p2@example.org' end where id in (2, 3)`)
	w.cycle()
	w.cycle()
	members, contacts := w.members(), w.contacts()
	for address, id := range map[string]string{"moved@example.org": "1", "reader@example.org": "4", "p3@example.org": "2", "p2@example.org": "3"} {
		if m := members[address]; m.Merge["EMSID"] != id || m.Status == "archived" {
			t.Errorf("%s is of %q", address, m.Merge["EMSID"])
		}
		if c := contacts["ems:"+id]; c.Email != address {
			t.Errorf("the contact of %s has another address", id)
		}
	}
	_, left := members["p4@example.org"]
	maps.DeleteFunc(members, func(_ string, m member) bool { return m.Status == "archived" })
	if _, there := members["p1@example.org"]; left || there || len(members) != 12 || len(contacts) != 12 {
		t.Errorf("%d members and %d contacts, want 12 each and nothing left behind", len(members), len(contacts))
	}
	w.quiet()
}

// A shared address belongs to the grown-up with the lowest id; who shares it is
// at ChatWoot without it. When the owner leaves, the next takes it over, and
// only then (docs/edge-cases.md, 24).
func TestSharedAddress(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(8)
	w.exec(`insert into ems.person (id, first_name, last_name, email, date_of_birth) values
		(101, 'Child', 'Kamp', 'Kamp@example.org', current_date - 4000), (102, 'Owner', 'Kamp', 'kamp@example.org', '1980-01-01'), (103, 'Other', 'Kamp', 'KAMP@example.org ', '1981-01-01')`)
	w.cycle()
	if m := w.members()["kamp@example.org"]; m.Merge["EMSID"] != "102" {
		t.Errorf("the address is of %q, want the grown-up with the lowest id", m.Merge["EMSID"])
	}
	contacts := w.contacts()
	if contacts["ems:101"].Email != "" || contacts["ems:103"].Email != "" || contacts["ems:102"].Email != "kamp@example.org" {
		t.Error("the address is not at its owner's contact alone")
	}
	w.quiet()
	w.exec(`delete from ems.person where id = 102`)
	w.cycle()
	w.cycle()
	if m := w.members()["kamp@example.org"]; m.Merge["EMSID"] != "103" || m.Status == "archived" {
		t.Errorf("after the owner has left the address is of %q, %s", m.Merge["EMSID"], m.Status)
	}
	if c := w.contacts()["ems:103"]; c.Email != "kamp@example.org" {
		t.Error("the contact of the new owner lacks the address")
	}
	w.quiet()
}

// Two persons merged in EMS: what one system held of the source alone is the
// target's from then on, what it held of both is the target's, and the source's
// is removed (docs/edge-cases.md, 26).
func TestPersonsMerged(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(10)
	w.exec(`update ems.person set email = null where id = 4`) // 4 is at ChatWoot only
	w.cycle()
	before := w.contacts()
	w.exec(`select ems.merge_person(1, 2)`)
	w.exec(`select ems.merge_person(3, 4)`)
	w.exec(`update ems.person set email = 'p3@example.org' where id = 4`)
	w.cycle()
	w.cycle()
	members, contacts := w.members(), w.contacts()
	if m := members["p1@example.org"]; m.Status != "archived" {
		t.Errorf("the source's member is %s", m.Status)
	}
	if m := members["p2@example.org"]; m.Merge["EMSID"] != "2" || m.Status == "archived" {
		t.Errorf("the target's member is %+v", m)
	}
	if m := members["p3@example.org"]; m.Merge["EMSID"] != "4" || m.Status == "archived" {
		t.Errorf("the member that was the source's alone is of %q, %s", m.Merge["EMSID"], m.Status)
	}
	if contacts["ems:2"].ID != before["ems:2"].ID || contacts["ems:4"].ID != before["ems:4"].ID {
		t.Error("a target has another contact than before")
	}
	if _, there := contacts["ems:1"]; there {
		t.Error("the source's contact still has its identifier")
	}
	if n := w.text(`select count(*) from conflict`); n != "0" {
		t.Errorf("%s conflicts", n)
	}
	w.quiet()
}

// A person deleted in EMS is archived at MailChimp, and marked at ChatWoot; one
// who comes back is both again, without a double.
func TestDeletedAndBack(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(10)
	w.cycle()
	contact := w.contacts()["ems:2"].ID
	w.exec(`delete from ems.person where id = 2`)
	w.cycle()
	if m := w.members()["p2@example.org"]; m.Status != "archived" {
		t.Errorf("the member is %s", m.Status)
	}
	if _, there := w.contacts()["ems:2"]; there {
		t.Error("the contact still has its identifier")
	}
	w.quiet()
	w.exec(`update ems.person set deleted_on = null where id = 2`)
	w.cycle()
	w.cycle()
	if m := w.members()["p2@example.org"]; m.Status != "subscribed" {
		t.Errorf("the member who came back is %s", m.Status)
	}
	if c := w.contacts()["ems:2"]; c.ID != contact || c.Custom["ems_deleted"] == true || c.Custom["ems_deleted"] == "true" {
		t.Errorf("the contact of the person who came back is %+v", c)
	}
	if n := len(w.contacts()); n != 10 {
		t.Errorf("%d contacts, want 10", n)
	}
	w.quiet()
}

// A contact that somebody has made at ChatWoot before is adopted, not doubled,
// and never counted as ours (docs/edge-cases.md, 28).
func TestContactAdopted(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(6)
	w.cycle()
	w.control(w.chatwoot, http.MethodPost, "/contacts", map[string]any{"name": "Somebody", "email": "late@example.org"})
	w.exec(`insert into ems.person (id, first_name, last_name, email) values (50, 'Late', 'Comer', 'late@example.org')`)
	w.cycle()
	w.cycle()
	if c := w.contacts()["ems:50"]; c.Email != "late@example.org" || len(w.contacts()) != 7 {
		t.Errorf("the contact is %+v of %d", c, len(w.contacts()))
	}
	if n := w.text(`select count(*) from sync_record where system = 'chatwoot' and created_by <> 'us' and entity is not null`); n != "1" {
		t.Errorf("%s contacts are not ours, want the adopted one", n)
	}
	w.quiet()
}

// An agent merges a person's contact into another: the person's record moves,
// and no second contact is made (docs/edge-cases.md, 25).
func TestContactMergedThere(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(6)
	w.cycle()
	w.announced()
	var visitor struct{ ID int }
	if err := w.chatwoot.Call(t.Context(), http.MethodPost, "/contacts", map[string]any{"name": "A visitor", "phone_number": "+31650000001"}, &visitor); err != nil {
		t.Fatal(err)
	}
	w.control(w.chatwoot, http.MethodPost, "/contacts/ems:3/merge", map[string]any{"into": visitor.ID})
	w.echo()
	for range 3 {
		w.cycle()
		w.pass(2 * time.Hour)
	}
	if _, err := w.run("scan-chatwoot", nil); err != nil {
		t.Fatal(err)
	}
	w.cycle()
	c := w.contacts()["ems:3"]
	if c.ID != visitor.ID || len(w.contacts()) != 6 {
		t.Errorf("the contact of the person is %d of %d, want the visitor's", c.ID, len(w.contacts()))
	}
	if n := w.text(`select count(*) from sync_record where quarantine <> ''`); n != "0" {
		t.Errorf("%s records are quarantined", n)
	}
	w.quiet()
}

// A staging account must not take a live one's place: another list, and another
// account, are refused (docs/edge-cases.md, 50).
func TestOtherAccount(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(6)
	w.cycle()
	w.mailchimp.Info.Credentials["list_id"] = w.mailchimp.Info.Credentials["list_2"]
	w.start()
	w.exec(`update ems.person set first_name = 'Edited' where id = 1`)
	_, err := w.run("outbound-mailchimp", nil)
	stop, ok := err.(*step.Stop) //nolint:errorlint // it is the very value
	if !ok || stop.Reason != "WRONG_ACCOUNT" {
		t.Errorf("the run ended with %v", err)
	}
	if m := w.members()["p1@example.org"]; m.Merge["FNAME"] != "Name1" {
		t.Error("something was written")
	}
}

// Two persons merged between what was decided and what is written leave one record
// at each target.
func TestMergedBeforeTheFirstWrite(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(6)
	for i, name := range []string{"inbound-chatwoot", "outbound-chatwoot", "outbound-mailchimp"} {
		_, err := w.run(name, func() {
			if i == 1 {
				w.exec(`select ems.merge_person(1, 5)`)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.cycle()
	w.cycle()
	members, contacts := w.members(), w.contacts()
	if _, there := contacts["ems:1"]; there {
		t.Error("the person who was merged away has a contact")
	}
	if m, there := members["p1@example.org"]; there && m.Status != "archived" {
		t.Errorf("the person who was merged away is %s", m.Status)
	}
	if contacts["ems:5"].Email != "p5@example.org" || members["p5@example.org"].Merge["EMSID"] != "5" {
		t.Error("the person who stays is not at both targets")
	}
	if n := w.text(`select count(*) from sync_record where desired_version > applied_version`); n != "0" {
		t.Errorf("%s records are still pending", n)
	}
	w.quiet()
}

// Deleted, and registered anew with the same address: the new person takes over
// what was the old one's.
func TestRegisteredAnew(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(6)
	w.cycle()
	contact := w.contacts()["ems:2"].ID
	w.exec(`delete from ems.person where id = 2`)
	w.cycle()
	w.exec(`insert into ems.person (id, first_name, last_name, email, phone) values (60, 'Name2', 'Family2', 'p2@example.org', '+31600000002')`)
	for range 3 {
		w.cycle()
		if _, err := w.run("scan-chatwoot", nil); err != nil {
			t.Fatal(err)
		}
	}
	c := w.contacts()["ems:60"]
	if c.ID != contact || c.Email != "p2@example.org" || c.Custom["ems_deleted"] == true || c.Custom["ems_deleted"] == "true" {
		t.Errorf("the contact is %+v, want that of the one who was deleted", c)
	}
	if m := w.members()["p2@example.org"]; m.Merge["EMSID"] != "60" || m.Status == "archived" {
		t.Errorf("the member is %+v", m)
	}
	w.quiet()
}

// A merge is seen by the webhook of the contact that is left, without a scan: it
// carries the person's identifier now, so that the other is asked for by the next
// reading, and is gone.
func TestMergeToldByWebhook(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(6)
	w.cycle()
	w.announced()
	before := w.contacts()["ems:3"].ID
	var visitor struct{ ID int }
	if err := w.chatwoot.Call(t.Context(), http.MethodPost, "/contacts", map[string]any{"name": "A visitor"}, &visitor); err != nil {
		t.Fatal(err)
	}
	w.control(w.chatwoot, http.MethodPost, fmt.Sprintf("/contacts/%d/merge", before), map[string]any{"into": visitor.ID})
	w.echo()
	bound := func() string {
		return w.text(`select r.external_id from sync_record r join entity e on e.id = r.entity where r.system = 'chatwoot' and e.kind = 'event.person' and e.key = '3'`)
	}
	for _, want := range []int{before, visitor.ID} {
		if _, err := w.run("inbound-chatwoot", nil); err != nil {
			t.Fatal(err)
		}
		if got := bound(); got != fmt.Sprint(want) {
			t.Errorf("the person's contact is %s, want %d", got, want)
		}
	}
	w.cycle()
	w.echo()
	w.cycle()
	if c := w.contacts()["ems:3"]; c.ID != visitor.ID || c.Name != "Name3 Family3" || len(w.contacts()) != 6 {
		t.Errorf("the contact of the person is %d of %d", c.ID, len(w.contacts()))
	}
	if n := w.text(`select count(*) from sync_record where quarantine <> ''`); n != "0" {
		t.Errorf("%s records are quarantined", n)
	}
	w.quiet()
}
