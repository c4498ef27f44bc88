package chatwootsim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

var (
	errUnknown = errors.New("not there")
	errRefused = errors.New("a value is refused")
)

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

// controls are the calls that only this simulator has. A call returns what it
// answers with; nil is 204.
func (s *sim) controls() {
	for pattern, h := range map[string]func(w http.ResponseWriter, r *http.Request) (any, error){
		"PATCH /settings":            s.changeSettings,
		"GET /contacts":              func(http.ResponseWriter, *http.Request) (any, error) { return s.Contacts, nil },
		"POST /contacts":             s.meet,
		"PATCH /contacts/{id}":       s.editContact,
		"DELETE /contacts/{id}":      s.dropContact,
		"POST /contacts/{id}/merge":  s.mergeInto,
		"POST /conversations":        s.converse,
		"PATCH /conversations/{id}":  s.editConversation,
		"DELETE /conversations/{id}": s.dropConversation,
	} {
		s.Control(pattern, func(w http.ResponseWriter, r *http.Request) {
			s.Lock()
			s.settle()
			out, err := h(w, r)
			var body []byte
			if err == nil && out != nil {
				body, err = json.Marshal(out)
			}
			s.tell()
			switch {
			case errors.Is(err, errAnswered):
			case errors.Is(err, errUnknown):
				simkit.Fail(w, http.StatusNotFound, err)
			case err != nil:
				simkit.Fail(w, http.StatusBadRequest, err)
			case body == nil:
				w.WriteHeader(http.StatusNoContent)
			default:
				simkit.Write(w, json.RawMessage(body))
			}
		})
	}
	s.Control("GET /deliveries", s.showDeliveries)
}

// errAnswered says that simkit.Read has answered already.
var errAnswered = errors.New("answered")

func (s *sim) changeSettings(w http.ResponseWriter, r *http.Request) (any, error) {
	next := s.Settings
	if !simkit.Read(w, r, &next) {
		return nil, errAnswered
	}
	s.Settings = next
	return nil, nil
}

// anyone finds a contact by id or identifier.
func (s *sim) anyone(id string) *contact {
	for _, c := range s.Contacts {
		if strconv.Itoa(c.ID) == id || c.Identifier != "" && c.Identifier == id {
			return c
		}
	}
	return nil
}

func (s *sim) meet(w http.ResponseWriter, r *http.Request) (any, error) {
	var in edit
	if !simkit.Read(w, r, &in) {
		return nil, errAnswered
	}
	c, no := s.addContact(in.input)
	if no != nil {
		return nil, errRefused
	}
	c.Online = in.Online != nil && *in.Online
	return c, nil
}

func (s *sim) editContact(w http.ResponseWriter, r *http.Request) (any, error) {
	var in edit
	if !simkit.Read(w, r, &in) {
		return nil, errAnswered
	}
	c := s.anyone(r.PathValue("id"))
	if c == nil {
		return nil, errUnknown
	}
	if in.Online != nil {
		c.Online = *in.Online
	}
	next, no := s.changeContact(c, in.input)
	if no != nil {
		return nil, errRefused
	}
	return next, nil
}

func (s *sim) dropContact(_ http.ResponseWriter, r *http.Request) (any, error) {
	c := s.anyone(r.PathValue("id"))
	if c == nil {
		return nil, errUnknown
	}
	c.GoneAt = s.Now()
	s.settle()
	return nil, nil
}

func (s *sim) mergeInto(w http.ResponseWriter, r *http.Request) (any, error) {
	var in struct {
		Into json.RawMessage `json:"into"` // an id, or an identifier as text
	}
	if !simkit.Read(w, r, &in) {
		return nil, errAnswered
	}
	var base any
	_ = json.Unmarshal(in.Into, &base)
	to, c := s.anyone(fmt.Sprint(base)), s.anyone(r.PathValue("id"))
	if to == nil || c == nil || to == c {
		return nil, errUnknown
	}
	return s.merge(to, c), nil
}

func (s *sim) converse(w http.ResponseWriter, r *http.Request) (any, error) {
	var in talk
	if !simkit.Read(w, r, &in) {
		return nil, errAnswered
	}
	if s.contact(in.Contact) == nil {
		return nil, errUnknown
	}
	return s.addConversation(in)
}

func (s *sim) addConversation(in talk) (*conversation, error) {
	now := s.Now()
	v := &conversation{
		Contact: in.Contact, Inbox: max(in.Inbox, 1), Channel: in.Channel, Status: "open", Custom: map[string]any{}, Labels: []string{},
		Created: now, Updated: now, LastActivity: now, WaitingSince: now, // somebody waits from the start
	}
	if v.Channel == "" {
		v.Channel = "Channel::WebWidget"
	}
	if err := s.happen(v, in); err != nil {
		return nil, err
	}
	v.ID = s.next("conversations")
	v.UUID = fmt.Sprintf("00000000-0000-4000-8000-%012d", v.ID)
	s.Conversations = append(s.Conversations, v)
	s.conversationEvent("conversation_created", nil, v)
	return v, nil
}

// happen carries out what is asked, if all of it can be.
func (s *sim) happen(v *conversation, in talk) error {
	if in.Status != "" && !slices.Contains(statuses, in.Status) ||
		in.Priority != nil && !slices.Contains([]string{"", "low", "medium", "high", "urgent"}, *in.Priority) {
		return errRefused
	}
	if in.Status != "" {
		v.Status = in.Status
	}
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

func (s *sim) editConversation(w http.ResponseWriter, r *http.Request) (any, error) {
	var in talk
	if !simkit.Read(w, r, &in) {
		return nil, errAnswered
	}
	v := s.conversation(r.PathValue("id"))
	if v == nil {
		return nil, errUnknown
	}
	var err error
	s.changeConversation(v, func(v *conversation) { err = s.happen(v, in) })
	return v, err
}

func (s *sim) dropConversation(_ http.ResponseWriter, r *http.Request) (any, error) {
	v := s.conversation(r.PathValue("id"))
	if v == nil {
		return nil, errUnknown
	}
	s.Conversations = slices.DeleteFunc(s.Conversations, func(o *conversation) bool { return o == v })
	return nil, nil
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
