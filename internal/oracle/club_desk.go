package oracle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// codeField is the customer field of FreeScout that has the relation code; the others are
// those with which its simulator is born (docs/systems/freescout.md, "Customer fields").
const (
	teamsField = "1"
	codeField  = "4"
	sinceField = "5"
	untilField = "9"
)

// owners are the members who are customers, by address: of those who share one whoever is
// not a child whose parent has it, else the first.
func (w *world) owners() map[string]row {
	out, child := map[string]row{}, map[string]bool{}
	for _, m := range w.members { // by relation code
		a := mailbox(m.text["Email"])
		if a == "" || m.dead() {
			continue
		}
		isChild := mailbox(m.text["EmailAddressParent1"]) == a || mailbox(m.text["EmailAddressParent2"]) == a
		if _, taken := out[a]; !taken || child[a] && !isChild {
			out[a], child[a] = m, isChild
		}
	}
	return out
}

// customers are the members who have an address, each once, with their number at Rondo
// Club.
func customers(w *world) (out []Difference) {
	wanted := map[string]row{}
	for _, m := range w.owners() {
		wanted[m.code()] = m
	}
	for _, m := range w.members {
		d := Difference{System: "freescout", Place: "customers", Member: m.number, Role: "member"}
		want, n := 0, 0
		if _, is := wanted[m.code()]; is {
			want = 1
		}
		for _, c := range w.desk.Customers {
			if strings.ToUpper(c.Fields[codeField]) != m.code() {
				continue
			}
			n++
			for field, same := range map[string]bool{
				"firstName": oneLine(c.FirstName) == oneLine(m.get("FirstName")),
				"lastName":  strings.EqualFold(oneLine(c.LastName), oneLine(m.get("Infix")+" "+m.get("LastName"))),
				"emails":    slices.ContainsFunc(c.Emails, func(e struct{ Value string }) bool { return mailbox(e.Value) == mailbox(m.text["Email"]) }),
				"teams":     slices.Equal(parts(c.Fields[teamsField]), parts(m.text["UnionTeams"], m.text["ClubTeams"])),
				"since":     c.Fields[sinceField] == m.get("MemberSince"),
				"until":     c.Fields[untilField] == m.get("RelationEnd"),
			} {
				if want == 1 && !same {
					d.Field, d.Why = field, Differs
					out = append(out, d)
				}
			}
			if p := w.people[m.code()]; p != nil && p.get("freescout_id") != fmt.Sprint(c.ID) {
				out = append(out, w.differs(m.code(), "people", "freescout_id", Differs))
			}
		}
		if stated := w.source.Pages[m.code()].Free["Remarks3"]; n == 0 && w.people[m.code()] != nil {
			if _, err := strconv.ParseUint(stated, 10, 63); err != nil {
				stated = ""
			}
			if w.people[m.code()].get("freescout_id") != stated {
				out = append(out, w.differs(m.code(), "people", "freescout_id", Differs))
			}
		}
		d.Field = ""
		out = append(out, count(d, n, want)...)
	}
	return out
}

// timelines have each conversation of a member once, by its link, and no other.
func timelines(w *world) (out []Difference) {
	code := map[int64]string{}
	for _, c := range w.desk.Customers {
		code[c.ID] = strings.ToUpper(c.Fields[codeField])
	}
	told := 0
	for i, c := range w.desk.Conversations {
		d := Difference{System: "rondoclub", Place: "activities", Member: i + 1, Role: "conversation"}
		want, n := 0, 0
		p := w.people[code[c.Customer]]
		if p != nil && c.Status != "spam" && c.State == "published" {
			want = 1
		}
		for _, a := range w.site.Activities {
			if strings.Contains(a.Content, fmt.Sprintf("/conversation/%d\"", c.ID)) {
				if n++; p == nil || fmt.Sprint(a.Person) != p.id {
					d.Why = Differs
					out = append(out, d)
				}
			}
		}
		told += n
		out = append(out, count(d, n, want)...)
	}
	for range len(w.site.Activities) - told {
		out = append(out, Difference{System: "rondoclub", Place: "activities", Role: "conversation", Why: Extra})
	}
	return out
}

// tasks are one for each member and event: an entry of theirs that has opted out, or whose
// address takes no mail. Of what was longer ago than a month, and of the entries of parents,
// nothing is said.
func tasks(w *world) []Difference {
	return w.each(func(m row, p *post) (out []Difference) {
		for _, event := range []string{"unsubscribed", "cleaned"} {
			want, n := 0, 0
			for _, l := range w.lists {
				for _, entries := range l {
					for _, e := range entries {
						if e.state == event && strings.EqualFold(e.fields["relatiecode"], m.code()) && time.Since(e.modified) < 30*24*time.Hour {
							want = 1
						}
					}
				}
			}
			for _, t := range w.site.Todos {
				if fmt.Sprint(t.Person) == p.id && strings.Contains(t.Notes, "/"+event+"/") {
					n++
				}
			}
			out = append(out, count(w.differs(m.code(), "todos", event, ""), n, want)...)
		}
		return out
	})
}
