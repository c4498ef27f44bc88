package chatwootsim

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/internal/loopback"
)

// webhook is one that is registered. Only an administrator sees and makes them.
type webhook struct {
	ID            int      `json:"id"`
	URL           string   `json:"url"`
	Name          string   `json:"name"`
	Subscriptions []string `json:"subscriptions"`
	Secret        string   `json:"secret"`
}

// subscribable are the events that a webhook may ask for. A contact's delete
// and merge are not among them (docs/systems/chatwoot.md, 2026-11).
var subscribable = []string{
	"conversation_created", "conversation_updated", "conversation_status_changed",
	"contact_created", "contact_updated", "message_created", "message_updated", "webwidget_triggered",
}

func (s *sim) secret(id int) string {
	return "invented-webhook-secret-" + strconv.FormatInt(s.options.Seed, 10) + "-" + strconv.Itoa(id)
}

func (s *sim) webhookObject(h *webhook) map[string]any {
	return map[string]any{
		"id": h.ID, "url": h.URL, "name": h.Name, "subscriptions": h.Subscriptions, "account_id": s.account, "secret": h.Secret,
	}
}

func (s *sim) webhookRules() simkit.Rules[webhook] {
	return simkit.Rules[webhook]{
		Kit: s.Kit, Collection: "webhooks",
		ID: func(h *webhook) string { return number(h.ID) },
		Identify: func(h *webhook) {
			h.ID = next(&s.ids.Webhooks)
			h.Secret = s.secret(h.ID)
		},
		Unique: map[string]func(*webhook) string{"url": func(h *webhook) string { return h.URL }},
		// It takes addresses on loopback only: a simulator calls nobody else.
		Check: func(h *webhook) error {
			switch {
			case !onLoopback(h.URL):
				return invalid("Url is invalid", "url")
			case len(h.Subscriptions) == 0 || slices.ContainsFunc(h.Subscriptions, func(e string) bool { return !slices.Contains(subscribable, e) }):
				return invalid("Subscriptions Invalid events", "subscriptions")
			}
			return nil
		},
	}
}

func (s *sim) listWebhooks(*http.Request) (any, error) {
	all := simkit.Objects(s.webhooks.Select(nil), s.webhookObject)
	return map[string]any{"payload": map[string]any{"webhooks": all}}, nil
}

func (s *sim) createWebhook(r *http.Request, in webhookBody) (any, error) {
	h := &webhook{}
	in.onto(h)
	return s.oneWebhook(h, s.webhooks.Insert(r, h))
}

// updateWebhook changes what is said. The secret stays.
func (s *sim) updateWebhook(r *http.Request, in webhookBody) (any, error) {
	return s.oneWebhook(s.webhooks.Update(r, r.PathValue("id"), func(h *webhook) error { in.onto(h); return nil }))
}

func (s *sim) oneWebhook(h *webhook, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return map[string]any{"payload": map[string]any{"webhook": s.webhookObject(h)}}, nil
}

// webhookInput is what may be said of a webhook. A missing key leaves the value.
type webhookInput struct {
	URL           *string  `json:"url"`
	Name          *string  `json:"name"`
	Subscriptions []string `json:"subscriptions"`
}

type webhookBody struct {
	Webhook      *webhookInput `json:"webhook"`
	webhookInput               // the server takes the keys at the top as well
}

func (b webhookBody) onto(h *webhook) {
	in := b.webhookInput
	if b.Webhook != nil {
		in = *b.Webhook
	}
	if in.URL != nil {
		h.URL = *in.URL
	}
	if in.Name != nil {
		h.Name = *in.Name
	}
	if in.Subscriptions != nil {
		h.Subscriptions = in.Subscriptions
	}
}

func (s *sim) deleteWebhook(r *http.Request) (any, error) {
	_, err := s.webhooks.Delete(r, r.PathValue("id"))
	return nil, err
}

func onLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(u.Scheme, "http") {
		return false
	}
	return loopback.Is(u.Hostname())
}
