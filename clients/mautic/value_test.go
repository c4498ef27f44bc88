package mautic

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/mautic/mauticsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/value"
)

// What Mautic would drop or mutilate without a word is refused without a call, field by
// field; what is near to it is taken, and stands there as it was sent.
func TestRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	for _, c := range []struct {
		field record.Field
		value string
		why   string // "" is taken
	}{
		{eventperson.LastName, "0", "a number below 1"},
		{eventperson.LastName, "0.5", "a number below 1"},
		{eventperson.FirstName, "-.9", "a number below 1"},
		{eventperson.FirstName, "00", "a number below 1"},
		{eventperson.City, "1e-3", "a number below 1"},
		{eventperson.City, "1.5", ""},
		{eventperson.City, "0x1", ""},
		{eventperson.LastName, "0 Null", ""},
		{eventperson.LastName, strings.Repeat("é", 191), ""},
		{eventperson.LastName, strings.Repeat("é", 192), "too long"},
		{eventperson.FirstName, "<br>", "nothing but HTML"},
		{eventperson.FirstName, "a < b", "has a <"},
		{eventperson.Email, "zoë@example.org", "not an address"},
		{eventperson.Email, "zo\"e@example.org", "not an address"},
		{eventperson.Email, "o'neil+x@example.org", ""},
		{eventperson.Email, strings.Repeat("a", 190) + "@example.org", "not an address"},
		{eventperson.Memberships, strings.Repeat("g", 200) + ":active", "too long for a tag"},
		{eventperson.Country, "XK", "a country that Mautic does not know"},
		{eventperson.ID, "", "not an id"},
		{eventperson.ID, "0", "not an id"},
		{eventperson.ID, "x7", "not an id"},
	} {
		want := sample(0)
		want[c.field] = c.value
		err := b.one.Accepts(want)
		n := len(b.sent.Sent())
		item, failed := b.one.Create(t.Context(), want)
		if c.why == "" {
			if err != nil || failed != nil || item.Fields[c.field] != c.value {
				t.Errorf("%s %.20q: %v, %v, and is %.20q", c.field, c.value, err, failed, item.Fields[c.field])
			}
			continue
		}
		for _, err := range []error{err, failed} {
			if e, _ := errors.AsType[*connector.Error](err); e == nil || e.Class != connector.Rejected || e.Field != c.field || !e.Unsent || !strings.Contains(e.Why, c.why) {
				t.Errorf("%s %.20q: %v", c.field, c.value, err)
			}
		}
		if calls := b.since(n); len(calls) != 0 {
			t.Errorf("%s %.20q: calls %v", c.field, c.value, calls)
		}
	}
}

// HTML is taken out before it is sent, so that what stands there does not differ.
func TestHTML(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	want := sample(0)
	want[eventperson.LastName] = "O'Neil & <b>Söns</b>"
	item, err := b.one.Create(t.Context(), want)
	if err != nil || item.Fields[eventperson.LastName] != "O'Neil & Söns" {
		t.Fatalf("%+v, %v", item, err)
	}
	n := len(b.sim.Writes(0))
	if _, err := b.set(t, 0, item.ID, record.Fields{eventperson.LastName: want[eventperson.LastName]}); err != nil || len(b.sim.Writes(0)) != n {
		t.Errorf("it is written again, %v", err)
	}
}

// Capitals in an address are of whoever typed it there: they are no change.
func TestCapitals(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	_, id := b.create(t, 0)
	address := sample(0)[eventperson.Email]
	simtest.Control(t, b.Remote, "PATCH", "/contacts/"+string(id), map[string]any{"values": map[string]any{"email": strings.ToUpper(address)}}, nil)
	n := len(b.sim.Writes(0))
	item, err := b.set(t, 0, id, record.Fields{eventperson.Email: address})
	if err != nil || item.Fields[eventperson.Email] != address || len(b.sim.Writes(0)) != n {
		t.Errorf("%+v, %v", item, err)
	}
	free := b.there(t, map[string]any{"email": "Nobody.S@Runners.Example.org"})
	if found, err := b.one.Find(t.Context(), record.Fields{eventperson.ID: "9", eventperson.Email: "nobody.s@runners.example.org"}); err != nil || found.ID != free {
		t.Errorf("found is %+v, %v", found, err)
	}
}

// Every country has the name that Mautic has for it, and comes back by it, or is refused.
func TestCountries(t *testing.T) {
	t.Parallel()
	names := mauticsim.Countries()
	refused := 0
	for a := 'A'; a <= 'Z'; a++ {
		for z := 'A'; z <= 'Z'; z++ {
			code := string([]rune{a, z})
			if is, err := value.Country(code); err != nil || is != code {
				continue
			}
			name, err := writeCountry(code)
			if err != nil {
				refused++
				continue
			}
			back, err := readCountry(name)
			if !slices.Contains(names, name) || err != nil || back != code {
				t.Errorf("%s is written as %q and read as %q, %v", code, name, back, err)
			}
		}
	}
	if refused > 15 {
		t.Errorf("%d countries are refused", refused)
	}
	for _, name := range names { // also those that we never write
		if code, err := readCountry(name); err == nil && code == "" {
			t.Errorf("%s is read as none", name)
		}
	}
	if item := decoded(t, `"fields":{"all":{"country":"Yugoslavia","city":"X"}},"tags":[],"doNotContact":[]`); item.Unreadable[eventperson.Country] == "" || item.Fields[eventperson.City] != "X" {
		t.Errorf("%+v", item)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	good := func() Config {
		c := Config{}
		c.BaseURL, c.ClientID, c.ClientSecret = "https://mautic.example.org", "c", "s"
		return c
	}
	for what, c := range map[string]struct {
		change func(*Config)
		why    string
	}{
		"good":         {func(*Config) {}, ""},
		"no address":   {func(c *Config) { c.BaseURL = "" }, "base_url"},
		"plain http":   {func(c *Config) { c.BaseURL = "http://mautic.example.org" }, "plain http"},
		"both":         {func(c *Config) { c.Username = "u" }, "either client_id and client_secret, or username and password"},
		"half":         {func(c *Config) { c.ClientSecret = "" }, "client_secret is missing"},
		"a bad region": {func(c *Config) { c.Region = "nl" }, "region"},
	} {
		cfg := good()
		c.change(&cfg)
		if err := cfg.Validate(); (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
