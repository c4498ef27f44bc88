// Package lapostasim is a simulator of Laposta's API, version 2, as far as
// lists, fields, members and the bulk call go (docs/systems/laposta.md,
// 2026-04). It is strict: what the real system refuses it refuses, and what the
// real system drops without a word it drops as well. It shares no code with the
// connector.
//
// Control calls of its own, besides those of simkit:
//
//	PATCH  /settings             {"bulk": true, "per_minute": 30}
//	PATCH  /lists/{list}         {"double_optin": true, "fields": [...], "hidden": true}
//	POST   /lists/{list}/members {"email": ..., "state": ..., "custom_fields": {...}}
//	PATCH  /members/{id}         {"email": ..., "state": ..., "custom_fields": {...}}
//	DELETE /members/{id}
//
// The last three are what a subscriber, or the club in Laposta's own pages,
// does by himself; they are not in the journal. {list} is a list's id or its
// number, from 1 on.
package lapostasim

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"
	_ "time/tzdata" // plain dates are in the account's zone on any machine

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// Options says what a simulator starts with.
type Options struct {
	Members   int   // invented foreign subscribers, over all lists
	Seed      int64 // of the invented subscribers and of the credentials
	Lists     int   // 4 where it is 0
	Bulk      bool  // the account may make bulk calls
	PerMinute int   // limit of calls; 0 is none
}

// The state is the dump's form as well.
type state struct {
	AccountID string `json:"account_id"`
	settings
	Counter  int     `json:"counter"` // for ids
	Notified int     `json:"notified"`
	Lists    []*list `json:"lists"`
}

type settings struct {
	Bulk      bool `json:"bulk"`
	PerMinute int  `json:"per_minute"`
}

type list struct {
	ID      string    `json:"list_id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	listSettings
	Members *simkit.Table[member] `json:"members"`
}

type listSettings struct {
	DoubleOptIn bool    `json:"double_optin"`
	Hidden      bool    `json:"hidden"` // as if it were deleted
	Fields      []field `json:"fields"`
}

// field is one column of a list. The address is not among them.
type field struct {
	ID         string   `json:"field_id"`
	Name       string   `json:"name"`
	CustomName string   `json:"custom_name"`
	Datatype   string   `json:"datatype"`
	Required   bool     `json:"required"`
	Options    []string `json:"options,omitempty"`
}

// member is one subscriber. A value is a string, or a []string in a field of
// several options.
type member struct {
	ID        string         `json:"member_id"`
	Email     string         `json:"email"`
	State     string         `json:"state"`
	SignedUp  time.Time      `json:"signup_date"`
	Modified  time.Time      `json:"modified"`
	Confirmed time.Time      `json:"confirm_date"`
	IP        string         `json:"ip"`
	SourceURL string         `json:"source_url"`
	Custom    map[string]any `json:"custom_fields"`
}

type sim struct {
	*simkit.Kit
	options Options
	key     string
	zone    *time.Location
	state
	calls simkit.Limit
}

// New returns a simulator that is not started yet.
func New(o Options) *simkit.Kit {
	if o.Lists == 0 {
		o.Lists = 4
	}
	s := &sim{options: o, key: fmt.Sprintf("invented-key-%d", o.Seed)}
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		zone = time.UTC // cannot be: the zones are linked in
	}
	s.zone = zone
	s.Kit = simkit.New("laposta", s)
	s.Reset()
	s.Part("api", s.api())
	s.Credential("api_key", s.key)
	s.Credential("ip", "192.0.2.10")
	for i, l := range s.Lists {
		s.Credential(fmt.Sprintf("list_%d", i+1), l.ID)
	}
	s.controls()
	return s.Kit
}

// Reset goes back to what the options say.
func (s *sim) Reset() {
	s.calls = simkit.Limit{}
	s.state = state{
		AccountID: fmt.Sprintf("acc%07d", s.options.Seed),
		settings:  settings{Bulk: s.options.Bulk, PerMinute: s.options.PerMinute},
	}
	for i := range s.options.Lists {
		l := &list{
			ID: fmt.Sprintf("list%d%06d", i+1, s.options.Seed), Name: fmt.Sprintf("Leden %d", i+1),
			Created: time.Date(2024, 8, 1, 10, 0, 0, 0, time.UTC), listSettings: listSettings{Fields: clubFields()},
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
	for _, l := range next.Lists {
		if l.Members == nil {
			l.Members = &simkit.Table[member]{}
		}
		if err := l.Members.Under(s.rules(l)); err != nil {
			return fmt.Errorf("list %s: %w", l.ID, err)
		}
		for m := range l.Members.All() {
			if m.Custom == nil {
				m.Custom = map[string]any{}
			}
			for name, v := range m.Custom {
				m.Custom[name] = plain(v)
			}
		}
	}
	s.state = next
	return nil
}

// Dump returns the whole state.
func (s *sim) Dump() any { return s.state }

// plain makes a []string of a JSON array.
func plain(v any) any {
	all, ok := v.([]any)
	if !ok {
		return v
	}
	out := []string{}
	for _, x := range all {
		if t, ok := x.(string); ok {
			out = append(out, t)
		}
	}
	return out
}

// newID makes an id in the manner of the real ones.
func (s *sim) newID() string {
	s.Counter++
	return fmt.Sprintf("m%09x", s.Counter*7919)
}

func (s *sim) list(id string) *list {
	for i, l := range s.Lists {
		if !l.Hidden && l.ID == id || id == fmt.Sprint(i+1) {
			return l
		}
	}
	return nil
}

// rules are those of the members of a list.
func (s *sim) rules(l *list) simkit.Rules[member] {
	return simkit.Rules[member]{
		Kit: s.Kit, Collection: l.ID,
		ID:       func(m *member) string { return m.ID },
		Identify: func(m *member) { m.ID = s.newID() },
		Unique:   map[string]func(*member) string{"email": func(m *member) string { return strings.ToLower(m.Email) }},
		Clone: func(m *member) *member {
			next := *m
			next.Custom = maps.Clone(m.Custom)
			return &next
		},
		Stamp: func(m *member, now time.Time, made bool) {
			m.Modified = now
			if made {
				m.SignedUp = now
			}
			if made && m.State != unconfirmed {
				m.Confirmed = now
			}
		},
	}
}

// find returns a member by id or address, or nil.
func (l *list) find(id string) *member {
	if m := l.Members.Get(id); m != nil {
		return m
	}
	return l.Members.By("email", strings.ToLower(id))
}

func (l *list) field(name string) *field {
	for i := range l.Fields {
		if l.Fields[i].CustomName == name {
			return &l.Fields[i]
		}
	}
	return nil
}
