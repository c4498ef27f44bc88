package clients_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients"
)

// mostLines is what a connector aims at, without its simulator and tests.
const mostLines = 800

// A connector that is longer than it should be says why, and one that is not does not.
func TestLongConnectorsSayWhy(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "| longer than 800 |")
	if !found {
		t.Fatal("CONTRIBUTING.md has no table of connectors that are longer than 800 lines")
	}
	for _, s := range clients.Systems() {
		files, err := filepath.Glob(filepath.Join(string(s.Name), "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files, %v", s.Name, err)
		}
		n := 0
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			n += bytes.Count(text, []byte("\n"))
		}
		if says := strings.Contains(table, "\n| "+string(s.Name)+" | "); says != (n > mostLines) {
			t.Errorf("%s has %d lines, and CONTRIBUTING.md gives a reason for more than %d: %v", s.Name, n, mostLines, says)
		}
	}
}
