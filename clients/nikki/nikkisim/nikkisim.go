// Package nikkisim is Nikki as a test sees it: a sign-in form, a page with a table of
// contributions, and the export of it, over an invented club. It is built from what is
// known of the site (docs/systems/nikki.md); where that is silent it makes a choice,
// marked [S], on which no client may depend.
//
// It keeps its own sessions and one-time codes and is strict: no session, no table; a
// form without its token is refused; a code is taken once. Its script js/main.js takes
// the table apart, as the real one is said to. Reading changes nothing, so its journal
// stays empty.
//
//	sim := nikkisim.New(nikkisim.Options{Members: 100, Seed: 7})
//	info, err := sim.Start("")
//	defer sim.Close()
//
// One part, "nikki". In Info.Credentials are username, password and otp_secret, whose
// letters themselves are the key.
package nikkisim

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/invent"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// Options say which club is simulated.
type Options struct {
	Members int   // of the club; 20 where it is 0, none where it is negative
	Seed    int64 // of people and credentials
	OTP     bool  // the form wants a one-time code
}

// Site is how the site behaves, for all requests, until it is changed (PATCH /site).
type Site struct {
	OTP bool `json:"otp"`
	// Table is how the rows come: "html" with the page, "late" by a script, "staged" by
	// it in two halves, or "paged": all but ten are taken out of the page.
	Table string `json:"table"`
	Delay int    `json:"delay_ms"` // of "late", and of each half of "staged"
	// SessionMinutes is how long a session lives.
	SessionMinutes int    `json:"session_minutes"`
	Export         Export `json:"export"`
}

// Export is the dialect of the file.
type Export struct {
	Delimiter string `json:"delimiter"`
	Key       string `json:"key"` // names of columns
	Amount    string `json:"amount"`
	Year      string `json:"year"`   // "": there is no such column
	Quotes    string `json:"quotes"` // "", "all", or "names" with broken ones within
	BOM       bool   `json:"bom"`
	Latin1    bool   `json:"latin1"`
}

// SignIn is one form that was sent.
type SignIn struct {
	Time     time.Time `json:"time"`
	Accepted bool      `json:"accepted"`
	Why      string    `json:"why,omitempty"` // of a refusal
	Step     int64     `json:"step,omitempty"`
}

// Sim is one simulated club. The kit in it starts and ends it and has the faults, the
// log and the clock.
type Sim struct{ *sim }

type sim struct {
	*simkit.Kit
	options  Options
	username string
	password string
	secret   string

	// All below is guarded by the kit's lock.
	store    simkit.Store
	lines    *simkit.Table[Line]
	site     *Site
	sessions map[string]*session
	used     map[int64]bool // steps whose code was taken
	signIns  []SignIn
}

// New makes a simulator that is not started yet.
func New(o Options) *Sim {
	o.Members = cmp.Or(o.Members, 20)
	r := invent.Rand(o.Seed, credentialsNumber)
	s := &sim{
		options: o, username: fmt.Sprintf("penningmeester.%04d@example.org", r.IntN(10_000)),
		password: fmt.Sprintf("nikki-%016x", r.Uint64()), secret: fmt.Sprintf("S%019d", r.Uint64()>>1),
	}
	s.Kit = simkit.New("nikki", &s.store)
	s.lines = simkit.Keep(&s.store, simkit.Rules[Line]{Kit: s.Kit, Collection: "lines", ID: func(l *Line) string { return l.Key }})
	s.site = simkit.Settings(&s.store, "site", Site{
		OTP: o.OTP, Table: "html", SessionMinutes: 60,
		Export: Export{Delimiter: ";", Key: "nikki_id", Amount: "hoofdsom"},
	})
	s.store.Fill = func() {
		s.sessions, s.used, s.signIns = map[string]*session{}, map[int64]bool{}, nil
		for _, l := range invented(o.Seed, o.Members) {
			s.lines.Fill(&l)
		}
	}
	s.store.Reset()
	s.Credential("username", s.username)
	s.Credential("password", s.password)
	s.Credential("otp_secret", s.secret)
	s.Part("nikki", s.pages())
	s.controls()
	return &Sim{s}
}

// credentialsNumber is the source of chance for them; no household has it.
const credentialsNumber = -2

// controls are the control calls beside the kit's.
func (s *sim) controls() {
	simkit.EditsOf("/lines", s.lines).Serve(s.Kit)
	simkit.Patch(s.Kit, "/site", func(*http.Request) *Site { return s.site })
	get := func(path string, what func() any) {
		simkit.Act(s.Kit, "GET "+path, func(*http.Request, []byte) (any, error) { return what(), nil })
	}
	get("/lines", func() any { return s.lines })
	get("/sign-ins", func() any { return append([]SignIn{}, s.signIns...) })
	get("/values", func() any { return s.values() })
	simkit.Act(s.Kit, "POST /sessions/expire", func(*http.Request, []byte) (any, error) {
		clear(s.sessions)
		return nil, nil
	})
}

// Lines returns all lines.
func (s *Sim) Lines() []Line {
	s.Lock()
	defer s.Unlock()
	var out []Line
	for l := range s.lines.All() {
		out = append(out, *l)
	}
	return out
}

// Edit changes a line, as the treasurer does.
func (s *Sim) Edit(key string, change func(*Line)) error {
	s.Lock()
	defer s.Unlock()
	_, err := s.lines.Update(nil, key, func(l *Line) error { change(l); return nil })
	return err
}

// Add adds a line.
func (s *Sim) Add(l Line) error {
	s.Lock()
	defer s.Unlock()
	return s.lines.Insert(nil, &l)
}

// Remove takes lines out.
func (s *Sim) Remove(which func(*Line) bool) {
	s.Lock()
	defer s.Unlock()
	for _, l := range s.lines.Select(which) {
		_, _ = s.lines.Delete(nil, l.Key) // it is there
	}
}

// Behave changes how the site behaves.
func (s *Sim) Behave(change func(*Site)) {
	s.Lock()
	defer s.Unlock()
	change(s.site)
}

// Expire ends all sessions.
func (s *Sim) Expire() {
	s.Lock()
	defer s.Unlock()
	clear(s.sessions)
}

// SignIns returns the forms that were sent, in order.
func (s *Sim) SignIns() []SignIn {
	s.Lock()
	defer s.Unlock()
	return slices.Clone(s.signIns)
}

// Values lists what may be in no log: what is personal, and the credentials.
func (s *Sim) Values() []string {
	s.Lock()
	defer s.Unlock()
	return s.values()
}

func (s *sim) values() []string {
	out := []string{s.username, s.password, s.secret}
	for l := range s.lines.All() {
		out = append(out, l.Name, l.Member)
		if l.Address != "" {
			out = append(out, l.Address)
		}
	}
	return out
}
