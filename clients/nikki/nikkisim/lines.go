package nikkisim

import (
	"fmt"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/invent"
)

// The states of a line, as the site has them.
const (
	open   = "Open"
	debit  = "Debet"
	credit = "Credit"
	paid   = "Betaald"
)

// Line is one line of the table: what one member is to pay in one year, or a part of
// it. Amounts are cents; Form is how the site writes them, and Shown what it shows in
// place of the balance.
type Line struct {
	Key     string `json:"key"` // the simulator's own
	Year    int    `json:"year"`
	Name    string `json:"name"`
	Address string `json:"address"`
	Member  string `json:"member"` // Lidnr.
	Team    string `json:"team"`
	ID      string `json:"nikki_id"`
	Total   int    `json:"total"`
	Balance int    `json:"balance"`
	Form    string `json:"form"`
	Shown   string `json:"shown"`
	Status  string `json:"status"`
	// Unexported leaves the line out of the export.
	Unexported bool `json:"unexported"`
}

// The forms in which an amount is written.
var forms = []string{"euro", "plain", "short", "behind", "space", "thousands"}

// write writes cents in a form. A form that would lose cents is another one.
func write(form string, cents int) string {
	whole, rest, sign := cents/100, cents%100, ""
	if cents < 0 {
		whole, rest, sign = -whole, -rest, "-"
	}
	switch {
	case form == "plain":
		return fmt.Sprintf("%s%d,%02d", sign, whole, rest)
	case form == "short" && rest%10 == 0 && rest > 0: // 85,5
		return fmt.Sprintf("%s%d,%d", sign, whole, rest/10)
	case form == "behind" && sign != "":
		return fmt.Sprintf("%d,%02d-", whole, rest)
	case form == "space":
		return fmt.Sprintf("€\u00a0%s%s,%02d", sign, grouped(whole), rest)
	case form == "thousands" && rest == 0 && whole >= 1000: // 1.234
		return sign + grouped(whole)
	}
	return fmt.Sprintf("€ %s%s,%02d", sign, grouped(whole), rest)
}

func grouped(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s.%03d", grouped(n/1000), n%1000)
}

// shown is the balance as the table has it.
func (l *Line) shown() string {
	if l.Shown != "" {
		return l.Shown
	}
	return write(l.Form, l.Balance)
}

// The years of an invented club: those for which a site of Rondo Club has fields.
const (
	firstYear = 2022
	lastYear  = 2025
)

// invented are the lines of a club. Each fourth pays in two parts; whoever has no
// address for mail has no line (docs/systems/nikki.md, "What a line is"). Among them
// are a line of somebody whom no club knows, one that is old and one of a year to come.
func invented(seed int64, members int) (out []Line) {
	add := func(l Line) {
		l.Key = fmt.Sprint(len(out) + 1)
		l.ID = fmt.Sprint(40_000 + len(out))
		l.Form = forms[len(out)%len(forms)]
		out = append(out, l)
	}
	for n, m := range invent.Club(seed, members) {
		if m.Email == "" || m.PublicPersonID == "" {
			continue
		}
		of := Line{Name: m.FullName(), Address: strings.TrimSpace(m.StreetName + " " + m.AddressNumber), Member: m.PublicPersonID, Team: m.UnionTeams}
		for year := firstYear + n%3; year <= lastYear; year++ {
			for part := range 1 + (n+3)%4/3 {
				l := of
				l.Year, l.Total = year, 12_550+100*(n%40)+part
				if n%6 == 1 {
					l.Total = 123_400 // a whole household's
				}
				l.Status, l.Balance = standing(n+year+part, l.Total)
				add(l)
			}
		}
	}
	stranger := Line{Name: "Quinten Onbekend", Member: "ZQZQ99Z", Total: 100_000, Balance: 100_000, Status: open, Year: lastYear}
	add(stranger)
	stranger.Year, stranger.Member = 2019, "ZQZQ98Z"
	add(stranger)
	stranger.Year, stranger.Member = lastYear+2, "ZQZQ97Z"
	add(stranger)
	return out
}

// standing is how the nth line stands: paid, open with costs, half paid, too much paid.
func standing(n, total int) (status string, balance int) {
	switch n % 5 {
	case 1:
		return open, total + min(total/10, 1900)
	case 2:
		return debit, total / 2
	case 3:
		return credit, -1250
	}
	return paid, 0
}
