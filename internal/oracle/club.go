package oracle

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Club are the dumps of all systems of a club, as their simulators' GET /dump answers
// them.
type Club struct{ Sportlink, Nikki, Laposta, Rondo, FreeScout []byte }

// brought is what CheckClub compares besides what Check does, one word for what a pipeline
// brings.
var brought = []func(*world) []Difference{
	photos, formers, contributions, tabs, invoices, works, teams, customers, timelines, tasks, cases,
}

// CheckClub compares all that the pipelines of a club bring, after a first load and
// whatever came after it that changed no member: it knows no history. A photo is there
// when a member has one; of what stands in it nothing is said.
func CheckClub(c Club) ([]Difference, error) {
	out, err := Check(c.Sportlink, c.Laposta, c.Rondo)
	if err != nil {
		return nil, err
	}
	w, err := readClub(c)
	if err != nil {
		return nil, err
	}
	for _, compare := range brought {
		out = append(out, compare(w)...)
	}
	slices.SortStableFunc(out, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Place, b.Place),
			cmp.Compare(a.Member, b.Member), cmp.Compare(a.Field, b.Field))
	})
	return out, nil
}

// world is a club and what its systems hold.
type world struct {
	members []row // that can be read, by relation code
	left    []row // who were members once, likewise
	persons *site
	people  map[string]*post // of the members, by relation code
	number  map[string]int   // of the members' rows
	source  source
	lines   []line
	lists   []list
	site    holdings
	desk    desk
}

// source is what Sportlink shows besides the search.
type source struct {
	Pages map[string]struct {
		Duties []struct{ Committee, Role, Start, End, Status string }
		Free   map[string]string
		Block  string
		// Where invoices go; nil: to the member's own address.
		Invoice *invoice
	}
	Teams []struct {
		ID, Name, Activity, Gender string
		Club, Connected            bool
		Players, Staff             []struct{ Person, Role string }
	}
	Stints map[string][]stint
	Cases  []struct {
		Dossier, Person, Match, Team, Charge, Sanction, Fee string
		MatchDate                                           string `json:"match_date"`
	}
}

type line struct {
	Year           int
	Member, Status string
	Total, Balance int
}

// holdings are what Rondo Club holds beside people.
type holdings struct {
	Groups []struct {
		ID         int64
		Type, Name string
		Fields     map[string]any
	}
	Media []struct {
		Person int64
		Shown  bool
	}
	Activities []struct {
		Person  int64
		Content string
	}
	Todos []struct {
		Person int64
		Notes  string
	}
	Cases []struct {
		Status  string
		Seizoen []int64
		Fields  map[string]any
	}
}

type desk struct {
	Customers []struct {
		ID        int64
		FirstName string `json:"first_name"`
		LastName  string `json:"last_name"`
		Emails    []struct{ Value string }
		Fields    map[string]string
	}
	Conversations []struct {
		ID, Customer  int64
		Status, State string
	}
}

func readClub(c Club) (*world, error) {
	w := &world{people: map[string]*post{}, number: map[string]int{}}
	all, err := readSportlink(c.Sportlink)
	if err != nil {
		return nil, err
	}
	site, err := readRondo(c.Rondo)
	if err != nil {
		return nil, err
	}
	w.persons = site
	if w.left, err = readRows(c.Sportlink, true); err != nil {
		return nil, err
	}
	if w.lists, err = readLaposta(c.Laposta); err != nil {
		return nil, err
	}
	var nikki struct{ Lines []line }
	for _, d := range []struct {
		name string
		dump []byte
		into any
	}{{"sportlink", c.Sportlink, &w.source}, {"nikki", c.Nikki, &nikki}, {"rondo club", c.Rondo, &w.site}, {"freescout", c.FreeScout, &w.desk}} {
		if err := json.Unmarshal(d.dump, d.into); err != nil {
			return nil, fmt.Errorf("dump of %s: %w", d.name, err)
		}
	}
	w.lines = nikki.Lines
	for _, m := range all {
		if !m.broken {
			w.members = append(w.members, m)
			w.number[m.code()] = m.number
		}
	}
	for _, p := range site.people {
		if p.status == "publish" && w.number[p.code()] > 0 {
			w.people[p.code()] = p
		}
	}
	return w, nil
}

// differs is a difference of a member's person at Rondo Club.
func (w *world) differs(code, place, field, why string) Difference {
	return Difference{System: "rondoclub", Place: place, Member: w.number[code], Role: "member", Field: field, Why: why}
}

// each calls f for all members whom Rondo Club holds.
func (w *world) each(f func(m row, p *post) []Difference) (out []Difference) {
	for _, m := range w.members {
		if p := w.people[m.code()]; p != nil {
			out = append(out, f(m, p)...)
		}
	}
	return out
}

// count says what is wrong where one is wanted, or none.
func count(d Difference, n, want int) []Difference {
	switch {
	case n == want:
		return nil
	case n < want:
		d.Why = Missing
	case want == 0:
		d.Why = Extra
	default:
		d.Why = Twice
	}
	return []Difference{d}
}

func photos(w *world) []Difference {
	return w.each(func(m row, p *post) []Difference { return w.photo(m, p) })
}

// photo looks at the photo of somebody whom Rondo Club holds.
func (w *world) photo(m row, p *post) []Difference {
	shown, want := 0, 0
	for _, is := range w.site.Media {
		if is.Shown && fmt.Sprint(is.Person) == p.id {
			shown++
		}
	}
	if m.get("PersonImageDate") != "" {
		want = 1
	}
	return count(Difference{System: "rondoclub", Place: "people", Member: m.number, Role: "member", Field: "photo"}, shown, want)
}

// formers are those who have left: each is once at Rondo Club, as Sportlink shows them still,
// but for their teams, and with their photo (docs/pipelines/former-members.md).
func formers(w *world) (out []Difference) {
	for _, m := range w.left {
		if m.broken {
			continue
		}
		want := wantedMember(m)
		want.fields["former_member"] = "1"
		delete(want.fields, "meta.team")
		var at []*post
		for _, p := range w.persons.people {
			if p.status != "trash" && p.code() == m.code() {
				at = append(at, p)
			}
		}
		out = append(out, count(Difference{System: "rondoclub", Place: "people", Member: m.number, Role: "member"}, len(at), 1)...)
		for _, p := range at {
			comparePerson(want, p, w.persons, map[string]row{}, func(_ *wantedPerson, field, why string) {
				out = append(out, Difference{System: "rondoclub", Place: "people", Member: m.number, Role: "member", Field: field, Why: why})
			})
			out = append(out, w.photo(m, p)...)
		}
	}
	return out
}

// contributions are the sums of the lines of a year with their worst state, for the years
// that a site has (docs/systems/nikki.md).
func contributions(w *world) []Difference {
	worst := []string{"Betaald", "Credit", "Debet", "Open"}
	return w.each(func(m row, p *post) (out []Difference) {
		for year := 2022; year <= 2025; year++ {
			want := map[string]string{"total": "", "saldo": "", "status": ""}
			total, balance, state := 0, 0, -1
			for _, l := range w.lines {
				if l.Year == year && strings.ToUpper(l.Member) == m.code() {
					total, balance = total+l.Total, balance+l.Balance
					state = max(state, slices.Index(worst, l.Status))
				}
			}
			if state >= 0 {
				want = map[string]string{"total": euros(total), "saldo": euros(balance), "status": worst[state]}
			}
			for what, value := range want {
				key := fmt.Sprintf("_nikki_%d_%s", year, what)
				if p.get(key) != value {
					out = append(out, w.differs(m.code(), "people", key, Differs))
				}
			}
		}
		return out
	})
}

// euros is how the site gives back an amount of cents.
func euros(cents int) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", float64(cents)/100), "0"), ".")
}
