package server

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What is turned away is told at once, and then summed: however many calls come,
// from however many clients, the log gets a bounded number of lines.
func TestTurnedAway(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	away := newTurnedAway(slog.New(slog.NewTextHandler(&log, nil)), time.Hour)
	wrong := func(client string) refusedCall { return refusedCall{refusedToken, "token is unknown", client} }
	for range 1000 {
		away.note(wrong("192.0.2.1"))
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "client=192.0.2.1 count=1") {
		t.Fatalf("at once the log says %q", got)
	}
	for i := range 100 {
		away.note(wrong(fmt.Sprint("198.51.100.", i)))
	}
	away.note(refusedCall{"mailchimp", "the wrong word", "192.0.2.9"})
	log.Reset()
	away.sum()
	got := log.String()
	if n := strings.Count(got, "\n"); n != turnedAwayMost+1 {
		t.Errorf("%d lines after a minute, want %d", n, turnedAwayMost+1)
	}
	for _, want := range []string{"client=192.0.2.1 count=999", "client=198.51.100.7 count=1", "of other kinds or clients\" count=82"} {
		if !strings.Contains(got, want) {
			t.Errorf("the log does not say %q: %s", want, got)
		}
	}
	log.Reset()
	away.note(refusedCall{"mailchimp", "the wrong word", "192.0.2.9"})
	away.close()
	if got := log.String(); !strings.Contains(got, "system=mailchimp") || !strings.Contains(got, "client=192.0.2.9 count=1") {
		t.Errorf("at the end the log says %q", got)
	}
}

// X-Forwarded-For is believed of a proxy that is named, and of it only what that
// proxy has written.
func TestClient(t *testing.T) {
	t.Parallel()
	proxies, err := Proxies([]string{"127.0.0.1", "10.0.0.0/8", "::1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		remote    string
		forwarded []string
		want      string
	}{
		"no proxy":                 {"192.0.2.1:5", nil, "192.0.2.1"},
		"a client that pretends":   {"192.0.2.1:5", []string{"203.0.113.9"}, "192.0.2.1"},
		"a proxy":                  {"127.0.0.1:5", []string{"203.0.113.9"}, "203.0.113.9"},
		"a client before a proxy":  {"127.0.0.1:5", []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		"two proxies":              {"127.0.0.1:5", []string{"198.51.100.1", "203.0.113.9, 10.1.2.3"}, "203.0.113.9"},
		"with ports and brackets":  {"[::1]:5", []string{"[2001:db8::7]:443"}, "2001:db8::7"},
		"IPv4 in IPv6":             {"[::ffff:127.0.0.1]:5", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		"a proxy that tells none":  {"127.0.0.1:5", nil, "127.0.0.1"},
		"a proxy that tells bosh":  {"127.0.0.1:5", []string{"203.0.113.9, unknown"}, "127.0.0.1"},
		"a proxy itself":           {"10.0.0.1:5", []string{"10.0.0.2"}, "10.0.0.2"},
		"what is no address":       {"@", nil, ""},
		"a zone is no other place": {"[fe80::1%eth0]:5", nil, "fe80::1"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.forwarded}}
		if got := (clients{proxies}).of(r); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if _, err := Proxies([]string{"proxy.example.org"}); err == nil {
		t.Error("a name is taken for an address")
	}
}
