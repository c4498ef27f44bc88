package rondoclub_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/npmtest"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
)

// TestWordPressClient lets the client of npm, unchanged, work with the simulator: an
// application password, persons as the posts that they are, and pages that are
// followed by their links.
func TestWordPressClient(t *testing.T) {
	t.Parallel()
	for theme, property := range map[string]string{rondosim.Fields: "fields", rondosim.ACF: "acf"} {
		b := setup(t, rondosim.Options{Theme: theme})
		printed := npmtest.Run(t, filepath.Join("rondosim", "npm"), "wpapi", "WORDPRESS_BASE="+b.cfg.BaseURL, "WORDPRESS_USER="+b.cfg.Username,
			"WORDPRESS_PASSWORD="+b.cfg.AppPassword.Reveal(), "WORDPRESS_PROPERTY="+property)
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
		if err := json.Unmarshal(printed, &out); err != nil {
			t.Fatalf("%v: %s", err, printed)
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
