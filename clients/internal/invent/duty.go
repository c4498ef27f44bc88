package invent

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// Duty is a function that somebody has in the club, as the pages of a member show it
// (docs/systems/sportlink.md, "The tabs of a member"). Without a committee it is one of
// the club as a whole. The JSON names are ours.
type Duty struct {
	Committee string `json:"committee"`
	Role      string `json:"role"`
	Start     string `json:"start"`
	End       string `json:"end"`
	Status    string `json:"status"`
}

// Pages is what the own pages of a member show besides what a search does. An empty text
// is not filled in.
type Pages struct {
	Duties []Duty `json:"duties"`
	// Free are the free fields, Remarks1 to Remarks8.
	Free map[string]string `json:"free"`
	// Block says whether the member may not go to another club: true, false, or nothing.
	Block string `json:"block"`
	// Invoice is where invoices go, if not to the member's own address.
	Invoice *Address `json:"invoice,omitempty"`
}

var committeeNames = []string{"Jeugdcommissie", "Kantine", "Sponsoring & PR", "Technische commissie"}

var (
	committeeRoles = []string{"Lid", "Voorzitter", "Coördinator"}
	clubRoles      = []string{"Secretaris", "Penningmeester", "Consul"}
)

// PagesOf returns what the pages of the members of a club show, by their ids. The first
// members have the difficult ones; of the others one in four does something.
func PagesOf(seed int64, members []Member) map[string]Pages {
	out := map[string]Pages{}
	for i, m := range members {
		r := Rand(seed, pagesFrom+i)
		p := Pages{Free: map[string]string{}, Block: "false"}
		switch {
		case i < len(difficultPages):
			difficultPages[i](&p)
		case r.IntN(4) == 0:
			p.Duties = []Duty{duty(r)}
			p.Free["Remarks8"] = fmt.Sprintf("20%02d-%02d-%02d", 20+r.IntN(6), 1+r.IntN(12), 1+r.IntN(28))
		}
		p.Invoice = invoiceOf(seed, i)
		if m.PublicPersonID != "" {
			out[m.PublicPersonID] = p
		}
	}
	return out
}

const pagesFrom = 5_000_000

func duty(r *rand.Rand) Duty {
	d := Duty{Start: fmt.Sprintf("20%02d-08-01", 15+r.IntN(10)), Status: "ACTIVE"}
	if r.IntN(3) == 0 {
		d.Role = clubRoles[r.IntN(len(clubRoles))]
		return d
	}
	d.Committee, d.Role = committeeNames[r.IntN(len(committeeNames))], committeeRoles[r.IntN(len(committeeRoles))]
	return d
}

// difficultPages are the cases that have made trouble.
var difficultPages = []func(*Pages){
	func(p *Pages) { // two roles in one committee, and one of the club
		p.Duties = []Duty{
			{"Jeugdcommissie", "Voorzitter", "2023-08-01", "", "ACTIVE"},
			{"Jeugdcommissie", "Wedstrijdsecretaris", "2023-08-01", "", "ACTIVE"},
			{"", "Secretaris", "2021-07-01T00:00:00", "", "Actief"},
		}
		p.Free["Remarks3"], p.Free["Remarks8"] = "4711", "2024-02-29"
	},
	func(p *Pages) { // ended, and begun anew
		p.Duties = []Duty{{"Kantine", "Lid", "2019-01-01", "2022-06-30", "INACTIVE"}, {"Kantine", "Lid", "2024-08-01", "", "ACTIVE"}}
		p.Free["Remarks8"] = "29-02-2020"
	},
	func(p *Pages) { // current, with an end to come; a single one, which the site gives without a list
		p.Duties, p.Block = []Duty{{"Kantine", "Voorzitter", "2025-08-01", "2027-06-30", "ACTIVE"}}, "true"
		p.Free["Remarks8"] = "aangevraagd"
	},
	func(p *Pages) { // a committee without a role, one without a start
		p.Duties = []Duty{{"Sponsoring & PR", "", "2020-08-01", "", "ACTIVE"}, {"Sponsoring & PR", "Lid", "", "", ""}}
		p.Block = ""
	},
	func(p *Pages) { p.Free["Remarks3"] = "zie map"; p.Free["Remarks8"] = " " },
}

// Values are the personal values in what a member's pages show. Short numbers are in any
// log, in its times.
func (p Pages) Values() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(p.Free)) {
		if v := strings.TrimSpace(p.Free[name]); len(v) > 6 {
			out = append(out, v)
		}
	}
	if a := p.Invoice; a != nil && a.Street != "" {
		out = append(out, a.Street+" "+a.Number)
	}
	return out
}
