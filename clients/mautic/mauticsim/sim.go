// Package mauticsim is a simulator of Mautic 7.0.0's REST API v1, as far as contacts,
// their custom fields, Do-Not-Contact and segments go (docs/systems/mautic.md). It is
// strict: what the real system refuses it refuses, and what the real system drops,
// strips or overwrites without a word it does as well. It shares no code with the
// connector.
//
// Control calls of its own, besides those of simkit:
//
//	PATCH  /settings            {"api_enabled": true, "basic_enabled": true, "rate_limit": 0, "token_seconds": 3600}
//	POST   /contacts            {"values": {"email": ..., "ems_id": ...}, "tags": [...]}
//	PATCH  /contacts/{id}       the same members
//	DELETE /contacts/{id}
//	POST   /contacts/{id}/dnc   {"channel": "email", "reason": 1, "comments": ""}: reason 0 takes it off
//	POST   /contacts/{id}/merge {"into": 7}: as a user of Mautic merges two contacts
//	POST   /fields              {"alias": ..., "type": ..., "unique": false}
//	PATCH  /fields/{id}         the same members
//	DELETE /fields/{id}
//	POST   /expire              {}: no token that was given out counts any more
//
// They are what users of Mautic, its forms and its readers do; they ask for no unique
// values, and are not in the journal. A field's {id} is its alias.
//
// Named faults: "poison" (a call that names the value in the fault's body is answered
// 500, a batch as a whole: the items before the one that names it are saved).
package mauticsim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// Options says what a simulator starts with.
type Options struct {
	Members int   // invented contacts whom no organiser knows
	Seed    int64 // of the invented contacts and of the credentials
	// Bare is a Mautic as it was installed: without the fields that an operator makes
	// for touchline.
	Bare bool
}

// contact is a row, in the form of the dump.
type contact struct {
	ID       int            `json:"id"`
	Values   map[string]any `json:"values"` // by alias: text, or float64
	Tags     []tag          `json:"tags"`
	DNC      []dnc          `json:"dnc"`
	Points   int            `json:"points"`
	Added    time.Time      `json:"date_added"`
	Modified time.Time      `json:"date_modified"`
}

type tag struct {
	ID   int    `json:"id"`
	Name string `json:"tag"`
}

// dnc is an entry of Do-Not-Contact. Reason: 1 unsubscribed, 2 bounced, 3 manual.
type dnc struct {
	ID       int       `json:"id"`
	Channel  string    `json:"channel"`
	Reason   int       `json:"reason"`
	Comments string    `json:"comments"`
	Added    time.Time `json:"date_added"`
}

// merged says into which contact another one was merged.
type merged struct {
	Old  int `json:"old"`
	Into int `json:"into"`
}

// settings are how the system behaves until that is changed.
type settings struct {
	APIEnabled   bool `json:"api_enabled"`
	BasicEnabled bool `json:"basic_enabled"`
	RateLimit    int  `json:"rate_limit"` // calls an hour; 0 is none
	TokenSeconds int  `json:"token_seconds"`
}

type sim struct {
	*simkit.Kit
	options  Options
	store    simkit.Store
	settings *settings
	contacts *simkit.Table[contact]
	fields   *simkit.Table[field]
	segments *simkit.Table[segment]
	merges   *simkit.Table[merged]

	user, password, client, secret string

	tokens map[string]time.Time // until when each counts
	starts []time.Time          // of the calls of the last hour
	tags   map[string]int       // ids of tags by name
}

// New returns a simulator that is not started yet.
func New(o Options) *simkit.Kit {
	s := &sim{
		options: o, user: "touchline", password: fmt.Sprintf("invented-password-%d", o.Seed),
		client: fmt.Sprintf("1_invented%d", o.Seed), secret: fmt.Sprintf("invented-secret-%d", o.Seed),
	}
	s.Kit = simkit.New("mautic", &s.store)
	s.settings = simkit.Settings(&s.store, "settings", settings{APIEnabled: true, BasicEnabled: true, TokenSeconds: 3600})
	s.fields = simkit.Keep(&s.store, simkit.Rules[field]{
		Kit: s.Kit, Collection: "fields", ID: func(f *field) string { return f.Alias },
	})
	s.contacts = simkit.Keep(&s.store, simkit.Rules[contact]{
		Kit: s.Kit, Collection: "contacts", Clone: clone,
		ID: func(c *contact) string {
			if c.ID == 0 {
				return ""
			}
			return strconv.Itoa(c.ID)
		},
		Identify: func(c *contact) { c.ID = s.store.Number() },
		Index:    keysOf,
	})
	s.segments = simkit.Keep(&s.store, simkit.Rules[segment]{
		Kit: s.Kit, Collection: "segments", Clone: func(g *segment) *segment { return new(g.copy()) },
		ID: func(g *segment) string { return strconv.Itoa(g.ID) },
	})
	s.merges = simkit.Keep(&s.store, simkit.Rules[merged]{
		Kit: s.Kit, Collection: "merges", ID: func(m *merged) string { return strconv.Itoa(m.Old) },
	})
	s.store.Fill = s.fill
	s.store.Reset()
	s.Part("api", s.api())
	s.Credential("username", s.user)
	s.Credential("password", s.password)
	s.Credential("client_id", s.client)
	s.Credential("client_secret", s.secret)
	s.controls()
	return s.Kit
}

func clone(c *contact) *contact {
	next := *c
	next.Values, next.Tags, next.DNC = maps.Clone(c.Values), slices.Clone(c.Tags), slices.Clone(c.DNC)
	return &next
}

// keysOf are the keys under which a contact is found: its values as they are compared.
func keysOf(c *contact) []string {
	keys := make([]string, 0, len(c.Values))
	for alias, v := range c.Values {
		if text, ok := v.(string); ok && text != "" {
			keys = append(keys, key(alias, text))
		}
	}
	return keys
}

// key is a value as it is compared: the database passes over case.
func key(alias, text string) string { return alias + "\x00" + strings.ToLower(text) }

// fill puts in what is there from the start.
func (s *sim) fill() {
	s.tokens, s.starts, s.tags = map[string]time.Time{}, nil, map[string]int{}
	for _, f := range installed() {
		s.fields.Fill(&f)
	}
	if !s.options.Bare {
		for _, f := range []field{
			{ID: 44, Alias: "ems_id", Label: "EMS id", Type: "text", Unique: true, Published: true},
			{ID: 45, Alias: "birth_date", Label: "Birth date", Type: "date", Published: true},
		} {
			s.fields.Fill(&f)
		}
	}
	s.strangers()
}
