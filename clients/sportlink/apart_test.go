package sportlink_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/sync/connector"
)

const link = "/navajo/entity/common/clubweb/user/LinkToPerson"

// TestToldApart is one club and each thing that can stand in the way of it, one
// after the other: each has a reason of its own and no value in its text. None
// counts as a refused sign-in, or the third would not be tried.
func TestToldApart(t *testing.T) {
	t.Parallel()
	const page = "/member/search"
	w := newWorld(t, sportlinksim.Options{Members: 5, Seed: 6})
	w.Timeouts.SignIn, w.Timeouts.Page = 6*time.Second, 5*time.Second
	w.reopen()
	status := func(code int, header ...string) simkit.Do {
		do := simkit.Do{Kind: simkit.FaultStatus, Status: code, Headers: map[string]string{}}
		if len(header) == 2 {
			do.Headers[header[0]] = header[1]
		}
		return do
	}
	for _, c := range []struct {
		name   string
		at     string // the path of the fault
		do     simkit.Do
		class  connector.Class
		reason string
		says   string
	}{
		{name: "captcha", at: "*/auth", class: connector.Denied, reason: browserworker.Captcha, says: "by hand"},
		{name: "a challenge", at: "*/auth", do: status(403, "cf-mitigated", "challenge"), class: connector.Denied, reason: browserworker.Captcha},
		{name: "a challenge at the site", at: search, do: status(403, "cf-mitigated", "challenge"), class: connector.Denied, reason: browserworker.Captcha},
		{name: "password-expired", at: "*/authenticate", class: connector.Denied, reason: browserworker.PasswordExpired, says: "settings"},
		{name: "new-terms", at: "*/authenticate", class: connector.Denied, reason: browserworker.NewTerms, says: "accept"},
		{name: "notice-page", at: "*/authenticate", class: connector.Denied, reason: browserworker.NewTerms},
		{name: "configure-otp", at: "*/authenticate", class: connector.Denied, reason: browserworker.ActionRequired},
		{name: "verify-email", at: "*/authenticate", class: connector.Denied, reason: browserworker.ActionRequired},
		{name: "maintenance", at: "*/auth", class: connector.Transient, reason: browserworker.Maintenance},
		{name: "maintenance", at: "/", class: connector.Transient, reason: browserworker.Maintenance},
		{name: "maintenance", at: page, class: connector.Transient, reason: browserworker.Maintenance},
		{name: "no-rights", at: page, class: connector.Denied, reason: browserworker.MissingRights, says: "Give it the right"},
		{name: "no-rights", at: search, class: connector.Denied, reason: browserworker.MissingRights},
		{name: "no-rights", at: link, class: connector.Denied, reason: browserworker.MissingRights},
		{name: "renamed-more", at: page, class: connector.Drifted, reason: browserworker.PageChanged, says: "#btnShowMore is not there"},
		{name: "moved", at: "/", do: simkit.Do{Body: "http://club.example.org/"}, class: connector.Drifted, reason: browserworker.HostRefused, says: "club.example.org:80"},
		{name: "the provider is down", at: "*/auth", do: status(503), class: connector.Transient, says: "status 503"},
		{name: "the provider breaks at a form", at: "*/authenticate", do: status(500), class: connector.Transient, says: "status 500"},
		{name: "the provider gives no token", at: "*/token", do: status(502), class: connector.Transient, says: "gives the page no answer"},
		{name: "the provider has had enough", at: "*/authenticate", do: status(429), class: connector.Transient, says: "status 429"},
		{name: "the site has had enough", at: search, do: status(429), class: connector.Transient, says: "status 429"},
		{name: "a page of the site has had enough", at: page, do: status(429), class: connector.Transient, says: "status 429"},
		{name: "the site says until when", at: search, do: status(429, "Retry-After", "7"), class: connector.Throttled, says: "after 7s"},
		{name: "the provider says until when", at: "*/authenticate", do: status(429, "Retry-After", "7"), class: connector.Throttled, says: "after 7s"},
		{name: "refresh in vain", at: "*/token", do: simkit.Do{Kind: simkit.FaultBody, Status: 400, Body: `{"error":"invalid_grant"}`, Headers: map[string]string{"Access-Control-Allow-Origin": "*"}}, class: connector.Drifted, reason: browserworker.InCircles},
	} {
		t.Logf("case %s at %s", c.name, c.at)
		w.sim.ExpireSessions()
		w.nextCode()
		f := simkit.Fault{Match: simkit.Match{Path: c.at}, Do: c.do}
		if c.do.Kind == "" {
			w.inject(c.name, f)
		} else {
			w.inject("", f)
		}
		before := len(w.sim.SignIns())
		_, err := list(t, w)
		if connector.ClassOf(err) != c.class || connector.ReasonOf(err) != c.reason || !strings.Contains(fmt.Sprint(err), c.says) {
			t.Fatalf("%s at %s: %v, want %s %s and %q", c.name, c.at, err, c.class, c.reason, c.says)
		}
		for _, s := range w.sim.SignIns()[before:] {
			if s.Password != nil && c.reason == browserworker.Captcha && c.at == "*/auth" {
				t.Errorf("%s: a password was sent to a form that takes none", c.name)
			}
		}
		for _, value := range w.sim.Values() {
			if strings.Contains(err.Error(), value) {
				t.Errorf("%s: the error holds a value", c.name)
			}
		}
		w.sim.ClearFaults()
	}
	w.sim.ExpireSessions()
	w.nextCode()
	w.must("all cleared away")
	for _, s := range w.host.Shown() {
		for _, value := range w.sim.Values() {
			if s.MediaType != "image/png" && strings.Contains(string(s.Data), value) {
				t.Errorf("the evidence %s holds a value", s.Name)
			}
		}
	}
}

// TestBrokenOnce: what breaks once is tried once more, by whoever lists.
func TestBrokenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sportlinksim.Options{Members: 5, Seed: 6})
	c := connector.Retry{Attempts: 2, Wait: time.Millisecond}.Of(w.Connector)
	for _, at := range []string{"*/auth", "*/authenticate", "*/token", link, "/member/search", search} {
		for _, code := range []int{500, 429} {
			w.sim.ExpireSessions()
			w.nextCode()
			do := simkit.Do{Kind: simkit.FaultStatus, Status: code, Headers: map[string]string{"Retry-After": "1"}}
			w.inject("", simkit.Fault{Match: simkit.Match{Path: at}, Times: 1, Do: do})
			if page, err := list(t, c); err != nil || len(page.Items) != 5 {
				t.Fatalf("%d at %s: %v", code, at, err)
			}
			w.sim.ClearFaults()
		}
	}
}

// TestNamesWhatElseIsMissing: a page that lacks something names the hosts that
// it could not reach; a notice of maintenance on it explains nothing.
func TestNamesWhatElseIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sportlinksim.Options{Members: 5, Seed: 6})
	w.Timeouts.Page = 4 * time.Second
	w.reopen()
	for _, name := range []string{"renamed-more", "foreign-host", "notice-of-maintenance"} {
		w.inject(name, simkit.Fault{Match: simkit.Match{Path: "/member/search"}})
	}
	_, err := list(t, w)
	if connector.ReasonOf(err) != browserworker.PageChanged || !strings.Contains(err.Error(), "pictures.example.org:80") {
		t.Fatalf("%v, want %s with the host", err, browserworker.PageChanged)
	}
	if !strings.Contains(w.host.Logged(), "pictures.example.org:80") {
		t.Error("the log does not name the host")
	}
}

// TestTimeouts: what the settings give a page is what it gets, whatever the
// pool gives others.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	pool := browsertest.Pool(t, func(c *browserworker.Config) { c.ActionTimeout = 8 * time.Second })
	w := newWorldIn(t, pool, sportlinksim.Options{Members: 5, Seed: 6})
	w.Timeouts.Page = time.Minute
	w.reopen()
	w.inject("", simkit.Fault{Match: simkit.Match{Path: "/member/search"}, Times: 1, Do: simkit.Do{Kind: simkit.FaultDelay, Delay: "10s"}})
	w.must("a page that is given a minute")
	w.Timeouts.Page = 2 * time.Second
	w.reopen()
	w.inject("", simkit.Fault{Match: simkit.Match{Path: "/member/search"}, Do: simkit.Do{Kind: simkit.FaultDelay, Delay: "6s"}})
	if _, err := list(t, w); connector.ClassOf(err) != connector.Transient {
		t.Fatalf("a page that is given two seconds: %v", err)
	}
}
