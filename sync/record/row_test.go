package record_test

import (
	"testing"

	"github.com/touchline-sync/touchline/sync/record"
)

func TestRows(t *testing.T) {
	t.Parallel()
	set := record.SetValue
	row := record.NewRow
	chair, chairEnded := row("board", "chair", "2020-01-01", "", "current"), row("board", "chair", "2020-01-01", "2024-06-30", "ended")
	again, theirs := row("board", "chair", "2025-01-01", "", "current"), row("bar", "tap", "", "", "current")
	for name, c := range map[string]struct{ got, want string }{
		"over":                         {record.RowsOver(set([]string{chair, theirs}), set([]string{chairEnded, again}), 3), set([]string{chairEnded, again, theirs})},
		"over nothing":                 {record.RowsOver("", chair, 3), chair},
		"nothing over":                 {record.RowsOver(chair, "", 3), chair},
		"in":                           {record.RowsIn(set([]string{chairEnded, theirs}), chair, 3), chairEnded},
		"not in":                       {record.RowsNotIn(set([]string{chairEnded, theirs}), chair, 3), theirs},
		"theirs stay":                  {record.RowsBeside(chair, "", theirs, 3), set([]string{chair, theirs})},
		"ours change":                  {record.RowsBeside(chairEnded, chair, set([]string{chair, theirs}), 3), set([]string{chairEnded, theirs})},
		"ours go, theirs stay":         {record.RowsBeside("", chair, set([]string{chair, theirs}), 3), theirs},
		"one of theirs is what we add": {record.RowsBeside(chair, "", chairEnded, 3), chair},
		"ended and begun anew are two": {record.RowsBeside(set([]string{chairEnded, again}), chair, chair, 3), set([]string{chairEnded, again})},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
}

// TestRowsOfReferences: of a row only the first column is a reference.
func TestRowsOfReferences(t *testing.T) {
	t.Parallel()
	row := record.NewRow
	there := []string{row("12", "chair", "ended"), row("13", "tap", "current")}
	keys := record.KeySet(there, map[string]string{"12": "board"})
	if want := record.SetValue([]string{row("board", "chair", "ended"), row("?13", "tap", "current")}); keys != want {
		t.Fatalf("keys %q, want %q", keys, want)
	}
	if back, want := record.IDSet(keys, map[string]string{"board": "12"}), record.SetValue(there); back != want {
		t.Errorf("ids %q, want %q", back, want)
	}
	if got := record.Referents(keys); len(got) != 2 || got[0] != "?13" || got[1] != "board" {
		t.Errorf("referents %q", got)
	}
	if !record.RefersElsewhere(keys) || record.RefersElsewhere(row("board", "?", "current")) {
		t.Error("what refers elsewhere is not told by the first column")
	}
}
