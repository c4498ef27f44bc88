package mailchimpsim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// input is a member as a client sends one. What is nil was not sent.
type input struct {
	Email       *string        `json:"email_address"`
	Status      *string        `json:"status"`
	StatusIfNew *string        `json:"status_if_new"`
	Language    *string        `json:"language"`
	VIP         *bool          `json:"vip"`
	Merge       map[string]any `json:"merge_fields"`
	Tags        []string       `json:"tags"`
}

// read reads a body, which must be a JSON object.
func read(r *http.Request, into any) error {
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "Unsupported Media Type", "The body must be application/json.")
	}
	data, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(data, into) != nil {
		return refuse(http.StatusBadRequest, "JSON Parse Error", "We encountered an unspecified JSON parsing error.")
	}
	return nil
}

// names reports whether a call is about an address, in its path or body. The
// body can be read again.
func names(r *http.Request, email string) bool {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return false
	}
	r.Body = io.NopCloser(bytes.NewReader(data))
	email = strings.ToLower(email)
	return strings.Contains(strings.ToLower(string(data)), `"`+email+`"`) ||
		strings.Contains(r.URL.Path, hashOf(email)) || strings.Contains(strings.ToLower(r.URL.Path), "/"+email)
}

// addMember is a create: an address that is there is refused.
func (s *sim) addMember(r *http.Request, l *list) (int, any, error) {
	var in input
	if err := read(r, &in); err != nil {
		return 0, nil, err
	}
	if in.Email == nil || in.Status == nil {
		return 0, nil, invalid(missing(in.Email == nil, in.Status == nil, "status")...)
	}
	return l.shown(s.add(r, l, in))
}

func missing(email, status bool, name string) (out []fieldError) {
	if email {
		out = append(out, fieldError{"email_address", "This value should not be blank."})
	}
	if status {
		out = append(out, fieldError{name, "This value should not be blank."})
	}
	return out
}

// putMember is an upsert. Status overwrites always, status_if_new counts for a
// new member and for one who comes back from the archive. Tags are passed over.
func (s *sim) putMember(r *http.Request, l *list) (int, any, error) {
	var in input
	if err := read(r, &in); err != nil {
		return 0, nil, err
	}
	in.Tags = nil
	id := r.PathValue("id")
	m := l.find(id)
	if m != nil && m.Status != archived {
		return l.shown(s.change(r, l, m, in))
	}
	in.Status = cmp.Or(in.Status, in.StatusIfNew)
	switch {
	case m == nil && in.Email == nil, in.Status == nil:
		return 0, nil, invalid(missing(m == nil && in.Email == nil, in.StatusIfNew == nil, "status_if_new")...)
	case m == nil && hashOf(*in.Email) != strings.ToLower(id) && !strings.EqualFold(*in.Email, id):
		return 0, nil, invalid(fieldError{"email_address", "Does not match the resource"})
	case in.Email == nil:
		in.Email = &m.Email
	}
	return l.shown(s.add(r, l, in))
}

// patchMember changes what is sent. One who is archived comes back only by a
// status.
func (s *sim) patchMember(r *http.Request, l *list, m *member) (int, any, error) {
	var in input
	if err := read(r, &in); err != nil {
		return 0, nil, err
	}
	if in.Status != nil && *in.Status == transactional { // only a PUT takes it (description 3.0.55)
		return 0, nil, invalid(fieldError{"status", "Value not in enumerated list: subscribed, unsubscribed, cleaned, pending"})
	}
	if in.Tags = nil; m.Status == archived && in.Status == nil {
		return 0, nil, notFound()
	}
	return l.shown(s.change(r, l, m, in))
}

func (s *sim) change(r *http.Request, l *list, m *member, in input) (*member, error) {
	return l.Members.Update(r, m.ContactID, func(m *member) error {
		if in.Email != nil && hashOf(*in.Email) != hashOf(m.Email) {
			if m.Status != subscribed { // so in public since 2017 (docs/systems/mailchimp.md, "Upsert rules")
				return invalid(fieldError{"email_address", "Only the address of a member who is subscribed can be changed; this one is " + m.Status + "."})
			}
			if err := s.checkAddress(*in.Email); err != nil {
				return err
			}
			if l.at(*in.Email) != nil {
				return exists(*in.Email)
			}
			m.Email = strings.TrimSpace(*in.Email)
		}
		return s.give(r, l, m, in)
	})
}

// add makes a member, or brings one back from the archive.
func (s *sim) add(r *http.Request, l *list, in input) (*member, error) {
	if err := s.checkAddress(*in.Email); err != nil {
		return nil, err
	}
	give := func(m *member) error {
		m.OptedIn = s.Now()
		return s.give(r, l, m, in)
	}
	if old := l.at(*in.Email); old != nil && old.Status != archived {
		return nil, exists(*in.Email)
	} else if old != nil {
		return l.Members.UpdateAs("create", r, old.ContactID, give)
	}
	m := &member{Email: strings.TrimSpace(*in.Email), Merge: map[string]any{}}
	if err := give(m); err != nil {
		return nil, err
	}
	return m, l.Members.Insert(r, m)
}

// give puts on a member what a client sends, its address aside.
func (s *sim) give(r *http.Request, l *list, m *member, in input) error {
	if in.Status != nil {
		if err := s.setStatus(l, m, *in.Status); err != nil {
			return err
		}
	}
	return s.set(l, m, in, r.URL.Query().Get("skip_merge_validation") == "true")
}

// setStatus gives a status. Who has opted out or bounced by himself cannot be
// subscribed by the API, unless the list takes that; a pending one is asked by mail.
func (s *sim) setStatus(l *list, m *member, status string) error {
	switch {
	case !slices.Contains(statuses, status) || status == archived:
		return invalid(fieldError{"status", "Value not in enumerated list: subscribed, unsubscribed, cleaned, pending, transactional"})
	case m.Compliance && !l.Resubscribes && (status == subscribed || status == transactional):
		return refuse(http.StatusBadRequest, "Member In Compliance State",
			m.Email+" is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed.")
	case status == pending && m.Status != pending:
		s.Mails++
	}
	if status == unsubscribed && m.Status != unsubscribed {
		l.LastUnsub = s.Now()
	}
	m.Status = status
	m.Compliance = m.Compliance && status != subscribed
	return nil
}

const memberExists = "Member Exists"

func exists(email string) *problem {
	return refuse(http.StatusBadRequest, memberExists, email+" is already a list member. Use PUT to insert or update list members.")
}
