package newsystem_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/newsystem"
)

const root = "../../../.."

// made are a system of each kind, as somebody would make them in one checkout.
var made = map[string]string{"acme": "event.person", "clubhouse": "club.person"}

// What is written is built, passes the suite as it is, and is held to the rules of the
// repository as everything else is.
func TestWhatIsWrittenWorks(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds and tests what is written with the go tool: make test does")
	}
	dir := home(t)
	copyTree(t, dir)
	var packages []string
	for name, kind := range made {
		write(t, dir, name, kind)
		packages = append(packages, "./clients/"+name+"/...")
	}
	run(t, dir, append([]string{"vet"}, packages...)...)
	out := run(t, dir, append([]string{"test", "-v", "./clients"}, packages...)...)
	for name := range made {
		for _, want := range []string{"TestSimulators/" + name, "clients/" + name + "\t", "clients/" + name + "/" + name + "sim\t"} {
			if !strings.Contains(out, want) {
				t.Errorf("%q was not tested", want)
			}
		}
	}
	run(t, dir, "test", "./internal/words", "./docs", "./sync/policy", "./jobs/pipelines")
}

// What is there already is named, and nothing changes.
func TestTwice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	copyTree(t, dir)
	for name, kind := range made {
		write(t, dir, name, kind)
		before := sum(t, dir)
		s, err := newsystem.New(name, kind)
		if err != nil {
			t.Fatal(err)
		}
		_, err = newsystem.Plan(dir, s)
		if err == nil || sum(t, dir) != before {
			t.Fatalf("written twice: %v", err)
		}
		for _, place := range []string{"clients/" + name, "clients/clients.go", "clients/simulators.go", "deploy/config.example.yaml", "docs/systems/" + name, "README.md", "sync/policy/", "jobs/pipelines/"} {
			if !strings.Contains(err.Error(), place) {
				t.Errorf("no word about %s in: %v", place, err)
			}
		}
	}
}

// A name that cannot be is refused, and says why.
func TestNames(t *testing.T) {
	t.Parallel()
	for name, why := range map[string]string{
		"": "letters", "a": "letters", "Acme": "letters", "acme2": "letters", "acme_eu": "letters", "../acme": "letters",
		"func": "Go", "string": "Go", "main": "Go", "init": "Go", "internal": "Go", "nil": "Go", "true": "Go", "false": "Go",
		"null": "YAML", "yes": "YAML", "no": "YAML", "on": "YAML", "off": "YAML", "y": "letters", "n": "letters",
		"hub":    "our own copy",
		"person": "file", "mapping": "file", "wire": "file",
	} {
		if _, err := newsystem.New(name, "event.person"); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want a word about %s", name, err, why)
		}
	}
	if _, err := newsystem.New("acme", "club.boat"); err == nil || !strings.Contains(err.Error(), "event.person and club.person") {
		t.Errorf("an unknown kind: %v", err)
	}
	for name, why := range map[string]string{
		"laposta": "taken", "memory": "clients/memory", "rondoclub": "clients/simulators.go",
		"slices": "simulators.go", "connector": "clients.go", "tickets": "",
	} {
		s, err := newsystem.New(name, "event.person")
		if err != nil {
			t.Fatal(err)
		}
		_, err = newsystem.Plan(root, s)
		if (err == nil) != (why == "") || err != nil && !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want a word about %q", name, err, why)
		}
	}
}

// Where a line has no place nothing is written, and the place is named.
func TestPlacesThatAreNotFound(t *testing.T) {
	t.Parallel()
	for path, c := range map[string]struct{ kind, old, new, says string }{
		"go.mod":                      {"event.person", "module github.com/touchline-sync/touchline\n", "module example.org/other\n", "root of a checkout"},
		"clients/clients.go":          {"event.person", "func Systems()", "func AllSystems()", "func Systems"},
		"clients/simulators.go":       {"event.person", "var simulators = ", "var all = ", "var simulators"},
		"sync/policy/event_person.go": {"event.person", "Targets:", "Goals:", "EventPerson with Targets"},
		"sync/policy/club_person.go":  {"club.person", "func ClubPerson", "func clubPerson", "ClubPerson with Targets"},
		"jobs/pipelines/event.go":     {"event.person", "func EventSchedules", "func Schedules", "EventSchedules"},
		"jobs/pipelines/club.go": {"club.person", `"people",
				Family`, `"persons",
				Family`, `"people" with Reads`},
		"deploy/config.example.yaml": {"event.person", "\nsystems:", "\nsystem:", `"systems:"`},
		"README.md":                  {"event.person", "<!-- /systems -->", "", "<!-- /systems -->"},
		"docs/simulators.md":         {"club.person", "", "", "not there"},
		"docs/policies.md":           {"club.person", "## club.person", "## people", `"## club.person"`},
		"docs/pipelines/people.md":   {"club.person", "<!-- fields people", "<!-- all people", "fields people"},
		"docs/pipelines/orphans.md":  {"event.person", "<!-- fields orphans-event", "<!-- none", "fields orphans-event"},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, p := range []string{
				"go.mod", "README.md", "clients/clients.go", "clients/simulators.go", "sync/policy/event_person.go", "sync/policy/club_person.go",
				"jobs/pipelines/event.go", "jobs/pipelines/club.go", "deploy/config.example.yaml", "docs/simulators.md", "docs/policies.md",
				"docs/pipelines/people.md", "docs/pipelines/events.md", "docs/pipelines/scans.md", "docs/pipelines/orphans.md",
			} {
				text, err := os.ReadFile(filepath.Join(root, p))
				if err != nil {
					t.Fatal(err)
				}
				if p == path && c.old == "" {
					continue
				}
				if p == path {
					if next := bytes.Replace(text, []byte(c.old), []byte(c.new), 1); !bytes.Equal(next, text) {
						text = next
					} else {
						t.Fatalf("%s does not have %q", p, c.old)
					}
				}
				put(t, filepath.Join(dir, p), text)
			}
			before := sum(t, dir)
			s, err := newsystem.New("acme", c.kind)
			if err != nil {
				t.Fatal(err)
			}
			_, err = newsystem.Plan(dir, s)
			if err == nil || !strings.Contains(err.Error(), c.says) || path != "go.mod" && !strings.Contains(err.Error(), path) {
				t.Errorf("%v, want a word about %q in %s", err, c.says, path)
			}
			if sum(t, dir) != before {
				t.Error("something was written")
			}
		})
	}
}

// write makes a system in a checkout. Each file of Go is formatted, and short.
func write(t *testing.T, dir, name, kind string) {
	t.Helper()
	s, err := newsystem.New(name, kind)
	if err != nil {
		t.Fatal(err)
	}
	files, err := newsystem.Plan(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := newsystem.Write(dir, files); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if filepath.Ext(f.Path) != ".go" {
			continue
		}
		if text, err := format.Source(f.Text); err != nil || !bytes.Equal(text, f.Text) {
			t.Errorf("%s is not formatted: %v", f.Path, err)
		}
		if n := bytes.Count(f.Text, []byte("\n")); f.New && n > 300 {
			t.Errorf("%s has %d lines", f.Path, n)
		}
	}
}

// home is a folder of this checkout's own, the same each time: what the go tool has
// compiled there before it need not compile again.
func home(t *testing.T) string {
	t.Helper()
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	of := sha256.Sum256([]byte(here))
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("touchline-new-system-%d-%x", os.Getuid(), of[:6]))
	lock, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lock.Close() })
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// copyTree copies the sources of this checkout.
func copyTree(t *testing.T, to string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || slices.Contains([]string{".git", "bin", "data", "dist", "runtime"}, rel)):
			return filepath.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil {
			put(t, filepath.Join(to, rel), text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// sum is a checksum of all names and texts.
func sum(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(h, "%s %d\n", path, len(text))
		h.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(h.Sum(nil))
}

// run runs the go tool and returns what it says.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, tail(out))
	}
	return string(out)
}

// tail are the last lines of an output.
func tail(out []byte) string {
	lines := strings.Split(string(out), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}
