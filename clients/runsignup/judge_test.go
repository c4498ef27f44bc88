package runsignup

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/runsignup/runsignupsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// An error stands in an answer of 200: as an object, or as the first element of a list.
func TestErrorsInside(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	c := b.place(t, Participants)
	for code, class := range map[int]connector.Class{
		1: connector.Drifted, 3: connector.Rejected, 4: connector.Transient, 5: connector.Transient, 6: connector.Denied, 7: connector.Denied,
		13: connector.Denied, 14: connector.Throttled, 201: connector.Drifted, 301: connector.Drifted, 999: connector.Rejected,
	} {
		for _, form := range []string{`{"error":{"error_code":%d,"error_msg":"zoe.mokoena@example.org"}}`, `[{"error":{"error_code":%d,"error_msg":"x"}}]`} {
			fault, err := b.Inject(t.Context(), simkit.Fault{
				Match: simkit.Match{Path: "/rest/race/*/participants"}, Do: simkit.Do{Kind: simkit.FaultBody, Body: fmt.Sprintf(form, code)},
			})
			if err != nil {
				t.Fatal(err)
			}
			_, read := c.Get(t.Context(), "3001-5")
			_, made := c.Create(t.Context(), sample(0))
			var listed error
			for _, listed = range c.List(t.Context(), "") {
			}
			for _, err := range []error{read, made, listed} {
				if e := wantClass(t, err, class, fmt.Sprint(code)); strings.Contains(e.Error(), "zoe") || e.Unsent {
					t.Errorf("%d: the message is told on, or nothing was sent: %+v", code, e)
				}
			}
			if err := b.ClearFault(t.Context(), fault); err != nil {
				t.Fatal(err)
			}
		}
	}
	for body, is := range map[string]bool{`[]`: false, `{}`: false, `[{"event":{}}]`: false, `{"error":null}`: false, `{"error":"text","details":{}}`: true, `x`: false} {
		if e := judge(200, []byte(body)); (e != nil) != is {
			t.Errorf("%s: %v", body, e)
		}
	}
}

// A status of 404 that is not RunSignup's own word takes nothing away: neither a race with
// its events, nor a registration, nor a person is gone for it.
func TestNotTheirs404(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{Members: 1})
	ids := map[string]record.ExternalID{Races: "1001-2001", Events: "3001", Users: "900001"}
	people, _, _ := list(t, b.place(t, Participants), "")
	for id := range people {
		ids[Participants] = id
	}
	for _, do := range []simkit.Do{{Kind: simkit.FaultHTML, Status: 404}, {Kind: simkit.FaultStatus, Status: 404}, {Kind: simkit.FaultBody, Status: 404, Body: `{"error":"text","details":{}}`}} {
		fault, err := b.Inject(t.Context(), simkit.Fault{Match: simkit.Match{Part: "api"}, Do: do})
		if err != nil {
			t.Fatal(err)
		}
		for place, id := range ids {
			_, err := b.place(t, place).Get(t.Context(), id)
			wantClass(t, err, connector.Drifted, "is base_url")
			for _, err = range b.place(t, place).List(t.Context(), "") {
			}
			wantClass(t, err, connector.Drifted, "is base_url")
		}
		if err := b.ClearFault(t.Context(), fault); err != nil {
			t.Fatal(err)
		}
	}
}

// Without what registrations are told apart by nothing is read, and names do not help.
func TestRights(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{Members: 1})
	b.control(t, "PATCH", "/settings", map[string]any{"blind": true})
	_, err := b.conn.Check(t.Context())
	if e := wantClass(t, err, connector.Denied, "race 1001"); e.Reason != "INSUFFICIENT_RIGHTS" {
		t.Errorf("reason %q", e.Reason)
	}
	for _, place := range []string{Participants, Users} {
		for p, err := range b.place(t, place).List(t.Context(), "") {
			wantClass(t, err, connector.Denied, "user_id")
			if len(p.Items) > 0 {
				t.Error("something was read")
			}
		}
	}
	// One who may not see a user has not been told that there is none.
	fault := simkit.Fault{Match: simkit.Match{Path: "/rest/user/*"}, Do: simkit.Do{Kind: simkit.FaultBody, Body: `{"error":{"error_code":7,"error_msg":"Permission Denied"}}`}}
	if _, err := b.Inject(t.Context(), fault); err != nil {
		t.Fatal(err)
	}
	_, err = b.place(t, Users).Get(t.Context(), "900001")
	wantClass(t, err, connector.Rejected, "may not see")
}

// anonymous takes out of what RunSignup shows whose the registrations of one user are.
type anonymous struct {
	next http.RoundTripper
	user *int
}

func (a anonymous) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := a.next.RoundTrip(r)
	if err != nil || r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/participants") {
		return resp, err
	}
	raw, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	raw = bytes.Replace(raw, []byte(`"user_id":`+strconv.Itoa(*a.user)), []byte(`"user_id":null`), 1)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	return resp, err
}

// One registration of which nobody can say whose it is is a fault of its own, and no sign
// of what the key may see: the others are read.
func TestOneWithoutAUser(t *testing.T) {
	t.Parallel()
	thandi := 0
	b := setup(t, runsignupsim.Options{}, func(c *Config) { c.transport = anonymous{c.transport, &thandi} })
	thandi = b.person(t, "Thandi", "Mokoena")
	sipho := b.person(t, "Sipho", "Dube")
	whose, other := b.registers(t, thandi, 3001), b.registers(t, sipho, 3001)
	if _, err := b.conn.Check(t.Context()); err != nil {
		t.Error(err)
	}
	c := b.place(t, Participants)
	for name, want := range map[string]record.ExternalID{Participants: id(3001, whose), Users: ""} {
		var faults, items []record.ExternalID
		for p, err := range b.place(t, name).List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range p.Faults {
				faults = append(faults, f.ID)
			}
			for _, i := range p.Items {
				items = append(items, i.ID)
			}
		}
		if len(faults) != 1 || faults[0] != want || len(items) != 1 {
			t.Errorf("%s: faults %q, items %q", name, faults, items)
		}
	}
	_, err := c.Get(t.Context(), id(3001, whose))
	wantClass(t, err, connector.Rejected, "without user_id")
	if _, err := c.Get(t.Context(), id(3001, other)); err != nil {
		t.Error(err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{Members: 1, Seed: 5})
	print, err := b.conn.Check(t.Context())
	if err != nil || print != "runsignup 127.0.0.1 partner 105" {
		t.Errorf("fingerprint %q, %v", print, err)
	}
	good := b.cfg.Races
	b.cfg.Races = []Race{
		{12, 7, 2001, BibsByEMS, []Event{{31, 3001}}},
		{13, 1001, 2002, BibsByEMS, []Event{{32, 3002}}},
		{14, 1001, 1901, BibsByEMS, []Event{{33, 2901}, {34, 4444}}},
	}
	_, err = b.open(t).Check(t.Context())
	for _, want := range []string{"no race 7", "race 1001 has no race_event_days_id 2002", "no event_id 4444 on the day 1901", "systems.runsignup.races"} {
		wantClass(t, err, connector.Drifted, want)
	}
	b.cfg.Races, b.cfg.APISecret = good, "other"
	_, err = b.open(t).Check(t.Context())
	wantClass(t, err, connector.Denied, "6")
	for _, r := range b.sim.Requests(0) {
		if strings.Contains(r.Query, "secret") {
			t.Error("a secret stands in an address")
		}
	}
}

// A token that has ended is fetched anew, once; a grant that is none opens nothing.
func TestOAuth(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{Members: 1}, func(c *Config) {
		c.APIKey, c.APISecret = "", ""
		c.OAuth.ClientID, c.OAuth.ClientSecret, c.OAuth.RefreshToken = "invented-client", "invented-client-secret", "invented-refresh-token"
		c.Caller, c.CallerSecret = "touchline", "x"
	})
	check := func() error { _, err := b.conn.Check(t.Context()); return err }
	if err := check(); err != nil {
		t.Fatal(err)
	}
	b.control(t, "POST", "/tokens/expire", nil)
	if err := check(); err != nil {
		t.Fatal(err)
	}
	fetched := 0
	for _, r := range b.sim.Requests(0) {
		if strings.HasSuffix(r.Path, "refresh-token.json") {
			fetched++
		}
	}
	if fetched != 2 {
		t.Errorf("%d tokens were fetched, want 2", fetched)
	}
	b.cfg.OAuth.RefreshToken = "other"
	c, err := b.cfg.Open(connectortest.NewHost(t)) // one that keeps no token
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Check(t.Context())
	wantClass(t, err, connector.Denied, "401")
}

func TestConfig(t *testing.T) {
	t.Parallel()
	good := Config{APIKey: "k", APISecret: "s", Races: []Race{{12, 1, 2, BibsThere, []Event{{31, 3}}}}}
	if err := good.Validate(); err != nil {
		t.Errorf("good settings: %v", err)
	}
	both := good
	both.OAuth.ClientID = "c"
	half := Config{Caller: "x", Region: "za"}
	half.OAuth.ClientID = "c"
	twice := good
	twice.Races = []Race{good.Races[0], {12, 1, 2, "me", []Event{{31, 3}}}, {}}
	for name, c := range map[string]struct {
		cfg   Config
		words []string
	}{
		"nothing": {Config{}, []string{"api_key is missing", "api_secret is missing", "races is empty"}},
		"both":    {both, []string{"both set"}},
		"half":    {half, []string{"oauth needs", "caller", "region"}},
		"twice": {twice, []string{
			"races[1]: event 12 is there twice", "races[1]: race_event_days_id 2 is there twice", "races[1]: race 31", "races[1]: event_id 3 is there twice",
			"races[1]: bibs must say", "races[2] needs event", "races[2]: events is empty",
		}},
	} {
		err := c.cfg.Validate()
		for _, word := range c.words {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("%s: no word about %q in %v", name, word, err)
			}
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", good, good, good); strings.Contains(text, `"s"`) {
		t.Error("a secret is printed")
	}
}

// Values that RunSignup knows and we do not are left as they are.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	row := `{"key":"3001-5","in_event":"3001","in_race":"1001-2001","registration_id":5,"bib_num":"12a","registration_date":"11/1/2026 01:30","last_modified":1772356522,
		"imported":"T","user":{"user_id":9,"first_name":"Zoë","last_name":"Hof","gender":"X","dob":"01/02/1991","email":"Zoe@Example.org"}}`
	item, _, fault := b.conn.(*account).entries.Decode([]byte(row))
	if fault != nil {
		t.Fatal(fault)
	}
	for f, want := range map[record.Field]string{participant.Gender: "unknown code", participant.RegisteredOn: "the hour comes twice on that day"} {
		if item.Unreadable[f] != want {
			t.Errorf("%s: %q, want %q", f, item.Unreadable[f], want)
		}
	}
	if f := item.Fields; f[participant.Email] != "zoe@example.org" || f[participant.Bib] != "12a" || f.Has(participant.Paid) || item.Changed.Unix() != 1772356522 {
		t.Errorf("%+v", item)
	}
}
