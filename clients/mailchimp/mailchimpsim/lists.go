package mailchimpsim

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

func (s *sim) ping(*http.Request) (int, any, error) {
	return http.StatusOK, map[string]any{"health_status": "Everything's Chimpy!"}, nil
}

func (s *sim) getRoot(*http.Request) (int, any, error) {
	return http.StatusOK, map[string]any{"account_id": s.AccountID, "account_name": "Runners (invented)", "role": "owner"}, nil
}

func (s *sim) getLists(*http.Request) (int, any, error) {
	all := []any{}
	for _, l := range s.Lists {
		if !l.Hidden {
			all = append(all, l.object())
		}
	}
	return http.StatusOK, map[string]any{"lists": all, "total_items": len(all)}, nil
}

func getList(_ *http.Request, l *list) (int, any, error) { return http.StatusOK, l.object(), nil }

func (l *list) object() map[string]any {
	counts := map[string]int{}
	for m := range l.Members.All() {
		counts[m.Status]++
	}
	return map[string]any{
		"id": l.ID, "web_id": l.WebID, "name": l.Name, "permission_reminder": "You signed up.", "use_archive_bar": true,
		"date_created": instant(l.Created), "list_rating": 0, "email_type_option": false, "double_optin": l.DoubleOptIn,
		"has_welcome": false, "marketing_permissions": false, "visibility": "prv", "modules": []string{},
		"stats": map[string]any{
			"member_count": counts["subscribed"], "unsubscribe_count": counts["unsubscribed"], "cleaned_count": counts["cleaned"],
			"total_contacts": l.Members.Len() - counts["archived"], "merge_field_count": len(l.Fields),
			"last_unsub_date": instant(l.LastUnsub),
		},
	}
}

func getMergeFields(r *http.Request, l *list) (int, any, error) {
	page, err := pageOf(r, l.Fields)
	if err != nil {
		return 0, nil, err
	}
	all := []any{}
	for _, f := range page {
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

func addMergeField(r *http.Request, l *list) (int, any, error) {
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
	if err := read(r, &in); err != nil {
		return 0, nil, err
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

func searchTags(r *http.Request, l *list) (int, any, error) {
	tags := []any{}
	for name, id := range l.Tags {
		if strings.HasPrefix(strings.ToLower(name), strings.ToLower(r.URL.Query().Get("name"))) {
			tags = append(tags, map[string]any{"id": id, "name": name})
		}
	}
	return http.StatusOK, map[string]any{"tags": tags, "total_items": len(tags)}, nil
}

// pageOf cuts out what count and offset ask for: 10 from the first on where they
// do not, and at most 1000.
func pageOf[T any](r *http.Request, all []T) ([]T, error) {
	count, err := simkit.Whole(r.URL.Query(), "count", 10, 0, 1000)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "Invalid Resource", "The count is not within its bounds.")
	}
	offset, err := simkit.Whole(r.URL.Query(), "offset", 0, 0, math.MaxInt)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "Invalid Resource", "The offset is not within its bounds.")
	}
	page, _ := simkit.Window(all, offset, count)
	return page, nil
}

// instant writes a time as MailChimp does; one that never was is empty.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05+00:00")
}
