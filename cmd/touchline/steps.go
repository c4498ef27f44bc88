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
	rows := [][]string{{"STEP", "SYSTEM", "PLACE", "KIND", "STATE"}}
	for _, s := range steps {
		rows = append(rows, []string{
			fmt.Sprintf("%d %s", s.GetNumber(), word(s.GetAction().String(), "ACTION_")), s.GetSystem(), s.GetPlace(), s.GetKind(),
			word(s.GetState().String(), "STEP_STATE_") + inBrackets(s.GetReason()),
		})
	}
	left := columns
	for i := range rows[0] {
		widest := 0
		for _, row := range rows {
			widest = max(widest, utf8.RuneCountInString(row[i]))
		}
		left -= widest + 2
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, row := range rows {
		counts := []string{"COUNTED"}
		if i > 0 {
			counts = folded(counted(steps[i-1].GetCounters()), left)
		}
		fmt.Fprintf(t, "%s\t%s\n", strings.Join(row, "\t"), counts[0])
		for _, more := range counts[1:] {
			fmt.Fprintf(t, "%s%s\n", strings.Repeat("\t", len(row)), more)
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
