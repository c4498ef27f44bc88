package nikki

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/contribution"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// line is one line of the table, as it stands there.
type line struct {
	year, member, id, balance, status string
	broken                            bool // another number of cells than the head has
}

// linesOf reads rows of the columns.
func linesOf(rows [][]string) []line {
	out := make([]line, len(rows))
	for i, r := range rows {
		if len(r) != len(columns) {
			out[i].broken = true
			continue
		}
		out[i] = line{year: r[0], member: r[1], id: r[2], balance: r[3], status: r[4]}
	}
	return out
}

// tolerated is how many of so many lines may be in another form, before all of them are.
func tolerated(lines int) int { return max(3, lines/50) }

// memberForm is the form of a relation code (docs/systems/sportlink.md, "Addresses"),
// yearForm that of a year.
var (
	memberForm = regexp.MustCompile(`^[A-Z0-9-]{4,10}$`)
	yearForm   = regexp.MustCompile(`^(19|20)[0-9]{2}$`)
)

// states are the words of the site (docs/systems/nikki.md, "The table"). Another one
// makes the state unreadable, so that a new one is noticed and the figures go on.
var states = map[string]string{
	"open": contribution.Open, "debet": contribution.Debit, "credit": contribution.Credit, "betaald": contribution.Paid,
}

// member is the lines of one member by year; broken says why none of them can be used.
type member struct {
	years  map[int][]line
	broken string
}

// contributions makes a record of each member out of the lines: those of a year are
// summed, the worst state counts, and a year without a line is known to be empty. why
// says that the lines as a whole are not what this was built for.
//
// Years are told from the first that anybody has a line for up to the next one: of an
// older one the site says nothing any more. A line that names no member is a Fault of
// the page; so is a member with a line whose year cannot be read. A line that names no
// member may be anybody's: then no year is told to be empty.
func contributions(lines []line, file export, now time.Time) (page connector.Page, why string) {
	members, first := map[string]*member{}, now.Year()+1
	for _, l := range lines {
		code := person.NormalCode(l.member)
		switch {
		case l.broken:
			page.Faults = append(page.Faults, connector.Fault{Why: "a line with another number of cells than the head"})
			continue
		case !memberForm.MatchString(code):
			page.Faults = append(page.Faults, connector.Fault{Field: person.RelationCode, Why: "a line without a member's code of the known form"})
			continue
		case members[code] == nil:
			members[code] = &member{years: map[int][]line{}}
		}
		if !yearForm.MatchString(l.year) {
			members[code].broken = "a line without a year"
			continue
		}
		year, _ := strconv.Atoi(l.year) // four digits
		members[code].years[year] = append(members[code].years[year], l)
		first = min(first, year)
	}
	totals, owned := file.totals(lines), len(page.Faults) == 0
	for _, code := range slices.Sorted(maps.Keys(members)) {
		m := members[code]
		if m.broken != "" {
			page.Faults = append(page.Faults, connector.Fault{ID: record.ExternalID(code), Why: m.broken})
			continue
		}
		page.Items = append(page.Items, item(code, m, first, now.Year()+1, totals, owned))
	}
	if n := len(page.Faults); n > tolerated(len(lines)) {
		return page, fmt.Sprintf("%d of %d lines cannot be read: %s", n, len(lines), page.Faults[0].Why)
	}
	return page, ""
}

// item is one member's record. A year without a line is empty where all lines are owned.
func item(code string, m *member, first, last int, totals map[joint]amount, owned bool) connector.Item {
	out := value.Reading{Fields: record.Fields{person.RelationCode: code}}
	for year := first; year <= last; year++ {
		f, known := contribution.Of(year)
		lines := m.years[year]
		if !known || len(lines) == 0 && !owned {
			continue
		}
		if len(lines) == 0 {
			out.Fields[f.Total], out.Fields[f.Balance], out.Fields[f.Status] = "", "", ""
			continue
		}
		set(&out, f.Balance, sum(lines, func(l line) amount { return amountOf(l.balance) }))
		seen := map[joint]bool{}
		set(&out, f.Total, sum(lines, func(l line) amount {
			j := joint{l.year, l.id}
			if seen[j] {
				return amount{} // counted with the line before
			}
			seen[j] = true
			return totals[j]
		}))
		worst, why := worstOf(lines)
		if why != "" {
			out.Refuse(f.Status, why)
		} else {
			out.Fields[f.Status] = worst
		}
	}
	return connector.Item{ID: record.ExternalID(code), Fields: out.Fields, Unreadable: out.Unreadable}
}

// amount is cents, or why they are not known.
type amount struct {
	cents int64
	why   string
}

// amountOf reads an amount. An empty one is not known to be nothing.
func amountOf(text string) amount {
	cents, err := value.AmountOf(text)
	if err != nil {
		return amount{why: value.Why(err)}
	}
	if cents == "" {
		return amount{why: "no amount"}
	}
	n, err := strconv.ParseInt(cents, 10, 64)
	if err != nil {
		return amount{why: "not an amount"}
	}
	return amount{cents: n}
}

// sum adds the amounts of lines. Where one is not known the sum is not.
func sum(lines []line, of func(line) amount) (total amount) {
	for _, l := range lines {
		a := of(l)
		if a.why != "" {
			return a
		}
		total.cents += a.cents
	}
	return total
}

func set(r *value.Reading, f record.Field, a amount) {
	if a.why != "" {
		r.Refuse(f, a.why)
		return
	}
	r.Fields[f] = strconv.FormatInt(a.cents, 10)
}

// worstOf returns the worst state of lines. Where one is not known the worst is not.
func worstOf(lines []line) (worst, why string) {
	rank := len(contribution.States)
	for _, l := range lines {
		at := slices.Index(contribution.States, states[strings.ToLower(l.status)])
		if at < 0 {
			return "", "an unknown state, or none"
		}
		rank = min(rank, at)
	}
	return contribution.States[rank], ""
}
