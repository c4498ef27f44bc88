// Package runsignupsim is a simulator of RunSignup's API as far as races, their events,
// participants, removed participants and users go (docs/systems/runsignup.md). It is
// strict: what the real system refuses it refuses, with HTTP 200 and an error inside,
// and what the real system drops without a word it drops as well. It shares no code with
// the connector.
//
// Control calls of its own, besides those of simkit:
//
//	PATCH  /settings                    {"blind": true, "contact_hidden": true, "quiet": true, "per_minute": 30}
//	POST   /races                       {"name": ..., "timezone": ..., "events": [...]}
//	PATCH  /races/{id}                  the same fields; {"safe_sync": true}
//	DELETE /races/{id}
//	POST   /users                       {"first_name": ..., "account": true, ...}
//	PATCH  /users/{id}                  the same fields: a person changes his own data
//	POST   /registrations               {"race_id": ..., "event_ids": [...], "user_id": ..., "bib": ...}
//	PATCH  /registrations/{id}          the same fields: the organiser, or another program
//	POST   /registrations/{id}/remove   {"reason": "removed", "new_registration_id": ...}
//	POST   /tokens/expire               the access tokens that were given out are no good any more
//
// With "blind" the key may not see the ids and times of registrations; with
// "contact_hidden" it may not see a race's contact address; with "quiet" a person's own
// change does not count as one of his registrations.
package runsignupsim

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// Options says what a simulator starts with.
type Options struct {
	Members int   // invented people, all registered for the first event
	Seed    int64 // of the invented people and of the credentials
}

// race is what others call an event: it is held again each year, and each edition has
// a day of its own, of which the events are.
type race struct {
	ID           int      `json:"race_id"`
	Name         string   `json:"name"`
	Zone         string   `json:"timezone"`
	URL          string   `json:"url_string"`
	Description  string   `json:"description"`
	ContactEmail string   `json:"contact_email"`
	Address      *address `json:"address"`
	Draft        bool     `json:"is_draft_race"`
	// SafeSync keeps what people with accounts say of themselves from being edited.
	SafeSync bool      `json:"safe_sync"`
	Created  time.Time `json:"created"`
	Modified time.Time `json:"last_modified"`
	Events   []happen  `json:"events"`
}

type address struct {
	Street  string `json:"street"`
	City    string `json:"city"`
	State   string `json:"state"`
	Zip     string `json:"zipcode"`
	Country string `json:"country_code"`
}

// happen is an event of a race. Its times are in the race's zone, as people say them.
type happen struct {
	ID       int    `json:"event_id"`
	Day      int    `json:"race_event_days_id"`
	Name     string `json:"name"`
	Details  string `json:"details"`
	Start    string `json:"start_time"` // 2006-01-02 15:04
	End      string `json:"end_time"`
	Type     string `json:"event_type"`
	Distance string `json:"distance"`
	Opens    string `json:"registration_opens"`
}

// user is a person: with an account, or one that a registration has made.
type user struct {
	ID      int      `json:"user_id"`
	First   string   `json:"first_name"`
	Middle  string   `json:"middle_name"`
	Last    string   `json:"last_name"`
	Email   string   `json:"email"`
	Birth   string   `json:"dob"`
	Gender  string   `json:"gender"`
	Phone   string   `json:"phone"`
	Address *address `json:"address"`
	Account bool     `json:"account"`
}

// registration stands for one event, or for several in a bundle.
type registration struct {
	ID         int       `json:"registration_id"`
	Race       int       `json:"race_id"`
	Events     []int     `json:"event_ids"`
	User       int       `json:"user_id"`
	Bib        string    `json:"bib"`
	Chip       string    `json:"chip"`
	Team       int       `json:"team_id"`
	TeamName   string    `json:"team_name"`
	Imported   bool      `json:"imported"`
	Paid       int       `json:"paid"` // cents
	Registered time.Time `json:"registered"`
	Modified   time.Time `json:"modified"`
	Reason     string    `json:"removed_reason"`
	Next       int       `json:"new_registration_id"`
}

// settings are how the system behaves until that is changed.
type settings struct {
	Blind         bool `json:"blind"`
	ContactHidden bool `json:"contact_hidden"`
	Quiet         bool `json:"quiet"`
	PerMinute     int  `json:"per_minute"` // calls; 0 is no limit
}

type sim struct {
	*simkit.Kit
	store         simkit.Store
	options       Options
	key, secret   string
	settings      *settings
	races         *simkit.Table[race]
	users         *simkit.Table[user]
	registrations *simkit.Table[registration]
	tokens        map[string]bool
	given         int
	calls         simkit.Limit
}

// New returns a simulator that is not started yet.
func New(o Options) *simkit.Kit {
	s := &sim{options: o, key: fmt.Sprintf("invented-key-%d", o.Seed), secret: fmt.Sprintf("invented-secret-%d", o.Seed)}
	s.Kit = simkit.New("runsignup", &s.store)
	s.settings = simkit.Settings(&s.store, "settings", settings{})
	s.keep()
	s.store.Fill = s.fill
	s.store.Reset()
	s.Part("api", s.api())
	for name, value := range map[string]string{
		"api_key": s.key, "api_secret": s.secret, "client_id": "invented-client",
		"client_secret": "invented-client-secret", "refresh_token": "invented-refresh-token",
		"race_id": "1001", "race_event_days_id": "2001", "event_1": "3001", "event_2": "3002",
	} {
		s.Credential(name, value)
	}
	s.controls()
	return s.Kit
}

func (s *sim) keep() {
	number := func(id int) string {
		if id == 0 {
			return ""
		}
		return strconv.Itoa(id)
	}
	s.races = simkit.Keep(&s.store, simkit.Rules[race]{
		Kit: s.Kit, Collection: "races",
		ID: func(r *race) string { return number(r.ID) }, Identify: func(r *race) { r.ID = 1000 + s.store.Number() },
		Unique: map[string]func(*race) string{"url_string": func(r *race) string { return strings.ToLower(r.URL) }},
		Clone: func(r *race) *race {
			next := *r
			next.Events = slices.Clone(r.Events)
			return &next
		},
		Check: checkRace,
		Stamp: func(r *race, now time.Time, made bool) {
			if r.Modified = now; made {
				r.Created = now
			}
		},
	})
	s.users = simkit.Keep(&s.store, simkit.Rules[user]{
		Kit: s.Kit, Collection: "users",
		ID: func(u *user) string { return number(u.ID) }, Identify: func(u *user) { u.ID = 900000 + s.store.Number() },
		Check: checkUser, Changed: s.touch,
	})
	s.registrations = simkit.Keep(&s.store, simkit.Rules[registration]{
		Kit: s.Kit, Collection: "registrations",
		ID: func(r *registration) string { return number(r.ID) }, Identify: func(r *registration) { r.ID = 2645000 + s.store.Number() },
		Clone: func(r *registration) *registration {
			next := *r
			next.Events = slices.Clone(r.Events)
			return &next
		},
		Check: s.checkRegistration,
		Stamp: func(r *registration, now time.Time, made bool) {
			if r.Modified = now; made && r.Registered.IsZero() {
				r.Registered = now
			}
		},
	})
}

// touch makes a change of a person one of his registrations.
func (s *sim) touch(before, after *user) {
	if before == nil || after == nil || s.settings.Quiet {
		return
	}
	for _, r := range s.registrations.Select(func(r *registration) bool { return r.User == after.ID }) {
		_, _ = s.registrations.Update(nil, strconv.Itoa(r.ID), func(*registration) error { return nil })
	}
}

// fill adds a race with two events, and invented people who take part in the first.
func (s *sim) fill() {
	s.calls, s.tokens, s.given = simkit.Limit{}, map[string]bool{}, 0
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	s.races.Fill(&race{
		ID: 1001, Name: "Karoo Klassiek", Zone: "Africa/Johannesburg", URL: "KarooKlassiek", ContactEmail: "race@example.org",
		Description: "<p>Run.</p>", Created: at, Modified: at,
		Address: &address{Street: "Main Rd 1", City: "Graaff-Reinet", State: "EC", Zip: "6280", Country: "ZA"},
		Events: []happen{
			{ID: 3001, Day: 2001, Name: "42 km", Start: "2026-05-09 06:00", End: "2026-05-09 13:00", Type: "running_race", Distance: "42.2K", Opens: "2026-01-05 07:00"},
			{ID: 3002, Day: 2001, Name: "Halve", Start: "2026-05-09 07:30", Type: "running_race", Distance: "13.1 Miles", Opens: "2026-01-05 07:00"},
			{ID: 2901, Day: 1901, Name: "42 km", Start: "2025-05-10 06:00", Type: "running_race", Distance: "42.2K", Opens: "2025-01-05 07:00"},
		},
	})
	first := []string{"Aaf", "Bram", "Chiara", "Dineo", "Ella", "Freek", "Güler", "Hlengiwe"}
	last := []string{"Loper", "O'Draver", "Van der Sprint", "Wandelaar", "Ünal"}
	r := rand.New(rand.NewPCG(uint64(s.options.Seed), 23))
	for i := range s.options.Members {
		u := &user{
			First: first[r.IntN(len(first))], Last: fmt.Sprintf("%s %d", last[r.IntN(len(last))], i+1),
			Email: fmt.Sprintf("runner.%d@example.org", i+1), Birth: fmt.Sprintf("19%02d-0%d-1%d", 60+r.IntN(40), 1+r.IntN(9), r.IntN(10)),
			Gender: []string{"F", "M"}[r.IntN(2)], Account: true,
			Address: &address{City: "Graaff-Reinet", Country: "ZA"},
		}
		s.users.Fill(u)
		made := at.Add(time.Duration(r.IntN(50*24)) * time.Hour)
		s.registrations.Fill(&registration{Race: 1001, Events: []int{3001}, User: u.ID, Paid: 5775, Registered: made, Modified: made})
	}
}

// controls are the calls that only this simulator has.
func (s *sim) controls() {
	simkit.Patch(s.Kit, "/settings", func(*http.Request) *settings { return s.settings })
	simkit.EditsOf("/races", s.races).Serve(s.Kit)
	people := simkit.EditsOf("/users", s.users)
	people.Serve(s.Kit)
	entries := simkit.EditsOf("/registrations", s.registrations)
	entries.Serve(s.Kit)
	entries.Act(s.Kit, "POST /registrations/{id}/remove", func(_ *simkit.Table[registration], r *registration, body []byte) error {
		in := struct {
			Reason string `json:"reason"`
			Next   int    `json:"new_registration_id"`
		}{}
		if err := simkit.Strict(body, &in); err != nil {
			return err
		}
		if !slices.Contains([]string{"cleared", "removed", "transferred", "deferred"}, in.Reason) || (in.Reason == "transferred") != (in.Next != 0) {
			return fmt.Errorf("a reason, and with transferred alone the new registration")
		}
		r.Reason, r.Next = in.Reason, in.Next
		return nil
	})
	simkit.Act(s.Kit, "POST /tokens/expire", func(*http.Request, []byte) (any, error) {
		clear(s.tokens)
		return nil, nil
	})
}
