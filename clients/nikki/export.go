package nikki

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/separated"
)

// The names of the columns, in small letters, as the file has been seen to have them
// (docs/systems/nikki.md, "The export").
var (
	keyNames    = []string{"nikki_id", "nikkiid", "nikki id", "nikki"}
	amountNames = []string{"hoofdsom", "totaal", "total"}
	yearNames   = []string{"jaar", "year"}
)

// joint is by what a line of the table and one of the file are the same. year is empty
// where the file has none, or has one in another form than the table's.
type joint struct{ year, id string }

// export is the file: what was charged, by joint.
type export struct {
	years   bool
	amounts map[joint][]amount
	signIn  bool // it is the page of the sign-in
}

// parseExport reads the file, whose dialect is found by its head. A line with another number of values than the head has is passed over,
// since nobody knows which one it lacks; more than max(3, 2 %) of them are another
// dialect. why says that it is not the file that this was built for, and holds no value.
func parseExport(body []byte) (file export, why string) {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		file.signIn = bytes.Contains(body, []byte(`name="password"`))
		return file, "a page came in place of the file"
	}
	lines := separated.Lines(body)
	if len(lines) < 2 {
		return file, "the file has no line"
	}
	head, known := separated.HeadOf(lines[0], keyNames, amountNames, yearNames)
	switch {
	case !known:
		return file, "the file's head has no column nikki_id"
	case head.Twice:
		return file, "the file's head names a column twice"
	case head.At[1] < 0:
		return file, "the file's head has no column hoofdsom"
	}
	key, charged, year := head.At[0], head.At[1], head.At[2]
	file.years, file.amounts = year >= 0, map[joint][]amount{}
	var rows [][]string
	for _, l := range lines[1:] {
		if cells, whole := head.Cells(l); whole && cells[key] != "" {
			rows = append(rows, cells)
			file.years = file.years && yearForm.MatchString(cells[year])
		}
	}
	for _, cells := range rows {
		j := joint{id: cells[key]}
		if file.years {
			j.year = cells[year]
		}
		file.amounts[j] = append(file.amounts[j], amountOf(cells[charged]))
	}
	n := len(lines) - 1
	if ragged := n - len(rows); ragged > tolerated(n) {
		return file, fmt.Sprintf("%d of %d lines of the file have another form than its head", ragged, n)
	}
	return file, ""
}

// missing counts the lines of the file that the table does not have. What the file has
// of years of which the table has no line counts for nothing, unless that is all of it. For
// a line that cannot be read one of the file may be missing, unless there are too many.
func (e export) missing(lines []line) (n int) {
	have, years, unread, others := map[joint]int{}, map[string]bool{}, 0, 0
	for _, l := range lines {
		have[e.joint(l)]++
		years[l.year] = true
		if l.broken || e.years && !yearForm.MatchString(l.year) {
			unread++
		}
	}
	for j, amounts := range e.amounts {
		switch {
		case e.years && !years[j.year]:
			if others++; others == len(e.amounts) {
				return others
			}
		case e.years:
			n += max(0, len(amounts)-have[j])
		case have[j] == 0:
			n++
		}
	}
	if unread <= tolerated(len(lines)) {
		n = max(0, n-unread)
	}
	return n
}

func (e export) joint(l line) joint {
	if e.years {
		return joint{l.year, l.id}
	}
	return joint{id: l.id}
}

// totals returns what was charged, by year and id of the table's lines. It is known
// where the file has as many lines as the table and all are one member's: by year,
// or, where the file names none, when the id stands once on either side.
func (e export) totals(lines []line) map[joint]amount {
	have, whose := map[joint]int{}, map[joint]map[string]bool{}
	for _, l := range lines {
		j := e.joint(l)
		if have[j]++; whose[j] == nil {
			whose[j] = map[string]bool{}
		}
		whose[j][strings.ToUpper(l.member)] = true
	}
	out := map[joint]amount{}
	for _, l := range lines {
		j := e.joint(l)
		amounts := e.amounts[j]
		var total amount
		switch {
		case l.id == "":
			total.why = "a line without a Nikki id"
		case len(amounts) == 0:
			total.why = "the export has no such line"
		case len(whose[j]) > 1:
			total.why = "the Nikki id is that of several members"
		case !e.years && (len(amounts) > 1 || have[j] > 1):
			total.why = "the export names no year, and the Nikki id stands for several lines"
		case len(amounts) != have[j]:
			total.why = "the export has another number of such lines"
		}
		for _, a := range amounts {
			if total.why == "" {
				total.cents, total.why = total.cents+a.cents, a.why
			}
		}
		out[joint{l.year, l.id}] = total
	}
	return out
}
