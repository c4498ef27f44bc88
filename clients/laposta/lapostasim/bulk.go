package lapostasim

import (
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
func (s *sim) bulk(r *http.Request) (int, any, *refusal) {
	if !s.Bulk {
		return 0, nil, request(http.StatusUnauthorized, "Not permitted to issue bulk requests (1)")
	}
	l, no := s.theList(url.Values{"list_id": {r.PathValue("id")}})
	if no != nil {
		return 0, nil, no
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
		id := in.ID
		if id == "" {
			id = email
		}
		at := l.find(id)
		switch {
		case checkEmail(email) != nil:
			put("errors", map[string]any{"email": email, "error": checkEmail(email)})
		case at < 0 && add:
			m, no := s.newMember(l, email, in.Custom, false)
			if no != nil {
				put("errors", map[string]any{"email": email, "error": no})
				continue
			}
			m.SourceURL = in.SourceURL
			l.Members = append(l.Members, m)
			s.accepted(r, "create", l, m.ID, nil, m)
			put("added", map[string]any{"member": s.memberObject(l, m)})
		case at >= 0 && update:
			next := copyOf(l.Members[at])
			no := s.readdress(l, next, email)
			if no == nil {
				no = s.set(l, next, in.Custom, true)
			}
			if no != nil {
				put("errors", map[string]any{"email": email, "error": no})
				continue
			}
			s.replace(r, l, l.Members[at], next)
			put("edited", map[string]any{"member": s.memberObject(l, next)})
		default:
			line := map[string]any{"email": email}
			if at >= 0 {
				line["member_id"] = l.Members[at].ID
			}
			put("skipped", line)
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
