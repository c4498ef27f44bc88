package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
	"github.com/touchline-sync/touchline/sync/connector"
)

// boat is a system that has a setting of each type.
type boat struct {
	ListID  string           `mapstructure:"list_id"`
	Key     connector.Secret `mapstructure:"key"`
	Wait    time.Duration    `mapstructure:"wait"`
	Page    int              `mapstructure:"page"`
	Share   float64          `mapstructure:"share"`
	Bulk    bool             `mapstructure:"bulk"`
	Lists   []string         `mapstructure:"lists"`
	Harbour []harbour        `mapstructure:"harbour"`
}

type harbour struct {
	Berth int    `mapstructure:"berth"`
	Name  string `mapstructure:"name"`
}

func (boat) Validate() error                                  { return nil }
func (boat) Open(connector.Host) (connector.Connector, error) { return nil, nil }

func boats() []app.System {
	return []app.System{{Name: "boat", NewConfig: func() connector.Config { return &boat{} }}}
}

// What stands in a file, in a variable or in a flag is read as it stands there, or
// refused with the place; it is never read as something else.
func TestExactly(t *testing.T) {
	t.Parallel()
	const refused = "refused"
	for yaml, want := range map[string]string{
		"wait: 30":                        refused + ": needs a unit, such as 30s",
		"wait: '30'":                      refused + ": needs a unit",
		"wait: 0":                         refused + ": needs a unit",
		"wait: 1.5":                       refused + ": must be a time",
		"wait: -5s":                       refused + ": must not be below",
		"wait: 1h30m":                     "1h30m0s",
		"wait: 0s":                        "0s",
		"wait: 1:30":                      refused + ": must be a time",
		"list_id: 0123456701":             refused + ": YAML reads this as a number",
		"list_id: '0123456701'":           "0123456701",
		"list_id: 123456":                 "123456",
		"list_id: 0x1F":                   refused + ": YAML",
		"list_id: 1_000":                  refused + ": YAML",
		"list_id: 12e3":                   refused + ": YAML",
		"list_id: 1.10":                   refused + ": YAML",
		"list_id: 12345678901234567890":   refused + ": YAML",
		"list_id: true":                   refused + ": YAML reads this as a flag",
		"list_id: null":                   refused + ": YAML",
		"list_id: ~":                      refused + ": YAML",
		"list_id: 2026-01-02":             refused + ": YAML reads this as a date",
		"list_id: !abc":                   refused + ": YAML",
		"list_id: &abc":                   refused + ": YAML",
		"list_id: {abc}":                  refused + ": must be one value",
		"list_id: [abc]":                  refused + ": must be one value",
		"list_id: 'abc '":                 refused + ": begins or ends with a blank",
		"list_id: no":                     "no",
		"key: abc # the key":              refused + ": YAML takes what follows the #",
		"key: 'abc #d' # the key":         "abc #d",
		"key: abc#d":                      "abc#d",
		"key: 0042":                       refused + ": YAML",
		"key: 'abc '":                     refused + ": begins or ends with a blank",
		`key: "abc\r"`:                    refused + ": ends with a carriage return",
		`key: "abc\n"`:                    refused + ": begins or ends",
		`key: "\uFEFFabc"`:                refused + ": holds a character that is not visible",
		"key: |\n      abc":               refused + ": begins or ends",
		"page: 010":                       refused + ": must be a whole number",
		"page: '010'":                     refused + ": must be a whole number",
		"page: 1_000":                     refused + ": must be a whole number",
		"page: 0x10":                      refused + ": must be a whole number",
		"page: 1e3":                       refused + ": must be a whole number",
		"page: 3.0":                       refused + ": must be a whole number",
		"page: '7'":                       "7",
		"page: 99999999999999999999":      refused + ": must be a whole number",
		"share: .nan":                     refused + ": must be a number",
		"share: .inf":                     refused + ": must be a number",
		"share: 0,02":                     refused + ": must be a number",
		"share: 0.02":                     "0.02",
		"share: 1":                        "1",
		"bulk: yes":                       refused + ": must be true or false",
		"bulk: 1":                         refused + ": must be true or false",
		"bulk: true":                      "true",
		"lists: a, b ,c":                  "[a b c]",
		"lists: [ ' a', b ]":              "[a b]",
		"lists: [0123, b]":                refused + ": YAML",
		"lists: [a, '']":                  refused + ": is empty",
		"lists: a,,b":                     refused + ": is empty",
		"harbour: [{berth: 3, name: x}]":  "[{3 x}]",
		"harbour: [{berth: 03}]":          refused + ": must be a whole number",
		"harbour: [{bert: 3}]":            refused + ": unknown key",
		"harbour: [{berth: 3, berth: 4}]": refused + ": stands here for the second time",
		"harbour: 3":                      refused + ": must be a list",
		"page: 1\n    page: 2":            refused + ": stands here for the second time, the first is in line 3",
		"pagge: 1":                        refused + ": unknown key",
	} {
		file := write(t, "systems:\n  boat:\n    "+yaml+"\n")
		s, err := app.Load(app.Sources{File: file, Systems: boats()})
		name, _, _ := strings.Cut(yaml, ":")
		if why, ok := strings.CutPrefix(want, refused+": "); ok {
			line := "3"
			if strings.Contains(yaml, "\n    page") {
				line = "4"
			}
			for _, part := range []string{file + ":" + line + ": systems.boat." + name, why} {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("%q: no %q in %v", yaml, part, err)
				}
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", yaml, err)
			continue
		}
		if got := setting(s.Systems[0].Config, name); got != want {
			t.Errorf("%q is %q, want %q", yaml, got, want)
		}
	}
}

// setting is the value of a key as text.
func setting(c connector.Config, key string) string {
	v := reflect.Indirect(reflect.ValueOf(c))
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("mapstructure") != key {
			continue
		}
		if secret, ok := reflect.TypeAssert[connector.Secret](v.Field(i)); ok {
			return secret.Reveal()
		}
		return fmt.Sprint(v.Field(i).Interface())
	}
	return "no such key"
}

// A variable is read as a file is.
func TestExactlyFromTheEnvironment(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]string{
		"WAIT=30": "needs a unit", "PAGE=010": "whole number", "PAGE=0x10": "whole number", "PAGE=1_000": "whole number", "SHARE=NaN": "must be a number",
		"BULK=1": "true or false", "LISTS=a,,b": "is empty", "KEY=abc ": "begins or ends with a blank", "KEY=abc\r": "carriage return",
		"LIST_ID=abc\r": "begins or ends", "HARBOUR=x": "must be a list", "WAIT=1m": "", "LISTS= a , b": "", "PAGE=7": "", "LIST_ID=0123": "",
	} {
		_, err := app.Load(app.Sources{Environ: []string{"TOUCHLINE_SYSTEMS_BOAT_" + variable}, Systems: boats()})
		name, _, _ := strings.Cut(variable, "=")
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", variable, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "TOUCHLINE_SYSTEMS_BOAT_"+name+": systems.boat.")):
			t.Errorf("%q: no %q with the variable in %v", variable, want, err)
		}
	}
}

// A secret's file may end with one line end, and holds nothing else than the secret.
func TestSecretFiles(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"abc": "", "abc\n": "", "a b\n": "", "abc\r\n": "carriage return", "abc \n": "blank", "abc\n\n": "line end", " abc\n": "blank",
		"": "is empty", "\n": "is empty", "\uFEFFabc\n": "not visible", "abc\ndef\n": "control character",
	} {
		file := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := app.Load(app.Sources{Environ: []string{"TOUCHLINE_SYSTEMS_BOAT_KEY_FILE=" + file}, Systems: boats()})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file)) {
			t.Errorf("%q: %v, want %q and the file", content, err, want)
		}
	}
}

// All that a start would refuse is told at once, with the line, and without a value.
func TestAllThatServeRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cert.pem"), []byte("not one"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := write(t, `data_dir: /proc/nowhere
server:
  listen: 127.0.0.1:http
  cert_file: `+dir+`/cert.pem
  key_file: `+dir+`/key.pem
  proxies: [proxy.example.org]
database: {url: "postgres://touchline:s3cret@[::1/touchline"}
seal: {key: s3cret}
sync: {wait: 3, attempts: 11}
systems: {acme: {api_key: s3cret}}
`)
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := app.Load(app.Sources{File: file, Systems: systems(), Serves: true})
	if err == nil {
		t.Fatal("nothing is refused")
	}
	for _, want := range []string{
		file + ":3: server.listen: the port", file + ":4: server.cert_file, server.key_file: ", file + ":6: server.proxies: ",
		file + ":7: database.url: ", file + ":8: seal.key: ", file + ":9: sync.wait: needs a unit", file + ":9: sync.attempts: ",
		file + ":10: systems.acme: base_url: missing", file + ": is open to other users",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a secret in: %v", err)
	}
}

// What would end the server after its start is a fault of its settings, each with what is
// wrong and not with what it is near to.
func TestWhatServeWouldRefuse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"database: {binaries: /nowhere}": ":1: database.binaries: no initdb in /nowhere",
		"database: {url: 'postgres://u:s3cret@db.example.org/t?sslmode=verify-full&sslrootcert=/nowhere/ca.pem'}": ":1: database.url: open /nowhere/ca.pem",
		"metrics: {listen: '127.0.0.1:8080'}":                                   ":1: metrics.listen: is that of the API",
		"server: {listen: '127.0.0.1:0'}\nmetrics: {listen: '127.0.0.1:0'}":     "",
		"server: {listen: '127.0.0.1:8081'}\nmetrics: {listen: 127.0.0.1:8082}": "",
	} {
		if want == "" {
			text += "\ndatabase: {url: 'postgres://u@127.0.0.1/t'}"
		}
		file := write(t, text)
		_, err := app.Load(app.Sources{File: file, Systems: systems(), Serves: true})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

// The variables of the command are no settings, and no faults.
func TestTheVariablesOfTheCommand(t *testing.T) {
	t.Parallel()
	var env []string
	for _, name := range []string{"ADDRESS", "TOKEN", "TOKEN_FILE", "PROFILE"} {
		env = append(env, "TOUCHLINE_"+name+"=x")
	}
	if _, err := app.Load(app.Sources{Environ: env, Systems: systems()}); err != nil {
		t.Error(err)
	}
}
