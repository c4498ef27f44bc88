package events_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every test that docs/edge-cases.md names is there, in the package that it
// names, and every one of the 53 cases has a line.
func TestTheTableOfEdgeCases(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("../../docs/edge-cases.md")
	if err != nil {
		t.Fatal(err)
	}
	folder := ""
	named := 0
	for _, word := range regexp.MustCompile(`(?:clients|sync|internal|jobs|migrations)(?:/[a-z0-9]+)*|Test[A-Za-z]+`).FindAllString(string(table), -1) {
		if !strings.HasPrefix(word, "Test") {
			folder = word
			continue
		}
		named++
		files, err := filepath.Glob(filepath.Join("../..", folder, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, file := range files {
			code, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found = found || regexp.MustCompile(`(?m)^func `+word+`[A-Za-z0-9]*\(`).Match(code)
		}
		if !found {
			t.Errorf("%s %s is not there", folder, word)
		}
	}
	if lines := regexp.MustCompile(`(?m)^\| \d+ \| `).FindAllString(string(table), -1); len(lines) != 53 || named < 50 {
		t.Errorf("%d cases and %d tests are named, want 53 cases", len(lines), named)
	}
}
