package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

func TestWhatIsMissingHasALineThatGetsIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	oldNode := program(t, "echo v16.20.2")
	tests := map[string]struct {
		worker app.Worker
		want   []string
	}{
		"nothing there": {
			app.Worker{Browser: dir + "/browser", Node: dir + "/node", Driver: dir},
			[]string{"no browser at", "no node", "no browser driver", "install-deps.sh", "make runtime"},
		},
		"another driver": {app.Worker{Driver: driver(t, "1.40.0")}, []string{"the browser driver is 1.40.0", "make runtime"}},
		"an old node":    {app.Worker{Node: oldNode}, []string{"node is 16.20.2", "nodejs"}},
		"not a program":  {app.Worker{Browser: dir}, []string{"no browser at " + dir}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := app.FindRuntime(t.Context(), test.worker)
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in: %v", want, err)
				}
			}
			if lack, ok := errors.AsType[*app.Lack](err); err != nil && (!ok || lack.Get == "") {
				t.Errorf("no line that gets it: %v", err)
			}
		})
	}
}

func TestWhatIsThereIsFound(t *testing.T) {
	t.Parallel()
	worker := app.Worker{Browser: program(t, ""), Node: program(t, "echo v18.20.4"), Driver: driver(t, "1.52.0")}
	got, err := app.FindRuntime(t.Context(), worker)
	if want := app.Runtime(worker); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

// program writes a program that does one thing.
func program(t *testing.T, line string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+line+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func driver(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "package"), 0o755); err != nil {
		t.Fatal(err)
	}
	content := []byte(`{"name": "playwright-core", "version": "` + version + `"}`)
	if err := os.WriteFile(filepath.Join(dir, "package", "package.json"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}
