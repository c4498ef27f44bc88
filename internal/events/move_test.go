package events_test

import (
	"net/http"
	"slices"
	"testing"
)

// status is what somebody does at MailChimp.
func (w *world) status(address, status string) {
	w.t.Helper()
	w.control(w.mailchimp, http.MethodPatch, "/members/"+address, map[string]any{"status": status})
}

// subscribedSince are the addresses that a call has subscribed since a change.
func (w *world) subscribedSince(last string) (out []string) {
	w.t.Helper()
	var journal []struct {
		After struct {
			Email  string `json:"email_address"`
			Status string `json:"status"`
		}
	}
	if err := w.mailchimp.Call(w.t.Context(), http.MethodGet, "/writes?since="+last, nil, &journal); err != nil {
		w.t.Fatal(err)
	}
	for _, j := range journal {
		if j.After.Status == "subscribed" {
			out = append(out, j.After.Email)
		}
	}
	return out
}

// An address changes of one who was never asked, of one whose address has bounced and
// of one who has opted out, whether EMS knows of it yet or not; MailChimp may subscribe
// who has opted out, and is never told to.
func TestThoseNotSubscribedMove(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{false, true} {
		w := setup(t)
		w.control(w.mailchimp, http.MethodPatch, "/lists/1", map[string]any{"resubscribes": true})
		w.persons(8)
		w.cycle()
		if _, err := w.run("scan-mailchimp", nil); err != nil {
			t.Fatal(err)
		}
		w.status("p4@example.org", "cleaned")
		w.status("p6@example.org", "unsubscribed")
		last := w.accepted()
		if known {
			if _, err := w.run("scan-mailchimp", nil); err != nil {
				t.Fatal(err)
			}
			if got := w.text(`select string_agg(fields ->> 'consent', ' ' order by id) from entity where kind = 'event.person' and key in ('4', '6')`); got != "bounced opted_out" {
				t.Errorf("EMS has %q", got)
			}
		}
		w.exec(`update ems.person set email = 'n' || id || '@example.org' where id in (1, 4, 6)`)
		for range 3 {
			w.cycle()
		}
		members := w.members()
		for address, want := range map[string]string{
			"n1@example.org": "transactional", "n4@example.org": "subscribed", "n6@example.org": "unsubscribed",
			"p1@example.org": "archived", "p4@example.org": "cleaned", "p6@example.org": "archived",
		} {
			if got := members[address].Status; got != want {
				t.Errorf("known %v: %s is %s, want %s", known, address, got, want)
			}
		}
		if got := w.subscribedSince(last); slices.ContainsFunc(got, func(a string) bool { return a != "n4@example.org" }) {
			t.Errorf("known %v: subscribed were %v", known, got)
		}
		if got := w.text(`select string_agg(fields ->> 'consent', ' ' order by id) from entity where kind = 'event.person' and key in ('1', '4', '6')`); got != "unknown opted_in opted_out" {
			t.Errorf("known %v: EMS has %q", known, got)
		}
		w.quiet()
		if _, err := w.run("scan-mailchimp", nil); err != nil {
			t.Fatal(err)
		}
		w.quiet()
		if n := w.text(`select count(*) from conflict`); n != "0" {
			t.Errorf("%s conflicts", n)
		}
	}
}

// Two persons who were never asked exchange addresses; so do one of them and one who is
// subscribed, and one who has opted out without EMS knowing.
func TestThoseNotSubscribedExchange(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(8)
	w.cycle()
	if _, err := w.run("scan-mailchimp", nil); err != nil {
		t.Fatal(err)
	}
	swap := func(a, b int) {
		w.exec(`update ems.person p set email = o.email from ems.person o where (p.id, o.id) in (($1::int, $2::int), ($2::int, $1::int))`, a, b)
	}
	swap(1, 3)
	swap(2, 5)
	for range 3 {
		w.cycle()
	}
	holds := func(of map[string][2]string) {
		t.Helper()
		members := w.members()
		for address, want := range of {
			if m := members[address]; m.Merge["EMSID"] != want[0] || m.Status != want[1] {
				t.Errorf("%s is of %q, %s; want %v", address, m.Merge["EMSID"], m.Status, want)
			}
		}
	}
	holds(map[string][2]string{
		"p1@example.org": {"3", "transactional"}, "p3@example.org": {"1", "transactional"},
		"p2@example.org": {"5", "transactional"}, "p5@example.org": {"2", "subscribed"},
	})
	if n := w.text(`select count(*) from sync_record where quarantine <> ''`); n != "0" {
		t.Errorf("%s records are quarantined", n)
	}
	w.quiet()
	w.status("p4@example.org", "unsubscribed")
	last := w.accepted()
	swap(4, 7)
	for range 4 {
		w.cycle()
		if _, err := w.run("scan-mailchimp", nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.subscribedSince(last); len(got) > 0 {
		t.Errorf("subscribed were %v", got)
	}
	if m := w.members()["p7@example.org"]; m.Merge["EMSID"] != "4" || m.Status != "unsubscribed" {
		t.Errorf("who has opted out is at the new address %+v", m)
	}
}
