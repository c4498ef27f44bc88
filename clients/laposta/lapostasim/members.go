package lapostasim

import (
	"net/http"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	active       = "active"
	unsubscribed = "unsubscribed"
	cleaned      = "cleaned"
	unconfirmed  = "unconfirmed"
)

func (s *sim) getMembers(r *http.Request) (int, any, error) {
	l, err := s.theList(r.URL.Query())
	if err != nil {
		return 0, nil, err
	}
	want := r.URL.Query().Get("state")
	if want != "" && !slices.Contains([]string{active, unsubscribed, cleaned}, want) {
		return 0, nil, input(202, "state", "Unknown state")
	}
	data := []any{}
	for m := range l.Members.All() {
		if want == "" || m.State == want {
			data = append(data, map[string]any{"member": s.memberObject(l, m)})
		}
	}
	return http.StatusOK, map[string]any{"data": data}, nil
}

func (s *sim) getMember(r *http.Request) (int, any, error) {
	l, m, err := s.theMember(r, r.URL.Query())
	if err != nil {
		return 0, nil, err
	}
	return s.shown(http.StatusOK, l, m, nil)
}

// shown is the answer with one member.
func (s *sim) shown(status int, l *list, m *member, err error) (int, any, error) {
	if err != nil {
		return 0, nil, err
	}
	return status, map[string]any{"member": s.memberObject(l, m)}, nil
}

func (s *sim) theMember(r *http.Request, values url.Values) (*list, *member, error) {
	l, err := s.theList(values)
	if err != nil {
		return nil, nil, err
	}
	m := l.find(r.PathValue("id"))
	if m == nil {
		return nil, nil, input(203, "member_id", "Unknown member_id")
	}
	return l, m, nil
}

func (s *sim) addMember(r *http.Request) (int, any, error) {
	values, err := form(r)
	if err != nil {
		return 0, nil, err
	}
	l, err := s.theList(values)
	if err != nil {
		return 0, nil, err
	}
	if err := checkIP(values.Get("ip")); err != nil {
		return 0, nil, err
	}
	flags, err := options(values)
	if err != nil {
		return 0, nil, err
	}
	custom := bracketed(values, "custom_fields")
	email := strings.TrimSpace(values.Get("email"))
	if err := checkEmail(email); err != nil {
		return 0, nil, err
	}
	if there := l.find(email); there != nil && flags["upsert"] {
		return s.upsert(r, l, there, custom, flags)
	}
	m := &member{Email: email, State: active, IP: values.Get("ip"), SourceURL: values.Get("source_url")}
	if l.DoubleOptIn && !flags["ignore_doubleoptin"] {
		m.State = unconfirmed
	}
	if err := s.insert(r, l, m, custom, false); err != nil {
		return 0, nil, err
	}
	if !flags["suppress_email_notification"] {
		s.Notified++
	}
	return s.shown(http.StatusCreated, l, m, nil)
}

// upsert is a create for an address that is there, where the caller asks for an
// update then. It brings back who has unsubscribed, unless the caller says not to.
func (s *sim) upsert(r *http.Request, l *list, m *member, custom map[string]any, flags map[string]bool) (int, any, error) {
	next, err := l.Members.Update(r, m.ID, func(m *member) error {
		if m.State == unsubscribed && !flags["suppress_reactivation"] {
			m.State = active
		}
		return l.set(m, custom, false)
	})
	return s.shown(http.StatusOK, l, next, err)
}

func (s *sim) changeMember(r *http.Request) (int, any, error) {
	values, err := form(r)
	if err != nil {
		return 0, nil, err
	}
	l, m, err := s.theMember(r, values)
	if err != nil {
		return 0, nil, err
	}
	next, err := l.Members.Update(r, m.ID, func(m *member) error {
		if values.Has("email") {
			if err := l.readdress(m, strings.TrimSpace(values.Get("email"))); err != nil {
				return err
			}
		}
		if values.Has("state") {
			if m.State = values.Get("state"); m.State != active && m.State != unsubscribed {
				return input(202, "state", "State must be active or unsubscribed")
			}
		}
		return l.set(m, bracketed(values, "custom_fields"), false)
	})
	return s.shown(http.StatusOK, l, next, err)
}

// readdress gives a member another address, unless somebody has it.
func (l *list) readdress(m *member, email string) error {
	if err := checkEmail(email); err != nil {
		return err
	}
	m.Email = email
	return l.Members.Taken(m)
}

func (s *sim) deleteMember(r *http.Request) (int, any, error) {
	l, m, err := s.theMember(r, r.URL.Query())
	if err != nil {
		return 0, nil, err
	}
	if _, err := l.Members.Delete(r, m.ID); err != nil {
		return 0, nil, err
	}
	o := s.memberObject(l, m)
	o["state"] = "deleted"
	return http.StatusOK, map[string]any{"member": o}, nil
}

// insert adds a member with custom values. An address that is there is refused
// before the values are looked at.
func (s *sim) insert(r *http.Request, l *list, m *member, custom map[string]any, inJSON bool) error {
	if err := l.Members.Taken(m); err != nil {
		return err
	}
	for _, f := range l.Fields {
		if v, ok := custom[f.CustomName]; f.Required && (!ok || v == "") {
			return input(201, "custom_fields["+f.CustomName+"]", "Parameter is empty")
		}
	}
	m.Custom = map[string]any{}
	if err := l.set(m, custom, inJSON); err != nil {
		return err
	}
	return l.Members.Insert(r, m)
}

// set puts custom values on a member. A name that is no field of the list is
// dropped without a word. A scalar for a field of several options is passed
// over in a form and empties the field in JSON.
func (l *list) set(m *member, custom map[string]any, inJSON bool) error {
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

func checkIP(ip string) error {
	if ip == "" {
		return input(201, "ip", "Parameter ip is empty")
	}
	if _, err := netip.ParseAddr(ip); err != nil {
		return input(202, "ip", "Not an IP address")
	}
	return nil
}

func checkEmail(email string) error {
	if email == "" {
		return input(201, "email", "Parameter email is empty")
	}
	_, domain, _ := strings.Cut(email, "@")
	if a, err := mail.ParseAddress(email); err != nil || a.Address != email || !strings.Contains(domain, ".") {
		return input(208, "email", "Not an e-mail address")
	}
	return nil
}
