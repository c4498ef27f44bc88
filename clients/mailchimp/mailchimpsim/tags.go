package mailchimpsim

import (
	"net/http"
	"slices"
	"strings"
)

func (s *sim) getTags(r *http.Request) (int, any, *problem) {
	l, m, no := s.theMember(r)
	if no != nil {
		return 0, nil, no
	}
	count, offset, no := window(r)
	if no != nil {
		return 0, nil, no
	}
	tags := []any{}
	for _, name := range cut(m.Tags, count, offset) {
		tags = append(tags, map[string]any{"id": l.Tags[name], "name": name, "date_added": instant(m.Changed)})
	}
	return http.StatusOK, map[string]any{"tags": tags, "total_items": len(m.Tags)}, nil
}

// setTags adds and takes away tags. Only the hash is documented in the path. A
// new tag starts automations, unless the caller is syncing.
func (s *sim) setTags(r *http.Request) (int, any, *problem) {
	l, m, no := s.theMember(r)
	if no != nil {
		return 0, nil, no
	}
	if l.byHash[strings.ToLower(r.PathValue("id"))] != m {
		return 0, nil, notFound()
	}
	var in struct {
		Tags *[]struct {
			Name   string `json:"name"`
			Status string `json:"status"`
		} `json:"tags"`
		Syncing bool `json:"is_syncing"`
	}
	if no := read(r, &in); no != nil {
		return 0, nil, no
	}
	if in.Tags == nil {
		return 0, nil, invalid(fieldError{"tags", "This value should not be blank."})
	}
	next := copyOf(m)
	for _, t := range *in.Tags {
		name := strings.TrimSpace(t.Name)
		switch {
		case name == "" || len(name) > 100:
			return 0, nil, invalid(fieldError{"tags.item:0.name", "A tag has between 1 and 100 characters"})
		case t.Status == "active":
			if l.tag(next, name, s) && !in.Syncing {
				s.Automations++
			}
		case t.Status == "inactive":
			next.Tags = slices.DeleteFunc(next.Tags, func(have string) bool { return strings.EqualFold(have, name) })
		default:
			return 0, nil, invalid(fieldError{"tags.item:0.status", "Value not in enumerated list"})
		}
	}
	if !slices.Equal(m.Tags, next.Tags) {
		s.replace(r, "update", l, m, next)
	}
	return http.StatusNoContent, nil, nil
}

// tag puts a tag on a member and reports whether it is new there. A tag is the
// same in whatever letters; it stays in those in which it was made.
func (l *list) tag(m *member, name string, s *sim) bool {
	name = strings.TrimSpace(name)
	for there := range l.Tags {
		if strings.EqualFold(there, name) {
			name = there
		}
	}
	if slices.Contains(m.Tags, name) {
		return false
	}
	if l.Tags[name] == 0 {
		l.Tags[name] = 9000 + s.next()
	}
	m.Tags = append(m.Tags, name)
	return true
}
