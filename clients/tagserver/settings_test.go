package tagserver

import (
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
)

// What is wrong with the settings is told by name, without their values.
func TestSettings(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		change func(*Config)
		why    string
	}{
		"good":           {func(*Config) {}, ""},
		"on loopback":    {func(c *Config) { c.BaseURL = "http://127.0.0.1:8080" }, ""},
		"no address":     {func(c *Config) { c.BaseURL = "" }, "base_url"},
		"plain http":     {func(c *Config) { c.BaseURL = "http://timing.example.org" }, "plain http"},
		"no user":        {func(c *Config) { c.Username = "" }, "username is missing"},
		"no password":    {func(c *Config) { c.Password = "" }, "password is missing"},
		"a large page":   {func(c *Config) { c.Page = 1001 }, "from 0 to 1000"},
		"the most":       {func(c *Config) { c.Page = 1000 }, ""},
		"no window":      {func(c *Config) { c.Past = -1 }, "past and ahead"},
		"a day ahead":    {func(c *Config) { c.Ahead = 24 * time.Hour }, ""},
		"none ahead":     {func(c *Config) { c.Ahead = -1 }, "past and ahead"},
		"none at once":   {func(c *Config) { c.Parallel = -1 }, "parallel"},
		"no time at all": {func(c *Config) { c.Timeout = -1 }, "timeout"},
	} {
		cfg := Config{Username: "u", Password: "the password"}
		cfg.BaseURL = "https://timing.example.org"
		c.change(&cfg)
		err := cfg.Validate()
		if (err == nil) != (c.why == "") || err != nil && (!strings.Contains(err.Error(), c.why) || strings.Contains(err.Error(), "the password")) {
			t.Errorf("%s: %v", what, err)
		}
		if _, opened := cfg.Open(connectortest.NewHost(t)); (err == nil) != (opened == nil) {
			t.Errorf("%s: opened, %v", what, opened)
		}
	}
}

// The window of events is as it is set, and that of the manual where it is not.
func TestWindow(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for _, c := range []struct{ set, want record.Window }{
		{record.Window{}, record.Window{Past: 30 * day, Ahead: 365 * day}},
		{record.Window{Past: 7 * day}, record.Window{Past: 7 * day, Ahead: 365 * day}},
		{record.Window{Ahead: 90 * day}, record.Window{Past: 30 * day, Ahead: 90 * day}},
	} {
		if got := (Config{Past: c.set.Past, Ahead: c.set.Ahead}).Window(); got != c.want {
			t.Errorf("of %+v it is %+v", c.set, got)
		}
	}
}
