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

func (s *sim) conversationRules() simkit.Rules[conversation] {
	return simkit.Rules[conversation]{
		Kit: s.Kit, Collection: "conversations", Changed: s.conversationChanged,
		ID: func(v *conversation) string { return number(v.ID) },
		Identify: func(v *conversation) {
			v.ID = next(&s.ids.Conversations)
			v.UUID = fmt.Sprintf("00000000-0000-4000-8000-%012d", v.ID)
		},
		Stamp: func(v *conversation, now time.Time, _ bool) { v.Updated = now },
	}
}

func (s *sim) talksOf(c *contact) []*conversation {
	return s.conversations.Select(func(v *conversation) bool { return v.Contact == c.ID })
}

// listConversations shows open ones where no status is asked for. What was
// updated within some seconds comes in one answer, without pages.
func (s *sim) listConversations(r *http.Request) (any, error) {
	q := r.URL.Query()
	status := cmp.Or(q.Get("status"), "open")
	found := s.conversations.Select(func(v *conversation) bool {
		return (status == "all" || v.Status == status) &&
			(q.Get("inbox_id") == "" || strconv.Itoa(v.Inbox) == q.Get("inbox_id")) &&
			(len(q["labels[]"]) == 0 || slices.ContainsFunc(q["labels[]"], func(l string) bool { return slices.Contains(v.Labels, l) }))
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
		size := cmp.Or(s.settings.PerPage, 25)
		found, _ = simkit.Window(found, (page(r)-1)*size, size)
	}
	return map[string]any{"data": map[string]any{"meta": meta, "payload": simkit.Objects(found, s.conversationObject)}}, nil
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

func (s *sim) metaOfConversations(*http.Request) (any, error) {
	return map[string]any{"meta": countsOf(s.conversations.Select(func(v *conversation) bool { return v.Status == "open" }))}, nil
}

func (s *sim) showConversation(r *http.Request) (any, error) {
	v := s.conversations.Get(r.PathValue("id"))
	if v == nil {
		return nil, notFound
	}
	return s.conversationObject(v), nil
}

func (s *sim) contactConversations(r *http.Request) (any, error) {
	c, err := s.theContact(r)
	if err != nil {
		return nil, err
	}
	return map[string]any{"payload": simkit.Objects(s.talksOf(c), s.conversationObject)}, nil
}

// labelling is the whole list of labels of a contact or a conversation.
type labelling struct {
	Labels []string `json:"labels"`
}

func (s *sim) setConversationLabels(r *http.Request, in labelling) (any, error) {
	_, err := s.conversations.Update(r, r.PathValue("id"), func(v *conversation) error { v.Labels = in.Labels; return nil })
	return map[string]any{"payload": in.Labels}, err
}

// say adds a message. The contact's own activity moves with one that came in,
// and is told by a webhook of its own.
func (s *sim) say(v *conversation, kind int, content string) {
	now := s.Now()
	v.Messages = append(v.Messages, message{ID: next(&s.ids.Messages), Type: kind, Content: content, Created: now})
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
	// It may be gone.
	_, _ = s.contacts.Update(nil, number(v.Contact), func(c *contact) error { c.LastActivity = now; return nil })
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
				"id": m.ID, "content": m.Content, "account_id": s.account, "inbox_id": v.Inbox, "conversation_id": v.ID, "message_type": m.Type,
				"created_at": m.Created.Unix(), "updated_at": m.Created.Format(time.RFC3339Nano), "private": false, "status": "sent",
				"source_id": nil, "content_type": "text", "content_attributes": map[string]any{}, "sender_type": "Contact", "sender_id": v.Contact,
				"external_source_ids": map[string]any{}, "additional_attributes": map[string]any{}, "processed_message_content": m.Content, "sentiment": map[string]any{},
			})
		}
	}
	meta := map[string]any{"channel": v.Channel, "hmac_verified": false}
	if c := s.contacts.Get(number(v.Contact)); c != nil {
		meta["sender"] = senderObject(c)
	}
	if v.Assignee != 0 {
		name := fmt.Sprintf("Agent %d", v.Assignee)
		meta["assignee"] = map[string]any{
			"id": v.Assignee, "account_id": s.account, "available_name": name, "confirmed": true, "display_name": nil,
			"email": fmt.Sprintf("agent%d@example.org", v.Assignee), "name": name, "role": "agent",
		}
	}
	return map[string]any{
		"id": v.ID, "uuid": v.UUID, "messages": messages, "account_id": s.account, "additional_attributes": map[string]any{},
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
