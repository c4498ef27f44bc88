package web

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
)

// No cell of a table begins with what a spreadsheet computes, and what a person has
// typed comes out whole behind the quote.
func TestTablesComputeNothing(t *testing.T) {
	t.Parallel()
	cells := []string{
		"=1+1", "+31612345678", "-1", "@SUM(A1)", "\t=1", "\r=1", "\nplain", " =1", "\u00a0=1", "＝1", "＋1", "－1", "＠1", "|calc", "%0",
		"plain", "", "a=b", "Zoë, van 't \"Hof\"", "two\nlines", " blank",
	}
	made := &table{"t.csv", nil}
	made.add(slices.Clone(cells)...)
	raw, err := made.bytes()
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(string(raw))).ReadAll()
	if err != nil || len(lines) != 1 || len(lines[0]) != len(cells) {
		t.Fatalf("the table is %q, %v", lines, err)
	}
	for i, c := range cells {
		want := "'" + c
		if i >= 15 {
			want = c
		}
		if got := lines[0][i]; got != want {
			t.Errorf("%q comes out as %q, want %q", c, got, want)
		}
	}
}
