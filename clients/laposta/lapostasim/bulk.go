package lapostasim

import (
	"cmp"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

type bulkCall struct {
	Actions []string `json:"actions"`
	Members []struct {
		ID        string         `json:"member_id"`
		Email     string         `json:"email"`
		SourceURL string         `json:"source_url"`
		Custom    map[string]any `json:"custom_fields"`
	} `json:"members"`
}

// bulk adds and updates many. The action that unsubscribes everybody else is
// not simulated: no test may get near it.
func (s *sim) bulk(r *http.Request) (int, any, error) {
	if !s.Bulk {
		return 0, nil, request(http.StatusUnauthorized, "Not permitted to issue bulk requests (1)")
	}
	l, err := s.theList(url.Values{"list_id": {r.PathValue("id")}})
	if err != nil {
		return 0, nil, err
	}
	var call bulkCall
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/json" || json.NewDecoder(r.Body).Decode(&call) != nil {
		return 0, nil, input(210, "", "Not valid JSON")
	}
	add, update := false, false
	for _, a := range call.Actions {
		switch a {
		case "add":
			add = true
		case "update":
			update = true
		default:
			return 0, nil, input(203, "actions", "Unknown action")
		}
	}
	if n := len(call.Members); n < 1 || n > 500_000 || len(call.Actions) == 0 {
		return 0, nil, input(202, "members", "Between 1 and 500000 members, and an action")
	}
	lines := map[string][]any{"errors": {}, "skipped": {}, "edited": {}, "added": {}}
	put := func(outcome string, line any) { lines[outcome] = append(lines[outcome], line) }
	for _, in := range call.Members {
		email := strings.TrimSpace(in.Email)
		for name, v := range in.Custom {
			in.Custom[name] = plain(v)
		}
		there := l.find(cmp.Or(in.ID, email))
		var m *member
		var outcome string
		err := checkEmail(email)
		switch {
		case err != nil:
		case there == nil && add:
			m, outcome = &member{Email: email, State: active, SourceURL: in.SourceURL}, "added"
			err = s.insert(r, l, m, in.Custom, true)
		case there != nil && update:
			outcome = "edited"
			m, err = l.Members.Update(r, there.ID, func(m *member) error {
				if err := l.readdress(m, email); err != nil {
					return err
				}
				return l.set(m, in.Custom, true)
			})
		}
		switch {
		case err != nil:
			put("errors", map[string]any{"email": email, "error": asRefusal(err)})
		case m != nil:
			put(outcome, map[string]any{"member": s.memberObject(l, m)})
		case there != nil:
			put("skipped", map[string]any{"email": email, "member_id": there.ID})
		default:
			put("skipped", map[string]any{"email": email})
		}
	}
	report := map[string]any{"provided_count": len(call.Members)}
	for outcome, all := range lines {
		report[outcome+"_count"] = len(all)
	}
	return http.StatusOK, map[string]any{
		"report": report, "errors": lines["errors"], "skipped": lines["skipped"], "edited": lines["edited"], "added": lines["added"],
	}, nil
}
