package freescoutsim

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// conversation is a row, in the form of the dump. Customer is 0 where nobody is named.
type conversation struct {
	ID       int       `json:"id"`
	Number   int       `json:"number"`
	Subject  string    `json:"subject"`
	Preview  string    `json:"preview"`
	Type     string    `json:"type"`
	Status   string    `json:"status"`
	State    string    `json:"state"`
	Customer int       `json:"customer"`
	Created  time.Time `json:"created_at"`
	Updated  time.Time `json:"updated_at"`
}

// states and statuses are those that a conversation may have.
var (
	states   = []string{"draft", "published", "deleted"}
	statuses = []string{"active", "pending", "closed", "spam"}
)

func (s *sim) conversationRules() simkit.Rules[conversation] {
	return simkit.Rules[conversation]{
		Kit: s.Kit, Collection: "conversations",
		ID: func(c *conversation) string {
			if c.ID == 0 {
				return ""
			}
			return strconv.Itoa(c.ID)
		},
		Identify: func(c *conversation) {
			c.ID = s.store.Number()
			c.Number = c.ID
		},
		Stamp: func(c *conversation, now time.Time, made bool) {
			if c.Updated = now; made && c.Created.IsZero() {
				c.Created = now
			}
		},
	}
}

// fresh is a conversation as a mail makes one.
func fresh() *conversation {
	return &conversation{Type: "email", Status: "active", State: "published"}
}

// said is a conversation on the wire.
func (s *sim) said(c *conversation) map[string]any {
	out := map[string]any{
		"id": c.ID, "number": c.Number, "threadsCount": 1, "type": c.Type, "folderId": 1, "mailboxId": 1, "status": c.Status, "state": c.State,
		"subject": c.Subject, "preview": c.Preview, "assignee": nil, "createdBy": nil, "createdAt": stamp(c.Created), "updatedAt": stamp(c.Updated),
		"closedBy": nil, "closedAt": nil, "customer": nil, "customFields": []any{}, "_embedded": map[string]any{"threads": []any{}},
	}
	if who := s.customers.Get(strconv.Itoa(c.Customer)); who != nil {
		out["customer"] = map[string]any{
			"id": who.ID, "type": "customer", "firstName": who.FirstName, "lastName": who.LastName, "photoUrl": "", "email": first(who.addresses()),
		}
	}
	return out
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

// wanted reads a filter of several values. Where the installation takes one alone, others
// are as good as none, and active conversations are shown.
func (s *sim) wanted(q url.Values, key, other string, known []string) ([]string, error) {
	text := cmp.Or(q.Get(key), other)
	all := strings.Split(text, ",")
	if s.settings.OneStatus && len(all) > 1 {
		return []string{other}, nil
	}
	for _, v := range all {
		if !slices.Contains(known, v) {
			return nil, invalid(key, "unknown", text)
		}
	}
	return all, nil
}

// conversationList answers a page; newest first, and active ones, where nothing else is
// asked for.
func (s *sim) conversationList(r *http.Request) (int, any, error) {
	q := r.URL.Query()
	status, err := s.wanted(q, "status", "active", statuses)
	if err != nil {
		return 0, nil, err
	}
	state, err := s.wanted(q, "state", "published", states)
	if err != nil {
		return 0, nil, err
	}
	times := map[string]time.Time{}
	for _, key := range []string{"createdSince", "updatedSince"} {
		if text := q.Get(key); text != "" {
			if times[key], err = time.Parse(time.RFC3339, text); err != nil {
				return 0, nil, invalid(key, "not a time", text)
			}
		}
	}
	found := s.conversations.Select(func(c *conversation) bool {
		return slices.Contains(status, c.Status) && slices.Contains(state, c.State) &&
			(q.Get("customerId") == "" || q.Get("customerId") == strconv.Itoa(c.Customer)) &&
			!c.Created.Before(times["createdSince"]) && !c.Updated.Before(times["updatedSince"])
	})
	key := map[string]func(*conversation) string{
		"createdAt": func(c *conversation) string { return stamp(c.Created) },
		"updatedAt": func(c *conversation) string { return stamp(c.Updated) },
		"subject":   func(c *conversation) string { return c.Subject },
	}[cmp.Or(q.Get("sortField"), "createdAt")]
	if key == nil {
		return 0, nil, invalid("sortField", "unknown", q.Get("sortField"))
	}
	return paged(s, q, found, key, "conversations", s.said)
}

func (s *sim) conversation(r *http.Request) (int, any, error) {
	if c := s.conversations.Get(r.PathValue("id")); c != nil {
		return http.StatusOK, s.said(c), nil
	}
	return 0, nil, missing
}

// hand is what the people of the helpdesk, and mail, do to conversations.
func (s *sim) hand() {
	edits := simkit.EditsOf("/conversations", s.conversations)
	edits.New = fresh
	edits.Edit = func(_ *simkit.Table[conversation], c *conversation, body []byte) error {
		made := c.ID == 0
		before := *c
		if err := simkit.Strict(body, c); err != nil {
			return err
		}
		switch {
		case made:
			if c.ID == 0 {
				c.ID = s.store.Number()
				c.Number = c.ID
			}
			s.announce("convo.created", c)
		case c.State == "deleted" && before.State != "deleted":
			s.announce("convo.deleted", c)
		case c.State != before.State:
			s.announce("convo.restored", c)
		case c.Status != before.Status:
			s.announce("convo.status", c)
		}
		return nil
	}
	edits.Delete = func(_ *http.Request, t *simkit.Table[conversation], c *conversation) error {
		s.announce("convo.deleted_forever", c)
		_, err := t.Delete(nil, strconv.Itoa(c.ID))
		return err
	}
	edits.Serve(s.Kit)
	simkit.EditsOf("/webhooks", s.webhooks).Serve(s.Kit)
}
