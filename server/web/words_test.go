package web

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// Every phrase of the pages stands in Dutch, and no page has style or script of its
// own, which the policy would not let run.
func TestPhrases(t *testing.T) {
	t.Parallel()
	phrase := regexp.MustCompile(`\bT "([^"]+)"`)
	found := map[string]bool{}
	err := fs.WalkDir(files, "templates", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		for _, m := range phrase.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
		}
		for _, bad := range []string{"<style", " style=", "onclick", "<script>", "javascript:"} {
			if strings.Contains(string(text), bad) {
				t.Errorf("%s has %q", path, bad)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range wanting {
		found[what] = true
	}
	for _, state := range states {
		found[state] = true
	}
	for _, enum := range []map[int32]string{touchlinev1.MissedPolicy_name, touchlinev1.ScheduleSource_name, touchlinev1.SessionState_name, touchlinev1.LeavingWhy_name, touchlinev1.LeaverDecision_name} {
		for n, name := range enum {
			if n != 0 { // the pages say the words of the API by their names
				found[name] = true
			}
		}
	}
	if len(found) < 80 {
		t.Fatalf("only %d phrases were found; the test looks in vain", len(found))
	}
	for p := range found {
		if _, ok := inDutch[p]; !ok {
			t.Errorf("%q has no Dutch", p)
		}
	}
	for p := range inDutch {
		if !found[p] && !strings.Contains(p, "wait for a decision") && !strings.Contains(p, "Fields are held") && !strings.Contains(p, "was restored") &&
			!strings.Contains(p, "session needs a person") && !strings.Contains(p, "are refused") && !strings.Contains(p, "cannot be read") {
			t.Errorf("%q stands in no page", p)
		}
	}
}
