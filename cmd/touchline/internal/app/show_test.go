package app_test

import (
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

// All settings are shown with where they come from, and no secret is: neither one that is
// called so, nor one in an address.
func TestShownSettings(t *testing.T) {
	t.Parallel()
	const canary = "c4n4ry"
	file := write(t, strings.Join([]string{
		"database: {url: 'postgres://touchline:" + canary + "@127.0.0.1/touchline'}",
		"notices:",
		"  webhook: {url: 'https://hooks.example.org/" + canary + "', secret: '" + canary + "-0123456789'}",
		"  dead_man: ['people=https://watch.example.org/ping/" + canary + "']",
		"  link: 'https://sync.example.org/runs/{run}'",
		"systems: {acme: {base_url: 'https://acme.invalid', api_key: " + canary + ", lists: [a, b]}}",
	}, "\n"))
	all, err := app.Show(app.Sources{File: file, Environ: []string{"TOUCHLINE_LOG_LEVEL=warn"}, Systems: systems()})
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]app.Setting{}
	for _, s := range all {
		by[s.Path] = s
		if strings.Contains(s.Value, canary) {
			t.Errorf("%s shows a secret", s.Path)
		}
	}
	for path, want := range map[string]app.Setting{
		"database.url":           {Value: "[secret]", From: file + ":1"},
		"notices.webhook.url":    {Value: "https://hooks.example.org/...", From: file + ":3"},
		"notices.webhook.secret": {Value: "[secret]", From: file + ":3"},
		"notices.dead_man":       {Value: "people=https://watch.example.org/...", From: file + ":4"},
		"notices.mail.password":  {},
		"log.level":              {Value: "warn", From: "TOUCHLINE_LOG_LEVEL"},
		"server.listen":          {Value: "127.0.0.1:8080"},
		"systems.acme.api_key":   {Value: "[secret]", From: file + ":6"},
		"systems.acme.base_url":  {Value: "https://acme.invalid", From: file + ":6"},
		"systems.acme.lists":     {Value: "a, b", From: file + ":6"},
	} {
		want.Path = path
		if by[path] != want {
			t.Errorf("%s is %+v, want %+v", path, by[path], want)
		}
	}
	if _, err := app.Show(app.Sources{File: write(t, "log: {level: loud}")}); err == nil {
		t.Error("settings at fault were shown")
	}
	off, err := app.Show(app.Sources{Systems: systems()})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range off {
		if strings.HasPrefix(s.Path, "systems.") {
			t.Errorf("%s of a system that is off is shown", s.Path)
		}
	}
}
