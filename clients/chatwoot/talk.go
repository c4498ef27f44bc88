package chatwoot

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/conversation"
)

// talk is a conversation on the wire. It has no place for what was said:
// messages, subjects and attributes are not even decoded
// (docs/systems/chatwoot.md, "Conversation metadata", 2026-11).
type talk struct {
	ID           int64    `json:"id"` // the display id
	Inbox        int64    `json:"inbox_id"`
	Status       string   `json:"status"`
	Priority     *string  `json:"priority"`
	Labels       []string `json:"labels"`
	Created      int64    `json:"created_at"`
	LastActivity int64    `json:"last_activity_at"`
	FirstReply   *int64   `json:"first_reply_created_at"`
	Meta         struct {
		Channel  string `json:"channel"`
		Sender   *named `json:"sender"`
		Assignee *named `json:"assignee"`
	} `json:"meta"`
}

// named is a contact or an agent, of whom only the id is read.
type named struct {
	ID int64 `json:"id"`
}

var talkReads = []record.Field{
	conversation.Assignee, conversation.Channel, conversation.FirstReply, conversation.ID, conversation.Inbox, conversation.Labels,
	conversation.LastActivity, conversation.OpenedOn, conversation.Person, conversation.Priority, conversation.Status,
}

// decodeTalk makes an Item of a conversation. A field that cannot be read is
// echo in it.
func (a *account) decodeTalk(raw json.RawMessage) (item connector.Item, activity int64, fault *connector.Fault) {
	var t talk
	if json.Unmarshal(raw, &t) != nil || t.ID <= 0 {
		var only named
		_ = json.Unmarshal(raw, &only)
		item.ID = externalID(only.ID)
		return item, 0, &connector.Fault{ID: item.ID, Why: "unexpected form"}
	}
	item.ID = externalID(t.ID)
	priority := ""
	if t.Priority != nil && *t.Priority != "none" {
		priority = *t.Priority
	}
	fields := record.Fields{
		conversation.ID:           string(item.ID),
		conversation.Person:       t.Meta.Sender.text(),
		conversation.Channel:      channel(t.Meta.Channel),
		conversation.Inbox:        string(externalID(t.Inbox)),
		conversation.Status:       t.Status,
		conversation.Priority:     priority,
		conversation.Assignee:     t.Meta.Assignee.text(),
		conversation.Labels:       record.SetValue(t.Labels),
		conversation.OpenedOn:     instant(t.Created),
		conversation.LastActivity: instant(t.LastActivity),
		conversation.FirstReply:   "",
	}
	if t.FirstReply != nil {
		fields[conversation.FirstReply] = instant(*t.FirstReply)
	}
	return itemOf(item.ID, a.spec(conversation.Types).Fields(fields)), t.LastActivity, nil
}

func (n *named) text() string {
	if n == nil || n.ID <= 0 {
		return ""
	}
	return strconv.FormatInt(n.ID, 10)
}

// instant is empty for 0, which stands for none.
func instant(unix int64) string {
	if unix <= 0 {
		return ""
	}
	return time.Unix(unix, 0).UTC().Format(time.RFC3339)
}

// channel makes "web_widget" of "Channel::WebWidget".
func channel(class string) string {
	var b strings.Builder
	for i, r := range strings.TrimPrefix(class, "Channel::") {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
