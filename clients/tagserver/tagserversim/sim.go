// Package tagserversim is a simulator of TagServer as the code answers that JHipster
// 8.11.0 generates (docs/systems/tagserver.md). It is strict: a violated constraint of
// its database is 500, a member that it does not know is passed over, and PUT makes
// null of what is left out. It shares no code with the connector.
//
// Its control calls besides simkit's:
//
//	PATCH  /settings     how it behaves: see settings
//	POST   /restart      all tokens are void
//	POST   /{table}      {"emsId": 7, ...}: somebody enters a record
//	PATCH  /{table}/{id} somebody edits one
//	DELETE /{table}/{id} somebody takes one out
package tagserversim

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// Options says what a simulator starts with.
type Options struct {
	Members int   // people whom somebody else has entered
	Seed    int64 // of the credentials
}

// settings are how the server behaves until that is changed. Zero is as generated.
type settings struct {
	// Duplicate is the status for a known emsId: 409 or 400 where the makers have
	// added a handler; 0 is 500. Children is that of a delete with children: 409.
	Duplicate int `json:"duplicate"`
	Children  int `json:"children"`
	// Bibs is who a bib is unique for in an event: "participant", or a person.
	Bibs string `json:"bibs"`
	// Version 7 answers GET /api/authenticate with the login in place of 204.
	Version int `json:"version"`
	// NoFilters says that the entities were generated without filters: the parameters
	// are passed over.
	NoFilters bool `json:"no_filters"`
	Life      int  `json:"life"` // of a token, in seconds; 0 is a day
	ReadOnly  bool `json:"read_only"`
	PerMinute int  `json:"per_minute"` // calls; 0 is any number
	Starts    int  `json:"starts"`     // since the first
}

type sim struct {
	*simkit.Kit
	store          simkit.Store
	options        Options
	user, password string
	settings       *settings
	tables         map[string]*simkit.Table[row]
	calls          simkit.Limit
}

// New returns a simulator that is not started yet.
func New(o Options) *simkit.Kit {
	s := &sim{options: o, user: "ems-sync", password: fmt.Sprintf("invented-password-%d", o.Seed), tables: map[string]*simkit.Table[row]{}}
	s.Kit = simkit.New("tagserver", &s.store)
	s.settings = simkit.Settings(&s.store, "settings", settings{})
	for i := range schemas {
		of := &schemas[i]
		s.tables[of.path] = simkit.Keep(&s.store, simkit.Rules[row]{
			Kit: s.Kit, Collection: of.path,
			ID: func(r *row) string {
				if r.of = of; r.id == 0 {
					return ""
				}
				return strconv.FormatInt(r.id, 10)
			},
			Identify: func(r *row) { r.id = int64(1000 + s.store.Number()) },
			Unique:   map[string]func(*row) string{"emsId": func(r *row) string { return fmt.Sprint(r.at("emsId")) }},
			Clone:    (*row).clone,
			Check:    func(r *row) error { return s.check(of, r) },
		})
	}
	s.store.Fill = s.fill
	s.store.Reset()
	s.Part("api", s.api())
	s.Credential("username", s.user)
	s.Credential("password", s.password)
	simkit.Patch(s.Kit, "/settings", func(*http.Request) *settings { return s.settings })
	simkit.Act(s.Kit, "POST /restart", func(*http.Request, []byte) (any, error) {
		s.settings.Starts++
		return nil, nil
	})
	for path, t := range s.tables {
		edits := simkit.EditsOf("/"+path, t)
		edits.New = func() *row { return &row{v: map[string]any{}} }
		edits.Serve(s.Kit)
	}
	return s.Kit
}

// fill adds invented people, whom EMS does not know.
func (s *sim) fill() {
	s.calls = simkit.Limit{}
	for i := range s.options.Members {
		s.tables["people"].Fill(&row{v: map[string]any{
			"emsId": int64(9_000_001 + i), "firstName": "Noor", "lastName": fmt.Sprintf("Gast %d", i+1),
		}})
	}
}

// check is what the database refuses of a row, whoever writes it.
func (s *sim) check(of *schema, r *row) error {
	for _, c := range of.columns {
		if id, ok := r.at(c.name).(int64); ok && c.of != "" && s.tables[c.of].Get(strconv.FormatInt(id, 10)) == nil {
			return data
		}
	}
	if of.rule == nil {
		return nil
	}
	for other := range s.tables[of.path].All() {
		if other.id != r.id && of.rule(s.settings, r, other) {
			return data
		}
	}
	return nil
}

// refusedAs is how the server tells that a row was refused by the database.
func (s *sim) refusedAs(of *schema, err error) error {
	if taken, ok := errors.AsType[*simkit.Taken](err); ok && taken.Name == "emsId" {
		if s.settings.Duplicate != 0 {
			return handled(s.settings.Duplicate, of.entity, "emsidexists")
		}
		return data
	}
	return err
}

// referred reports whether a row of any table refers to one.
func (s *sim) referred(path string, id int64) bool {
	for _, of := range schemas {
		for _, c := range of.columns {
			if c.of != path {
				continue
			}
			for r := range s.tables[of.path].All() {
				if r.at(c.name) == id {
					return true
				}
			}
		}
	}
	return false
}
