package lapostasim

import (
	"net/http"
	"time"
)

func (s *sim) getLists(*http.Request) (int, any, error) {
	data := []any{}
	for _, l := range s.Lists {
		if !l.Hidden {
			data = append(data, map[string]any{"list": s.listObject(l)})
		}
	}
	return http.StatusOK, map[string]any{"data": data}, nil
}

func (s *sim) getList(r *http.Request) (int, any, error) {
	for _, l := range s.Lists {
		if l.ID == r.PathValue("list") && !l.Hidden {
			return http.StatusOK, map[string]any{"list": s.listObject(l)}, nil
		}
	}
	return 0, nil, input(203, "list_id", "Unknown list_id")
}

// listObject counts the unconfirmed nowhere.
func (s *sim) listObject(l *list) map[string]any {
	counts := map[string]int{"active": 0, "unsubscribed": 0, "cleaned": 0}
	for m := range l.Members.All() {
		if _, ok := counts[m.State]; ok {
			counts[m.State]++
		}
	}
	o := map[string]any{
		"list_id": l.ID, "name": l.Name, "remarks": "", "state": "active", "locked": false,
		"timezone": s.zone.String(), "subscribe_notification_email": "", "unsubscribe_notification_email": "",
		"account_id": s.AccountID, "members": counts, "modified": nil, "modified_iso": nil,
	}
	s.dates(o, "created", l.Created)
	return o
}

func (s *sim) getFields(r *http.Request) (int, any, error) {
	l, err := s.theList(r.URL.Query())
	if err != nil {
		return 0, nil, err
	}
	data := []any{map[string]any{"field": map[string]any{
		"field_id": "f00000000", "list_id": l.ID, "name": "E-mailadres", "tag": "{{email}}", "custom_name": nil,
		"datatype": "text", "is_email": true, "required": true, "in_form": true, "in_list": true, "pos": "0", "state": "active", "modified": nil,
	}}}
	for _, f := range l.Fields {
		o := map[string]any{
			"field_id": f.ID, "list_id": l.ID, "name": f.Name, "tag": "{{" + f.CustomName + "}}", "custom_name": f.CustomName,
			"datatype": f.Datatype, "is_email": false, "required": f.Required, "in_form": true, "in_list": true, "pos": "1", "state": "active", "modified": nil,
		}
		if len(f.Options) > 0 {
			o["options"] = f.Options
		}
		data = append(data, map[string]any{"field": o})
	}
	return http.StatusOK, map[string]any{"data": data}, nil
}

// dates writes an instant twice: plain, in the account's zone, and as ISO.
func (s *sim) dates(o map[string]any, name string, at time.Time) {
	if at.IsZero() {
		o[name], o[name+"_iso"] = nil, nil
		return
	}
	local := at.In(s.zone)
	o[name], o[name+"_iso"] = local.Format(time.DateTime), local.Format(time.RFC3339)
}

// memberObject is a member on the wire. Every field of the list is there.
func (s *sim) memberObject(l *list, m *member) map[string]any {
	custom := map[string]any{}
	for _, f := range l.Fields {
		v, ok := m.Custom[f.CustomName]
		switch text, _ := v.(string); {
		case !ok && several(f.Datatype):
			v = []string{}
		case !ok:
			v = ""
		case f.Datatype == "date" && text != "":
			v = text + " 00:00:00"
		}
		custom[f.CustomName] = v
	}
	o := map[string]any{
		"member_id": m.ID, "list_id": l.ID, "email": m.Email, "state": m.State, "timezone": s.zone.String(),
		"ip": m.IP, "source_url": m.SourceURL, "custom_fields": any(custom),
	}
	if len(custom) == 0 {
		o["custom_fields"] = []any{} // as PHP writes an empty map
	}
	s.dates(o, "signup_date", m.SignedUp)
	s.dates(o, "modified", m.Modified)
	s.dates(o, "confirm_date", m.Confirmed)
	return o
}

func several(datatype string) bool { return datatype == "select_multiple" || datatype == "labels" }
