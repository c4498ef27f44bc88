package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// old has each word that names nothing any more, and what says it now.
var old = map[string]string{
	"replica": "sync record", "far": "remote", "agreed": "base", "wish": "pending op", "wanted": "desired version", "told": "echo",
	"quarrel": "conflict", "settle": "resolve (people), reconcile (program)", "settled": "resolved", "met": "initialised", "meeting": "sync",
	"census": "full listing", "letgo": "remove", "keyed": "idempotent create", "hooker": "webhook receiver", "hooked": "notification",
	"withheld": "private", "book": "set", "holder": "target", "holders": "targets", "origins": "sources", "outgoing": "delivery",
	"outbound": "part", "clash": "violation", "stranger": "unmanaged", "strange": "unmanaged", "unlinked": "unmanaged", "admit": "apply",
	"admitted": "applied", "undecided": "unplanned", "verdict": "outcome", "beat": "heartbeat", "gone": "deleted, not found",
}

// allowed are names that hold such a word and mean something else.
var allowed = map[string]string{
	"lease.holder": "the process that holds a lease",
	"Holder":       "the process that holds a lease (store.Lease)",
	"holder":       "the process that holds a lease (jobs)",

	"LetGo":                                 "what a person says of somebody who is leaving",
	"sync_record_let_go":                    "the same",
	"LEAVER_DECISION_LET_GO":                "the same",
	"LeaverDecision_LEAVER_DECISION_LET_GO": "the same",
}

var part = regexp.MustCompile(`[A-Z]+(?:[a-z0-9]*)|[a-z0-9]+`)

// oldWord returns the old word in a name, by its parts; two parts count
// together, as in LetGo.
func oldWord(name string) string {
	parts := part.FindAllString(name, -1)
	for i, p := range parts {
		p = strings.ToLower(p)
		if _, ok := old[p]; ok {
			return p
		}
		if i > 0 {
			if both := strings.ToLower(parts[i-1]) + p; old[both] != "" {
				return both
			}
		}
	}
	return ""
}

func check(t *testing.T, where, name string) {
	t.Helper()
	if w := oldWord(name); w != "" && allowed[name] == "" {
		t.Errorf("%s: %s has the old word %q; say %q", where, name, w, old[w])
	}
}

// files lists the repository's files below some folders that end in one way.
func files(t *testing.T, end string, folders ...string) (out []string) {
	t.Helper()
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join("..", "..", folder), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, end) {
				out = append(out, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestNamesInGo(t *testing.T) {
	t.Parallel()
	for _, path := range files(t, ".go", "sync", "jobs", "server", "api") {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		at := func(n ast.Node) string { return set.Position(n.Pos()).String() }
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				check(t, at(n), n.Name.Name)
			case *ast.FuncDecl:
				check(t, at(n), n.Name.Name)
			case *ast.StructType:
				for _, field := range n.Fields.List {
					for _, name := range field.Names {
						check(t, at(name), name.Name)
					}
				}
			case *ast.InterfaceType:
				for _, m := range n.Methods.List {
					for _, name := range m.Names {
						check(t, at(name), name.Name)
					}
				}
			}
			return true
		})
		for _, d := range f.Decls { // names of the package
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range g.Specs {
				if v, ok := s.(*ast.ValueSpec); ok {
					for _, name := range v.Names {
						check(t, at(name), name.Name)
					}
				}
			}
		}
	}
}

var (
	table  = regexp.MustCompile(`(?im)^\s*create (?:unlogged )?(?:table|view|sequence|index|unique index)(?: if not exists)? ([a-z_.]+)`)
	column = regexp.MustCompile(`(?m)^  ([a-z_]+) +(?:text|bigint|int|jsonb|boolean|timestamptz|uuid|bytea|date)\b`)
	field  = regexp.MustCompile(`(?m)^\s+(?:repeated |optional )?[A-Za-z.<>, ]+ ([a-z_]+) = \d+`)
	reason = regexp.MustCompile(`"([A-Z]{3,}(?:_[A-Z]+)+)"`)
)

func TestNamesInSQLAndProto(t *testing.T) {
	t.Parallel()
	for _, path := range files(t, ".sql", "migrations") {
		if strings.Contains(path, "ems") {
			continue // the tables of EMS have the words of its users
		}
		text := read(t, path)
		for _, re := range []*regexp.Regexp{table, column} {
			for _, m := range re.FindAllStringSubmatch(text, -1) {
				check(t, path, m[1])
			}
		}
	}
	for _, path := range files(t, ".proto", "api") {
		for _, m := range field.FindAllStringSubmatch(read(t, path), -1) {
			check(t, path, m[1])
		}
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	for _, path := range files(t, ".go", "sync", "jobs", "server") {
		for _, m := range reason.FindAllStringSubmatch(read(t, path), -1) {
			check(t, path, m[1])
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestOldWord(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"AgreedFar": "agreed", "LetGo": "letgo", "let_go": "letgo", "FIRST_MEETING": "meeting", "farewell": "", "Method": "", "SyncRecord": "",
		"StatusGone": "gone", "Heartbeat": "",
	} {
		if got := oldWord(name); got != want {
			t.Errorf("%s: old word %q, want %q", name, got, want)
		}
	}
}
