package mailchimpsim

import (
	"net/http"
	"slices"
	"strings"
)

func getTags(r *http.Request, l *list, m *member) (int, any, error) {
	page, err := pageOf(r, m.Tags)
	if err != nil {
		return 0, nil, err
	}
	tags := []any{}
	for _, name := range page {
		tags = append(tags, map[string]any{"id": l.Tags[name], "name": name, "date_added": instant(m.Changed)})
	}
	return http.StatusOK, map[string]any{"tags": tags, "total_items": len(m.Tags)}, nil
}

// setTags adds and takes away tags. Only the hash is documented in the path. A
// new tag starts automations, unless the caller is syncing.
func (s *sim) setTags(r *http.Request, l *list, m *member) (int, any, error) {
	if l.byHash(r.PathValue("id")) != m {
		return 0, nil, notFound()
	}
	var in struct {
		Tags *[]struct {
			Name   string `json:"name"`
			Status string `json:"status"`
		} `json:"tags"`
		Syncing bool `json:"is_syncing"`
	}
	if err := read(r, &in); err != nil {
		return 0, nil, err
	}
	if in.Tags == nil {
		return 0, nil, invalid(fieldError{"tags", "This value should not be blank."})
	}
	tags := slices.Clone(m.Tags)
	for _, t := range *in.Tags {
		name := strings.TrimSpace(t.Name)
		switch {
		case name == "" || len(name) > 100:
			return 0, nil, invalid(fieldError{"tags.item:0.name", "A tag has between 1 and 100 characters"})
		case t.Status == "active":
			if s.tag(l, &tags, name) && !in.Syncing {
				s.Automations++
			}
		case t.Status == "inactive":
			tags = slices.DeleteFunc(tags, func(have string) bool { return strings.EqualFold(have, name) })
		default:
			return 0, nil, invalid(fieldError{"tags.item:0.status", "Value not in enumerated list"})
		}
	}
	if slices.Equal(m.Tags, tags) {
		return http.StatusNoContent, nil, nil
	}
	_, err := l.Members.Update(r, m.ContactID, func(m *member) error {
		m.Tags = tags
		return nil
	})
	return http.StatusNoContent, nil, err
}

// tag adds one to the tags of a member and reports whether it is new there. A tag is
// the same in whatever letters; it stays in those in which it was made.
func (s *sim) tag(l *list, tags *[]string, name string) bool {
	name = strings.TrimSpace(name)
	for there := range l.Tags {
		if strings.EqualFold(there, name) {
			name = there
		}
	}
	if slices.Contains(*tags, name) {
		return false
	}
	if l.Tags[name] == 0 {
		l.Tags[name] = 9000 + s.next()
	}
	*tags = append(*tags, name)
	return true
}
