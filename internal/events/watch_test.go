package events_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/step"
)

// read runs a pipeline that only reads.
func (w *world) read(name string) {
	w.t.Helper()
	if _, err := w.run(name, nil); err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
}

// Who opts out at MailChimp has opted out in EMS after the next watch, with nobody
// having written to them; a bounce comes the same way. Nothing else of EMS changes by
// what is edited there, and no consent is loosened: edits are put back, and told.
func TestWatched(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"watch-mailchimp", "scan-mailchimp"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.persons(8)
			w.cycle()
			w.read("watch-mailchimp")
			persons := `select string_agg(p::text, ' ' order by id) from (select id, first_name, last_name, email, phone, language, city, country from ems.person) p`
			before := w.text(persons)
			edit := func(address string, body map[string]any) {
				w.control(w.mailchimp, http.MethodPatch, "/members/"+address, body)
			}
			edit("p2@example.org", map[string]any{"status": "unsubscribed"})
			edit("p4@example.org", map[string]any{"status": "cleaned"})
			edit("p1@example.org", map[string]any{"status": "subscribed"}) // has never been asked
			edit("p6@example.org", map[string]any{"merge_fields": map[string]string{"FNAME": "By hand", "PHONE": "+31655555555"}, "language": "fr", "tags": []string{"ems:gold:active"}})
			edit("p8@example.org", map[string]any{"email_address": "by.hand@example.org"})
			w.pass(7 * time.Minute)
			w.notes = nil
			w.read(by)
			if late, err := time.ParseDuration(w.notes["changed_before"]); err != nil || late < 7*time.Minute {
				t.Errorf("told is that it was changed %v before, %v", late, err)
			}
			if got := w.text(`select string_agg(c.person_id || ' ' || c.state || ' ' || c.source, ', ' order by person_id) from ems.contact_preference c where c.modified_by = 'sync:mailchimp'`); got != "2 OPTED_OUT MAILCHIMP" {
				t.Errorf("preferences that moved: %q", got)
			}
			if got := w.text(`select string_agg(id::text, ' ') from ems.person where email_bounced_on is not null`); got != "4" {
				t.Errorf("addresses that bounce: %q", got)
			}
			if now := w.text(persons); now != before {
				t.Errorf("EMS has taken more than consents:\n%s\n%s", before, now)
			}
			w.cycle()
			members := w.members()
			if m := members["p6@example.org"]; m.Merge["FNAME"] != "Name6" || m.Merge["PHONE"] != "+31600000006" || len(m.Tags) != 0 {
				t.Errorf("what was edited by hand is not put back: %+v", m)
			}
			if m := members["p8@example.org"]; m.Merge["EMSID"] != "8" || m.Status != "subscribed" {
				t.Errorf("the address is not put back: %+v", m)
			}
			told := w.text(`select string_agg(distinct field, ' ' order by field) from conflict where system = 'mailchimp' and why = 'not theirs'`)
			if told != "email first_name language memberships phone" {
				t.Errorf("told are edits of %q", told)
			}
			if got := w.text(`select fields ->> 'consent' from entity where kind = 'event.person' and key = '1'`); got != "unknown" {
				t.Errorf("a consent was loosened to %s", got)
			}
			w.cycle()
			w.quiet()
			w.read(by)
			w.quiet()
		})
	}
}

// A watch without news is one call, and writes nothing here or there.
func TestWatchIsQuiet(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(8)
	w.cycle()
	w.read("watch-mailchimp")
	w.cycle()
	w.read("watch-mailchimp")
	rows := `select (select sum(version) from entity) || ' ' || (select sum(version) from sync_record) || ' ' || (select sum(version) from ems.person)`
	before, last := w.text(rows), w.accepted()
	w.calls("mailchimp")
	w.read("watch-mailchimp")
	// One to see whether the account is ours takes two, the changes one.
	if n := w.calls("mailchimp"); n != 3 {
		t.Errorf("%d calls", n)
	}
	if now := w.text(rows); now != before || w.accepted() != last {
		t.Errorf("rows were written: versions %s, then %s", before, now)
	}
}

// The time from an opt-out to EMS is bounded by the schedule of the watch.
func TestWatchIsScheduled(t *testing.T) {
	t.Parallel()
	for _, s := range pipelines.EventSchedules() {
		if s.Pipeline == "watch-mailchimp" && s.Cron == "*/10 * * * *" && s.Off == "" {
			for _, p := range pipelines.Event() {
				if p.Name == s.Pipeline && len(p.Reads) == 1 && p.Reads[0].Select == step.Since && p.Reads[0].System == "mailchimp" {
					return
				}
			}
		}
	}
	t.Error("MailChimp is not watched every ten minutes")
}
