// Package docs_test holds the manual against the repository: what a file names
// is there.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = ".."

var (
	// document is a name of a document, with its folder or without; cited names a
	// heading of one as well.
	document = regexp.MustCompile(`[\w./-]*\w\.md\b`)
	cited    = regexp.MustCompile(`([\w./-]*\w\.md), "([^"]+)"`)
	link     = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)
	mark     = regexp.MustCompile(`(?m)\n\s*(//|--|#|\*)[ \t]*`)
)

// TestNamedDocumentsAreThere: a comment names a document as it is called from
// the root of the repository or from its own folder, and a heading of it by its
// first words.
func TestNamedDocumentsAreThere(t *testing.T) {
	t.Parallel()
	found := 0
	each(t, []string{".go", ".sql", ".proto", ".yaml", ".yml", ".sh"}, func(path, text string) {
		text = mark.ReplaceAllString(text, " ") // what is cited may go over a line's end
		for _, name := range document.FindAllString(text, -1) {
			found++
			if _, err := os.Stat(resolve(path, name)); err != nil {
				t.Errorf("%s names %s, which is not there", path, name)
			}
		}
		for _, c := range cited.FindAllStringSubmatch(text, -1) {
			page, err := os.ReadFile(resolve(path, c[1]))
			if err == nil && !regexp.MustCompile(`(?m)^#+ `+regexp.QuoteMeta(c[2])).Match(page) {
				t.Errorf("%s cites %q of %s, which has no such heading", path, c[2], c[1])
			}
		}
	})
	if found < 50 {
		t.Errorf("only %d names were found: the test does not look", found)
	}
}

// TestLinksOfTheManual: each link from a page to a file leads somewhere.
func TestLinksOfTheManual(t *testing.T) {
	t.Parallel()
	each(t, []string{".md"}, func(path, text string) {
		for _, l := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(l[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(path), l[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", path, l[1])
			}
		}
	})
}

// TestSourcesOfTheManual: a page of a pipeline names files of the sources by their path, or by their
// name alone beside another one of the same folder.
func TestSourcesOfTheManual(t *testing.T) {
	t.Parallel()
	source, found := regexp.MustCompile("`([\\w/-]+/)?([\\w-]+\\.go)`"), 0
	each(t, []string{".md"}, func(path, text string) {
		if !strings.HasPrefix(path, "docs/pipelines/") {
			return
		}
		folder := ""
		for _, m := range source.FindAllStringSubmatch(text, -1) {
			if m[1] != "" {
				folder = m[1]
			}
			found++
			if _, err := os.Stat(filepath.Join(root, folder, m[2])); err != nil {
				t.Errorf("%s names %s%s, which is not there", path, folder, m[2])
			}
		}
	})
	if found < 30 {
		t.Errorf("only %d names were found: the test does not look", found)
	}
}

// resolve finds a document from the root, else from the folder of the file that
// names it.
func resolve(path, name string) string {
	if at := filepath.Join(root, name); !strings.HasPrefix(name, ".") {
		if _, err := os.Stat(at); err == nil {
			return at
		}
	}
	return filepath.Join(root, filepath.Dir(path), name)
}

// each calls f with our own files of some kinds.
func each(t *testing.T, kinds []string, f func(path, text string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (name == ".git" || name == "bin" || name == "data" || name == "node_modules" || path == filepath.Join(root, "runtime")) {
			return filepath.SkipDir
		}
		if d.IsDir() || !slices.Contains(kinds, filepath.Ext(name)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		f(rel, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
