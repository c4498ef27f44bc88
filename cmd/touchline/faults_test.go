package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each fault of a system's settings is a line of its own, with where it was made.
func TestFaultsOfASystem(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.yaml")
	text := "systems:\n  sportlink:\n    username: sync\n    base_url: http://club.example.org\n    delay_min: 2s\n    delay_max: 1s\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	err := call(context.Background(), &strings.Builder{}, "--config", file, "config", "validate")
	if err == nil {
		t.Fatal("wrong settings are valid")
	}
	for _, want := range []string{
		file + ":4: systems.sportlink: base_url: ", "systems.sportlink: password is missing", file + ":6: systems.sportlink: delay_max must not be below delay_min",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
}
