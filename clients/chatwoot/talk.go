package chatwoot

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/conversation"
)

// talk is a conversation on the wire. It has no place for what was said:
// messages, subjects and attributes are not even decoded
// (docs/systems/chatwoot.md, "Conversation metadata", 2026-11).
type talk struct {
	ID           mapping.Value `json:"id"` // the display id
	Inbox        mapping.Value `json:"inbox_id"`
	Status       mapping.Value `json:"status"`
	Priority     mapping.Value `json:"priority"`
	Labels       []string      `json:"labels"`
	Created      mapping.Value `json:"created_at"`
	LastActivity mapping.Value `json:"last_activity_at"`
	FirstReply   mapping.Value `json:"first_reply_created_at"`
	Meta         struct {
		Channel  mapping.Value `json:"channel"`
		Sender   named         `json:"sender"`
		Assignee named         `json:"assignee"`
	} `json:"meta"`

	labels mapping.Value // a line for each
}

// named is a contact or an agent, of whom only the id is read.
type named struct {
	ID mapping.Value `json:"id"`
}

// talks ties a conversation to what ChatWoot shows of it. It is read only.
var talks = mapping.Table[talk]{
	mapping.Text(conversation.ID, func(t *talk) *mapping.Value { return &t.ID }),
	mapping.Text(conversation.Person, func(t *talk) *mapping.Value { return &t.Meta.Sender.ID }),
	mapping.Convert(conversation.Channel, channel, nil, func(t *talk) *mapping.Value { return &t.Meta.Channel }),
	mapping.Text(conversation.Inbox, func(t *talk) *mapping.Value { return &t.Inbox }),
	mapping.Text(conversation.Status, func(t *talk) *mapping.Value { return &t.Status }),
	mapping.Convert(conversation.Priority, priority, nil, func(t *talk) *mapping.Value { return &t.Priority }),
	mapping.Text(conversation.Assignee, func(t *talk) *mapping.Value { return &t.Meta.Assignee.ID }),
	mapping.Text(conversation.Labels, func(t *talk) *mapping.Value { return &t.labels }),
	mapping.Convert(conversation.OpenedOn, instant, nil, func(t *talk) *mapping.Value { return &t.Created }),
	mapping.Convert(conversation.LastActivity, instant, nil, func(t *talk) *mapping.Value { return &t.LastActivity }),
	mapping.Convert(conversation.FirstReply, instant, nil, func(t *talk) *mapping.Value { return &t.FirstReply }),
}.ReadOnly()

// settle completes a conversation: what is left out has no value.
func (t *talk) settle() (why string) {
	t.labels = mapping.Of(record.SetValue(t.Labels))
	for _, v := range []*mapping.Value{
		&t.Inbox, &t.Status, &t.Priority, &t.Created, &t.LastActivity, &t.FirstReply, &t.Meta.Channel, &t.Meta.Sender.ID, &t.Meta.Assignee.ID,
	} {
		v.Set = true
	}
	return ""
}

func priority(s string) (string, error) {
	if s == "none" {
		s = ""
	}
	return s, nil
}

// instant is empty for 0, which stands for none.
func instant(s string) (string, error) {
	unix, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return "", errors.New("not a time in seconds")
	}
	if unix <= 0 {
		return "", nil
	}
	return time.Unix(unix, 0).UTC().Format(time.RFC3339), nil
}

// channel makes "web_widget" of "Channel::WebWidget".
func channel(class string) (string, error) {
	var b strings.Builder
	for i, r := range strings.TrimPrefix(class, "Channel::") {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String(), nil
}
