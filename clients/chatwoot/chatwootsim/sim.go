// Package chatwootsim is a simulator of ChatWoot's application API, as far as
// contacts, conversations, merges, labels, definitions of custom attributes and
// webhooks go (docs/systems/chatwoot.md, 2026-11: version 4.14.0 by its
// source). It is strict: what the real system refuses it refuses, and what the
// real system drops without a word it drops as well. It shares no code with the
// connector.
//
// Control calls of its own, besides those of simkit:
//
//	PATCH  /settings             {"limits": true, "crm_v2": true, "refuse_private": true, "delete_after": "2s", ...}
//	GET    /contacts             all, also those that no list shows
//	POST   /contacts             {"name": ..., "email": ..., "online": true, ...}
//	PATCH  /contacts/{id}        the same fields; attributes are merged
//	DELETE /contacts/{id}
//	POST   /contacts/{id}/merge  {"into": 7}
//	POST   /conversations        {"contact_id": 7, "message": ..., ...}
//	PATCH  /conversations/{id}   {"status": ..., "reply": ..., "labels": [...], ...}
//	DELETE /conversations/{id}
//	GET    /deliveries           what was sent to webhooks; ?wait=1 until none is under way
//
// They are what agents and visitors do in ChatWoot's own pages: they are not in
// the journal, and webhooks tell of them. {id} is a contact's id or identifier,
// a conversation's display id.
//
// Named faults: "proxy-page" (any call: 502 with a page), "merged" (a call to
// /contacts/{id}: just before, an agent merges the contact into another one
// that has no identifier), "ties" (GET /contacts: those that rank alike come in
// another order on each page), and for what is sent to webhooks, with part
// "webhooks" and the event as path: "webhook-lost", "webhook-doubled",
// "webhook-late" (after the fault's delay) and "webhook-unsigned".
package chatwootsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// Options says what a simulator starts with.
type Options struct {
	Members int   // invented visitors whom EMS does not know
	Seed    int64 // of the visitors and of the credentials
	Limits  bool  // requests are counted and refused, as in production
}

// The state is the dump's form as well.
type state struct {
	Account       int             `json:"account_id"`
	Settings      settings        `json:"settings"`
	Counters      map[string]int  `json:"counters"` // last ids by collection
	Contacts      []*contact      `json:"contacts"`
	Conversations []*conversation `json:"conversations"`
	Definitions   []*definition   `json:"definitions"`
	Labels        []*label        `json:"labels"`
	Webhooks      []*webhook      `json:"webhooks"`
}

type settings struct {
	Limits bool `json:"limits"`
	// CRMv2: lists and filters show only contacts with an address or a phone.
	CRMv2 bool `json:"crm_v2"`
	// PerPage is CONVERSATION_RESULTS_PER_PAGE.
	PerPage int `json:"per_page"`
	// Agent: the token's user is no administrator, who alone may delete contacts and
	// define attributes.
	Agent bool `json:"agent"`
	// RefusePrivate: no private address is called, as from 4.14.0 on where nobody has
	// allowed it (docs/systems/chatwoot.md, 2026-11).
	RefusePrivate bool `json:"refuse_private"`
	// DeleteAfter is how long a delete takes, by the simulator's clock.
	DeleteAfter duration `json:"delete_after"`
}

type sim struct {
	*simkit.Kit
	options Options
	token   string
	client  *http.Client
	state
	counts  map[string]int // requests of this minute, by what is limited
	minute  int64
	pending []event // to be told when the kit is unlocked
	sent    deliveries
}

// New returns a simulator that is not started yet.
func New(o Options) *simkit.Kit {
	s := &sim{options: o, token: fmt.Sprintf("invented-token-%d", o.Seed), client: newClient()}
	s.Kit = simkit.New("chatwoot", s)
	s.Reset()
	s.Part("api", s.api())
	s.Credential("api_access_token", s.token)
	s.Credential("account_id", fmt.Sprint(s.Account))
	// That of the first webhook that is registered.
	s.Credential("webhook_secret", s.secret(1))
	s.controls()
	return s.Kit
}

// Reset goes back to what the options say.
func (s *sim) Reset() {
	s.counts, s.minute, s.pending = map[string]int{}, 0, nil
	s.sent.forget()
	s.state = state{
		Account:  1 + int(s.options.Seed%9),
		Settings: settings{Limits: s.options.Limits, PerPage: 25, DeleteAfter: duration(2 * time.Second)},
		Counters: map[string]int{},
	}
	s.fill()
}

// Load takes a dump in place of the state.
func (s *sim) Load(data []byte) error {
	var next state
	if err := json.Unmarshal(data, &next); err != nil {
		return err
	}
	if next.Counters == nil {
		next.Counters = map[string]int{}
	}
	s.state = next
	return nil
}

// Dump returns the whole state.
func (s *sim) Dump() any { return s.state }

// next is the next id of a collection.
func (s *sim) next(collection string) int {
	s.Counters[collection]++
	return s.Counters[collection]
}

// duration is a time.Duration that JSON writes as "2s".
type duration time.Duration

// MarshalText writes the duration.
func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads it.
func (d *duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = duration(v)
	return err
}
