package lapostasim

import (
	"net/http"
	"net/mail"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

func (s *sim) getMembers(r *http.Request) (int, any, *refusal) {
	l, no := s.theList(r.URL.Query())
	if no != nil {
		return 0, nil, no
	}
	want := r.URL.Query().Get("state")
	if want != "" && !slices.Contains([]string{"active", "unsubscribed", "cleaned"}, want) {
		return 0, nil, input(202, "state", "Unknown state")
	}
	data := []any{}
	for _, m := range l.Members {
		if want == "" || m.State == want {
			data = append(data, map[string]any{"member": s.memberObject(l, m)})
		}
	}
	return http.StatusOK, map[string]any{"data": data}, nil
}

func (s *sim) getMember(r *http.Request) (int, any, *refusal) {
	l, at, no := s.theMember(r, r.URL.Query())
	if no != nil {
		return 0, nil, no
	}
	return http.StatusOK, map[string]any{"member": s.memberObject(l, l.Members[at])}, nil
}

func (s *sim) theMember(r *http.Request, values map[string][]string) (*list, int, *refusal) {
	l, no := s.theList(values)
	if no != nil {
		return nil, 0, no
	}
	at := l.find(r.PathValue("id"))
	if at < 0 {
		return nil, 0, input(203, "member_id", "Unknown member_id")
	}
	return l, at, nil
}

func (s *sim) addMember(r *http.Request) (int, any, *refusal) {
	values, no := form(r)
	if no != nil {
		return 0, nil, no
	}
	l, no := s.theList(values)
	if no != nil {
		return 0, nil, no
	}
	if no := checkIP(values.Get("ip")); no != nil {
		return 0, nil, no
	}
	flags, no := options(values)
	if no != nil {
		return 0, nil, no
	}
	custom := bracketed(values, "custom_fields")
	email := strings.TrimSpace(values.Get("email"))
	if no := checkEmail(email); no != nil {
		return 0, nil, no
	}
	if at := l.find(email); at >= 0 {
		return s.addExisting(r, l, l.Members[at], custom, flags)
	}
	m, no := s.newMember(l, email, custom, true)
	if no != nil {
		return 0, nil, no
	}
	m.IP, m.SourceURL = values.Get("ip"), values.Get("source_url")
	if l.DoubleOptIn && !flags["ignore_doubleoptin"] {
		m.State, m.Confirmed = "unconfirmed", time.Time{}
	}
	if !flags["suppress_email_notification"] {
		s.Notified++
	}
	l.Members = append(l.Members, m)
	s.accepted(r, "create", l, m.ID, nil, m)
	return http.StatusCreated, map[string]any{"member": s.memberObject(l, m)}, nil
}

// addExisting is a create for an address that is there: refused, or an update
// where the caller asks for that. An update brings back who has unsubscribed,
// unless the caller says not to.
func (s *sim) addExisting(r *http.Request, l *list, m *member, custom map[string]any, flags map[string]bool) (int, any, *refusal) {
	if !flags["upsert"] {
		no := input(204, "email", "Email address already exists")
		no.MemberID = m.ID
		return 0, nil, no
	}
	next := copyOf(m)
	if no := s.set(l, next, custom, false); no != nil {
		return 0, nil, no
	}
	if next.State == "unsubscribed" && !flags["suppress_reactivation"] {
		next.State = "active"
	}
	s.replace(r, l, m, next)
	return http.StatusOK, map[string]any{"member": s.memberObject(l, next)}, nil
}

func (s *sim) changeMember(r *http.Request) (int, any, *refusal) {
	values, no := form(r)
	if no != nil {
		return 0, nil, no
	}
	l, at, no := s.theMember(r, values)
	if no != nil {
		return 0, nil, no
	}
	m := l.Members[at]
	next := copyOf(m)
	if values.Has("email") {
		if no := s.readdress(l, next, strings.TrimSpace(values.Get("email"))); no != nil {
			return 0, nil, no
		}
	}
	if values.Has("state") {
		if next.State = values.Get("state"); next.State != "active" && next.State != "unsubscribed" {
			return 0, nil, input(202, "state", "State must be active or unsubscribed")
		}
	}
	if no := s.set(l, next, bracketed(values, "custom_fields"), false); no != nil {
		return 0, nil, no
	}
	s.replace(r, l, m, next)
	return http.StatusOK, map[string]any{"member": s.memberObject(l, next)}, nil
}

// readdress gives a member another address, unless somebody has it.
func (s *sim) readdress(l *list, m *member, email string) *refusal {
	if no := checkEmail(email); no != nil {
		return no
	}
	if at := l.find(email); at >= 0 && l.Members[at].ID != m.ID {
		no := input(204, "email", "Email address already exists")
		no.MemberID = l.Members[at].ID
		return no
	}
	m.Email = email
	return nil
}

func (s *sim) deleteMember(r *http.Request) (int, any, *refusal) {
	l, at, no := s.theMember(r, r.URL.Query())
	if no != nil {
		return 0, nil, no
	}
	m := l.Members[at]
	l.Members = slices.Delete(l.Members, at, at+1)
	s.accepted(r, "delete", l, m.ID, m, nil)
	o := s.memberObject(l, m)
	o["state"] = "deleted"
	return http.StatusOK, map[string]any{"member": o}, nil
}

func (s *sim) replace(r *http.Request, l *list, old, next *member) {
	next.Modified = s.Now()
	l.Members[l.find(old.ID)] = next
	s.accepted(r, "update", l, next.ID, old, next)
}

// accepted keeps the journal. Members are replaced, never changed in place.
func (s *sim) accepted(r *http.Request, op string, l *list, id string, before, after *member) {
	c := simkit.Change{By: r, Op: op, Collection: l.ID, ID: id}
	if before != nil {
		c.Before = before
	}
	if after != nil {
		c.After = after
	}
	s.Accepted(c)
}

// newMember makes an active member that is on no list yet.
func (s *sim) newMember(l *list, email string, custom map[string]any, formed bool) (*member, *refusal) {
	now := s.Now()
	m := &member{Email: email, State: "active", SignedUp: now, Modified: now, Confirmed: now, Custom: map[string]any{}}
	for _, f := range l.Fields {
		if v, ok := custom[f.CustomName]; f.Required && (!ok || v == "") {
			return nil, input(201, "custom_fields["+f.CustomName+"]", "Parameter is empty")
		}
	}
	if no := s.set(l, m, custom, !formed); no != nil {
		return nil, no
	}
	m.ID = s.newID()
	return m, nil
}

// set puts custom values on a member. A name that is no field of the list is
// dropped without a word. A scalar for a field of several options is passed
// over in a form and empties the field in JSON.
func (s *sim) set(l *list, m *member, custom map[string]any, inJSON bool) *refusal {
	for name, v := range custom {
		f := l.field(name)
		if f == nil {
			continue
		}
		parameter := "custom_fields[" + name + "]"
		many, isMany := v.([]string)
		if several(f.Datatype) {
			switch {
			case isMany:
				for _, o := range many {
					if !slices.Contains(f.Options, o) {
						return input(203, parameter, "Unknown option")
					}
				}
				m.Custom[name] = many
			case inJSON:
				m.Custom[name] = []string{}
			}
			continue
		}
		text, ok := v.(string)
		if !ok {
			return input(202, parameter, "Wrong form")
		}
		if text != "" {
			if text, ok = fit(f, text); !ok {
				return input(unfit[f.Datatype], parameter, "Value does not fit")
			}
		}
		m.Custom[name] = text
	}
	return nil
}

// unfit are the codes for a value that a data type cannot hold.
var unfit = map[string]int{"numeric": 205, "date": 207, "select_single": 203}

// fit returns the value in the form that is stored.
func fit(f *field, text string) (string, bool) {
	switch f.Datatype {
	case "numeric":
		_, err := strconv.ParseFloat(text, 64)
		return text, err == nil
	case "date":
		for _, layout := range []string{time.DateOnly, time.DateTime} {
			if t, err := time.Parse(layout, text); err == nil {
				return t.Format(time.DateOnly), true
			}
		}
		return "", false
	case "select_single":
		return text, slices.Contains(f.Options, text)
	}
	return text, true
}

func checkIP(ip string) *refusal {
	if ip == "" {
		return input(201, "ip", "Parameter ip is empty")
	}
	if _, err := netip.ParseAddr(ip); err != nil {
		return input(202, "ip", "Not an IP address")
	}
	return nil
}

func checkEmail(email string) *refusal {
	if email == "" {
		return input(201, "email", "Parameter email is empty")
	}
	_, domain, _ := strings.Cut(email, "@")
	if a, err := mail.ParseAddress(email); err != nil || a.Address != email || !strings.Contains(domain, ".") {
		return input(208, "email", "Not an e-mail address")
	}
	return nil
}
