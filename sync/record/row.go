package record

import (
	"slices"
	"strings"
)

// A set may have rows for members: what belongs together stands in columns, such as
// the function, its start and its end. The first columns say which row it is, so that
// two members that are alike there are one row of before and after. The last column of
// a row is never empty, since a member's blanks at its ends are none of it.
const columnMark = "\t"

// NewRow makes a member of columns.
func NewRow(columns ...string) string { return strings.Join(columns, columnMark) }

// RowColumns takes a member apart.
func RowColumns(row string) []string { return strings.Split(row, columnMark) }

// rowName is what says which row a member is: its first n columns.
func rowName(row string, n int) string {
	columns := RowColumns(row)
	return NewRow(columns[:min(n, len(columns))]...)
}

func rowNames(set string, n int) map[string]bool {
	out := map[string]bool{}
	for _, row := range SetMembers(set) {
		out[rowName(row, n)] = true
	}
	return out
}

// RowsIn returns those rows of a set that are in another one, as they stand in the set;
// n columns say which row it is.
func RowsIn(set, other string, n int) string {
	in := rowNames(other, n)
	return SetValue(slices.DeleteFunc(SetMembers(set), func(row string) bool { return !in[rowName(row, n)] }))
}

// RowsNotIn returns the other rows of the set.
func RowsNotIn(set, other string, n int) string {
	in := rowNames(other, n)
	return SetValue(slices.DeleteFunc(SetMembers(set), func(row string) bool { return in[rowName(row, n)] }))
}

// RowsOver returns the rows of both sets; one that is in both as it stands in over.
func RowsOver(under, over string, n int) string {
	return SetValue(append(SetMembers(RowsNotIn(under, over, n)), SetMembers(over)...))
}

// RowsBeside returns what a set of rows is to be that others have put rows into, too:
// set, and the rows that stand there and were never ours. What was ours and is not in
// set any longer goes.
func RowsBeside(set, ours, there string, n int) string {
	return RowsOver(RowsNotIn(there, ours, n), set, n)
}
