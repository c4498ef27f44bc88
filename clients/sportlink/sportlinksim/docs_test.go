package sportlinksim_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The manual's page has every named fault and every control call that there
// is in the code.
func TestTheManualHasAll(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/simulators.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## sportlink\n")
	section, _, _ = strings.Cut(section, "\n## ")
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, f := range files {
		if data, err := os.ReadFile(f); err == nil && !strings.HasSuffix(f, "_test.go") {
			code.Write(data)
		}
	}
	found := 0
	for _, pattern := range []string{
		`Fault(?:Do)?\(r, "([a-z0-9-]+)"\)`, `Control\("([^"]+)"`,
	} {
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(code.String(), -1) {
			found++
			if !strings.Contains(section, "`"+m[1]+"`") {
				t.Errorf("the manual does not know %q", m[1])
			}
		}
	}
	_, list, _ := strings.Cut(code.String(), "var scripted = []string{")
	list, _, _ = strings.Cut(list, "}")
	for _, m := range regexp.MustCompile(`"([a-z-]+)"`).FindAllStringSubmatch(list, -1) {
		found++
		if !strings.Contains(section, "`"+m[1]+"`") {
			t.Errorf("the manual does not know %q", m[1])
		}
	}
	if found < 40 {
		t.Errorf("only %d names were found in the code", found)
	}
}
