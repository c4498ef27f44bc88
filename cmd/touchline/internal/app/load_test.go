package app_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
	"github.com/touchline-sync/touchline/sync/connector"
)

// acme is a system as a connector's package would have it: one field without a
// tag, a secret, a duration, a list, a default.
type acme struct {
	BaseURL string
	APIKey  connector.Secret `mapstructure:"api_key"`
	Delay   time.Duration    `mapstructure:"delay"`
	Lists   []string         `mapstructure:"lists"`

	inner int
}

func (a acme) Validate() error {
	var faults []error
	if a.BaseURL == "" {
		faults = append(faults, errors.New("base_url: missing"))
	}
	if a.APIKey == "" {
		faults = append(faults, errors.New("api_key: missing"))
	}
	return errors.Join(faults...)
}

func (a acme) Open(connector.Host) (connector.Connector, error) {
	return nil, fmt.Errorf("not opened here: %d", a.inner)
}

func systems() []app.System {
	return []app.System{{Name: "acme", NewConfig: func() connector.Config { return &acme{Delay: 2 * time.Second} }}}
}

func TestFlagsOverEnvironmentOverFileOverDefault(t *testing.T) {
	t.Parallel()
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.String("listen", "", "")
	flags.String("data-dir", "", "")
	if err := flags.Parse([]string{"--listen=127.0.0.1:3"}); err != nil {
		t.Fatal(err)
	}
	s, err := app.Load(app.Sources{
		File: write(t, "server: {listen: '127.0.0.1:1'}\nlog: {level: debug, format: json}\ndata_dir: /from/file\n"),
		Environ: []string{
			"TOUCHLINE_SERVER_LISTEN=127.0.0.1:2", "TOUCHLINE_LOG_LEVEL=warn", "TOUCHLINE_SYNC_ATTEMPTS=5",
			"TOUCHLINE_LOG_FORMAT=", "OTHER=1",
		},
		Flags: map[string]*pflag.Flag{"server.listen": flags.Lookup("listen"), "data_dir": flags.Lookup("data-dir")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := app.Defaults()
	want.DataDir = "/from/file"
	want.Log = app.Log{Level: "warn", Format: "json"}
	want.Server.Listen = "127.0.0.1:3"
	want.Sync.Attempts = 5
	if got := fmt.Sprintf("%+v", s); got != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %s\nwant %+v", got, want)
	}
}

func TestSystems(t *testing.T) {
	t.Parallel()
	secret := write(t, "s3cret\n")
	tests := map[string]struct {
		file    string
		environ []string
		enabled bool
		want    acme
	}{
		"nothing set is off": {want: acme{Delay: 2 * time.Second}},
		"from the environment": {
			environ: []string{
				"TOUCHLINE_SYSTEMS_ACME_BASE_URL=https://acme.invalid", "TOUCHLINE_SYSTEMS_ACME_API_KEY_FILE=" + secret,
				"TOUCHLINE_SYSTEMS_ACME_DELAY=1500ms", "TOUCHLINE_SYSTEMS_ACME_LISTS=a,b",
			},
			enabled: true,
			want:    acme{"https://acme.invalid", "s3cret", 1500 * time.Millisecond, []string{"a", "b"}, 0},
		},
		"from the file": {
			file:    "systems: {acme: {base_url: 'https://acme.invalid', api_key_file: " + secret + ", delay: 3s, lists: [c]}}",
			enabled: true,
			want:    acme{"https://acme.invalid", "s3cret", 3 * time.Second, []string{"c"}, 0},
		},
		"switched off": {
			file: "systems: {acme: {enabled: false, base_url: 'https://acme.invalid'}}",
			want: acme{BaseURL: "https://acme.invalid", Delay: 2 * time.Second},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := app.Load(app.Sources{File: write(t, test.file), Environ: test.environ, Systems: systems()})
			if err != nil {
				t.Fatal(err)
			}
			got, ok := s.Systems[0].Config.(*acme)
			if !ok {
				t.Fatalf("config is a %T", s.Systems[0].Config)
			}
			if s.Systems[0].Enabled != test.enabled {
				t.Errorf("enabled %v, want %v", s.Systems[0].Enabled, test.enabled)
			}
			same := got.BaseURL == test.want.BaseURL && got.APIKey == test.want.APIKey &&
				got.Delay == test.want.Delay && slices.Equal(got.Lists, test.want.Lists)
			if !same {
				t.Errorf("got %+v, want %+v", *got, test.want)
			}
		})
	}
}

func TestAllFaultsInOneMessage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file    string
		environ []string
		want    []string
	}{
		"unknown keys and variables": {
			file:    "server: {listne: x}\nsystems: {acme: {api_kee: x}, other: {x: 1}}",
			environ: []string{"TOUCHLINE_SERVER_LISTEN_FILE=x", "TOUCHLINE_SYSTEMS_ACME_KEY=x"},
			want: []string{
				"server.listne: unknown key", "systems.acme.api_kee: unknown key", "systems.other.x: unknown key",
				"TOUCHLINE_SERVER_LISTEN_FILE: unknown variable", "TOUCHLINE_SYSTEMS_ACME_KEY: unknown variable",
			},
		},
		"values": {
			file: "log: {level: loud, format: xml}\nsync: {attempts: 0, removed: {share: 2}}\nsystems: {acme: {enabled: true}}",
			want: []string{"log.level", "log.format", "sync.attempts", "sync.removed", "base_url: missing", "api_key: missing"},
		},
		"a secret twice": {
			file:    "systems: {acme: {api_key: x, base_url: y}}",
			environ: []string{"TOUCHLINE_SYSTEMS_ACME_API_KEY_FILE=/nowhere"},
			want:    []string{"systems.acme.api_key: given both"},
		},
		"a secret's file is missing": {
			environ: []string{"TOUCHLINE_SYSTEMS_ACME_API_KEY_FILE=/nowhere/key"},
			want:    []string{"systems.acme.api_key_file: open /nowhere/key"},
		},
		"not a number": {
			environ: []string{"TOUCHLINE_SYNC_ABSENT_LISTINGS=many"},
			want:    []string{"absent_listings"},
		},
		"not yaml": {file: "a: [s3cret", want: []string{"cannot be read as yaml"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := app.Load(app.Sources{File: write(t, test.file), Environ: test.environ, Systems: systems()})
			if app.ExitCode(err) != app.ExitUsage {
				t.Errorf("exit code %d of %v, want usage", app.ExitCode(err), err)
			}
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in: %v", want, err)
				}
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("a secret in: %v", err)
			}
		})
	}
}

func TestTheDemoReadsNoSystems(t *testing.T) {
	t.Parallel()
	environ := []string{"TOUCHLINE_SYSTEMS_ACME_API_KEY=x", "TOUCHLINE_LOG_LEVEL=warn", "TOUCHLINE_CONFIG=/nowhere"}
	s, err := app.Load(app.Sources{Environ: environ, Systems: systems(), NoSystems: true})
	if err != nil || len(s.Systems) != 0 || s.Log.Level != "warn" {
		t.Errorf("got %+v, %v; want no systems and the level", s, err)
	}
	if got := app.RealSystems(environ); !slices.Equal(got, []string{"TOUCHLINE_SYSTEMS_ACME_API_KEY"}) {
		t.Errorf("real systems: %v", got)
	}
}

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
