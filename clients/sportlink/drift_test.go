package sportlink_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// TestP335H10Answers is one world and many bad answers, each once: what a list says to
// it, and that the next one is whole again.
func TestP335H10Answers(t *testing.T) {
	t.Parallel()
	const page = "/member/search"
	w := newWorld(t, sportlinksim.Options{Members: 30, Seed: 11})
	w.Timeouts.Page, w.Timeouts.Answer = 3*time.Second, 6*time.Second
	w.reopen()
	all := w.must("at first")
	for _, c := range []struct {
		name      string
		at        string
		do        simkit.Do
		class     connector.Class // Unknown: no error
		items     int
		faults    int
		evidenced bool
	}{
		{name: "members-missing", at: search, class: connector.Drifted, evidenced: true},
		{name: "wrong-types", at: search, class: connector.Drifted, evidenced: true},
		{name: "invalid-json", at: search, class: connector.Drifted, evidenced: true},
		{name: "no-content", at: search, class: connector.Drifted, evidenced: true},
		{name: "empty-search-500", at: search, class: connector.Transient},
		{name: "never-ending", at: search, class: connector.Transient},
		{name: "empty-members", at: search},
		{name: "duplicate-ids", at: search, items: 27, faults: 3},
		{name: "a 429", at: search, do: simkit.Do{Kind: "status", Status: 429, Headers: map[string]string{"Retry-After": "7"}}, class: connector.Throttled},
		{name: "a dropped line", at: search, do: simkit.Do{Kind: "drop"}, class: connector.Transient},
		{name: "half an answer", at: search, do: simkit.Do{Kind: "cut"}, class: connector.Transient},
		{name: "a page of maintenance", at: page, do: simkit.Do{Kind: "status", Status: 503, Body: "<h1>Onderhoud</h1>"}, class: connector.Transient},
		{name: "renamed-more", at: page, class: connector.Drifted, evidenced: true},
		{name: "renamed-search", at: page, class: connector.Drifted, evidenced: true},
		{name: "not-sent", at: page, class: connector.Drifted, evidenced: true},
		{name: "more-disabled", at: page, items: 30},
		{name: "chips-inverted", at: page, items: 30},
		{name: "sent-twice", at: page, items: 30},
		{name: "decoy-first", at: page, items: 30},
		{name: "sent-late", at: page, items: 30},
		{name: "long-poll", at: page, items: 30},
	} {
		t.Logf("case %s", c.name)
		f := simkit.Fault{Match: simkit.Match{Path: c.at}, Times: 1, Do: c.do}
		if f.Do.Kind == "" {
			w.inject(c.name, f)
		} else {
			w.inject("", f)
		}
		if c.name == "not-sent" || strings.HasPrefix(c.name, "renamed") {
			// A reload must not help.
			w.inject(c.name, simkit.Fault{Match: simkit.Match{Path: c.at}, Times: 2})
		}
		shown := len(w.host.Shown())
		got, err := list(t, w)
		if connector.ClassOf(err) != c.class || err != nil && c.class == connector.Unknown {
			t.Errorf("%s: %v, want %s", c.name, err, c.class)
		}
		if len(got.Items) != c.items || len(got.Faults) != c.faults {
			t.Errorf("%s: %d items and %d faults, want %d and %d", c.name, len(got.Items), len(got.Faults), c.items, c.faults)
		}
		if err == nil && !(got.Evidence.SignedIn && got.Evidence.Filters && got.Evidence.End) {
			t.Errorf("%s: evidence %+v", c.name, got.Evidence)
		}
		if (len(w.host.Shown()) > shown) != c.evidenced {
			t.Errorf("%s: %d pieces of evidence", c.name, len(w.host.Shown())-shown)
		}
		w.sim.ClearFaults()
		if c.name == "a 429" && !strings.Contains(err.Error(), "after 7s") {
			t.Errorf("%s: %v", c.name, err)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	if again := w.must("at last"); len(again.Items) != len(all.Items) {
		t.Fatalf("%d members at last", len(again.Items))
	}
	if n := w.codes(); n > 4 {
		t.Errorf("%d codes were needed for it all", n)
	}
	silent(t, w)
}

// silent checks that no value of a person, and no credential, is in the log or
// the evidence.
func silent(t *testing.T, w *world) {
	t.Helper()
	pictures := 0
	for _, value := range w.sim.Values() {
		if strings.Contains(w.host.Logged(), value) {
			t.Error("the log holds a value")
		}
		for _, s := range w.host.Shown() {
			if s.MediaType == "text/html" && bytes.Contains(s.Data, []byte(value)) {
				t.Error("the evidence holds a value")
			}
		}
	}
	for _, s := range w.host.Shown() {
		switch s.MediaType {
		case "image/png":
			pictures++
		case "text/html":
			if !bytes.Contains(s.Data, []byte(`id="btnSearch`)) {
				t.Error("the evidence does not show how the page is built")
			}
		}
	}
	if pictures == 0 {
		t.Error("no picture was taken")
	}
}

// TestUnreadableMembers: they are present, by their id where it can be read. A
// code that nobody has seen is that field's, and the member goes on.
func TestUnreadableMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sportlinksim.Options{Members: 10, Seed: 2, Unreadable: true})
	page := w.must("unreadable")
	fields := map[string]bool{}
	known := 0
	for _, f := range page.Faults {
		fields[string(f.Field)] = true
		if f.ID != "" {
			known++
		}
	}
	if len(page.Items) != 11 || len(page.Faults) != 2 || known != 1 || !fields[string(person.FirstName)] || !fields[string(person.RelationCode)] {
		t.Fatalf("%d items, faults %+v", len(page.Items), page.Faults)
	}
	odd := 0
	for _, item := range page.Items {
		if _, known := item.Fields[person.Gender]; item.Unreadable[person.Gender] != "" && !known {
			odd++
		}
	}
	if odd != 1 {
		t.Errorf("%d members have a gender that cannot be read", odd)
	}
}

// TestDashboards: one mark alone tells that one is signed in, and none, too.
func TestDashboards(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sportlinksim.Options{Members: 5, Seed: 2})
	for _, marks := range [][]string{{"panel"}, {"link"}, {}} {
		w.nextCode()
		w.sim.ExpireSessions()
		if err := w.sim.Set(func() sportlinksim.Settings {
			s := sportlinksim.Settings{OTP: "required", OTPWindow: 1, AccessLife: minutes(5), SessionLife: minutes(60), Storage: "session"}
			s.Dashboard = marks
			return s
		}()); err != nil {
			t.Fatal(err)
		}
		if page := w.must(strings.Join(marks, " ")); len(page.Items) != 5 {
			t.Fatalf("%v: %d members", marks, len(page.Items))
		}
	}
}
