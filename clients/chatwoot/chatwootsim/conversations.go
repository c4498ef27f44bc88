package chatwootsim

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// conversation is one conversation; its ID is the display id.
type conversation struct {
	ID           int            `json:"id"`
	UUID         string         `json:"uuid"`
	Contact      int            `json:"contact_id"`
	Inbox        int            `json:"inbox_id"`
	Channel      string         `json:"channel"`
	Status       string         `json:"status"`
	Priority     string         `json:"priority"`
	Labels       []string       `json:"labels"`
	Assignee     int            `json:"assignee_id"` // 0: nobody
	Custom       map[string]any `json:"custom_attributes"`
	Messages     []message      `json:"messages"`
	Created      time.Time      `json:"created_at"`
	Updated      time.Time      `json:"updated_at"`
	LastActivity time.Time      `json:"last_activity_at"`
	FirstReply   time.Time      `json:"first_reply_created_at"`
	WaitingSince time.Time      `json:"waiting_since"`
}

// message is what somebody said. Type 0 came in, 1 went out.
type message struct {
	ID      int       `json:"id"`
	Type    int       `json:"message_type"`
	Content string    `json:"content"`
	Created time.Time `json:"created_at"`
}

var statuses = []string{"open", "resolved", "pending", "snoozed"}

func (s *sim) conversation(id string) *conversation {
	n, err := strconv.Atoi(id)
	for _, v := range s.Conversations {
		if err == nil && v.ID == n {
			return v
		}
	}
	return nil
}

// listConversations shows open ones where no status is asked for. What was
// updated within some seconds comes in one answer, without pages.
func (s *sim) listConversations(r *http.Request) (any, *refusal) {
	q := r.URL.Query()
	status := cmp.Or(q.Get("status"), "open")
	found := slices.DeleteFunc(slices.Clone(s.Conversations), func(v *conversation) bool {
		return status != "all" && v.Status != status ||
			q.Get("inbox_id") != "" && strconv.Itoa(v.Inbox) != q.Get("inbox_id") ||
			len(q["labels[]"]) > 0 && !slices.ContainsFunc(q["labels[]"], func(l string) bool { return slices.Contains(v.Labels, l) })
	})
	meta := countsOf(found)
	found = slices.DeleteFunc(found, func(v *conversation) bool {
		switch q.Get("assignee_type") {
		case "me":
			return v.Assignee != 1
		case "unassigned":
			return v.Assignee != 0
		case "assigned":
			return v.Assignee == 0
		}
		return false
	})
	key, order, _ := strings.Cut(strings.TrimPrefix(cmp.Or(q.Get("sort_by"), "last_activity_at_desc"), "last_"), "_at_")
	slices.SortStableFunc(found, func(a, b *conversation) int {
		c := a.LastActivity.Compare(b.LastActivity)
		if key == "created" {
			c = a.Created.Compare(b.Created)
		}
		if order == "desc" {
			return -c
		}
		return c
	})
	if within := q.Get("updated_within"); within != "" {
		seconds, _ := strconv.Atoi(within) // as to_i: 0 where it is no number
		after := s.Now().Add(-time.Duration(seconds) * time.Second)
		found = slices.DeleteFunc(found, func(v *conversation) bool { return !v.Updated.After(after) })
	} else {
		found = part(found, page(r), cmp.Or(s.Settings.PerPage, 25))
	}
	payload := []any{}
	for _, v := range found {
		payload = append(payload, s.conversationObject(v))
	}
	return map[string]any{"data": map[string]any{"meta": meta, "payload": payload}}, nil
}

func countsOf(all []*conversation) map[string]any {
	mine, free := 0, 0
	for _, v := range all {
		switch v.Assignee {
		case 0:
			free++
		case 1:
			mine++
		}
	}
	return map[string]any{"mine_count": mine, "unassigned_count": free, "assigned_count": len(all) - free, "all_count": len(all)}
}

func (s *sim) metaOfConversations(*http.Request) (any, *refusal) {
	open := slices.DeleteFunc(slices.Clone(s.Conversations), func(v *conversation) bool { return v.Status != "open" })
	return map[string]any{"meta": countsOf(open)}, nil
}

func (s *sim) showConversation(r *http.Request) (any, *refusal) {
	v := s.conversation(r.PathValue("id"))
	if v == nil {
		return nil, notFound
	}
	return s.conversationObject(v), nil
}

func (s *sim) contactConversations(r *http.Request) (any, *refusal) {
	c := s.theContact(r)
	if c == nil {
		return nil, notFound
	}
	payload := []any{}
	for _, v := range s.Conversations {
		if v.Contact == c.ID {
			payload = append(payload, s.conversationObject(v))
		}
	}
	return map[string]any{"payload": payload}, nil
}

func (s *sim) setConversationLabels(r *http.Request) (any, *refusal) {
	var in struct {
		Labels []string `json:"labels"`
	}
	if no := read(r, &in); no != nil {
		return nil, no
	}
	v := s.conversation(r.PathValue("id"))
	if v == nil {
		return nil, notFound
	}
	s.changeConversation(v, func(v *conversation) { v.Labels = in.Labels })
	s.Accepted(simkit.Change{By: r, Op: "update", Collection: "conversations", ID: strconv.Itoa(v.ID)})
	return map[string]any{"payload": in.Labels}, nil
}

// changeConversation changes one in place and tells of it.
func (s *sim) changeConversation(v *conversation, change func(*conversation)) {
	before := *v
	change(v)
	v.Updated = s.Now()
	s.conversationEvent("conversation_updated", &before, v)
	if before.Status != v.Status {
		s.conversationEvent("conversation_status_changed", &before, v)
	}
}

// say adds a message. The contact's own activity moves with one that came in,
// and is told by a webhook of its own.
func (s *sim) say(v *conversation, kind int, content string) {
	now := s.Now()
	v.Messages = append(v.Messages, message{ID: s.next("messages"), Type: kind, Content: content, Created: now})
	v.LastActivity = now
	if kind == 1 {
		if v.FirstReply.IsZero() {
			v.FirstReply = now
		}
		v.WaitingSince = time.Time{}
		return
	}
	if v.WaitingSince.IsZero() {
		v.WaitingSince = now
	}
	if c := s.contact(v.Contact); c != nil {
		next := copyOf(c)
		next.LastActivity = now
		s.replace(c, next)
	}
}

// conversationObject is a conversation on the wire. updated_at is a float.
func (s *sim) conversationObject(v *conversation) map[string]any {
	messages := []any{}
	unread := 0
	for i, m := range v.Messages {
		if m.Type == 0 {
			unread++
		}
		if i == len(v.Messages)-1 {
			messages = append(messages, map[string]any{
				"id": m.ID, "content": m.Content, "account_id": s.Account, "inbox_id": v.Inbox, "conversation_id": v.ID, "message_type": m.Type,
				"created_at": m.Created.Unix(), "updated_at": m.Created.Format(time.RFC3339Nano), "private": false, "status": "sent",
				"source_id": nil, "content_type": "text", "content_attributes": map[string]any{}, "sender_type": "Contact", "sender_id": v.Contact,
				"external_source_ids": map[string]any{}, "additional_attributes": map[string]any{}, "processed_message_content": m.Content, "sentiment": map[string]any{},
			})
		}
	}
	meta := map[string]any{"channel": v.Channel, "hmac_verified": false}
	if c := s.contact(v.Contact); c != nil {
		meta["sender"] = senderObject(c)
	}
	if v.Assignee != 0 {
		name := fmt.Sprintf("Agent %d", v.Assignee)
		meta["assignee"] = map[string]any{
			"id": v.Assignee, "account_id": s.Account, "available_name": name, "confirmed": true, "display_name": nil,
			"email": fmt.Sprintf("agent%d@example.org", v.Assignee), "name": name, "role": "agent",
		}
	}
	return map[string]any{
		"id": v.ID, "uuid": v.UUID, "messages": messages, "account_id": s.Account, "additional_attributes": map[string]any{},
		"agent_last_seen_at": 0, "assignee_last_seen_at": 0, "can_reply": true, "contact_last_seen_at": 0, "custom_attributes": maps.Clone(v.Custom),
		"inbox_id": v.Inbox, "labels": append([]string{}, v.Labels...), "muted": false, "snoozed_until": nil, "status": v.Status,
		"created_at": v.Created.Unix(), "updated_at": float64(v.Updated.UnixMicro()) / 1e6, "timestamp": v.LastActivity.Unix(),
		"first_reply_created_at": unix(v.FirstReply), "unread_count": unread, "last_activity_at": v.LastActivity.Unix(),
		"priority": null(v.Priority), "waiting_since": unix(v.WaitingSince), "sla_policy_id": nil, "meta": meta,
	}
}

// unix is 0 for no time.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
