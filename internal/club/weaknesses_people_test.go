package club_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
	"github.com/touchline-sync/touchline/sync/step"
)

// fault makes the site do something wrong until the function returned is called.
func (w *world) fault(method, path string, do map[string]any) (end func()) {
	w.t.Helper()
	var made struct{ ID int }
	w.control(w.rondo, "POST", "/faults", map[string]any{"match": map[string]any{"method": method, "path": path}, "do": do}, &made)
	return func() {
		w.t.Helper()
		w.control(w.rondo, "DELETE", fmt.Sprintf("/faults/%d", made.ID), nil, nil)
	}
}

// edit is what somebody changes of a person at the site.
func (w *world) edit(code string, fields map[string]any) {
	w.t.Helper()
	w.control(w.rondo, "PATCH", fmt.Sprintf("/people/%d", w.site().ids[code]), map[string]any{"fields": fields}, nil)
}

// requests are all that the site was asked.
func (w *world) requests() (paths []string) {
	w.t.Helper()
	all, err := w.rondo.Requests(w.t.Context(), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range all {
		paths = append(paths, r.Path)
	}
	return paths
}

// persons are how many persons the site has.
func (w *world) persons() int {
	w.t.Helper()
	var dump struct{ People []struct{ ID int } }
	w.control(w.rondo, "GET", "/dump", nil, &dump)
	return len(dump.People)
}

// count counts rows.
func (w *world) count(of string) (n int) {
	w.t.Helper()
	if err := w.pool.QueryRow(w.t.Context(), "select count(*) from "+of).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// B9, 3.1.9: who is a volunteer goes by what the site has said of them, and an answer
// without them says nothing.
func TestB9P319VolunteersOfAHalfAnswer(t *testing.T) {
	t.Parallel()
	w := setupWithLists(t)
	w.does("M1", "Bar|Lid|2020-08-01|")
	w.member("M1", "email_1", "lid1@example.org")
	w.member("M2", "email_1", "lid2@example.org")
	w.cycle("people", "functions-full", "people")
	volunteers := func() int {
		return w.count("entity where kind = 'club.subscriber' and deleted = '' and fields ->> '" + string(subscriber.Volunteer) + "' = 'true'")
	}
	if n := volunteers(); n != 1 {
		t.Fatalf("%d volunteers, want one", n)
	}
	for _, do := range []map[string]any{{"kind": "status", "status": http.StatusInternalServerError}, {"kind": "cut"}, {"kind": "body", "body": "[]"}} {
		end := w.fault("GET", "*/people", do)
		if _, err := w.run("people"); err != nil {
			t.Logf("%v: the run ended with %v", do["kind"], err)
		}
		end()
		if n := volunteers(); n != 1 {
			t.Errorf("%v: %d volunteers, want one", do["kind"], n)
		}
		w.pass(25 * time.Hour)
	}
}

// B10, B25, fed2299, 3.1.10: an answer that is lost, a database that is lost, and a lookup
// that fails make nobody twice: no member, and no parent.
func TestB10B25H5NobodyTwice(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.member("M1")
	w.member("M2", "parent_1_email", "ouder@example.org", "parent_1_name", "Ans Ouder")
	end := w.fault("POST", "*/people", map[string]any{"kind": "drop-after"})
	if _, err := w.run("people"); err != nil {
		t.Logf("the run whose answers are lost ended with %v", err)
	}
	end()
	for range 3 {
		w.pass(time.Hour)
		w.cycle("people")
	}
	if n := w.persons(); n != 3 {
		t.Fatalf("after a lost answer there are %d persons, want 3", n)
	}
	w.pool = pgtest.New(t)
	w.start()
	end = w.fault("GET", "*/people", map[string]any{"kind": "status", "status": http.StatusInternalServerError})
	if _, err := w.run("people"); err == nil {
		t.Error("a run that cannot read who is there has gone through")
	}
	end()
	w.pass(time.Hour)
	w.cycle("people", "people")
	if n := w.persons(); n != 3 {
		t.Errorf("after a lost database there are %d persons, want 3", n)
	}
	w.calm("people")
}

// B16: a write that fails is done the next time: nothing is taken for written before it was
// answered.
func TestB16FailedWriteIsRepeated(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.does("M1", "Bar|Lid|2020-08-01|")
	w.cycle("people", "functions-full")
	w.does("M1", "Bar|Lid|2020-08-01|", "Hal|Lid|2026-08-01|")
	end := w.fault("", fmt.Sprintf("*/people/%d", w.site().ids["M1"]), map[string]any{"kind": "status", "status": http.StatusInternalServerError})
	if _, err := w.run("functions"); err != nil {
		t.Logf("the run ended with %v", err)
	}
	if n := len(w.site().work["M1"]); n != 1 {
		t.Fatalf("%d rows of work, though no write was taken", n)
	}
	end()
	w.pass(25 * time.Hour)
	w.cycle("functions")
	if n := len(w.site().work["M1"]); n != 2 {
		t.Errorf("%d rows of work after the next run, want 2", n)
	}
	w.calm("functions")
}

// B21, 3.2.1, 3.2.2: an address that people have changed at the site stays when Sportlink
// changes something else; where both change it Sportlink wins, and the other one is kept.
func TestB21P321EditsOfPeople(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.member("M1", "email_1", "oud@example.org")
	w.cycle("people", "people")
	w.edit("M1", map[string]any{"email_1": "daar@example.org"})
	w.member("M1", "member_until", "2027-06-30")
	w.cycle("people")
	if at := w.site().fields["M1"]; at["email_1"] != "daar@example.org" {
		t.Errorf("the address is %v, which somebody has just changed", at["email_1"])
	}
	w.cycle("people")
	w.edit("M1", map[string]any{"email_1": "weer@example.org"})
	w.member("M1", "email_1", "hier@example.org")
	w.cycle("people")
	if at := w.site().fields["M1"]; at["email_1"] != "hier@example.org" {
		t.Errorf("the address is %v, and Sportlink decides", at["email_1"])
	}
	if n := w.count("conflict where field = 'email_1' and remote_value = 'weer@example.org' and won_by = 'sportlink'"); n != 1 {
		t.Errorf("%d conflicts keep what somebody has written, want one", n)
	}
	w.calm("people")
}

// B22, 3.2.4, 35d23d0: what we have written is nobody's edit, however often it is read back.
func TestB22P324H9OwnWritesAreNoEdits(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.member("M1", "email_1", "LID@Example.org")
	w.cycle("people")
	w.member("M1", "email_1", "nieuw@example.org", "infix", "van der")
	w.cycle("people")
	was := w.count("plan_row where system = 'hub'")
	for _, name := range []string{"scan-rondoclub", "people", "scan-rondoclub"} {
		if sum := w.cycle(name); sum != (step.Counter{}) {
			t.Errorf("%s: %+v", name, sum)
		}
	}
	if n := w.count("plan_row where system = 'hub'") - was; n != 0 || w.count("conflict") != 0 {
		t.Errorf("%d changes of ours came back, and %d conflicts", n, w.count("conflict"))
	}
}

// B24, 3.2.22: a parent whose number changes has the new one, and one who is in step costs no
// call.
func TestB24P3222ParentsChange(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for i := range 3 {
		w.member(fmt.Sprint("M", i), "parent_1_email", fmt.Sprintf("ouder%d@example.org", i), "parent_1_name", fmt.Sprintf("Ouder %c", 'A'+i), "parent_1_phone", "+31612000001")
	}
	w.cycle("people", "people")
	since := len(w.requests())
	w.calm("people")
	for _, path := range w.requests()[since:] {
		if regexp.MustCompile(`/people/\d`).MatchString(path) {
			t.Error("one person is asked for, though there is nothing to do")
		}
	}
	w.member("M1", "parent_1_phone", "+31612000099")
	w.cycle("people")
	var dump struct {
		People []struct{ Fields map[string]any }
	}
	w.control(w.rondo, "GET", "/dump", nil, &dump)
	numbers := map[string]int{}
	for _, p := range dump.People {
		if p.Fields["first_name"] == "Ouder B" {
			numbers[fmt.Sprint(p.Fields["mobile_1"])]++
		}
	}
	if !maps.Equal(numbers, map[string]int{"+31612000099": 1}) {
		t.Errorf("the parent has %v", numbers)
	}
}

// B26: the parent of a child who leaves stays, and is the same when the child comes back.
func TestB26ParentOfOneWhoComesBack(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.member("M1")
	w.member("M2", "parent_1_email", "ouder@example.org", "parent_1_name", "Ans Ouder")
	w.cycle("people", "people")
	was, before := maps.Clone(w.sportlink.All("members")["M2"]), w.persons()
	w.sportlink.Drop("members", "M2", "")
	w.twice("people")
	w.cycle("people")
	w.sportlink.Put("members", "M2", was)
	w.cycle("people", "people")
	if n := w.persons(); n != before {
		t.Errorf("%d persons, were %d", n, before)
	}
	w.calm("people")
}

// B32, A5 of 2026: who leaves reads nothing any more, nor does an address that somebody has
// given up.
func TestB32LeaversReadNothing(t *testing.T) {
	t.Parallel()
	w := setupWithLists(t)
	for i := range 3 {
		w.member(fmt.Sprint("M", i), "email_1", fmt.Sprintf("lid%d@example.org", i))
	}
	w.cycle("people")
	w.sportlink.Drop("members", "M1", "")
	w.member("M2", "email_1", "nieuw@example.org")
	w.twice("people")
	w.cycle("people")
	active := map[string]bool{}
	for address, e := range w.entries() {
		if e[1] == "active" {
			active[address] = true
		}
	}
	if want := map[string]bool{"lid0@example.org": true, "nieuw@example.org": true}; !maps.Equal(active, want) {
		t.Errorf("%v read, want %v", active, want)
	}
}
