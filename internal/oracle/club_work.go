package oracle

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// tabs are the fields that the own pages of a member show. A date that is none says
// nothing, nor does a block that is not given.
func tabs(w *world) []Difference {
	return w.each(func(m row, p *post) (out []Difference) {
		page, ok := w.source.Pages[m.code()]
		if !ok {
			return nil
		}
		if want, ok := day(page.Free["Remarks8"]); ok && day8(p.get("datum_vog")) != day8(want) {
			out = append(out, w.differs(m.code(), "people", "datum_vog", Differs))
		}
		if page.Block != "" && (p.get("financiele_blokkade") == "1") != (page.Block == "true") {
			out = append(out, w.differs(m.code(), "people", "financiele_blokkade", Differs))
		}
		return out
	})
}

// invoice is an address for invoices.
type invoice struct {
	Street, Number, Addition, City, Country string
	PostalCode                              string `json:"postal_code"`
}

// invoices are the rows labelled Factuur: one of each member whose invoices go to another
// address that has a street or a city, and none of anybody else.
func invoices(w *world) []Difference {
	return w.each(func(m row, p *post) (out []Difference) {
		page, ok := w.source.Pages[m.code()]
		if !ok {
			return nil
		}
		var want []string
		if a := page.Invoice; a != nil && a.Street+a.City != "" {
			want = []string{oneLine(strings.Join([]string{a.Street, a.Number, a.Addition, a.PostalCode, a.City, a.Country}, "|"))}
		}
		var is []string
		for _, r := range p.rows("addresses") {
			if !strings.EqualFold(text(r["address_label"]), "Factuur") {
				continue
			}
			var one []string
			for _, column := range []string{"street_name", "house_number", "house_number_addition", "postal_code", "city", "country"} {
				one = append(one, text(r[column]))
			}
			is = append(is, oneLine(strings.Join(one, "|")))
		}
		if !slices.Equal(is, want) {
			out = append(out, w.differs(m.code(), "people", "addresses", Differs))
		}
		return out
	})
}

// day reads a day as people write it; none is empty.
func day(text string) (string, bool) {
	text = strings.TrimSpace(text)
	for _, form := range []string{time.DateOnly, "02-01-2006"} {
		if at, err := time.Parse(form, text); err == nil {
			return at.Format(time.DateOnly), true
		}
	}
	return "", text == ""
}

// day8 is a day without signs, as the site may write it.
func day8(text string) string { return strings.ReplaceAll(text, "-", "") }

// duty is a row of work: the post, the role and the days, and whether it lasts.
func duty(post, role, start, end string, lasts bool) string {
	return fmt.Sprintf("%s|%s|%s|%s|%v", post, oneLine(role), day8(start), day8(end), lasts)
}

// works is what members do: by the committees and functions of their pages, and by who is
// in the teams. People may have rows of their own besides.
func works(w *world) []Difference {
	names := map[string]string{}
	for _, g := range w.site.Groups {
		names[fmt.Sprint(g.ID)] = g.Type + " " + oneLine(g.Name)
		if number := text(g.Fields["publicteamid"]); number != "" {
			names[fmt.Sprint(g.ID)] = "team " + number
		}
	}
	return w.each(func(m row, p *post) (out []Difference) {
		var is []string
		for _, r := range p.rows("work_history") {
			is = append(is, duty(names[text(r["team_id"])], text(r["job_title"]), text(r["start_date"]), text(r["end_date"]), text(r["is_current"]) == "1"))
		}
		want := w.duties(m.code())
		for _, one := range want {
			if n := strings.Count("\n"+strings.Join(is, "\n")+"\n", "\n"+one+"\n"); n != 1 {
				out = append(out, count(w.differs(m.code(), "people", "work_history", ""), n, 1)...)
			}
		}
		for range len(is) - len(want) {
			out = append(out, w.differs(m.code(), "people", "work_history", Extra))
		}
		return out
	})
}

// duties are the rows that a member's work must have.
func (w *world) duties(code string) []string {
	var want []string
	add := func(one string) {
		if !slices.Contains(want, one) {
			want = append(want, one)
		}
	}
	for _, d := range w.source.Pages[code].Duties {
		committee := oneLine(d.Committee)
		if committee == "" {
			committee = "Verenigingsbreed"
		}
		if start, _, _ := strings.Cut(d.Start, "T"); oneLine(d.Role) != "" {
			add(duty("commissie "+committee, d.Role, start, d.End, d.Status != "INACTIVE"))
		}
	}
	for _, one := range w.inTeams(code) {
		add(one)
	}
	return want
}

// teams are posts, each once, by the number of the federation.
func teams(w *world) (out []Difference) {
	genders := map[string]string{"Mannen": "male", "Vrouwen": "female"}
	for i, t := range w.source.Teams {
		if t.Club && t.Connected {
			continue
		}
		d := Difference{System: "rondoclub", Place: "teams", Member: i + 1, Role: "team"}
		n := 0
		for _, g := range w.site.Groups {
			if g.Type != "team" || text(g.Fields["publicteamid"]) != t.ID {
				continue
			}
			n++
			is := []string{oneLine(g.Name), text(g.Fields["activiteit"]), text(g.Fields["gender"])}
			if !slices.Equal(is, []string{oneLine(t.Name), t.Activity, genders[t.Gender]}) {
				d.Why = Differs
				out = append(out, d)
			}
		}
		out = append(out, count(d, n, 1)...)
	}
	return out
}

// cases are those that name a member and the day of a match, each once, in one season.
func cases(w *world) (out []Difference) {
	for i, c := range w.source.Cases {
		d := Difference{System: "rondoclub", Place: "discipline-cases", Member: i + 1, Role: "case"}
		want, n := 0, 0
		p := w.people[strings.ToUpper(c.Person)]
		if p != nil && c.MatchDate != "" {
			want = 1
		}
		for _, is := range w.site.Cases {
			if is.Status == "trash" || text(is.Fields["dossier_id"]) != c.Dossier {
				continue
			}
			if n++; want == 0 {
				continue
			}
			match, _, _ := strings.Cut(c.MatchDate, "T")
			for key, value := range map[string]string{
				"person_id": p.id, "match_date": day8(match), "match_description": c.Match, "team_name": c.Team,
				"charge_description": c.Charge, "sanction_description": c.Sanction, "administrative_fee": c.Fee,
			} {
				if got := text(is.Fields[key]); got != value && (key != "match_date" || day8(got) != value) {
					d.Field, d.Why = key, Differs
					out = append(out, d)
				}
			}
			if len(is.Seizoen) != 1 {
				d.Field, d.Why = "seizoen", Differs
				out = append(out, d)
			}
		}
		d.Field = ""
		out = append(out, count(d, n, want)...)
	}
	return out
}
