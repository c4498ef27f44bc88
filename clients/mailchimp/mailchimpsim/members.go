package mailchimpsim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The statuses that a member may have.
const (
	subscribed    = "subscribed"
	unsubscribed  = "unsubscribed"
	cleaned       = "cleaned"
	pending       = "pending"
	transactional = "transactional"
	archived      = "archived"
)

var statuses = []string{subscribed, unsubscribed, cleaned, pending, transactional, archived}

// getMembers lists a page. Who is archived is there only when asked for.
func getMembers(r *http.Request, l *list) (int, any, error) {
	q := r.URL.Query()
	status := q.Get("status")
	if status != "" && !slices.Contains(statuses, status) {
		return 0, nil, invalid(fieldError{"status", "Value not in enumerated list"})
	}
	var since time.Time
	if text := q.Get("since_last_changed"); text != "" {
		var err error
		if since, err = time.Parse(time.RFC3339, text); err != nil {
			return 0, nil, invalid(fieldError{"since_last_changed", "Not a date and time"})
		}
	}
	found := l.Members.Select(func(m *member) bool {
		return (status == "" && m.Status != archived || m.Status == status) && !m.Changed.Before(since)
	})
	if by := q.Get("sort_field"); by != "" {
		at := map[string]func(*member) time.Time{
			"last_changed":     func(m *member) time.Time { return m.Changed },
			"timestamp_signup": func(m *member) time.Time { return m.SignedUp },
			"timestamp_opt":    func(m *member) time.Time { return m.OptedIn },
		}[by]
		if at == nil {
			return 0, nil, invalid(fieldError{"sort_field", "Value not in enumerated list"})
		}
		slices.SortStableFunc(found, func(a, b *member) int { return at(a).Compare(at(b)) })
		if q.Get("sort_dir") == "DESC" {
			slices.Reverse(found)
		}
	}
	page, err := pageOf(r, found)
	if err != nil {
		return 0, nil, err
	}
	members := []any{}
	for _, m := range page {
		members = append(members, l.memberObject(m))
	}
	return http.StatusOK, map[string]any{"members": members, "list_id": l.ID, "total_items": len(found)}, nil
}

func getMember(_ *http.Request, l *list, m *member) (int, any, error) { return l.shown(m, nil) }

// shown is the answer with one member.
func (l *list) shown(m *member, err error) (int, any, error) {
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, l.memberObject(m), nil
}

// archive lets a member go in a way that can be taken back. Who has bounced, is
// pending or archived cannot be archived (answers seen in public, 2021 to 2026).
func archive(r *http.Request, l *list, m *member) (int, any, error) {
	if m.Status == cleaned || m.Status == pending || m.Status == archived {
		return 0, nil, refuse(http.StatusMethodNotAllowed, "Method Not Allowed",
			"This list member cannot be removed. Can not archive a contact that is bounced, pending or archived")
	}
	_, err := l.Members.UpdateAs("delete", r, m.ContactID, func(m *member) error {
		m.Status = archived
		return nil
	})
	return http.StatusNoContent, nil, err
}

// forget deletes for good: the address cannot come back through the API.
func (s *sim) forget(r *http.Request, l *list, m *member) (int, any, error) {
	if l.byHash(r.PathValue("id")) != m {
		return 0, nil, notFound() // only the hash is documented here
	}
	s.Forgotten[hashOf(m.Email)] = true
	_, err := l.Members.Delete(r, m.ContactID)
	return http.StatusNoContent, nil, err
}

// maxTags is how many tags a member shows.
const maxTags = 50

// memberObject is a member on the wire. Every field of the list is there.
func (l *list) memberObject(m *member) map[string]any {
	merge := map[string]any{}
	for _, f := range l.Fields {
		merge[f.Tag] = cmp.Or(m.Merge[f.Tag], any(""))
	}
	tags := []any{}
	for _, name := range m.Tags[:min(maxTags, len(m.Tags))] {
		tags = append(tags, map[string]any{"id": l.Tags[name], "name": name})
	}
	o := map[string]any{
		"id": hashOf(m.Email), "contact_id": m.ContactID, "web_id": m.WebID, "email_address": m.Email,
		"unique_email_id": hashOf("unique" + m.Email)[:10], "full_name": strings.TrimSpace(text(merge["FNAME"]) + " " + text(merge["LNAME"])),
		"email_type": "html", "status": m.Status, "consents_to_one_to_one_messaging": true, "merge_fields": merge,
		"interests": map[string]bool{}, "stats": map[string]any{"avg_open_rate": 0, "avg_click_rate": 0},
		"ip_signup": "", "ip_opt": "192.0.2.77", "member_rating": 2, "last_changed": instant(m.Changed), "language": m.Language,
		"vip": m.VIP, "email_client": "", "location": map[string]any{"latitude": 0, "longitude": 0, "gmtoff": 0, "dstoff": 0, "country_code": "", "timezone": ""},
		"source": "API - Generic", "tags_count": len(m.Tags), "tags": tags, "list_id": l.ID,
	}
	for name, at := range map[string]time.Time{"timestamp_signup": m.SignedUp, "timestamp_opt": m.OptedIn} {
		if o[name] = ""; !at.IsZero() {
			o[name] = instant(at)
		}
	}
	if m.Status == unsubscribed {
		o["unsubscribe_reason"] = "N/A (Unsubscribed by an admin)"
		if m.Compliance {
			o["unsubscribe_reason"] = "None given"
		}
	}
	return o
}

func text(v any) string {
	t, _ := v.(string)
	return t
}
