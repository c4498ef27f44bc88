package chatwootsim

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
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
		"id": h.ID, "url": h.URL, "name": h.Name, "subscriptions": h.Subscriptions, "account_id": s.Account, "secret": h.Secret,
	}
}

func (s *sim) listWebhooks(*http.Request) (any, *refusal) {
	if s.Settings.Agent {
		return nil, notAuthorized
	}
	all := []any{}
	for _, h := range s.Webhooks {
		all = append(all, s.webhookObject(h))
	}
	return map[string]any{"payload": map[string]any{"webhooks": all}}, nil
}

// createWebhook takes addresses on loopback only: a simulator calls nobody
// else.
func (s *sim) createWebhook(r *http.Request) (any, *refusal) {
	h := &webhook{}
	if no := s.saveWebhook(r, h); no != nil {
		return nil, no
	}
	h.ID = s.next("webhooks")
	h.Secret = s.secret(h.ID)
	s.Webhooks = append(s.Webhooks, h)
	s.Accepted(simkit.Change{By: r, Op: "create", Collection: "webhooks", ID: strconv.Itoa(h.ID), After: *h})
	return map[string]any{"payload": map[string]any{"webhook": s.webhookObject(h)}}, nil
}

// updateWebhook changes what is said. The secret stays.
func (s *sim) updateWebhook(r *http.Request) (any, *refusal) {
	if s.Settings.Agent {
		return nil, notAuthorized
	}
	at := slices.IndexFunc(s.Webhooks, func(h *webhook) bool { return strconv.Itoa(h.ID) == r.PathValue("id") })
	if at < 0 {
		return nil, notFound
	}
	before, next := *s.Webhooks[at], *s.Webhooks[at]
	if no := s.saveWebhook(r, &next); no != nil {
		return nil, no
	}
	s.Webhooks[at] = &next
	s.Accepted(simkit.Change{By: r, Op: "update", Collection: "webhooks", ID: r.PathValue("id"), Before: before, After: next})
	return map[string]any{"payload": map[string]any{"webhook": s.webhookObject(&next)}}, nil
}

// saveWebhook puts what is said on a webhook and looks whether it can be saved.
func (s *sim) saveWebhook(r *http.Request, h *webhook) *refusal {
	var in struct {
		Webhook *said `json:"webhook"`
		said          // the server takes the keys at the top as well
	}
	switch no := read(r, &in); {
	case s.Settings.Agent:
		return notAuthorized
	case no != nil:
		return no
	}
	say := in.said
	if in.Webhook != nil {
		say = *in.Webhook
	}
	if say.URL != nil {
		h.URL = *say.URL
	}
	if say.Name != nil {
		h.Name = *say.Name
	}
	if say.Subscriptions != nil {
		h.Subscriptions = say.Subscriptions
	}
	switch {
	case !onLoopback(h.URL):
		return invalid("Url is invalid", "url")
	case slices.ContainsFunc(s.Webhooks, func(o *webhook) bool { return o.ID != h.ID && o.URL == h.URL }):
		return invalid("Url has already been taken", "url")
	case len(h.Subscriptions) == 0 || slices.ContainsFunc(h.Subscriptions, func(e string) bool { return !slices.Contains(subscribable, e) }):
		return invalid("Subscriptions Invalid events", "subscriptions")
	}
	return nil
}

// said is what may be said of a webhook. A missing key leaves the value.
type said struct {
	URL           *string  `json:"url"`
	Name          *string  `json:"name"`
	Subscriptions []string `json:"subscriptions"`
}

func (s *sim) deleteWebhook(r *http.Request) (any, *refusal) {
	at := slices.IndexFunc(s.Webhooks, func(h *webhook) bool { return strconv.Itoa(h.ID) == r.PathValue("id") })
	switch {
	case s.Settings.Agent:
		return nil, notAuthorized
	case at < 0:
		return nil, notFound
	}
	s.Accepted(simkit.Change{By: r, Op: "delete", Collection: "webhooks", ID: r.PathValue("id"), Before: *s.Webhooks[at]})
	s.Webhooks = slices.Delete(s.Webhooks, at, at+1)
	return nil, nil
}

func onLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(u.Scheme, "http") {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
