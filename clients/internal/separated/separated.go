// Package separated reads files of separated values as the exports of old sites have
// them: with any delimiter, in UTF-8 or the code page of Western Europe, and with
// quotation marks that nobody has doubled. encoding/csv refuses these, and says of none
// how many values a line should have had. What the columns are is the caller's.
package separated

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// delimiters are those of the known dialects.
var delimiters = []string{";", ",", "\t"}

// Lines returns the lines of a file that are not empty. A file that is not in UTF-8,
// with or without a mark, is in Windows-1252.
func Lines(body []byte) []string {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(body) {
		body, _ = charmap.Windows1252.NewDecoder().Bytes(body) // each byte is a letter, or none
	}
	lines := strings.FieldsFunc(string(body), func(r rune) bool { return r == '\n' || r == '\r' })
	return slices.DeleteFunc(lines, func(l string) bool { return strings.TrimSpace(l) == "" })
}

// Split takes a line apart. A quotation mark at the beginning of a value ends with one
// before a delimiter, or at the end of the line; others are letters.
func Split(line, delimiter string) (cells []string) {
	for {
		cell, rest, more := strings.Cut(line, delimiter)
		if inner, quoted := strings.CutPrefix(strings.TrimLeft(line, " "), `"`); quoted {
			if i := strings.Index(inner, `"`+delimiter); i >= 0 {
				cell, rest, more = inner[:i], inner[i+1+len(delimiter):], true
			} else if whole, ends := strings.CutSuffix(strings.TrimRight(inner, " "), `"`); ends {
				cell, more = whole, false
			}
		}
		cells = append(cells, strings.TrimSpace(strings.Trim(strings.TrimSpace(cell), `"`)))
		if !more {
			return cells
		}
		line = rest
	}
}

// Head says where the columns of a file are.
type Head struct {
	At    []int // of those that were asked for; -1: there is none
	Twice bool  // one of them is there twice

	cells     int
	delimiter string
}

// HeadOf reads the first line of a file: its delimiter is the one with which a column
// of the first set of names is there. The names are in small letters. It reports false
// where none is.
func HeadOf(line string, columns ...[]string) (Head, bool) {
	for _, delimiter := range delimiters {
		names := Split(strings.ToLower(line), delimiter)
		head := Head{cells: len(names), delimiter: delimiter}
		for _, known := range columns {
			is := func(n string) bool { return slices.Contains(known, n) }
			i := slices.IndexFunc(names, is)
			head.At = append(head.At, i)
			head.Twice = head.Twice || i >= 0 && slices.ContainsFunc(names[i+1:], is)
		}
		if head.At[0] >= 0 {
			return head, true
		}
	}
	return Head{}, false
}

// Cells takes a line apart, and reports whether it has as many values as the head;
// delimiters at its end are none.
func (h Head) Cells(line string) (cells []string, whole bool) {
	cells = Split(line, h.delimiter)
	for len(cells) > h.cells && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	return cells, len(cells) == h.cells
}
