package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/spf13/viper"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

// commented is a setting that is commented out, not a line of prose.
var commented = regexp.MustCompile(`(?m)^( *)#([a-z_]+:)`)

func TestTheExampleHasEverySetting(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile("../../deploy/config.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, commented.ReplaceAll(example, []byte("$1$2")), 0o600); err != nil {
		t.Fatal(err)
	}
	v := viper.New()
	v.SetConfigFile(path)
	if err := v.ReadInConfig(); err != nil {
		t.Fatal(err)
	}
	known := app.Keys(systems())
	for _, key := range known {
		if !v.InConfig(key) {
			t.Errorf("%s is not in the example", key)
		}
	}
	for _, key := range v.AllKeys() {
		if !slices.Contains(known, key) {
			t.Errorf("%s is in the example and no setting", key)
		}
	}
}

func TestTheExampleAsItIsChangesNothing(t *testing.T) {
	t.Parallel()
	s, err := app.Load(app.Sources{File: "../../deploy/config.example.yaml", Systems: systems()})
	if err != nil {
		t.Fatal(err)
	}
	for _, sys := range s.Systems {
		if sys.Enabled || sys.Given {
			t.Errorf("%s is on", sys.Name)
		}
	}
}
