package chatwootsim

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// event is one thing that webhooks are told.
type event struct {
	name string
	body []byte
}

// delivery is one call to a webhook, done or under way.
type delivery struct {
	Seq    int       `json:"seq"`
	Time   time.Time `json:"time"`
	Event  string    `json:"event"`
	URL    string    `json:"url"`
	Status int       `json:"status"` // 0: under way, or no answer
	Fault  string    `json:"fault,omitempty"`
	Done   bool      `json:"done"`
}

// deliveries is the log of what was sent.
type deliveries struct {
	mu  sync.Mutex
	all []*delivery
	seq int
}

func (d *deliveries) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = nil
}

func (d *deliveries) begin(e event, h *webhook, now time.Time, fault string) *delivery {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seq++
	one := &delivery{Seq: d.seq, Time: now, Event: e.name, URL: h.URL, Fault: fault}
	d.all = append(d.all, one)
	return one
}

func (d *deliveries) end(one *delivery, status int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	one.Status, one.Done = status, true
}

// list returns a copy and how many are under way.
func (d *deliveries) list() (all []delivery, open int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all = []delivery{}
	for _, one := range d.all {
		all = append(all, *one)
		if !one.Done {
			open++
		}
	}
	return all, open
}

func newClient() *http.Client {
	return &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// tell returns what sends the pending events to the webhooks that asked for them, once
// each and without a second try (docs/systems/chatwoot.md, 2026-11), or nil.
func (s *sim) tell() func() {
	pending, hooks, refuse := s.pending, s.webhooks.Select(nil), s.settings.RefusePrivate
	s.pending = nil
	if len(pending) == 0 {
		return nil
	}
	return func() {
		for _, e := range pending {
			for _, h := range hooks {
				if slices.Contains(h.Subscriptions, e.name) {
					s.send(e, h, refuse)
				}
			}
		}
	}
}

// send sends one event. Every address of a simulator is private: where those are refused
// nothing is sent, and only ChatWoot's own log says so.
func (s *sim) send(e event, h *webhook, refuse bool) {
	about := &simkit.Request{Part: "webhooks", Method: http.MethodPost, Path: e.name}
	now := s.Now()
	if refuse {
		s.sent.end(s.sent.begin(e, h, now, "private-address"), 0)
		return
	}
	if _, hit := s.FaultOf(about, "webhook-lost"); hit {
		s.sent.end(s.sent.begin(e, h, now, "webhook-lost"), 0)
		return
	}
	var delay time.Duration
	var fault string
	times, signed := 1, true
	if do, hit := s.FaultOf(about, "webhook-late"); hit {
		fault = "webhook-late"
		delay, _ = time.ParseDuration(cmp.Or(do.Delay, "1s"))
	}
	if _, hit := s.FaultOf(about, "webhook-doubled"); hit {
		fault, times = "webhook-doubled", 2
	}
	if _, hit := s.FaultOf(about, "webhook-unsigned"); hit {
		fault, signed = "webhook-unsigned", false
	}
	for range times {
		one := s.sent.begin(e, h, now, fault)
		s.Go(func(ctx context.Context) {
			timer := time.NewTimer(delay)
			defer timer.Stop()
			select {
			case <-ctx.Done():
			case <-timer.C:
			}
			s.sent.end(one, s.post(ctx, e, h, signed))
		})
	}
}

// post makes one call. The signature is over the time, a point and the body.
func (s *sim) post(ctx context.Context, e event, h *webhook, signed bool) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(e.body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/json")
	if signed {
		at := strconv.FormatInt(s.Now().Unix(), 10)
		mac := hmac.New(sha256.New, []byte(h.Secret))
		mac.Write([]byte(at + "."))
		mac.Write(e.body)
		req.Header.Set("X-Chatwoot-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
		req.Header.Set("X-Chatwoot-Timestamp", at)
		req.Header.Set("X-Chatwoot-Delivery", rand.Text())
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// contactChanged notes that a contact was made or has changed. It is told for
// last_activity_at alone as well (issue 11973 of ChatWoot). A delete is not told; the
// conversations go with it.
func (s *sim) contactChanged(before, after *contact) {
	if after == nil {
		for _, v := range s.talksOf(before) {
			_, _ = s.conversations.Delete(nil, number(v.ID)) // it is there
		}
		return
	}
	name, body := "contact_created", senderObject(after)
	if before != nil {
		name = "contact_updated"
		changed := changes(senderObject(before), body)
		if len(changed) == 0 {
			return
		}
		body["changed_attributes"] = changed
	}
	body["avatar"], body["account"], body["event"] = "", map[string]any{"id": s.account, "name": "Invented races"}, name
	delete(body, "availability_status")
	s.note(name, body)
}

// tellable are the columns of which one must have changed for a conversation to be told:
// a reply that follows another moves the last activity alone, and nothing tells of it.
var tellable = []string{"status", "custom_attributes", "labels", "waiting_since", "first_reply_created_at", "priority"}

func (s *sim) conversationChanged(before, after *conversation) {
	switch {
	case after == nil: // nothing tells of it
	case before == nil:
		s.conversationEvent("conversation_created", nil, after)
	default:
		s.conversationEvent("conversation_updated", before, after)
		if before.Status != after.Status {
			s.conversationEvent("conversation_status_changed", before, after)
		}
	}
}

func (s *sim) conversationEvent(name string, before, after *conversation) {
	body := s.conversationObject(after)
	body["channel"], body["event"] = after.Channel, name
	if before != nil {
		old := s.conversationObject(before)
		if before.Assignee == after.Assignee && !slices.ContainsFunc(tellable, func(key string) bool { return !reflect.DeepEqual(old[key], body[key]) }) {
			return
		}
		changed := changes(old, s.conversationObject(after))
		body["changed_attributes"] = changed
	}
	s.note(name, body)
}

// changes are the columns that differ, in the form of changed_attributes.
func changes(before, after map[string]any) []any {
	out := []any{}
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if slices.Contains([]string{"messages", "meta", "unread_count", "timestamp", "availability_status"}, key) || reflect.DeepEqual(before[key], after[key]) {
			continue
		}
		out = append(out, map[string]any{key: map[string]any{"previous_value": before[key], "current_value": after[key]}})
	}
	return out
}

func (s *sim) note(name string, body map[string]any) {
	if data, err := json.Marshal(body); err == nil && s.webhooks.Len() > 0 {
		s.pending = append(s.pending, event{name, data})
	}
}
