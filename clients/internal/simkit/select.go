package simkit

import (
	"fmt"
	"net/url"
	"strconv"
)

// Select returns the rows that a filter keeps, in their order. A nil filter keeps
// all.
func (t *Table[R]) Select(keep func(*R) bool) []*R {
	rows := []*R{}
	for row := range t.All() {
		if keep == nil || keep(row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// Where returns the rows that have what a query asks for in each of these columns. A
// parameter that is not given, or is empty, asks for nothing.
func (t *Table[R]) Where(query url.Values, columns map[string]func(*R) string) []*R {
	return t.Select(func(row *R) bool {
		for name, of := range columns {
			if want := query.Get(name); want != "" && of(row) != want {
				return false
			}
		}
		return true
	})
}

// Window returns the part of a listing that begins after the first skipped rows, of
// size rows at most, and whether more come after it.
func Window[R any](rows []R, skipped, size int) (part []R, more bool) {
	from := min(max(skipped, 0), len(rows))
	to := min(from+max(size, 0), len(rows))
	return rows[from:to], to < len(rows)
}

// Objects returns rows in the form in which an answer shows them.
func Objects[R, O any](rows []*R, of func(*R) O) []O {
	out := make([]O, len(rows))
	for i, row := range rows {
		out[i] = of(row)
	}
	return out
}

// Whole reads a whole number of a query. One that is not given is other; one that is
// none, or lies outside of least to most, is refused.
func Whole(query url.Values, name string, other, least, most int) (int, error) {
	text := query.Get(name)
	if text == "" {
		return other, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s must be a number from %d to %d", name, least, most)
	}
	return n, nil
}
