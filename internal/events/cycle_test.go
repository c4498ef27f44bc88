package events_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/sync/step"
)

// All that EMS shows of a person reaches both targets, once; a second cycle does
// nothing.
func TestPersonsReachBothTargets(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(30)
	w.exec(`insert into ems.organisation (name) values ('Kustloop')`)
	w.exec(`insert into ems.membership_type (name, organisation_id) values ('Season', 1)`)
	w.exec(`insert into ems.membership_period (membership_type_id, valid_from) values (1, '2020-01-01')`)
	w.exec(`insert into ems.membership (person_id, period_id, status, valid_from) select id, 1, 'ACTIVE', '2020-01-01' from ems.person where id <= 10`)
	if c := w.cycle(); c.Created != 60 || c.Failed != 0 || c.Quarantined != 0 {
		t.Fatalf("the first cycle wrote %+v", c)
	}
	members, contacts := w.members(), w.contacts()
	if len(members) != 30 || len(contacts) != 30 {
		t.Fatalf("%d members and %d contacts, want 30 each", len(members), len(contacts))
	}
	for i := 1; i <= 30; i++ {
		m, c := members[fmt.Sprintf("p%d@example.org", i)], contacts[fmt.Sprintf("ems:%d", i)]
		status, tags, membership := "transactional", []string(nil), ""
		if i%2 == 0 {
			status = "subscribed"
		}
		if i <= 10 {
			tags, membership = []string{"ems:season:active"}, "ACTIVE"
		}
		if m.Status != status || !slices.Equal(m.Tags, tags) || m.Merge["FNAME"] != fmt.Sprintf("Name%d", i) || m.Merge["EMSID"] != fmt.Sprint(i) {
			t.Errorf("member %d is %+v", i, m)
		}
		got, _ := c.Custom["ems_membership"].(string)
		if c.Name != fmt.Sprintf("Name%d Family%d", i, i) || c.Email != m.Email || c.Phone != fmt.Sprintf("+316%08d", i) || got != membership {
			t.Errorf("contact %d is %+v", i, c)
		}
	}
	w.quiet()
}

// Two thousand new contacts cost at most six calls, tags and consents included.
func TestManyInFewCalls(t *testing.T) {
	t.Parallel()
	w := setup(t)
	many := sizetest.Of(t, 200, 200, 2000)
	w.persons(many)
	c, err := w.run("outbound-mailchimp", nil)
	if err != nil || c.Created != int64(many) {
		t.Fatalf("%d created, %v", c.Created, err)
	}
	most := (many+499)/500 + 2 // a batch a call, and two looks
	if n := w.calls("mailchimp"); n > most {
		t.Errorf("%d calls, want at most %d", n, most)
	}
	if c, err = w.run("outbound-mailchimp", nil); err != nil || c != (step.Counter{}) {
		t.Errorf("a second cycle wrote %+v, %v", c, err)
	}
	if n := w.calls("mailchimp"); n != 0 {
		t.Errorf("%d calls in a second cycle", n)
	}
}

// One record that spoils its batch of 500 fails alone, within 16 further calls
// (docs/edge-cases.md, 36 and 46).
func TestPoisonedBatch(t *testing.T) {
	t.Parallel()
	w := setup(t)
	many := sizetest.Of(t, 200, 200, 500)
	w.persons(many)
	w.control(w.mailchimp, http.MethodPost, "/faults", map[string]any{
		"do": map[string]any{"kind": "named", "name": "poison", "body": "p123@example.org"},
	})
	c, err := w.run("outbound-mailchimp", nil)
	if err != nil || c.Created != int64(many-1) || c.Failed != 1 {
		t.Fatalf("%d created and %d failed, %v", c.Created, c.Failed, err)
	}
	if n := w.calls("mailchimp"); n > 2+1+16 {
		t.Errorf("%d calls, want at most 16 beside the check and the batch", n)
	}
}

// Programs write EMS by plain SQL while a cycle runs: edits, a delete, a merge
// and a new person lose nothing and double nothing; all have arrived after the
// next cycle (docs/edge-cases.md, 5 and 16).
func TestEditedWhileRunning(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"inbound-chatwoot", "outbound-chatwoot", "outbound-mailchimp"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.persons(20)
			w.cycle()
			w.exec(`update ems.person set first_name = 'Before' where id in (1, 2, 3, 4, 5, 6)`)
			for _, name := range []string{"inbound-chatwoot", "outbound-chatwoot", "outbound-mailchimp"} {
				_, err := w.run(name, func() {
					if name != when {
						return
					}
					w.exec(`update ems.person set first_name = 'During', phone = '+31699999991' where id = 1`)
					w.exec(`delete from ems.person where id = 2`)
					w.exec(`select ems.merge_person(3, 4)`)
					w.exec(`insert into ems.person (first_name, last_name, email) values ('New', 'Person', 'new@example.org')`)
					w.exec(`insert into ems.contact_preference (person_id, channel, state) values (5, 'EMAIL', 'OPTED_OUT')`)
				})
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			w.cycle()
			members, contacts := w.members(), w.contacts()
			if m := members["p1@example.org"]; m.Merge["FNAME"] != "During" {
				t.Errorf("member 1 is %+v", m)
			}
			if c := contacts["ems:1"]; !strings.HasPrefix(c.Name, "During") || c.Phone != "+31699999991" {
				t.Errorf("contact 1 is %+v", c)
			}
			for _, gone := range []string{"p2@example.org", "p3@example.org"} {
				if m := members[gone]; m.Status != "archived" {
					t.Errorf("the member of a person who is gone is %s", m.Status)
				}
			}
			if _, there := contacts["ems:2"]; there {
				t.Error("the contact of a person who is gone still has its identifier")
			}
			if m := members["new@example.org"]; m.Merge["FNAME"] != "New" {
				t.Errorf("the new member is %+v", m)
			}
			if m := members["p5@example.org"]; m.Status != "unsubscribed" {
				t.Errorf("the member who opted out is %s", m.Status)
			}
			if n := w.text(`select count(*) from sync_record where desired_version > applied_version`); n != "0" {
				t.Errorf("%s records are still pending", n)
			}
			w.quiet()
		})
	}
}

// A membership that begins or ends by its dates changes the person on that day,
// though nobody edits anything.
func TestDatesPass(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(3)
	w.exec(`insert into ems.organisation (name) values ('Kustloop')`)
	w.exec(`insert into ems.membership_type (name, organisation_id) values ('Season', 1)`)
	w.exec(`insert into ems.membership_period (membership_type_id, valid_from) values (1, '2020-01-01')`)
	w.exec(`insert into ems.membership (person_id, period_id, status, valid_from, valid_to) values
		(1, 1, 'ACTIVE', '2020-01-01', current_date + 3), (2, 1, 'ACTIVE', current_date + 5, null)`)
	status := func() string {
		m := w.members()
		return strings.Join(slices.Concat(m["p1@example.org"].Tags, m["p2@example.org"].Tags), " ")
	}
	w.cycle()
	if got := status(); got != "ems:season:active ems:season:pending" {
		t.Errorf("at first %q", got)
	}
	w.quiet()
	w.pass(4*24*time.Hour + time.Minute)
	w.cycle()
	if got := status(); got != "ems:season:expired ems:season:pending" {
		t.Errorf("after four days %q", got)
	}
	w.pass(48 * time.Hour)
	w.cycle()
	if got := status(); got != "ems:season:expired ems:season:active" {
		t.Errorf("after six days %q", got)
	}
	w.quiet()
}

// Of a language that MailChimp does not know it keeps none, and that is that: nobody is
// told that a value was passed over, and no call is made for it again.
func TestLanguageUnknownThere(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(4)
	w.exec(`update ems.person set language = 'zu' where id in (1, 2)`)
	w.cycle()
	const held = `select string_agg(system || ' ' || held::text, ', ') from sync_record where held <> '{}'`
	for _, next := range []string{"", `update ems.person set language = 'xh' where id = 2`, `update ems.person set language = 'xh' where id = 3`} {
		if next != "" {
			w.exec(next)
			w.cycle()
		}
		w.pass(25 * time.Hour)
		if got := w.text(held); got != "" {
			t.Errorf("%q: held is %s", next, got)
		}
		w.calls("mailchimp")
		w.quiet()
	}
}
