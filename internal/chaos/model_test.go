package chaos

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestModelKnowsNoEngine: only the rig and the desk know the engine, and nothing here knows
// how values are reconciled.
func TestModelKnowsNoEngine(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			_, part, inner := strings.Cut(path, "touchline/sync/")
			if inner && name != "rig.go" && name != "desk.go" && !slices.Contains([]string{"record", "policy", "step", "connector", "connector/connectortest"}, part) {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}

// TestReplay: a seed tells the same story twice, and the systems receive the
// same writes.
func TestReplay(t *testing.T) {
	t.Parallel()
	p := newPlayer(t)
	for seed := range uint64(5) {
		var ends []string
		for range 2 {
			st, err := p.tell(t.Context(), Generate(seed, p.Off))
			if err != nil {
				t.Fatal(err)
			}
			end := ""
			for _, s := range st.rig.sites {
				end += string(s.Name) + "\n" + s.Snapshot()
			}
			ends = append(ends, end)
		}
		if ends[0] != ends[1] {
			t.Errorf("seed %d ends in two ways:\n%s\n%s", seed, ends[0], ends[1])
		}
	}
}

// TestShrink: what a failure does not need is left out.
func TestShrink(t *testing.T) {
	t.Parallel()
	story := Generate(7, nil)
	story.Ops = append(story.Ops, Op{Do: Merge, Who: 1, At: 1}, Op{Do: Run}, Op{Do: Crash, At: 1})
	short := Shrink(story, 500, func(s Story) bool {
		at := slices.IndexFunc(s.Ops, func(o Op) bool { return o.Do == Merge && o.Who == 1 })
		return at >= 0 && slices.ContainsFunc(s.Ops[at:], func(o Op) bool { return o.Do == Crash })
	})
	if len(short.Ops) != 2 || len(short.Cast.Targets) != 1 {
		t.Errorf("the shortest story is %s", short)
	}
}
