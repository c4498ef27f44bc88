package events_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/internal/sizetest"
)

// asked counts the calls that a system has had since it was asked last: those that write
// and those that read. What proves a login or an address is neither.
func (w *world) asked(system string) (writing, reading []string) {
	w.t.Helper()
	got, err := w.remotes[system].Requests(w.t.Context(), w.seen[system])
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range got {
		w.seen[system] = max(w.seen[system], r.Seq)
		call := r.Method + " " + r.Path
		switch {
		case slices.ContainsFunc(proofs, func(p string) bool { return strings.HasSuffix(call, p) }),
			system == "mailchimp" && call == "GET /3.0/lists/"+w.mailchimp.Info.Credentials["list_id"]:
		case r.Method == http.MethodGet, strings.HasSuffix(call, "/filter"):
			reading = append(reading, call)
		default:
			writing = append(writing, call)
		}
	}
	return writing, reading
}

// proofs are the calls by which a run makes sure of account, login and columns.
var proofs = []string{
	"/3.0/ping", "/merge-fields", "GET /api/fields/contact", "/oauth/v2/token", "/api/authenticate", "/entity-info.json", "/api/v1/profile",
	"/custom_attribute_definitions",
}

// Two thousand new contacts reach Mautic in at most 12 writing calls, and MailChimp in at
// most 6.
func TestManyContactsInFewCalls(t *testing.T) {
	t.Parallel()
	w := setupMautic(t)
	many := sizetest.Of(t, 200, 200, 2000)
	w.persons(many)
	for system, most := range map[string]int{"mautic": (many+199)/200 + 2, "mailchimp": (many+499)/500 + 2} {
		w.asked(system)
		c, err := w.run("outbound-"+system, nil)
		if err != nil || c.Created != int64(many) {
			t.Fatalf("%s: %+v, %v", system, c, err)
		}
		if writing, _ := w.asked(system); len(writing) > most {
			t.Errorf("%d writing calls to %s, want at most %d", len(writing), system, most)
		}
	}
}

// A change of one person costs one writing call to each target that shows it, and at most
// one read.
func TestOneChangeOneCall(t *testing.T) {
	t.Parallel()
	w := organise(t, 40, 1)
	w.due("inbound-runsignup", "outbound-chatwoot", "outbound-mailchimp", "outbound-mautic", "outbound-runsignup", "outbound-tagserver")
	targets := []string{"chatwoot", "mailchimp", "mautic", "tagserver"}
	for _, s := range targets {
		w.asked(s)
	}
	w.exec(`update ems.person set last_name = 'Aalders-Brons' where id = 3`)
	for _, s := range targets {
		w.due("outbound-" + s)
		writing, reading := w.asked(s)
		if len(writing) != 1 || len(reading) > 1 {
			t.Errorf("%s was written by %v and read by %v", s, writing, reading)
		}
	}
	// What an entry says of a person is what RunSignup is told.
	w.asked("runsignup")
	w.exec(`update ems.event_participant set last_name = 'Aalders-Brons'
		where id = (select min(id) from ems.event_participant where event_id = 1)`)
	w.due("outbound-runsignup")
	// What it is read by makes sure of each link, once a run, whatever is written.
	if writing, _ := w.asked("runsignup"); len(writing) != 1 {
		t.Errorf("RunSignup was written by %v", writing)
	}
}
