package club_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	customers "github.com/touchline-sync/touchline/sync/record/customer"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
	"github.com/touchline-sync/touchline/sync/step"
)

const former, member = "true", "false"

// status has the administration list somebody as one who has left, or as a member.
func (w *world) status(code, left string, more ...string) {
	w.t.Helper()
	w.member(code, append([]string{string(person.FormerMember), left}, more...)...)
}

// wantFormer wants who is a former member at the site, and each once.
func (w *world) wantFormer(when string, want map[string]bool) {
	w.t.Helper()
	at, twice := w.site(), map[string]int{}
	var dump struct {
		People []struct{ Fields map[string]any }
	}
	w.control(w.rondo, "GET", "/dump", nil, &dump)
	for _, p := range dump.People {
		code, _ := p.Fields["knvb_id"].(string)
		twice[code]++
	}
	for code, is := range want {
		if got, known := at.fields[code]["former_member"]; !known || got != is || twice[code] != 1 {
			w.t.Errorf("%s: %s is former: %v, wanted %v, %d times", when, code, got, is, twice[code])
		}
	}
}

// alive counts the entities of a kind that a person has made, or is.
func (w *world) alive(kind record.Kind, code string) (n int) {
	w.t.Helper()
	err := w.pool.QueryRow(w.t.Context(), "select count(*) from entity where kind = $1 and deleted = '' and fields ->> 'relation_code' = $2", kind, code).Scan(&n)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// The list of those who have left makes persons at the site, and nothing else: no reader, no
// customer. Who is not on it may be anything, and who is a member again is one.
func TestB11FormerMembers(t *testing.T) {
	t.Parallel()
	w := setupWithLists(t)
	w.member("M1", "email_1", "m1@example.org")
	w.member("M2", "email_1", "m2@example.org")
	w.status("F1", former, "email_1", "f1@example.org", "member_until", "2019-06-30")
	w.status("F2", former)
	w.cycle("people")
	if at := w.site(); at.ids["F1"] != 0 {
		t.Fatal("the search for members has shown one who has left")
	}
	w.writes()
	w.cycle("former-members")
	w.wantFormer("the list is read", map[string]bool{"M1": false, "M2": false, "F1": true, "F2": true})
	if at := w.site().fields["F1"]; at["lid_tot"] != "2019-06-30" || at["email_1"] != "f1@example.org" {
		t.Errorf("who has left has %v, %v", at["lid_tot"], at["email_1"])
	}
	for _, kind := range []record.Kind{subscriber.Kind, customers.Kind} {
		if w.alive(kind, "F1") != 0 || w.alive(kind, "M1") != 1 {
			t.Errorf("%s: %d of who has left, %d of a member", kind, w.alive(kind, "F1"), w.alive(kind, "M1"))
		}
	}
	w.cycle("freescout", "scan-freescout")
	w.writes()
	for _, name := range []string{"former-members", "people", "freescout", "functions", "former-members"} {
		if sum := w.cycle(name); sum != (step.Counter{}) || len(w.writes()) > 0 {
			t.Errorf("%s once more: %+v", name, sum)
		}
	}

	ids := w.site().ids
	w.sportlink.Drop("members", "F2", "")
	w.status("M2", former)
	for range 3 {
		w.cycle("former-members", "people")
		w.pass(25 * time.Hour)
	}
	w.wantFormer("one has left", map[string]bool{"M1": false, "M2": true, "F1": true, "F2": true})
	w.status("F1", member)
	w.cycle("people", "former-members")
	w.wantFormer("one has come back", map[string]bool{"M1": false, "M2": true, "F1": false, "F2": true})
	if w.alive(subscriber.Kind, "F1") != 1 || w.alive(subscriber.Kind, "M2") != 0 {
		t.Error("who has come back reads nothing, or who has left does")
	}
	for code, id := range ids {
		if now := w.site().ids[code]; now != id {
			t.Errorf("%s is record %d, was %d", code, now, id)
		}
	}
	w.calm("people")
}

// Somebody who was on the list of those who have left for a day, and is a member with
// nothing changed, is a member: what the search shows is what it has shown before, and news
// all the same.
func TestFormerForADay(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.member("M1", "former_member", member)
	w.member("M2", "former_member", member)
	w.cycle("people")
	w.status("M1", former)
	w.cycle("former-members")
	w.status("M1", member)
	for range 3 {
		w.cycle("people", "former-members")
		w.pass(25 * time.Hour)
	}
	w.wantFormer("a day later", map[string]bool{"M1": false, "M2": false})
	w.calm("people")
}

// Whom people have put there, or another program, is not made again (A2: 6195482, f69d519),
// and is marked as former when the search for members has been read twice without them.
func TestP3110FormerMembersAreThere(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.member("M1")
	w.control(w.rondo, "POST", "/people", map[string]any{"fields": map[string]any{
		"first_name": "Voornaam F1", "infix": "van", "last_name": "Test", "knvb_id": "F1", "birthdate": "2012-05-17", "gender": "female", "former_member": false,
	}}, nil)
	w.cycle("people")
	w.status("F1", former)
	w.cycle("former-members")
	w.wantFormer("at first", map[string]bool{"M1": false, "F1": false})
	for range 2 {
		w.pass(25 * time.Hour)
		w.cycle("people")
	}
	w.wantFormer("confirmed", map[string]bool{"M1": false, "F1": true})
}
