// Package newsystem writes a new system into a checkout of touchline: a connector and
// a simulator that pass the suite as they are, and every line that a system needs
// elsewhere. What it writes is an example to be made into the real system.
package newsystem

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/format"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/touchline-sync/touchline/sync/record"
)

const module = "github.com/touchline-sync/touchline"

//go:embed templates/*.tmpl
var templates embed.FS

// System is what is to be written.
type System struct {
	Name string
	kind
}

// Title is the name as people write it.
func (s System) Title() string { return strings.ToUpper(s.Name[:1]) + s.Name[1:] }

// Page is the page of what is known of it.
func (s System) Page() string { return "docs/systems/" + s.Name + ".md" }

// toGo are names that no package can be imported by, and folders that are no packages;
// toYAML those that are values, as some of its readers have them.
var (
	toGo   = []string{"init", "main", "vendor", "testdata", "internal"}
	toYAML = []string{"null", "yes", "no", "on", "off"}
)

// New returns the system of a name that takes a kind, or why it cannot be.
func New(name, of string) (System, error) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.Kind == of })
	switch {
	case i < 0:
		return System{}, fmt.Errorf("no system can be made for the kind %q; there are %s", of, strings.Join(Kinds(), " and "))
	case !regexp.MustCompile(`^[a-z]{2,30}$`).MatchString(name):
		return System{}, fmt.Errorf("%q is no name of a system: it names a Go package and a part of tables, so it has 2 to 30 letters from a to z, no capitals, digits or signs", name)
	case token.IsKeyword(name), types.Universe.Lookup(name) != nil, slices.Contains(toGo, name):
		return System{}, fmt.Errorf("%q means something else to Go: take another name", name)
	case slices.Contains(toYAML, name):
		return System{}, fmt.Errorf("%q means something else to YAML, where the settings have it: take another name", name)
	case name == string(record.Hub):
		return System{}, fmt.Errorf("%q is our own copy among the systems: take another name", name)
	case slices.Contains([]string{"person", "mapping", "wire"}, name):
		return System{}, fmt.Errorf("%q is a file of every system: take another name", name)
	}
	return System{Name: name, kind: kinds[i]}, nil
}

// File is a file of the checkout as it is to be.
type File struct {
	Path string // with slashes, from the root
	New  bool
	Text []byte
}

// Plan says what is to be written into the checkout at root. Nothing is written.
func Plan(root string, s System) ([]File, error) {
	if err := checkout(root); err != nil {
		return nil, err
	}
	if err := s.taken(root); err != nil {
		return nil, err
	}
	var files []File
	for path, name := range s.files() {
		text, err := s.render(name)
		if err != nil {
			return nil, err
		}
		files = append(files, File{Path: path, New: true, Text: text})
	}
	for path, change := range s.changes() {
		was, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
		if err != nil {
			return nil, fmt.Errorf("%s is not there, or cannot be read: a line of the system belongs into it", path)
		}
		text, err := change(was)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		files = append(files, File{Path: path, Text: text})
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// Write writes what Plan has made. Where it fails, what it has written is named.
func Write(root string, files []File) error {
	for i, f := range files {
		path := filepath.Join(root, filepath.FromSlash(f.Path))
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, f.Text, 0o644) //nolint:gosec // sources are for everybody
		}
		if err != nil {
			return fmt.Errorf("%w; written before: %s", err, strings.Join(paths(files[:i]), ", "))
		}
	}
	return nil
}

func paths(files []File) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = f.Path
	}
	return out
}

// checkout refuses a folder that is not the root of a checkout.
func checkout(root string) error {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil || !bytes.HasPrefix(mod, []byte("module "+module+"\n")) {
		return fmt.Errorf("%s is not the root of a checkout of touchline: it has no go.mod of %s; go there, or name it with --dir", root, module)
	}
	return nil
}

// files has the new files and the template of each.
func (s System) files() map[string]string {
	folder := "clients/" + s.Name + "/"
	return map[string]string{
		folder + s.Name + ".go":                           "connector.go.tmpl",
		folder + "person.go":                              "person.go.tmpl",
		folder + "mapping.go":                             "mapping.go.tmpl",
		folder + "wire.go":                                "wire.go.tmpl",
		folder + s.Name + "_test.go":                      "connector_test.go.tmpl",
		folder + s.Name + "sim/" + s.Name + "sim.go":      "sim.go.tmpl",
		folder + s.Name + "sim/" + s.Name + "sim_test.go": "sim_test.go.tmpl",
		s.Page(): "page.tmpl",
	}
}

// render fills a template. Go is formatted, which finds what cannot be parsed.
func (s System) render(name string) ([]byte, error) {
	t, err := template.New(name).Option("missingkey=error").ParseFS(templates, "templates/"+name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, s); err != nil {
		return nil, err
	}
	if !strings.HasSuffix(name, ".go.tmpl") {
		return b.Bytes(), nil
	}
	text, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("template %s: %w", name, err)
	}
	return text, nil
}

// taken refuses a name that stands somewhere already, and says where.
func (s System) taken(root string) error {
	var there []string
	for _, path := range []string{"clients/" + s.Name, s.Page()} {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(path))); !errors.Is(err, fs.ErrNotExist) {
			there = append(there, path)
		}
	}
	names := regexp.MustCompile(`"` + s.Name + `"|/` + s.Name + `"|(?m)^(?:  ` + s.Name + `:|## ` + s.Name + `|\| ` + s.Name + ` \|)`)
	for path := range s.changes() {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
		if err != nil {
			continue // Plan says so
		}
		if names.Match(text) {
			there = append(there, path)
		} else if strings.HasPrefix(path, "clients/") && uses(text, s.Name, s.Name+"sim") {
			return fmt.Errorf("%q is a name that %s uses for something else: take another", s.Name, path)
		}
	}
	if len(there) == 0 {
		return nil
	}
	slices.Sort(there)
	return fmt.Errorf("the name %q is taken, and nothing was changed. It is there already: %s", s.Name, strings.Join(there, ", "))
}
