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
// another order on each page), "raced" (POST /contacts: somebody makes one with the
// same phone at the same time, and both are made), and for what is sent to webhooks, with part
// "webhooks" and the event as path: "webhook-lost", "webhook-doubled",
// "webhook-late" (after the fault's delay) and "webhook-unsigned".
package chatwootsim

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// Options says what a simulator starts with.
type Options struct {
	Members int   // invented visitors whom EMS does not know
	Seed    int64 // of the visitors and of the credentials
	Limits  bool  // requests are counted and refused, as in production
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
	// Outside: the token's user is no member of the account any more.
	Outside bool `json:"outside"`
	// RefusePrivate: no private address is called, as from 4.14.0 on where nobody has
	// allowed it (docs/systems/chatwoot.md, 2026-11).
	RefusePrivate bool `json:"refuse_private"`
	// DeleteAfter is how long a delete takes, by the simulator's clock.
	DeleteAfter duration `json:"delete_after"`
}

// counters are the last ids.
type counters struct{ Contacts, Conversations, Messages, Definitions, Labels, Webhooks int }

type sim struct {
	*simkit.Kit
	options  Options
	account  int
	token    string
	client   *http.Client
	store    simkit.Store
	settings *settings
	ids      *counters

	contacts      *simkit.Table[contact]
	conversations *simkit.Table[conversation]
	definitions   *simkit.Table[definition]
	labels        *simkit.Table[label]
	webhooks      *simkit.Table[webhook]

	counts  map[string]int // requests of this minute, by what is limited
	minute  int64
	pending []event // to be told when the kit is unlocked
	sent    deliveries
}

// New returns a simulator that is not started yet.
func New(o Options) *simkit.Kit {
	s := &sim{options: o, account: 1 + int(o.Seed%9), token: fmt.Sprintf("invented-token-%d", o.Seed), client: newClient()}
	s.Kit = simkit.New("chatwoot", &s.store)
	s.settings = simkit.Settings(&s.store, "settings", settings{Limits: o.Limits, PerPage: 25, DeleteAfter: duration(2 * time.Second)})
	s.ids = simkit.Settings(&s.store, "counters", counters{})
	s.contacts = simkit.Keep(&s.store, s.contactRules())
	s.conversations = simkit.Keep(&s.store, s.conversationRules())
	s.definitions = simkit.Keep(&s.store, s.definitionRules())
	s.labels = simkit.Keep(&s.store, s.labelRules())
	s.webhooks = simkit.Keep(&s.store, s.webhookRules())
	s.store.Fill = s.begin
	s.store.Reset()
	s.Within(s.settle, s.tell)
	s.Part("api", s.api())
	s.Credential("api_access_token", s.token)
	s.Credential("account_id", fmt.Sprint(s.account))
	// That of the first webhook that is registered.
	s.Credential("webhook_secret", s.secret(1))
	s.controls()
	return s.Kit
}

// begin goes back to what the options say.
func (s *sim) begin() {
	s.counts, s.minute, s.pending = map[string]int{}, 0, nil
	s.sent.forget()
	s.fill()
}

// next is the next id of a collection.
func next(last *int) int {
	*last++
	return *last
}

// number is an id as a table has it.
func number(id int) string {
	if id == 0 {
		return ""
	}
	return strconv.Itoa(id)
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
