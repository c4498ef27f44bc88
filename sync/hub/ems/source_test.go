package ems

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestSourcesAreThoseOfTheTables holds what can be named to the checks of the tables.
func TestSourcesAreThoseOfTheTables(t *testing.T) {
	sql, err := os.ReadFile("../../../migrations/0005_ems.sql")
	if err != nil {
		t.Fatal(err)
	}
	checks := regexp.MustCompile(`check \(source in \(([^)]*)\)\)`).FindAllSubmatch(sql, -1)
	if len(checks) != 2 {
		t.Fatalf("%d tables say from where a row is, want those of preferences and of participants", len(checks))
	}
	for i, s := range []Sources{PreferenceSources, participantSources} {
		var listed []string
		for _, m := range regexp.MustCompile(`'(\w+)'`).FindAllSubmatch(checks[i][1], -1) {
			listed = append(listed, string(m[1]))
		}
		for _, name := range append(slices.Clone(s), s.Of("another")) {
			if !slices.Contains(listed, name) {
				t.Errorf("%s is not a source of the table: %v", name, listed)
			}
		}
	}
	if got := PreferenceSources.Of("mautic"); got != "MAUTIC" {
		t.Errorf("the source of what Mautic has changed is %s", got)
	}
}
