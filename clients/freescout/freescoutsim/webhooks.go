package freescoutsim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what FreeScout signs with
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// webhook is a row, in the form of the dump.
type webhook struct {
	ID     int      `json:"id"`
	URL    string   `json:"url"`
	Events []string `json:"events"`
}

// events are those that a webhook may ask for.
var events = []string{
	"convo.created", "convo.assigned", "convo.status", "convo.moved", "convo.deleted", "convo.deleted_forever", "convo.restored",
	"convo.customer.reply.created", "convo.agent.reply.created", "convo.note.created", "customer.created", "customer.updated",
}

// event is one thing that webhooks are told.
type event struct {
	name string
	body []byte
}

func (s *sim) webhookRules() simkit.Rules[webhook] {
	return simkit.Rules[webhook]{
		Kit: s.Kit, Collection: "webhooks",
		ID: func(h *webhook) string {
			if h.ID == 0 {
				return ""
			}
			return strconv.Itoa(h.ID)
		},
		Identify: func(h *webhook) { h.ID = s.store.Number() },
	}
}

// createWebhook registers an address for events.
func (s *sim) createWebhook(r *http.Request) (int, any, error) {
	var in webhook
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return 0, nil, invalid("", "malformed", "")
	}
	// A simulator calls nobody but this machine.
	if u, err := url.Parse(in.URL); err != nil || !net.ParseIP(u.Hostname()).IsLoopback() {
		return 0, nil, invalid("url", "not an address", in.URL)
	}
	for _, e := range in.Events {
		if !slices.Contains(events, e) {
			return 0, nil, invalid("events", "unknown", e)
		}
	}
	if len(in.Events) == 0 {
		return 0, nil, invalid("events", "required", "")
	}
	in.ID = 0
	err := s.webhooks.Insert(r, &in)
	return made(in.ID, err)
}

// announce notes what webhooks are to be told of a conversation, as it is by now.
func (s *sim) announce(name string, c *conversation) {
	if body, err := json.Marshal(s.said(c)); err == nil {
		s.pending = append(s.pending, event{name, body})
	}
}

// tell returns what sends the pending events, once each: where nobody answers FreeScout
// tries again for two hours, and then no more, which is as good as not at all.
func (s *sim) tell() func() {
	pending, hooks := s.pending, s.webhooks.Select(nil)
	s.pending = nil
	if len(pending) == 0 {
		return nil
	}
	return func() {
		for _, e := range pending {
			for _, h := range hooks {
				about := &simkit.Request{Part: "webhooks", Method: http.MethodPost, Path: e.name}
				if _, lost := s.FaultOf(about, "webhook-lost"); lost || !slices.Contains(h.Events, e.name) {
					continue
				}
				s.Go(func(ctx context.Context) { s.post(ctx, e, h.URL) })
			}
		}
	}
}

// post makes one call. The signature is over the body alone.
func (s *sim) post(ctx context.Context, e event, to string) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(e.body))
	if err != nil {
		return
	}
	mac := hmac.New(sha1.New, []byte(s.secret))
	mac.Write(e.body)
	req.Header.Set("Content-Type", "application/hal+json")
	req.Header.Set("X-FreeScout-Event", e.name)
	req.Header.Set("X-FreeScout-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_ = resp.Body.Close()
	}
}
