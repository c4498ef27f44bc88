package reason_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/internal/reason"
	"github.com/touchline-sync/touchline/sync/connector"
)

// given finds where the sources give a run, a step or an error its reason.
var given = []*regexp.Regexp{
	regexp.MustCompile(`\bReason:\s+"([A-Z_]{3,})"`),
	regexp.MustCompile(`\.Reason(?:, [\w., ]+)? = (?:step\.\w+, )?"([A-Z_]{3,})"`),
	regexp.MustCompile(`\breason[A-Z]\w*\s+= "([A-Z_]{3,})"`),
	regexp.MustCompile(`\b\w+\s+Reason\s+= "([A-Z_]{3,})"`),
	regexp.MustCompile(`PartialNote(?:\]|:|,)(?:, \S+ =| =)?\s*"([A-Z_]{3,})"`),
	regexp.MustCompile(`\bwhy :?= "([A-Z_]{3,})"`),
	regexp.MustCompile(`t\.wait\(ctx, \w+, "([A-Z_]{3,})"`),
	regexp.MustCompile(`(?m)^\t(?:Captcha|[A-Z][a-z]+[A-Z]\w+|Maintenance|Refused)\s+= "([A-Z_]{3,})"`), // browserworker's
	regexp.MustCompile(`(?m)^(?:const )?\s*(?:BreakerOpen|ShapeChanged|NoFields)\s+= "([A-Z_]{3,})"`),
}

// reasons are those that the sources give.
func reasons(t *testing.T) map[string]string {
	t.Helper()
	root, found := os.DirFS("../.."), map[string]string{}
	for _, folder := range []string{"sync", "jobs", "browserworker", "clients"} {
		err := fs.WalkDir(root, folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
				strings.Contains(path, "sim/") || strings.Contains(path, "enginetest") || strings.HasPrefix(path, "sync/hub/") || strings.HasPrefix(path, "jobs/notice/") {
				return err
			}
			text, err := fs.ReadFile(root, path)
			if err != nil {
				return err
			}
			for _, form := range given {
				for _, m := range form.FindAllSubmatch(text, -1) {
					found[string(m[1])] = path
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// Each reason that a run, a step or a system's error can have is said in both languages,
// with what to do, and no other is.
func TestEveryReasonIsSaid(t *testing.T) {
	t.Parallel()
	all := reasons(t)
	for c := connector.Unknown; c <= connector.Drifted; c++ {
		name := strings.ToUpper(c.String())
		all[name] = "a class of connector"
	}
	if len(all) < 50 {
		t.Fatalf("only %d reasons were found; the test looks in vain", len(all))
	}
	for name, where := range all {
		for _, language := range []string{"en", "nl"} {
			if text, ok := reason.In(language, name); !ok || text.Why == "" || text.Do == "" {
				t.Errorf("%s (%s) is not said in %s", name, where, language)
			}
		}
	}
	for _, name := range reason.Names() {
		if all[name] == "" {
			t.Errorf("%s is said and given nowhere", name)
		}
	}
	if _, ok := reason.In("en", "NO_SUCH_REASON"); ok {
		t.Error("a reason that nobody gives is said")
	}
}
