package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// columns are how wide a table may be.
const columns = 100

// printSteps writes a table of steps: what each has counted but zeros, in as many lines
// as fit into the columns.
func printSteps(w io.Writer, steps []*touchlinev1.StepStatus) error {
	type row struct {
		cells   [5]string
		counted []string
	}
	rows := []row{{[5]string{"STEP", "SYSTEM", "PLACE", "KIND", "STATE"}, []string{"COUNTED"}}}
	for _, s := range steps {
		rows = append(rows, row{[5]string{
			fmt.Sprintf("%d %s", s.GetNumber(), word(s.GetAction().String(), "ACTION_")), s.GetSystem(), s.GetPlace(), s.GetKind(),
			word(s.GetState().String(), "STEP_STATE_") + inBrackets(s.GetReason()),
		}, counted(s.GetCounters())})
	}
	left := columns
	for i := range rows[0].cells {
		widest := 0
		for _, r := range rows {
			widest = max(widest, utf8.RuneCountInString(r.cells[i]))
		}
		left -= widest + 2
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		before := strings.Join(r.cells[:], "\t") + "\t"
		for _, line := range folded(r.counted, left) {
			fmt.Fprintf(t, "%s%s\n", before, line)
			before = strings.Repeat("\t", len(r.cells))
		}
	}
	return t.Flush()
}

// folded breaks a list in words at its commas, so that a line has no more than width
// letters where that can be; at least one line.
func folded(list []string, width int) []string {
	lines := []string{strings.Join(list[:min(1, len(list))], "")}
	for _, item := range list[min(1, len(list)):] {
		last := &lines[len(lines)-1]
		if len(*last)+len(", ")+len(item) < width {
			*last += ", " + item
			continue
		}
		*last += ","
		lines = append(lines, item)
	}
	return lines
}
