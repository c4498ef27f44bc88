package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

func TestProfiles(t *testing.T) { //nolint:paralleltest // it sets the environment
	home := t.TempDir()
	dir := filepath.Join(home, "touchline")
	t.Setenv("XDG_CONFIG_HOME", home)
	for _, name := range []string{"ADDRESS", "TOKEN", "TOKEN_FILE", "PROFILE"} {
		t.Setenv("TOUCHLINE_"+name, "")
	}
	ask := func(args ...string) (address, token string, err error) {
		t.Helper()
		cmd := newRunsCommand()
		if err := cmd.ParseFlags(args); err != nil {
			t.Fatal(err)
		}
		return access(cmd)
	}
	wrong := func(says string, args ...string) {
		t.Helper()
		if _, _, err := ask(args...); app.ExitCode(err) != app.ExitUsage || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v; want %q and the code of wrong usage", args, err, says)
		}
	}
	wrong("write "+dir, "--profile", "club")

	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(file, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("profiles.yaml", "club: {server: 'https://sync.example.org', token_file: club.token}\nevent: {server: 127.0.0.1:8080}\n")
	write("club.token", "tl_club\n")
	write("other.token", "tl_other\n")
	wrong(`no profile "boat"`, "--profile", "boat")
	wrong("there are club, event", "--profile", "boat")
	wrong("a token is needed", "--profile", "event")

	if address, token, err := ask("--profile", "club"); address != "https://sync.example.org" || token != "tl_club" || err != nil {
		t.Errorf("the profile gives %s, %s, %v", address, token, err)
	}
	t.Setenv("TOUCHLINE_TOKEN", "tl_environment")
	if address, token, err := ask("--profile", "club"); address != "https://sync.example.org" || token != "tl_club" || err != nil {
		t.Errorf("the environment wins over the profile: %s, %s, %v", address, token, err)
	}
	if address, token, err := ask("--profile", "event"); address != "http://127.0.0.1:8080" || token != "tl_environment" || err != nil {
		t.Errorf("a profile without a token: %s, %s, %v", address, token, err)
	}
	flags := []string{"--profile", "club", "--server", "https://other.example.org", "--token-file", filepath.Join(dir, "other.token")}
	if address, token, err := ask(flags...); address != "https://other.example.org" || token != "tl_other" || err != nil {
		t.Errorf("flags are given: %s, %s, %v", address, token, err)
	}
	t.Setenv("TOUCHLINE_PROFILE", "club")
	if _, token, err := ask(); token != "tl_club" || err != nil {
		t.Errorf("a profile by the environment: %s, %v", token, err)
	}

	write("profiles.yaml", "club: {server: 'https://sync.example.org', token: tl_secret}\n")
	wrong("cannot be read", "--profile", "club")
	if _, _, err := ask("--profile", "club"); strings.Contains(err.Error(), "tl_secret") {
		t.Errorf("it says the token: %v", err)
	}
}
