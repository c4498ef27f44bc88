package mailchimpsim

import (
	"net/http"
	"strings"
)

// maxBulk is how many members one call may have.
const maxBulk = 500

// bulk adds many, and changes those that are there where the caller asks for
// that, their status as well. What is wrong with one is told among the errors;
// the call succeeds all the same.
func (s *sim) bulk(r *http.Request, l *list) (int, any, error) {
	var in struct {
		Members  []input `json:"members"`
		Update   bool    `json:"update_existing"`
		SyncTags bool    `json:"sync_tags"`
	}
	if err := read(r, &in); err != nil {
		return 0, nil, err
	}
	if n := len(in.Members); n == 0 || n > maxBulk {
		return 0, nil, invalid(fieldError{"members", "Between 1 and 500 members"})
	}
	made, changed, wrong := []any{}, []any{}, []any{}
	seen := map[string]bool{}
	for _, one := range in.Members {
		email := ""
		if one.Email != nil {
			email = strings.TrimSpace(*one.Email)
		}
		fail := func(code, why string, at fieldError) {
			wrong = append(wrong, map[string]any{"email_address": email, "error": why, "error_code": code, "field": at.Field, "field_message": at.Message})
		}
		if one.Email == nil || one.Status == nil {
			fail("ERROR_GENERIC", "Please provide an address and a status.", fieldError{})
			continue
		}
		if seen[hashOf(email)] {
			fail("ERROR_GENERIC", "Duplicate items found. "+email+" is in the request twice.", fieldError{})
			continue
		}
		seen[hashOf(email)] = true
		m, fresh, err := s.bulkOne(r, l, one, in.Update, in.SyncTags)
		switch {
		case err != nil:
			no := asProblem(err)
			code, at := "ERROR_GENERIC", fieldError{}
			if no.Title == memberExists {
				code = "ERROR_CONTACT_EXISTS"
			} else if len(no.Errors) > 0 {
				at = no.Errors[0]
			}
			fail(code, no.Detail, at)
		case fresh:
			made = append(made, l.bulkObject(m))
		default:
			changed = append(changed, l.bulkObject(m))
		}
	}
	return http.StatusOK, map[string]any{
		"new_members": made, "updated_members": changed, "errors": wrong,
		"total_created": len(made), "total_updated": len(changed), "error_count": len(wrong),
	}, nil
}

func (s *sim) bulkOne(r *http.Request, l *list, in input, update, syncTags bool) (m *member, fresh bool, err error) {
	old := l.at(*in.Email)
	switch {
	case old == nil || old.Status == archived:
		m, err = s.add(r, l, in)
		return m, true, err
	case !update:
		return nil, false, exists(*in.Email)
	}
	m, err = l.Members.Update(r, old.ContactID, func(m *member) error {
		if syncTags {
			m.Tags = nil
		}
		return s.give(r, l, m, in)
	})
	return m, false, err
}

// bulkObject is a member in the answer of the bulk call, which has some fields
// less.
func (l *list) bulkObject(m *member) map[string]any {
	o := l.memberObject(m)
	for _, name := range []string{"web_id", "full_name", "consents_to_one_to_one_messaging", "source", "unsubscribe_reason"} {
		delete(o, name)
	}
	return o
}
