package chatwootsim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

var errRefused = errors.New("a value is refused")

// edit is what an agent, or the contact in the widget, does to a contact.
type edit struct {
	input
	Online *bool `json:"online,omitempty"`
}

// talk is what happens in a conversation. Message came in, Reply went out.
type talk struct {
	Contact  int      `json:"contact_id,omitempty"`
	Inbox    int      `json:"inbox_id,omitempty"`
	Channel  string   `json:"channel,omitempty"`
	Status   string   `json:"status,omitempty"`
	Priority *string  `json:"priority,omitempty"`
	Labels   []string `json:"labels,omitempty"`
	Assignee *int     `json:"assignee_id,omitempty"`
	Message  string   `json:"message,omitempty"`
	Reply    string   `json:"reply,omitempty"`
}

// controls are the calls that only this simulator has.
func (s *sim) controls() {
	simkit.Patch(s.Kit, "/settings", func(*http.Request) *settings { return s.settings })
	simkit.Act(s.Kit, "GET /contacts", func(*http.Request, []byte) (any, error) { return s.contacts, nil })
	simkit.Act(s.Kit, "POST /contacts/{id}/merge", s.mergeInto)
	people := simkit.EditsOf("/contacts", s.contacts)
	people.New, people.Edit = newContact, s.editContact
	people.Find = func(r *http.Request) (*simkit.Table[contact], *contact) {
		return s.contacts, s.anyone(r.PathValue("id"))
	}
	people.Serve(s.Kit)
	talks := simkit.EditsOf("/conversations", s.conversations)
	talks.New, talks.Edit = s.newConversation, s.happen
	talks.Serve(s.Kit)
	s.Control("GET /deliveries", s.showDeliveries)
}

// anyone finds a contact by id or identifier.
func (s *sim) anyone(id string) *contact {
	return cmp.Or(s.contacts.Get(id), s.contacts.By("identifier", id))
}

func (s *sim) editContact(_ *simkit.Table[contact], c *contact, body []byte) error {
	var in edit
	if err := simkit.Strict(body, &in); err != nil {
		return err
	}
	if in.Online != nil {
		c.Online = *in.Online
	}
	return s.assign(c, in.input)
}

func (s *sim) mergeInto(r *http.Request, body []byte) (any, error) {
	var in struct {
		Into any `json:"into"` // an id, or an identifier as text
	}
	if err := simkit.Strict(body, &in); err != nil {
		return nil, err
	}
	to, c := s.anyone(fmt.Sprint(in.Into)), s.anyone(r.PathValue("id"))
	if to == nil || c == nil || to == c {
		return nil, simkit.ErrMissing
	}
	return s.merge(nil, to, c)
}

func (s *sim) newConversation() *conversation {
	now := s.Now()
	return &conversation{
		Status: "open", Custom: map[string]any{}, Labels: []string{},
		Created: now, LastActivity: now, WaitingSince: now, // somebody waits from the start
	}
}

// happen carries out what is asked, if all of it can be. A new conversation is with
// the contact that is named.
func (s *sim) happen(_ *simkit.Table[conversation], v *conversation, body []byte) error {
	var in talk
	if err := simkit.Strict(body, &in); err != nil {
		return err
	}
	if v.ID == 0 {
		if s.contacts.Get(number(in.Contact)) == nil {
			return simkit.ErrMissing
		}
		v.Contact, v.Inbox, v.Channel = in.Contact, max(in.Inbox, 1), cmp.Or(in.Channel, "Channel::WebWidget")
	}
	if in.Status != "" && !slices.Contains(statuses, in.Status) ||
		in.Priority != nil && !slices.Contains([]string{"", "low", "medium", "high", "urgent"}, *in.Priority) {
		return errRefused
	}
	v.Status = cmp.Or(in.Status, v.Status)
	if in.Priority != nil {
		v.Priority = *in.Priority
	}
	if in.Labels != nil {
		v.Labels = in.Labels
	}
	if in.Assignee != nil {
		v.Assignee = *in.Assignee
	}
	if in.Message != "" {
		s.say(v, 0, in.Message)
	}
	if in.Reply != "" {
		s.say(v, 1, in.Reply)
	}
	return nil
}

// showDeliveries lists what was sent to webhooks. With wait it answers when
// nothing is under way, or after a minute.
func (s *sim) showDeliveries(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		all, open := s.sent.list()
		if open == 0 || r.URL.Query().Get("wait") == "" || ctx.Err() != nil {
			simkit.Write(w, all)
			return
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
