package mailchimpsim

import (
	"bytes"
	"encoding/json"
	"fmt"
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
func read(r *http.Request, into any) *problem {
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
func (s *sim) addMember(r *http.Request) (int, any, *problem) {
	l, no := s.theList(r)
	if no != nil {
		return 0, nil, no
	}
	var in input
	if no := read(r, &in); no != nil {
		return 0, nil, no
	}
	if in.Email == nil || in.Status == nil {
		return 0, nil, invalid(missing(in.Email == nil, in.Status == nil, "status")...)
	}
	m, no := s.add(r, l, in, *in.Status)
	if no != nil {
		return 0, nil, no
	}
	return http.StatusOK, l.memberObject(m), nil
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
func (s *sim) putMember(r *http.Request) (int, any, *problem) {
	l, m, no := s.theMember(r)
	if l == nil {
		return 0, nil, no
	}
	var in input
	if no := read(r, &in); no != nil {
		return 0, nil, no
	}
	in.Tags = nil
	if m == nil && (in.Email == nil || in.StatusIfNew == nil && in.Status == nil) {
		return 0, nil, invalid(missing(in.Email == nil, in.StatusIfNew == nil, "status_if_new")...)
	}
	if m == nil || m.Status == archived {
		status := in.Status
		if status == nil {
			status = in.StatusIfNew
		}
		if status == nil {
			return 0, nil, invalid(missing(false, true, "status_if_new")...)
		}
		if m == nil && hashOf(*in.Email) != strings.ToLower(r.PathValue("id")) && !strings.EqualFold(*in.Email, r.PathValue("id")) {
			return 0, nil, invalid(fieldError{"email_address", "Does not match the resource"})
		}
		if in.Email == nil {
			in.Email = &m.Email
		}
		if m, no = s.add(r, l, in, *status); no != nil {
			return 0, nil, no
		}
		return http.StatusOK, l.memberObject(m), nil
	}
	return s.change(r, l, m, in)
}

// patchMember changes what is sent. One who is archived comes back only by a
// status.
func (s *sim) patchMember(r *http.Request) (int, any, *problem) {
	l, m, no := s.theMember(r)
	if no != nil {
		return 0, nil, no
	}
	var in input
	if no := read(r, &in); no != nil {
		return 0, nil, no
	}
	if in.Status != nil && *in.Status == transactional { // only a PUT takes it (description 3.0.55)
		return 0, nil, invalid(fieldError{"status", "Value not in enumerated list: subscribed, unsubscribed, cleaned, pending"})
	}
	if in.Tags = nil; m.Status == archived && in.Status == nil {
		return 0, nil, notFound()
	}
	return s.change(r, l, m, in)
}

func (s *sim) change(r *http.Request, l *list, m *member, in input) (int, any, *problem) {
	next := copyOf(m)
	if in.Email != nil && hashOf(*in.Email) != hashOf(m.Email) {
		if m.Status != subscribed { // so in public since 2017 (docs/systems/mailchimp.md, "Upsert rules")
			return 0, nil, invalid(fieldError{"email_address", "Only the address of a member who is subscribed can be changed; this one is " + m.Status + "."})
		}
		if no := s.checkAddress(*in.Email); no != nil {
			return 0, nil, no
		}
		if l.byHash[hashOf(*in.Email)] != nil {
			return 0, nil, exists(*in.Email)
		}
		next.Email = strings.TrimSpace(*in.Email)
	}
	if in.Status != nil {
		if no := s.setStatus(l, next, *in.Status); no != nil {
			return 0, nil, no
		}
	}
	if no := l.set(next, in, r.URL.Query().Get("skip_merge_validation") == "true"); no != nil {
		return 0, nil, no
	}
	s.replace(r, "update", l, m, next)
	return http.StatusOK, l.memberObject(next), nil
}

// add makes a member, or brings one back from the archive.
func (s *sim) add(r *http.Request, l *list, in input, status string) (*member, *problem) {
	if no := s.checkAddress(*in.Email); no != nil {
		return nil, no
	}
	old := l.byHash[hashOf(*in.Email)]
	if old != nil && old.Status != archived {
		return nil, exists(*in.Email)
	}
	now := s.Now()
	next := &member{Email: strings.TrimSpace(*in.Email), Merge: map[string]any{}}
	if old != nil {
		next = copyOf(old)
	}
	if no := s.setStatus(l, next, status); no != nil {
		return nil, no
	}
	if no := l.set(next, in, r.URL.Query().Get("skip_merge_validation") == "true"); no != nil {
		return nil, no
	}
	if next.OptedIn = now; old == nil {
		n := s.next()
		next.ContactID, next.WebID = hashOf(fmt.Sprintf("contact %s %d", l.ID, n)), 500000+n
	}
	for _, name := range in.Tags {
		l.tag(next, name, s)
	}
	s.replace(r, "create", l, old, next)
	return next, nil
}

// setStatus gives a status. Who has opted out or bounced by himself cannot be
// subscribed by the API, unless the list takes that; a pending one is asked by mail.
func (s *sim) setStatus(l *list, m *member, status string) *problem {
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

func exists(email string) *problem {
	return refuse(http.StatusBadRequest, "Member Exists", email+" is already a list member. Use PUT to insert or update list members.")
}
