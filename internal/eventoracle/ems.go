package eventoracle

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// ems is what EMS says.
type ems struct {
	tables  map[string][]row
	persons []*person // by number
	races   map[string]Race
}

// person is one as others are shown them.
type person struct {
	row

	id, email, phone string // blank where there is none, or it is another's
	consent          string // in, out, bounced, unknown
	preference       string // the same, but for bounced
	sms              string // the same for text messages
	best             string // of the memberships
	memberships      []string
	alive            bool
}

// states of a membership, best first.
var states = []string{"active", "pending", "expired", "revoked", "draft"}

func readEMS(w World) (*ems, error) {
	e := &ems{races: map[string]Race{}}
	if err := read("EMS", w.EMS, &e.tables); err != nil {
		return nil, err
	}
	for _, r := range w.Races {
		e.races[strconv.FormatInt(r.ID, 10)] = r
	}
	byID := map[string]*person{}
	for _, r := range e.tables["person"] {
		p := &person{row: r, id: r.text("id"), alive: r.text("deleted_on") == "", preference: "unknown", sms: "unknown"}
		p.email, p.phone = strings.ToLower(r.text("email")), phone(r.text("phone"))
		e.persons, byID[p.id] = append(e.persons, p), p
	}
	slices.SortFunc(e.persons, func(a, b *person) int { return number(a.id) - number(b.id) })
	today := w.Now.Format(time.DateOnly)
	e.consents(byID)
	e.memberships(byID, today)
	adult := func(p *person) bool { return grownUp(p.text("date_of_birth"), today) }
	e.share(adult, func(p *person) *string { return &p.email })
	e.share(adult, func(p *person) *string { return &p.phone })
	return e, nil
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// living are the rows of a table that are not deleted.
func (e *ems) living(table string) (out []row) {
	for _, r := range e.tables[table] {
		if r.text("deleted_on") == "" {
			out = append(out, r)
		}
	}
	return out
}

// consents are those for mail, and for text messages, of any kind. A bounce is that of the
// address.
func (e *ems) consents(byID map[string]*person) {
	for _, r := range e.living("contact_preference") {
		p := byID[r.text("person_id")]
		of := map[string]*string{"EMAIL": &p.preference, "SMS": &p.sms}[r.text("channel")]
		if of == nil || r.text("topic") != "*" {
			continue
		}
		switch r.text("state") {
		case "OPTED_IN":
			*of = "in"
		case "OPTED_OUT":
			*of = "out"
		}
	}
	for _, p := range e.persons {
		p.consent = p.preference
		if p.text("email_bounced_on") != "" && strings.ToLower(p.text("bounced_email")) == p.email {
			p.consent = "bounced"
		}
	}
}

// memberships are as their dates say.
func (e *ems) memberships(byID map[string]*person, today string) {
	periods, types := map[string]row{}, map[string]row{}
	for _, r := range e.tables["membership_period"] {
		periods[r.text("id")] = r
	}
	for _, r := range e.tables["membership_type"] {
		types[r.text("id")] = r
	}
	for _, r := range e.living("membership") {
		status := strings.ToLower(r.text("status"))
		if status == "active" || status == "pending" {
			switch to := r.text("valid_to"); {
			case r.text("valid_from") > today:
				status = "pending"
			case to != "" && to < today:
				status = "expired"
			}
		}
		p := byID[r.text("person_id")]
		name := types[periods[r.text("period_id")].text("membership_type_id")].text("name")
		p.memberships = append(p.memberships, strings.ToLower(name)+":"+status)
		if p.best == "" || slices.Index(states, status) < slices.Index(states, p.best) {
			p.best = status
		}
	}
}

// share leaves a value that several have with one of them: the grown-up with the lowest
// number, else the child with the lowest.
func (e *ems) share(adult func(*person) bool, of func(*person) *string) {
	owners := map[string]*person{}
	for _, p := range e.persons {
		v := *of(p)
		if owner := owners[v]; v != "" && p.alive && (owner == nil || adult(p) && !adult(owner)) {
			owners[v] = p
		}
	}
	for _, p := range e.persons {
		if v := of(p); owners[*v] != p {
			*v = ""
		}
	}
}

// grownUp reports whether somebody is 18 on a day.
func grownUp(birth, today string) bool {
	born, err := time.Parse(time.DateOnly, birth)
	if err != nil {
		return true
	}
	day := born.AddDate(18, 0, 0)
	if day.Month() != born.Month() { // born on 29 February
		day = day.AddDate(0, 0, -1)
	}
	return day.Format(time.DateOnly) <= today
}

// phone is a number in the international form; one without a country is Dutch.
func phone(s string) string {
	digits := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
	switch {
	case digits == "":
		return ""
	case strings.HasPrefix(strings.TrimSpace(s), "+"):
		return "+" + digits
	case strings.HasPrefix(digits, "00"):
		return "+" + digits[2:]
	default:
		return "+31" + strings.TrimPrefix(digits, "0")
	}
}
