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
func (s *sim) bulk(r *http.Request) (int, any, *problem) {
	l, no := s.theList(r)
	if no != nil {
		return 0, nil, no
	}
	var in struct {
		Members  []input `json:"members"`
		Update   bool    `json:"update_existing"`
		SyncTags bool    `json:"sync_tags"`
	}
	if no := read(r, &in); no != nil {
		return 0, nil, no
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
		fail := func(code, why, field, message string) {
			wrong = append(wrong, map[string]any{"email_address": email, "error": why, "error_code": code, "field": field, "field_message": message})
		}
		if one.Email == nil || one.Status == nil {
			fail("ERROR_GENERIC", "Please provide an address and a status.", "", "")
			continue
		}
		if seen[hashOf(email)] {
			fail("ERROR_GENERIC", "Duplicate items found. "+email+" is in the request twice.", "", "")
			continue
		}
		seen[hashOf(email)] = true
		m, fresh, no := s.bulkOne(r, l, one, in.Update, in.SyncTags)
		switch {
		case no != nil && no.Title == "Member Exists":
			fail("ERROR_CONTACT_EXISTS", no.Detail, "", "")
		case no != nil && len(no.Errors) > 0:
			fail("ERROR_GENERIC", no.Detail, no.Errors[0].Field, no.Errors[0].Message)
		case no != nil:
			fail("ERROR_GENERIC", no.Detail, "", "")
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

func (s *sim) bulkOne(r *http.Request, l *list, in input, update, syncTags bool) (m *member, fresh bool, no *problem) {
	old := l.byHash[hashOf(*in.Email)]
	if old == nil || old.Status == archived {
		m, no = s.add(r, l, in, *in.Status)
		return m, true, no
	}
	if !update {
		return nil, false, exists(*in.Email)
	}
	next := copyOf(old)
	if no = s.setStatus(l, next, *in.Status); no != nil {
		return nil, false, no
	}
	if no = l.set(next, in, r.URL.Query().Get("skip_merge_validation") == "true"); no != nil {
		return nil, false, no
	}
	if syncTags {
		next.Tags = nil
	}
	for _, name := range in.Tags {
		l.tag(next, name, s)
	}
	s.replace(r, "update", l, old, next)
	return next, false, nil
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
