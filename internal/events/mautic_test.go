package events_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// mauticContact is what Mautic holds of a person.
type mauticContact struct {
	ID     int
	Values map[string]any
	Tags   []struct{ Tag string }
	DNC    []struct {
		Channel  string
		Reason   int
		Comments string
	}
}

// dnc is how a contact stands on Do-Not-Contact, as "3 EMS, sms 1".
func (c mauticContact) dnc() string {
	var out []string
	for _, d := range c.DNC {
		channel := strings.TrimPrefix(d.Channel+" ", "email ")
		out = append(out, strings.TrimSpace(fmt.Sprint(channel, d.Reason, " ", d.Comments)))
	}
	return strings.Join(out, ", ")
}

// atMautic is what Mautic holds, by the id of the person.
func (w *world) atMautic() map[string]mauticContact {
	w.t.Helper()
	var dump struct{ Contacts []mauticContact }
	if err := w.mautic.Call(w.t.Context(), http.MethodGet, "/dump", nil, &dump); err != nil {
		w.t.Fatal(err)
	}
	out := map[string]mauticContact{}
	for _, c := range dump.Contacts {
		id, _ := c.Values["ems_id"].(string)
		if _, twice := out[id]; twice && id != "" {
			w.t.Errorf("two contacts are of the person %s", id)
		}
		out[id] = c
	}
	return out
}

// forbid is what somebody does about Do-Not-Contact at Mautic.
func (w *world) forbid(person string, reason int) {
	w.t.Helper()
	w.control(w.mautic, http.MethodPost, fmt.Sprintf("/contacts/%d/dnc", w.atMautic()[person].ID), map[string]any{"reason": reason})
}

// sentToMautic are the calls that were made since a request, as "PATCH /api/...".
func (w *world) sentToMautic(since int) (out []string, last int) {
	w.t.Helper()
	got, err := w.mautic.Requests(w.t.Context(), since)
	if err != nil {
		w.t.Fatal(err)
	}
	last = since
	for _, r := range got {
		if last = max(last, r.Seq); r.Path != "/oauth/v2/token" {
			out = append(out, r.Method+" "+r.Path)
		}
	}
	return out, last
}

// consents are those of EMS, as "2 OPTED_OUT MAUTIC".
func (w *world) consents() string {
	w.t.Helper()
	return w.text(`select string_agg(person_id || ' ' || state || ' ' || source, ', ' order by person_id) from ems.contact_preference where modified_by = 'sync:mautic'`)
}

// Persons reach Mautic in as few calls as they fit in, and a change of one in one write
// and one read; a cycle without news makes no call.
func TestMauticFollows(t *testing.T) {
	t.Parallel()
	w := setupMautic(t)
	w.persons(450)
	w.cycle()
	calls, last := w.sentToMautic(0)
	if n := len(calls) - 1; n != 3 || slices.IndexFunc(calls, func(c string) bool { return c == "PUT /api/contacts/batch/edit" }) < 0 {
		t.Errorf("%d calls: %v", n, calls)
	}
	if c := w.atMautic(); len(c) != 450 || c["450"].Values["email"] != "p450@example.org" || c["450"].Values["country"] != "Netherlands" || c["450"].dnc() != "" {
		t.Errorf("%d contacts, the last %+v", len(c), c["450"])
	}
	w.quiet()
	_, last = w.sentToMautic(last)
	w.exec(`update ems.person set city = 'Paarl' where id = 7`)
	w.cycle()
	calls, _ = w.sentToMautic(last)
	id := fmt.Sprint(w.atMautic()["7"].ID)
	if want := []string{"GET /api/fields/contact", "GET /api/contacts/" + id, "PATCH /api/contacts/" + id + "/edit"}; !slices.Equal(calls, want) {
		t.Errorf("a change was the calls %v", calls)
	}
	w.quiet()
}

// A record that spoils a batch fails alone, and the others are made.
func TestMauticPoisonedBatch(t *testing.T) {
	t.Parallel()
	w := setupMautic(t)
	w.persons(200)
	w.control(w.mautic, http.MethodPost, "/faults", map[string]any{"do": map[string]any{"kind": "named", "name": "poison", "body": "p77@example.org"}})
	got, err := w.run("outbound-mautic", nil)
	if err != nil || got.Created != 199 || got.Failed != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if calls, _ := w.sentToMautic(0); len(calls) > 1+1+16 {
		t.Errorf("%d calls", len(calls))
	}
}

// Who unsubscribes or bounces at Mautic has done so in EMS after the nightly scan, with
// nobody having written to them, and then at MailChimp; nothing else that is edited there
// is taken, and nobody is ever taken off.
func TestMauticOptOuts(t *testing.T) {
	t.Parallel()
	w := setupMautic(t)
	w.persons(8)
	w.cycle()
	w.read("scan-mautic")
	w.forbid("2", 1)
	w.forbid("4", 2)
	w.forbid("1", 3) // was never asked
	w.control(w.mautic, http.MethodPatch, fmt.Sprintf("/contacts/%d", w.atMautic()["6"].ID), map[string]any{
		"values": map[string]any{"firstname": "By hand"}, "tags": []string{"ems-member-gold:active", "mine"},
	})
	w.read("scan-mautic")
	if got := w.consents(); got != "1 OPTED_OUT MAUTIC, 2 OPTED_OUT MAUTIC" {
		t.Errorf("preferences that moved: %q", got)
	}
	if got := w.text(`select string_agg(id::text, ' ') from ems.person where email_bounced_on is not null`); got != "4" {
		t.Errorf("addresses that bounce: %q", got)
	}
	w.cycle()
	if m := w.members(); m["p2@example.org"].Status != "unsubscribed" {
		t.Errorf("at MailChimp: %+v", m["p2@example.org"])
	}
	c := w.atMautic()["6"]
	if c.Values["firstname"] != "Name6" || len(c.Tags) != 1 || c.Tags[0].Tag != "mine" {
		t.Errorf("what was edited by hand is not put back: %+v", c)
	}
	// EMS says yes again: nobody is taken off by the program.
	w.exec(`update ems.contact_preference set state = 'OPTED_IN' where person_id = 2`)
	w.exec(`update ems.person set last_name = 'Again' where id in (2, 4)`)
	w.cycle()
	w.cycle()
	all := w.atMautic()
	if all["2"].dnc() != "1" || all["4"].dnc() != "2" || all["1"].dnc() != "3" || all["2"].Values["lastname"] != "Again" || all["4"].Values["lastname"] != "Again" {
		t.Errorf("they are %+v, %+v and %+v", all["2"], all["4"], all["1"])
	}
	w.quiet()
	w.read("scan-mautic")
	w.cycle()
	w.quiet()
	// A bounce ends with its address in EMS, and nobody is taken off.
	w.exec(`update ems.person set email = 'n' || id || '@example.org' where id in (2, 4)`)
	w.cycle()
	w.read("scan-mautic")
	w.cycle()
	if got := w.text(`select string_agg(fields ->> 'consent', ' ' order by id) from entity where kind = 'event.person' and key in ('2', '4')`); got != "opted_out opted_in" {
		t.Errorf("with other addresses EMS has %q", got)
	}
	if all = w.atMautic(); all["2"].dnc() != "1" || all["4"].dnc() != "2" || all["4"].Values["email"] != "n4@example.org" {
		t.Errorf("they are %+v and %+v", all["2"], all["4"])
	}
	w.quiet()
}

// An opt-out in EMS goes out ahead of all other work, and is made again when somebody takes
// the person off at Mautic.
func TestMauticOptOutHere(t *testing.T) {
	t.Parallel()
	w := setupMautic(t)
	w.persons(10)
	w.cycle()
	_, last := w.sentToMautic(0)
	w.exec(`update ems.person set first_name = 'Edited' where id in (2, 3, 4)`)
	w.exec(`insert into ems.contact_preference (person_id, channel, state) values (9, 'EMAIL', 'OPTED_OUT')`)
	w.cycle()
	calls, _ := w.sentToMautic(last)
	first := slices.IndexFunc(calls, func(c string) bool { return strings.HasPrefix(c, "PATCH ") })
	id := w.atMautic()["9"].ID
	if first < 0 || calls[first] != fmt.Sprintf("PATCH /api/contacts/%d/edit", id) || w.atMautic()["9"].dnc() != "3 EMS" {
		t.Errorf("calls %v; stands there as %q", calls, w.atMautic()["9"].dnc())
	}
	w.control(w.mautic, http.MethodPost, fmt.Sprintf("/contacts/%d/dnc", id), map[string]any{"reason": 0})
	for range 2 { // the first one may be older than what was written
		w.read("scan-mautic")
	}
	w.cycle()
	if got := w.atMautic()["9"].dnc(); got != "3 EMS" {
		t.Errorf("taken off by hand, stands there as %q", got)
	}
	w.quiet()
}

// An opt-out from text messages goes to Mautic, and one there comes to EMS with the nightly
// scan; mail is another matter, and nobody is taken off.
func TestMauticSMS(t *testing.T) {
	t.Parallel()
	w := setupMautic(t)
	w.persons(4)
	w.exec(`insert into ems.contact_preference (person_id, channel, state) values (1, 'SMS', 'OPTED_OUT'), (2, 'SMS', 'OPTED_IN'), (3, 'SMS', 'OPTED_IN')`)
	w.exec(`insert into ems.contact_preference (person_id, channel, topic, state) values (2, 'SMS', 'news', 'OPTED_OUT')`)
	w.cycle()
	w.read("scan-mautic")
	all := w.atMautic()
	if all["1"].dnc() != "sms 3 EMS" || all["2"].dnc() != "" || all["3"].dnc() != "" {
		t.Errorf("they are %+v, %+v and %+v", all["1"], all["2"], all["3"])
	}
	w.quiet()
	for person, reason := range map[string]int{"2": 1, "3": 2, "4": 3} {
		w.control(w.mautic, http.MethodPost, fmt.Sprintf("/contacts/%d/dnc", all[person].ID), map[string]any{"channel": "sms", "reason": reason})
	}
	w.read("scan-mautic")
	const states = `select string_agg(person_id || ' ' || state || ' ' || source, ', ' order by person_id) from ems.contact_preference where channel = 'SMS' and topic = '*'`
	if got := w.text(states); got != "1 OPTED_OUT EMS, 2 OPTED_OUT MAUTIC, 3 OPTED_IN EMS, 4 OPTED_OUT MAUTIC" {
		t.Errorf("EMS has %q", got)
	}
	if got := w.text(`select count(*) from ems.contact_preference where channel = 'EMAIL' and state = 'OPTED_OUT'`); got != "0" {
		t.Errorf("%s have opted out from mail", got)
	}
	w.exec(`update ems.contact_preference set state = 'OPTED_IN' where channel = 'SMS'`)
	w.exec(`update ems.person set last_name = 'Again'`)
	for range 2 {
		w.cycle()
		w.read("scan-mautic")
	}
	if all = w.atMautic(); all["1"].dnc() != "sms 3 EMS" || all["2"].dnc() != "sms 1" || all["3"].dnc() != "sms 2" || all["4"].dnc() != "sms 3" {
		t.Errorf("they are %+v, %+v, %+v and %+v", all["1"], all["2"], all["3"], all["4"])
	}
	w.quiet()
}

// Who is deleted in EMS keeps their contact and gets no mail. Coming back they have not
// opted out, and are the same contact.
func TestMauticDeletedAndBack(t *testing.T) {
	t.Parallel()
	w := setupMautic(t)
	w.persons(4)
	w.cycle()
	before := w.atMautic()
	w.exec(`delete from ems.person where id in (2, 3)`)
	w.cycle()
	after := w.atMautic()
	const left = "3 EMS: deleted, sms 3 EMS: deleted"
	if len(after) != 4 || after["2"].dnc() != left || after["3"].dnc() != left || after["1"].dnc() != "" {
		t.Errorf("%+v", after)
	}
	w.quiet()
	w.read("scan-mautic")
	w.exec(`update ems.person set deleted_on = null, first_name = 'Back' where id = 2`)
	w.cycle()
	w.read("scan-mautic")
	w.cycle()
	back := w.atMautic()["2"]
	if back.ID != before["2"].ID || back.Values["firstname"] != "Back" || back.dnc() != left || len(w.atMautic()) != 4 {
		t.Errorf("back is %+v", back)
	}
	if got := w.text(`select state from ems.contact_preference where person_id = 2`); got != "OPTED_IN" {
		t.Errorf("EMS has %q", got)
	}
	w.quiet()
}

// Two persons share an address: one contact has it. When the owner leaves, the other one's
// has it, and when two exchange theirs, each has the new one.
func TestMauticSharedAddress(t *testing.T) {
	t.Parallel()
	w := setupMautic(t)
	w.persons(4)
	w.exec(`update ems.person set email = 'p1@example.org' where id = 2`)
	w.cycle()
	all := w.atMautic()
	if all["1"].Values["email"] != "p1@example.org" || all["2"].Values["email"] != nil || len(all) != 4 {
		t.Errorf("%+v and %+v", all["1"], all["2"])
	}
	w.exec(`update ems.person set email = case id when 3 then 'p4@example.org' else 'p3@example.org' end where id in (3, 4)`)
	w.exec(`delete from ems.person where id = 1`)
	for range 3 {
		w.cycle()
	}
	all = w.atMautic()
	if all["2"].Values["email"] != "p1@example.org" || all["1"].Values["email"] != nil || all["3"].Values["email"] != "p4@example.org" || all["4"].Values["email"] != "p3@example.org" {
		t.Errorf("%+v, %+v, %+v and %+v", all["1"], all["2"], all["3"], all["4"])
	}
	w.quiet()
}

// Persons are merged in EMS: the contact of the one that is left goes on, the other's gets
// no mail. Contacts are merged at Mautic: the person's record moves to the one that is left.
func TestMauticMerges(t *testing.T) {
	t.Parallel()
	w := setupMautic(t)
	w.persons(6)
	w.cycle()
	before := w.atMautic()
	w.exec(`select ems.merge_person(4, 3)`)
	for range 2 {
		w.cycle()
	}
	all := w.atMautic()
	if len(all) != 6 || all["3"].ID != before["3"].ID || all["3"].dnc() != "" || !strings.HasPrefix(all["4"].dnc(), "3 ") {
		t.Errorf("%+v and %+v", all["3"], all["4"])
	}
	w.quiet()
	w.control(w.mautic, http.MethodPost, fmt.Sprintf("/contacts/%d/merge", all["5"].ID), map[string]any{"into": all["6"].ID})
	w.exec(`update ems.person set first_name = 'Edited' where id in (5, 6)`)
	for range 3 {
		w.cycle()
	}
	all = w.atMautic()
	if all["6"].ID != before["6"].ID || all["6"].Values["firstname"] != "Edited" || all["6"].Values["email"] != "p6@example.org" {
		t.Errorf("the one that is left is %+v", all["6"])
	}
	w.quiet()
}

// Two contacts at Mautic have come to share an address: no change is taken, a person is
// told which the two are, nothing has failed; merged there, all goes on.
func TestMauticDuplicate(t *testing.T) {
	t.Parallel()
	w := setupMautic(t)
	w.persons(3)
	w.cycle()
	id := w.atMautic()["2"].ID
	var other struct{ ID int }
	if err := w.mautic.Call(t.Context(), http.MethodPost, "/contacts", map[string]any{"values": map[string]any{"email": "P2@example.org"}}, &other); err != nil {
		t.Fatal(err)
	}
	w.exec(`update ems.person set city = 'Paarl' where id = 2`)
	got, err := w.run("outbound-mautic", nil)
	if err != nil || got.Failed+got.Quarantined != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	const open = `select string_agg(key || ' ' || field || ' ' || remote_value, '; ') from conflict where system = 'mautic' and why = 'duplicate' and resolved_on is null`
	if got, want := w.text(open), fmt.Sprintf("2 email %d, %d", id, other.ID); got != want {
		t.Errorf("told is %q, want %q", got, want)
	}
	w.control(w.mautic, http.MethodPost, fmt.Sprintf("/contacts/%d/merge", other.ID), map[string]any{"into": id})
	w.exec(`update ems.person set city = 'Worcester' where id = 2`)
	w.cycle()
	if c := w.atMautic()["2"]; c.Values["city"] != "Worcester" || w.text(open) != "" {
		t.Errorf("%+v; open: %q", c, w.text(open))
	}
	w.quiet()
}
