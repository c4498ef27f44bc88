package docs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestWeaknesses: each line of docs/weaknesses.md names tests that are there, one of them with
// the number of the line in its name, or says why there is none; of each number up to B50 there
// is a line. B3 is told by stories that are older.
func TestWeaknesses(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("weaknesses.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, line := range regexp.MustCompile(`(?m)^\| ([B0-9][^|]*) \|[^|]*\| ([^|]*) \|$`).FindAllStringSubmatch(string(page), -1) {
		numbers, tests := strings.Split(line[1], ", "), 0
		folder, numbered := "", false
		for _, word := range regexp.MustCompile(`[\w/]+`).FindAllString(line[2], -1) {
			if !strings.HasPrefix(word, "Test") {
				folder = word
				continue
			}
			tests++
			if !isThere(t, folder, word) {
				t.Errorf("%s names %s of %s, which is not there", line[1], word, folder)
			}
			for _, n := range numbers {
				numbered = numbered || regexp.MustCompile(inNames(n)+`(\D|$)`).MatchString(word)
			}
		}
		if is := strings.HasPrefix(line[2], "–") || line[2] == "see below"; !is && (tests == 0 || !numbered && numbers[0] != "B3") {
			t.Errorf("%s: no test has the number in its name, and nothing says why", line[1])
		}
		for _, n := range numbers {
			seen[n] = true
		}
	}
	for n := 1; n <= 50; n++ {
		if !seen[fmt.Sprint("B", n)] {
			t.Errorf("no line about B%d", n)
		}
	}
}

// inNames is how a number stands in the names of tests: B7, of a pipeline P311 for 3.1.1, and
// H7 of what has happened.
func inNames(n string) string {
	switch {
	case strings.HasPrefix(n, "B"):
		return n
	case strings.Contains(n, "."):
		return "P" + strings.ReplaceAll(n, ".", "")
	}
	return "H" + n
}

// isThere reports whether a test is in a folder of the repository.
func isThere(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		code, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(code), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}
