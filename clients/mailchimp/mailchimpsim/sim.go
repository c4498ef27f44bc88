// Package mailchimpsim is a simulator of MailChimp's Marketing API 3.0, as far
// as audiences ("lists"), their merge fields, members, tags and the bulk call
// go (docs/systems/mailchimp.md and the description 3.0.55, 2026-11). It is
// strict: what the real system refuses it refuses, and what the real system
// drops without a word it drops as well. It shares no code with the connector.
//
// Control calls of its own, besides those of simkit:
//
//	PATCH  /lists/{list}         {"double_optin": true, "hidden": true, "resubscribes": true, "quiet_archive": true, "merge_fields": [...]}
//	POST   /lists/{list}/members {"email_address": ..., "status": ..., "merge_fields": {...}, "tags": [...]}
//	PATCH  /members/{id}         the same fields
//	DELETE /members/{id}         takes one out without a trace
//	POST   /forgotten            {"email_address": ...}: as if it were deleted for good
//	POST   /busy                 {"email_address": ..., "over": false}: has signed up to a lot of lists, and is not taken for now
//
// The middle three are what a subscriber, or the organiser in MailChimp's own
// pages, does by himself; they are not in the journal. A status of unsubscribed
// or cleaned that came this way is a compliance state: the API cannot subscribe
// such a member any more, unless the list "resubscribes", as has been seen, too.
// Whether to archive moves last_changed is not known: with "quiet_archive" it does not.
// {list} is a list's id or its number, from 1 on.
//
// Named faults: "forbidden" (403 with a page, as at very high volume), "poison"
// (a call that names the address in the fault's body is answered 500, a bulk
// call as a whole), "slow" (the call holds its connection for the time in the
// fault's body).
package mailchimpsim

import (
	"crypto/md5" //nolint:gosec // the API's own key of a member
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// Options says what a simulator starts with.
type Options struct {
	Members     int   // invented foreign subscribers, all on the first list
	Seed        int64 // of the invented subscribers and of the credentials
	Lists       int   // 2 where it is 0
	DoubleOptIn bool  // of all lists
	// Resubscribes lets the API subscribe who has opted out, on all lists.
	Resubscribes bool
}

// The state is the dump's form as well.
type state struct {
	AccountID   string          `json:"account_id"`
	Counter     int             `json:"counter"` // for ids
	Automations int             `json:"automations"`
	Mails       int             `json:"mails"` // requests to confirm
	Forgotten   map[string]bool `json:"forgotten"`
	Busy        map[string]bool `json:"busy"`
	Lists       []*list         `json:"lists"`
}

type list struct {
	ID        string    `json:"id"`
	WebID     int       `json:"web_id"`
	Name      string    `json:"name"`
	LastUnsub time.Time `json:"last_unsub_date"`
	Created   time.Time `json:"date_created"`
	listSettings
	Tags    map[string]int        `json:"tags"` // name to id
	Members *simkit.Table[member] `json:"members"`
}

type listSettings struct {
	DoubleOptIn  bool         `json:"double_optin"`
	Resubscribes bool         `json:"resubscribes"`  // the API can subscribe who has opted out
	QuietArchive bool         `json:"quiet_archive"` // to archive does not move last_changed
	Hidden       bool         `json:"hidden"`        // as if it were deleted
	Fields       []mergeField `json:"merge_fields"`
}

// mergeField is one column of a list. The address is not among them.
type mergeField struct {
	ID       int      `json:"merge_id"`
	Tag      string   `json:"tag"`
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Required bool     `json:"required"`
	Phone    string   `json:"phone_format,omitempty"` // "US" asks for that form
	Choices  []string `json:"choices,omitempty"`
}

// member is one contact.
type member struct {
	ContactID  string         `json:"contact_id"`
	WebID      int            `json:"web_id"`
	Email      string         `json:"email_address"`
	Status     string         `json:"status"`
	Compliance bool           `json:"compliance"`
	Language   string         `json:"language"`
	VIP        bool           `json:"vip"`
	Merge      map[string]any `json:"merge_fields"`
	Tags       []string       `json:"tags"`
	SignedUp   time.Time      `json:"timestamp_signup"`
	OptedIn    time.Time      `json:"timestamp_opt"`
	Changed    time.Time      `json:"last_changed"`
}

type sim struct {
	*simkit.Kit
	options Options
	key     string
	state
	open atomic.Int32 // calls under way
}

// New returns a simulator that is not started yet.
func New(o Options) *simkit.Kit {
	if o.Lists == 0 {
		o.Lists = 2
	}
	s := &sim{options: o, key: fmt.Sprintf("invented%024d-us99", o.Seed)}
	s.Kit = simkit.New("mailchimp", s)
	s.Reset()
	s.Part("api", s.api())
	s.Credential("api_key", s.key)
	s.Credential("list_id", s.Lists[0].ID)
	for i, l := range s.Lists {
		s.Credential(fmt.Sprintf("list_%d", i+1), l.ID)
	}
	s.controls()
	return s.Kit
}

// Reset goes back to what the options say.
func (s *sim) Reset() {
	s.state = state{AccountID: fmt.Sprintf("acc%016x", s.options.Seed), Forgotten: map[string]bool{}, Busy: map[string]bool{}}
	for i := range s.options.Lists {
		l := &list{
			ID: fmt.Sprintf("%02x%08x", i+1, s.options.Seed), WebID: 1000 + i, Name: fmt.Sprintf("Runners %d", i+1),
			Created: time.Date(2024, 8, 1, 10, 0, 0, 0, time.UTC), Tags: map[string]int{},
			listSettings: listSettings{DoubleOptIn: s.options.DoubleOptIn, Resubscribes: s.options.Resubscribes, Fields: organiserFields()},
		}
		l.Members = simkit.NewTable(s.rules(l))
		s.Lists = append(s.Lists, l)
	}
	s.fill()
}

// Load takes a dump in place of the state.
func (s *sim) Load(data []byte) error {
	var next state
	if err := json.Unmarshal(data, &next); err != nil {
		return err
	}
	for _, m := range []*map[string]bool{&next.Forgotten, &next.Busy} {
		if *m == nil {
			*m = map[string]bool{}
		}
	}
	for _, l := range next.Lists {
		if l.Tags == nil {
			l.Tags = map[string]int{}
		}
		if l.Members == nil {
			l.Members = &simkit.Table[member]{}
		}
		if err := l.Members.Under(s.rules(l)); err != nil {
			return fmt.Errorf("list %s: %w", l.ID, err)
		}
		for m := range l.Members.All() {
			if m.Merge == nil {
				m.Merge = map[string]any{}
			}
		}
	}
	s.state = next
	return nil
}

// Dump returns the whole state.
func (s *sim) Dump() any { return s.state }

// hashOf is the key of an address on a list.
func hashOf(email string) string {
	sum := md5.Sum([]byte(strings.ToLower(strings.TrimSpace(email)))) //nolint:gosec // the API's own key
	return hex.EncodeToString(sum[:])
}

func (s *sim) next() int {
	s.Counter++
	return s.Counter
}

// list finds a list for a control call.
func (s *sim) list(id string) *list {
	for i, l := range s.Lists {
		if l.ID == id || id == fmt.Sprint(i+1) {
			return l
		}
	}
	return nil
}

// rules are those of the members of a list.
func (s *sim) rules(l *list) simkit.Rules[member] {
	return simkit.Rules[member]{
		Kit: s.Kit, Collection: l.ID,
		ID: func(m *member) string { return m.ContactID },
		Identify: func(m *member) {
			n := s.next()
			m.ContactID, m.WebID = hashOf(fmt.Sprintf("contact %s %d", l.ID, n)), 500000+n
		},
		Unique: map[string]func(*member) string{"hash": func(m *member) string { return hashOf(m.Email) }},
		Clone: func(m *member) *member {
			next := *m
			next.Merge, next.Tags = maps.Clone(m.Merge), slices.Clone(m.Tags)
			return &next
		},
		Stamp: func(m *member, now time.Time, made bool) {
			if made || m.Status != archived || !l.QuietArchive {
				m.Changed = now
			}
		},
	}
}

// at returns the member with an address, or nil.
func (l *list) at(email string) *member { return l.byHash(hashOf(email)) }

func (l *list) byHash(hash string) *member { return l.Members.By("hash", strings.ToLower(hash)) }

// find returns a member by the hash of its address, the address itself or its
// contact_id; nil where there is none.
func (l *list) find(id string) *member {
	if m := l.byHash(id); m != nil {
		return m
	}
	if m := l.Members.Get(id); m != nil {
		return m
	}
	if strings.Contains(id, "@") {
		return l.at(id)
	}
	return nil
}

func (l *list) field(tag string) *mergeField {
	for i := range l.Fields {
		if l.Fields[i].Tag == tag {
			return &l.Fields[i]
		}
	}
	return nil
}
