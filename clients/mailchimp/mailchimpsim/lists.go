package mailchimpsim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (s *sim) ping(*http.Request) (int, any, *problem) {
	return http.StatusOK, map[string]any{"health_status": "Everything's Chimpy!"}, nil
}

func (s *sim) getRoot(*http.Request) (int, any, *problem) {
	return http.StatusOK, map[string]any{"account_id": s.AccountID, "account_name": "Runners (invented)", "role": "owner"}, nil
}

func (s *sim) getLists(*http.Request) (int, any, *problem) {
	all := []any{}
	for _, l := range s.Lists {
		if !l.Hidden {
			all = append(all, l.object())
		}
	}
	return http.StatusOK, map[string]any{"lists": all, "total_items": len(all)}, nil
}

// theList is the list that the path names.
func (s *sim) theList(r *http.Request) (*list, *problem) {
	for _, l := range s.Lists {
		if l.ID == r.PathValue("list") && !l.Hidden {
			return l, nil
		}
	}
	return nil, notFound()
}

func (s *sim) getList(r *http.Request) (int, any, *problem) {
	l, no := s.theList(r)
	if no != nil {
		return 0, nil, no
	}
	return http.StatusOK, l.object(), nil
}

func (l *list) object() map[string]any {
	counts := map[string]int{}
	for _, m := range l.Members {
		counts[m.Status]++
	}
	return map[string]any{
		"id": l.ID, "web_id": l.WebID, "name": l.Name, "permission_reminder": "You signed up.", "use_archive_bar": true,
		"date_created": instant(l.Created), "list_rating": 0, "email_type_option": false, "double_optin": l.DoubleOptIn,
		"has_welcome": false, "marketing_permissions": false, "visibility": "prv", "modules": []string{},
		"stats": map[string]any{
			"member_count": counts["subscribed"], "unsubscribe_count": counts["unsubscribed"], "cleaned_count": counts["cleaned"],
			"total_contacts": len(l.Members) - counts["archived"], "merge_field_count": len(l.Fields),
			"last_unsub_date": instant(l.LastUnsub),
		},
	}
}

func (s *sim) getMergeFields(r *http.Request) (int, any, *problem) {
	l, no := s.theList(r)
	if no != nil {
		return 0, nil, no
	}
	count, offset, no := window(r)
	if no != nil {
		return 0, nil, no
	}
	all := []any{}
	for _, f := range cut(l.Fields, count, offset) {
		all = append(all, f.object(l))
	}
	return http.StatusOK, map[string]any{"list_id": l.ID, "merge_fields": all, "total_items": len(l.Fields)}, nil
}

func (f mergeField) object(l *list) map[string]any {
	options := map[string]any{}
	switch {
	case f.Type == "phone":
		options["phone_format"] = f.Phone
	case len(f.Choices) > 0:
		options["choices"] = f.Choices
	}
	return map[string]any{
		"merge_id": f.ID, "tag": f.Tag, "name": f.Name, "type": f.Type, "required": f.Required, "default_value": "",
		"public": false, "display_order": f.ID + 1, "options": options, "help_text": "", "list_id": l.ID,
	}
}

func (s *sim) addMergeField(r *http.Request) (int, any, *problem) {
	l, no := s.theList(r)
	if no != nil {
		return 0, nil, no
	}
	var in struct {
		Tag      string `json:"tag"`
		Name     string `json:"name"`
		Type     string `json:"type"`
		Required bool   `json:"required"`
		Options  struct {
			Phone   string   `json:"phone_format"`
			Choices []string `json:"choices"`
		} `json:"options"`
	}
	if no := read(r, &in); no != nil {
		return 0, nil, no
	}
	types := []string{"text", "number", "address", "phone", "date", "url", "imageurl", "radio", "dropdown", "birthday", "zip"}
	if in.Name == "" || !slices.Contains(types, in.Type) {
		return 0, nil, invalid(fieldError{"name", "A name and a known type are required"})
	}
	f := mergeField{ID: len(l.Fields) + 1, Tag: strings.ToUpper(in.Tag), Name: in.Name, Type: in.Type, Required: in.Required, Phone: in.Options.Phone, Choices: in.Options.Choices}
	if f.Tag == "" {
		f.Tag = "MMERGE" + strconv.Itoa(f.ID)
	}
	if l.field(f.Tag) != nil || len(f.Tag) > 10 {
		return 0, nil, invalid(fieldError{"tag", "A merge field with this tag is there already, or the tag is too long"})
	}
	l.Fields = append(l.Fields, f)
	return http.StatusOK, f.object(l), nil
}

func (s *sim) searchTags(r *http.Request) (int, any, *problem) {
	l, no := s.theList(r)
	if no != nil {
		return 0, nil, no
	}
	tags := []any{}
	for name, id := range l.Tags {
		if strings.HasPrefix(strings.ToLower(name), strings.ToLower(r.URL.Query().Get("name"))) {
			tags = append(tags, map[string]any{"id": id, "name": name})
		}
	}
	return http.StatusOK, map[string]any{"tags": tags, "total_items": len(tags)}, nil
}

// window reads count and offset: 10 where none is asked for, at most 1000.
func window(r *http.Request) (count, offset int, no *problem) {
	count = 10
	for name, into := range map[string]*int{"count": &count, "offset": &offset} {
		if text := r.URL.Query().Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 || name == "count" && n > 1000 {
				return 0, 0, refuse(http.StatusBadRequest, "Invalid Resource", "The "+name+" is not within its bounds.")
			}
			*into = n
		}
	}
	return count, offset, nil
}

func cut[T any](all []T, count, offset int) []T {
	all = all[min(offset, len(all)):]
	return all[:min(count, len(all))]
}

// instant writes a time as MailChimp does; one that never was is empty.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05+00:00")
}
