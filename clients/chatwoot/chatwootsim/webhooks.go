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
	var in struct {
		Webhook *webhook `json:"webhook"`
		webhook          // the server takes the keys at the top as well
	}
	if no := read(r, &in); no != nil {
		return nil, no
	}
	h := in.webhook
	if in.Webhook != nil {
		h = *in.Webhook
	}
	switch {
	case s.Settings.Agent:
		return nil, notAuthorized
	case !onLoopback(h.URL):
		return nil, invalid("Url is invalid", "url")
	case slices.ContainsFunc(s.Webhooks, func(o *webhook) bool { return o.URL == h.URL }):
		return nil, invalid("Url has already been taken", "url")
	case len(h.Subscriptions) == 0 || slices.ContainsFunc(h.Subscriptions, func(e string) bool { return !slices.Contains(subscribable, e) }):
		return nil, invalid("Subscriptions Invalid events", "subscriptions")
	}
	h.ID = s.next("webhooks")
	h.Secret = s.secret(h.ID)
	s.Webhooks = append(s.Webhooks, &h)
	s.Accepted(simkit.Change{By: r, Op: "create", Collection: "webhooks", ID: strconv.Itoa(h.ID), After: h})
	return map[string]any{"payload": map[string]any{"webhook": s.webhookObject(&h)}}, nil
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
