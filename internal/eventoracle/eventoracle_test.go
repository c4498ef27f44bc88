package eventoracle

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// world is a small one in which all is as it must be.
func world(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile("testdata/world.json")
	if err != nil {
		t.Fatal(err)
	}
	var w map[string]any
	if err := json.Unmarshal(text, &w); err != nil {
		t.Fatal(err)
	}
	return w
}

func checked(t *testing.T, w map[string]any) []Difference {
	t.Helper()
	return checkedOn(t, w, "2026-11-29T12:00:00Z")
}

func checkedOn(t *testing.T, w map[string]any, now string) []Difference {
	t.Helper()
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	of := func(name string) []byte {
		b, err := json.Marshal(w[name])
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	found, err := Check(World{
		EMS: of("ems"), MailChimp: of("mailchimp"), ChatWoot: of("chatwoot"), Mautic: of("mautic"), RunSignup: of("runsignup"),
		TagServer: of("tagserver"), Now: at, Races: []Race{{ID: 1, Event: 3101, Bibs: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestNoDifference(t *testing.T) {
	t.Parallel()
	for _, d := range checked(t, world(t)) {
		t.Error(d)
	}
}

// Who is no participant is at TagServer only if they were one before, and as they are.
func TestEntered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		deleted any
		name    string
		want    string
	}{
		{"2026-11-01T00:00:00+00:00", "Bilal", ""},
		{"2026-11-01T00:00:00+00:00", "Another", "tagserver people: 2: first_name differs"},
		{nil, "Bilal", "tagserver event-participants: 9: record missing"},
		{"never", "Bilal", "tagserver people: 2: record extra"},
	} {
		w := world(t)
		ems, timing := w["ems"].(map[string]any), w["tagserver"].(map[string]any)
		if c.deleted != "never" {
			ems["event_participant"] = append(ems["event_participant"].([]any), map[string]any{"id": 9, "event_id": 1, "person_id": 2, "deleted_on": c.deleted})
		}
		timing["people"] = append(timing["people"].([]any), map[string]any{
			"id": 299, "emsId": 2, "firstName": c.name, "lastName": "Aalders", "dateOfBirth": "2015-01-01", "gender": "MALE",
		})
		var got []string
		for _, d := range checked(t, w) {
			got = append(got, d.String())
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%v, %s: %q, want %q", c.deleted, c.name, got, c.want)
		}
	}
}

// An event before the window, and what hangs on it, may not be at TagServer; in it all of it
// must be; after it both are right, but for what EMS has only since.
func TestWindow(t *testing.T) {
	t.Parallel()
	const none = `tagserver event-participants: 1: record missing; tagserver event-participants: 2: record missing; ` +
		`tagserver events: 1: record missing; tagserver people: 1: record missing; tagserver people: 3: record missing; ` +
		`tagserver races: 1: record missing; tagserver start-group-participants: 1: record missing; ` +
		`tagserver start-groups: 1: record missing; tagserver tags: 5: record missing`
	for _, c := range []struct {
		now  string
		held bool
		new  string // when the event came into EMS; blank: before
		want string
	}{
		{"2025-12-20T08:59:59Z", true, "", strings.ReplaceAll(none, "missing", "extra")}, // a year and a second before it begins
		{"2025-12-20T08:59:59Z", false, "", ""},
		{"2025-12-20T09:00:01Z", true, "", ""},
		{"2025-12-20T09:00:01Z", false, "", none},
		{"2027-01-19T16:59:59Z", true, "", ""}, // thirty days, but for a second, after it has ended
		{"2027-01-19T16:59:59Z", false, "", none},
		{"2027-01-19T17:00:01Z", true, "", ""},
		{"2027-01-19T17:00:01Z", false, "", ""},
		{"2027-02-01T00:00:00Z", true, "2027-01-20T00:00:00Z", strings.ReplaceAll(none, "missing", "extra")},
	} {
		w := world(t)
		ems, timing := w["ems"].(map[string]any), w["tagserver"].(map[string]any)
		if !c.held {
			for path := range timing {
				if path != "organisations" {
					timing[path] = []any{}
				}
			}
		}
		if c.new != "" {
			ems["event"].([]any)[0].(map[string]any)["created_on"] = c.new
		}
		var got []string
		for _, d := range checkedOn(t, w, c.now) {
			if d.System == "tagserver" { // a membership ends meanwhile
				got = append(got, d.String())
			}
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s, %v, %s: %q, want %q", c.now, c.held, c.new, got, c.want)
		}
	}
}

// Whatever value of whatever system is another one, it is told; so is a record that is not
// there, and one that is there twice.
func TestEveryDifference(t *testing.T) {
	t.Parallel()
	systems := []string{"mailchimp", "chatwoot", "mautic", "runsignup", "tagserver"}
	tried := 0
	for _, system := range systems {
		for _, path := range leaves(system, world(t)[system]) {
			w := world(t)
			change(w, strings.Split(path, "/"))
			if len(checked(t, w)) == 0 {
				t.Errorf("%s is another one, and nothing is told", path)
			}
			tried++
		}
	}
	if tried < 200 {
		t.Errorf("only %d changes were tried", tried)
	}
}

// free is what may be otherwise: numbers of a system's own to which nothing refers, what
// is a set, why somebody stands in Do-Not-Contact, and a user without a registration.
var free = []string{
	"chatwoot/contacts/1/id", "chatwoot/contacts/2/id", "runsignup/registrations/0/registration_id", "tagserver/event-participants/1/id",
	"tagserver/start-group-participants/0/id", "tagserver/tags/0/id", "chatwoot/conversations/0/labels/0/+",
	"mailchimp/lists/0/members/0/tags/0/+", "mautic/contacts/0/tags/0/+", "mautic/contacts/2/dnc/0/+", "mautic/contacts/2/dnc/0/reason", "mautic/contacts/0/dnc/0/+", "mautic/contacts/0/dnc/0/reason",
	"runsignup/users/0/+",
}

// leaves are the paths of all values below one, and of all elements of lists.
func leaves(path string, v any) (out []string) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			out = append(out, leaves(path+"/"+name, inner)...)
		}
	case []any:
		for i, inner := range v {
			at := fmt.Sprintf("%s/%d", path, i)
			if path != "mailchimp/lists" { // the audience is the first
				out = append(out, at+"/-", at+"/+")
			}
			out = append(out, leaves(at, inner)...)
		}
	default:
		out = append(out, path)
	}
	return slices.DeleteFunc(out, func(p string) bool { return slices.Contains(free, p) })
}

// change makes the value at a path another one, or takes an element out ("-"), or adds it
// once more ("+").
func change(w map[string]any, path []string) {
	var set func(v any, path []string) any
	set = func(v any, path []string) any {
		if len(path) == 0 {
			return another(v)
		}
		switch v := v.(type) {
		case map[string]any:
			v[path[0]] = set(v[path[0]], path[1:])
			return v
		case []any:
			var i int
			_, _ = fmt.Sscan(path[0], &i)
			switch {
			case len(path) == 2 && path[1] == "-":
				return slices.Delete(v, i, i+1)
			case len(path) == 2 && path[1] == "+":
				return append(v, v[i])
			}
			v[i] = set(v[i], path[1:])
			return v
		}
		return v
	}
	set(w, path)
}

func another(v any) any {
	switch v := v.(type) {
	case string:
		return v + "9"
	case float64:
		return v + 90
	case bool:
		return !v
	default:
		return "9"
	}
}
