package otherfamily_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/record"
)

// A reader who has lost the card gets another one. The catalogue makes one
// reader of the two, at once or after both have been at the counter; what was
// borrowed with the old card is owed with the new one, and what the counter has
// agreed with the reader meanwhile stands.
func TestLostCard(t *testing.T) {
	f := library()
	comes := func(n int) enginetest.Step {
		return enginetest.Put(catalogue, "readers", "r"+strconv.Itoa(n), aReader(n))
	}
	lends := func(n, to int) enginetest.Step {
		b := aLoan(n)
		b[borrower] = aReader(to)[card]
		return enginetest.Put(catalogue, "loans", "l"+strconv.Itoa(n), b)
	}
	owes := func(n, who int, until string) enginetest.Step {
		return func(s *enginetest.Stage) {
			s.T.Helper()
			at := string(s.ID(counter, "readers", record.Fields{card: aReader(who)[card]}))
			b := record.Fields{number: aLoan(n)[number], borrower: at, due: until}
			if at == "" || s.ID(counter, "loans", b) == "" {
				s.T.Errorf("reader %d does not owe book %d until %s", who, n, until)
			}
		}
	}
	becomes := func(n, other int) enginetest.Step {
		return func(s *enginetest.Stage) {
			s.By[catalogue].Merge("readers", record.ExternalID("r"+strconv.Itoa(n)), record.ExternalID("r"+strconv.Itoa(other)))
		}
	}
	enginetest.Story(t, f.Cast(),
		comes(1), comes(2), lends(1, 1), lends(2, 2),
		enginetest.Synced(),
		owes(1, 1, "2026-05-01"), owes(2, 2, "2026-05-01"),
		// the policies is renewed at the counter before anybody there knows.
		enginetest.Edit(counter, "loans", record.Fields{number: aLoan(1)[number]}, record.Fields{due: "2026-06-01"}),
		becomes(1, 2), lends(1, 2), enginetest.Put(catalogue, "loans", "l2", record.Fields{due: "2026-04-01"}),
		enginetest.Synced(),
		enginetest.Want(counter, "readers", aReader(2)),
		owes(1, 2, "2026-06-01"), owes(2, 2, "2026-04-01"),
		enginetest.Quiet(),
		// And once more, with a card that the counter has never seen.
		func(s *enginetest.Stage) { s.Was = s.ID(counter, "readers", record.Fields{card: aReader(2)[card]}) },
		comes(3), becomes(2, 3), lends(1, 3), lends(2, 3),
		enginetest.Synced(),
		enginetest.Want(counter, "readers", aReader(3)),
		func(s *enginetest.Stage) {
			if s.ID(counter, "readers", aReader(3)) != s.Was {
				s.T.Error("the counter has got another record, not another card")
			}
		},
		enginetest.Quiet(),
	)
}

// TestEngineKnowsNoFamily: nothing that decides imports the fields of a kind.
func TestEngineKnowsNoFamily(t *testing.T) {
	t.Parallel()
	const kinds = "github.com/touchline-sync/touchline/sync/record/"
	for _, folder := range []string{"engine", "engine/enginetest", "reconcile", "connector", "store", "hub"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "sync", filepath.FromSlash(folder), "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has %d files, %v", folder, len(files), err)
		}
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range file.Imports {
				if path, _ := strconv.Unquote(spec.Path.Value); strings.HasPrefix(path, kinds) {
					t.Errorf("%s imports %s", name, path)
				}
			}
		}
	}
}
