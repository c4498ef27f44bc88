package eventoracle

import (
	"strconv"
	"strings"
)

// entry is a registration, or a participant, in one race.
type entry struct {
	id, event, who, bib string
	bibs                bool // EMS gives them out
	active              bool
}

// sexes are how RunSignup says them.
var sexes = map[string]string{"MALE": "M", "FEMALE": "F"}

// runSignup compares the registrations of the linked races.
func (c *comparison) runSignup(w World) error {
	var dump struct{ Users, Registrations []row }
	if err := read("RunSignup", w.RunSignup, &dump); err != nil {
		return err
	}
	linked := map[string]bool{}
	for _, r := range c.ems.races {
		linked[strconv.FormatInt(r.Event, 10)] = true
	}
	there := map[string][]*entry{} // by who and race
	for _, e := range entriesOf(dump.Users, dump.Registrations) {
		if e.active && linked[e.event] {
			there[e.who+" "+e.event] = append(there[e.who+" "+e.event], e)
		}
	}
	// Those who take part come first: who does not may be registered still.
	for _, active := range []bool{true, false} {
		for _, p := range c.participants() {
			if p.active != active {
				continue
			}
			a := c.at("runsignup", "participants", p.id)
			key := p.who + " " + p.event
			i := chosen(there[key], p)
			switch {
			case i >= 0:
				a.bibs(p, there[key][i])
				there[key] = append(there[key][:i:i], there[key][i+1:]...)
			case active:
				a.is(Missing)
			}
		}
	}
	for _, left := range there {
		for _, e := range left {
			c.at("runsignup", "participants", "registration "+e.id).is(Extra)
		}
	}
	return nil
}

// chosen is the registration of a participant: the one with that bib, else the first.
func chosen(found []*entry, p *entry) int {
	for i, e := range found {
		if e.bib == p.bib {
			return i
		}
	}
	if len(found) == 0 {
		return -1
	}
	return 0
}

func (a at) bibs(p, there *entry) {
	if there.bib != p.bib && p.bib != "" && (p.bibs || there.bib != "") {
		a.field("bib", Differs)
	}
}

func entriesOf(users, registrations []row) (out []*entry) {
	persons := map[string]row{}
	for _, u := range users {
		persons[u.text("user_id")] = u
	}
	for _, r := range registrations {
		u := persons[r.text("user_id")]
		events, _ := r["event_ids"].([]any)
		for _, event := range events {
			out = append(out, &entry{
				id: r.text("registration_id"), event: row{"": event}.text(""), bib: r.text("bib"), active: r.text("removed_reason") == "",
				who: who(u.text("first_name"), u.text("last_name"), u.text("dob"), u.text("gender"), u.text("email")),
			})
		}
	}
	return out
}

// participants are those of the linked races.
func (c *comparison) participants() (out []*entry) {
	for _, r := range c.ems.living("event_participant") {
		race, is := c.ems.races[r.text("race_id")]
		if !is {
			continue
		}
		out = append(out, &entry{
			id: r.text("id"), event: strconv.FormatInt(race.Event, 10), bib: r.text("held_bib"), bibs: race.Bibs, active: r.text("active") == "true",
			who: who(r.text("first_name"), r.text("last_name"), r.text("date_of_birth"), sexes[r.text("gender")], r.text("email")),
		})
	}
	return out
}

func who(first, last, birth, sex, email string) string {
	return strings.Join([]string{first, last, birth, sex, strings.ToLower(email)}, "|")
}
