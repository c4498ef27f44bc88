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
	if len(found) < 80 {
		t.Fatalf("only %d phrases were found; the test looks in vain", len(found))
	}
	for p := range found {
		if _, ok := inDutch[p]; !ok && said[p][1] == "" {
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

// Each name of the API that a page shows is said in both languages, and no page shows it
// bare; the states that records are listed by are among them.
func TestSaid(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, enum := range []map[int32]string{
		touchlinev1.RunState_name, touchlinev1.RunOutcome_name, touchlinev1.ChildState_name, touchlinev1.Action_name, touchlinev1.StepState_name,
		touchlinev1.Operation_name, touchlinev1.ChangeState_name, touchlinev1.SyncRecordState_name, touchlinev1.ConflictWhy_name, touchlinev1.LeavingWhy_name,
		touchlinev1.LeaverDecision_name, touchlinev1.MissedPolicy_name, touchlinev1.ScheduleSource_name, touchlinev1.SessionState_name,
	} {
		for n, name := range enum {
			if n != 0 {
				names[name] = true
			}
		}
	}
	for name := range names {
		if both := said[name]; both[0] == "" || both[1] == "" || both[0] == both[1] {
			t.Errorf("%s is said %q", name, both)
		}
	}
	for name := range said {
		if !names[name] {
			t.Errorf("%q is no name of the API", name)
		}
	}
	for _, state := range states {
		if !names["SYNC_RECORD_STATE_"+state] {
			t.Errorf("there is no state %q", state)
		}
	}
	for language, want := range map[string]string{english: "stopped, and asks you", dutch: "gestopt, en vraagt het jou"} {
		if got := (framed{Language: language}).Say(touchlinev1.RunOutcome_RUN_OUTCOME_GUARD_STOPPED); got != want {
			t.Errorf("%s: %q", language, got)
		}
		if got := (framed{Language: language}).Say(touchlinev1.RunOutcome_RUN_OUTCOME_UNSPECIFIED); got != "" {
			t.Errorf("%s: the unspecified is %q", language, got)
		}
	}
	err := fs.WalkDir(files, "templates", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		if bare := regexp.MustCompile(`\{\{[^}]*\.Get\w*(State|Outcome|Operation|Why|Decision|Policy|Source)(\.String)?\}\}`).FindAllString(string(text), -1); len(bare) > 0 {
			for _, b := range bare {
				if !strings.Contains(b, ".Say ") && !strings.Contains(b, "{{if ") && !strings.Contains(b, "{{with ") && !strings.Contains(b, "{{range ") {
					t.Errorf("%s shows a bare name: %s", path, b)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
