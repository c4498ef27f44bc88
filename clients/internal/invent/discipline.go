package invent

import (
	"fmt"
	"slices"
	"strconv"
)

// Case is what the federation has charged somebody with after a match, as the page of
// individual cases has it (docs/systems/sportlink.md, "Discipline cases"). An empty text is
// not filled in. The JSON names are ours.
type Case struct {
	Dossier     string   `json:"dossier"`
	Person      string   `json:"person"` // PublicPersonId
	MatchDate   string   `json:"match_date"`
	ProcessedOn string   `json:"processed_on"`
	Match       string   `json:"match"`
	Team        string   `json:"team"`
	Codes       []string `json:"codes"` // a single one is a text on the wire
	Charge      string   `json:"charge"`
	Sanction    string   `json:"sanction"`
	Fee         string   `json:"fee"`     // in euros, with a point
	Charged     string   `json:"charged"` // true, false, or nothing
}

// CasesOf returns the cases of a club: one for each ten of its current members, thirty at
// most, and before them the difficult ones, as far as there are members for them.
func CasesOf(seed int64, members []Member) []Case {
	var current []Member
	for _, m := range members {
		if m.MemberStatus != Inactive && m.PublicPersonID != "" && m.FirstName != "" {
			current = append(current, m)
		}
	}
	if len(current) == 0 {
		return nil
	}
	r := Rand(seed, casesFrom)
	out := make([]Case, min(30, len(difficultCases)+len(current)/10))
	for i := range out {
		charge := charges[r.IntN(len(charges))]
		out[i] = Case{
			Dossier: fmt.Sprintf("D-%06d", i+1), Person: current[r.IntN(len(current))].PublicPersonID,
			MatchDate: fmt.Sprintf("2025-%02d-%02d", 1+r.IntN(12), 1+r.IntN(28)), ProcessedOn: "2026-01-12",
			Match: fmt.Sprintf("Voorbeeld %d - Proefdorp %d", 1+r.IntN(9), 1+r.IntN(9)), Team: fmt.Sprintf("JO%d-1", 11+r.IntN(8)),
			Codes: slices.Clone(charge.codes), Charge: charge.text, Sanction: charge.sanction,
			Fee: strconv.Itoa(10+r.IntN(20)) + ".5", Charged: "false",
		}
		if i < len(difficultCases) {
			difficultCases[i](&out[i])
		}
	}
	return out
}

const casesFrom = 6_000_000

var charges = []struct {
	codes          []string
	text, sanction string
}{
	{[]string{"1.01"}, "Onbehoorlijk gedrag", "Berisping"},
	{[]string{"2.03", "2.07"}, "Gewelddadig handelen & protesteren", "Uitsluiting voor 2 wedstrijden"},
	{nil, "Niet opkomen", ""},
}

// difficultCases are those that have made trouble.
var difficultCases = []func(*Case){
	func(c *Case) { c.Person = "ZZZZ99Z" },                             // a stranger
	func(c *Case) { c.Person = "" },                                    // nobody
	func(c *Case) { c.MatchDate = "" },                                 // without a day of a match
	func(c *Case) { c.Fee, c.Charged = "", "" },                        // no fee is known
	func(c *Case) { c.Codes, c.Charged = []string{"1.01"}, "true" },    // a single code, and charged
	func(c *Case) { c.Codes = []string{"1.01", "1.02"} },               // several
	func(c *Case) { c.MatchDate, c.ProcessedOn = "2025-07-31", "" },    // the last day of a season
	func(c *Case) { c.MatchDate = "2025-08-01T00:00:00"; c.Team = "" }, // the first, with a time behind it
}
