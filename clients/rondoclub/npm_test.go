package rondoclub_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/internal/sizetest"
)

// strict makes a missing part a failure, where all of them are meant to be
// there.
const strict = "TOUCHLINE_TEST_STRICT"

// npmClient returns node and the folder of the client of WordPress's REST API, in the
// very version of the lock file.
func npmClient(t *testing.T) (node, folder string) {
	t.Helper()
	sizetest.Skip(t, "node")
	folder = filepath.Join("rondosim", "npm")
	missing := func(what string) {
		t.Helper()
		what += "; npm ci --ignore-scripts in clients/rondoclub/" + folder + " installs WordPress's client"
		if os.Getenv(strict) != "" {
			t.Fatal(what)
		}
		t.Skip(what)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing("there is no node")
	}
	const name = "node_modules/wpapi"
	var lock struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	data, err := os.ReadFile(filepath.Join(folder, "package-lock.json"))
	if err != nil || json.Unmarshal(data, &lock) != nil || lock.Packages[name].Integrity == "" {
		t.Fatalf("the lock file names no client with its sum: %v", err)
	}
	var there struct{ Version string }
	data, err = os.ReadFile(filepath.Join(folder, name, "package.json"))
	if err != nil || json.Unmarshal(data, &there) != nil {
		missing("the client is not installed")
	}
	if there.Version != lock.Packages[name].Version {
		missing("the client is of version " + there.Version)
	}
	return node, folder
}

// TestWordPressClient lets the client of npm, unchanged, work with the simulator: an
// application password, persons as the posts that they are, and pages that are
// followed by their links.
func TestWordPressClient(t *testing.T) {
	t.Parallel()
	node, folder := npmClient(t)
	for theme, property := range map[string]string{rondosim.Fields: "fields", rondosim.ACF: "acf"} {
		b := setup(t, rondosim.Options{Theme: theme})
		cmd := exec.CommandContext(t.Context(), node, "client.js")
		cmd.Dir = folder
		cmd.Env = append(os.Environ(), "WORDPRESS_BASE="+b.cfg.BaseURL, "WORDPRESS_USER="+b.cfg.Username,
			"WORDPRESS_PASSWORD="+b.cfg.AppPassword.Reveal(), "WORDPRESS_PROPERTY="+property)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v\n%s", theme, err, stderr.String())
		}
		var out struct {
			Me              map[string]bool
			Made            []string
			Paging          struct{ Total, Pages json.Number }
			Pages           []int
			IDs             int `json:"ids"`
			Updated, Got    string
			Found, Stranger int
			Refusals        []struct {
				Status int
				Code   string
			}
		}
		if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
			t.Fatalf("%v: %s", err, stdout.String())
		}
		if !out.Me["manage_options"] || !slices.Equal(out.Made, []string{"Noor", "Zoë d'", "Bo"}) {
			t.Errorf("%s: account %v, made %q", theme, out.Me, out.Made)
		}
		if out.Paging.Total != "3" || out.Paging.Pages != "2" || !slices.Equal(out.Pages, []int{2, 1}) || out.IDs != 3 {
			t.Errorf("%s: paging %+v, pages %v, %d ids", theme, out.Paging, out.Pages, out.IDs)
		}
		if out.Updated != "Anders" || out.Got != "Noor Anders" || out.Found != 1 || out.Stranger != 0 {
			t.Errorf("%s: %+v", theme, out)
		}
		want := []string{
			"404 rest_forbidden", "404 rest_forbidden", "400 rest_invalid_param", "400 rest_post_invalid_page_number",
			"404 rest_post_invalid_id", "404 rest_no_route", "401 rest_not_logged_in", "401 rest_cannot_create",
		}
		var got []string
		for _, r := range out.Refusals {
			got = append(got, fmt.Sprintf("%d %s", r.Status, r.Code))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: refusals %q, want %q", theme, got, want)
		}
		if n := len(b.kit.Writes(0)); n != 5 {
			t.Errorf("%s: %d changes, want 5", theme, n)
		}
	}
}
