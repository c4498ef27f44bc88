package sportlink

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/clients/internal/website"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
)

// TestDefaults compares the delays and time-outs with those of
// docs/systems/sportlink.md.
func TestDefaults(t *testing.T) {
	t.Parallel()
	c := Config{}.withDefaults()
	for name, d := range map[string][2]time.Duration{
		"delay_min": {c.DelayMin, 500 * time.Millisecond},
		"delay_max": {c.DelayMax, 1500 * time.Millisecond},
		"sign_in":   {c.Timeouts.SignIn, 45 * time.Second},
		"marker":    {c.Timeouts.Marker, 25 * time.Second},
		"page":      {c.Timeouts.Page, 20 * time.Second},
		"answer":    {c.Timeouts.Answer, 60 * time.Second},
	} {
		if d[0] != d[1] {
			t.Errorf("%s is %s, want %s", name, d[0], d[1])
		}
	}
	if c.BaseURL != "https://club.sportlink.com" || len(c.AuthURLs) != 1 || c.AuthURLs[0] != "https://idm.sportlink.com" {
		t.Errorf("addresses %s, %v", c.BaseURL, c.AuthURLs)
	}
	if own := (Config{Settings: website.Settings{BaseURL: "https://club.example.org"}}).withDefaults(); len(own.Sources) != 0 {
		t.Errorf("another site may reach %v", own.Sources)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	good := Config{Settings: website.Settings{Username: "u", Password: "p", OTPSecret: "GEZD GNBV-GY3T QOJQ"}}
	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"good":       {func(*Config) {}, ""},
		"no name":    {func(c *Config) { c.Username = "" }, "username"},
		"no word":    {func(c *Config) { c.Password = "" }, "password"},
		"bad secret": {func(c *Config) { c.OTPSecret = "0189" }, "otp_secret"},
		"clear text": {func(c *Config) { c.BaseURL = "http://club.example.org" }, "https"},
		"a path":     {func(c *Config) { c.BaseURL = "https://club.example.org/x" }, "origin"},
		"loopback":   {func(c *Config) { c.BaseURL = "http://127.0.0.1:7" }, ""},
		"no time":    {func(c *Config) { c.Timeouts.Answer = -1 }, "timeouts"},
		"negative":   {func(c *Config) { c.DelayMin = -1 }, "delays"},
		"a field":    {func(c *Config) { c.VOGField, c.HelpdeskField = "Remarks3", "Remarks8" }, ""},
		"no field":   {func(c *Config) { c.VOGField = "remarks8" }, "vog_field: is none of Remarks1 to Remarks8"},
		"none, too":  {func(c *Config) { c.HelpdeskField = "Remarks9" }, "helpdesk_field"},
		"one field":  {func(c *Config) { c.VOGField = "Remarks3" }, "the same field"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := good
			c.change(&v)
			err := v.Validate()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "0189") {
				t.Error("the error holds the secret")
			}
		})
	}
}

func TestWithoutPool(t *testing.T) {
	t.Parallel()
	c, err := Config{Settings: website.Settings{Username: "u", Password: "p"}}.Open(connectortest.NewHost(t))
	if err != nil {
		t.Fatal(err)
	}
	all := c.Collections()
	if len(all) == 0 || !all[0].Complete || all[0].Place != "members" || all[0].View != "search" || len(all[0].Writes) != 0 {
		t.Fatalf("collections %+v", all)
	}
	for _, err := range all[0].List(t.Context(), "") {
		if connector.ClassOf(err) != connector.Transient {
			t.Fatalf("listed without a browser: %v", err)
		}
	}
}

func TestIsAuth(t *testing.T) {
	t.Parallel()
	c := Config{}.withDefaults()
	a := &account{Account: &website.Account{Base: c.BaseURL}, cfg: c}
	for address, want := range map[string]bool{
		"https://idm.sportlink.com/realms/sportlink/protocol/openid-connect/auth?x=1": true,
		"https://club.sportlink.com/auth/realms/sportlink/login-actions/authenticate": true,
		"https://idm.sportlink.com/": true,
		"https://club.sportlink.com/dashboard?code=x&iss=https://idm.sportlink.com/realms/sportlink": false,
		"https://club.sportlink.com/member/search":                                                   false,
	} {
		if got := a.isAuth(address); got != want {
			t.Errorf("isAuth(%s) = %v", address, got)
		}
	}
}

func TestFaultsOfSteps(t *testing.T) {
	t.Parallel()
	a := &account{Account: &website.Account{}, cfg: Config{}.withDefaults()}
	for status, want := range map[int]connector.Class{
		403: connector.Denied, 404: connector.Drifted, 429: connector.Transient, 500: connector.Transient, 503: connector.Transient,
	} {
		if got := connector.ClassOf(a.judgeStatus("x", browserworker.Answer{Status: status})); got != want {
			t.Errorf("status %d is %s, want %s", status, got, want)
		}
	}
	for _, status := range []int{302, 401} {
		if err := a.judgeStatus("x", browserworker.Answer{Status: status}); !errors.Is(err, browserworker.ErrSignedOut) {
			t.Errorf("status %d: %v, want signed out", status, err)
		}
	}
	if err := a.judgeStatus("x", browserworker.Answer{Status: 200}); err != nil {
		t.Error(err)
	}
}
