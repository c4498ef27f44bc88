package sportlinksim

import (
	"crypto/rand"
	"time"
)

// idm is what the identity provider remembers.
type idm struct {
	tabs     map[string]*tab     // forms under way, by tab_id
	sessions map[string]*session // by KEYCLOAK_IDENTITY
	grants   map[string]*grant   // authorization codes
	access   map[string]*token   // the provider's own access tokens
	refresh  map[string]*session
	bearers  map[string]*token // the club's access tokens
	used     map[int64]bool    // steps whose code was taken
	digest   []byte            // key of Code.Digest
}

func newIDM() idm {
	return idm{
		tabs: map[string]*tab{}, sessions: map[string]*session{},
		grants: map[string]*grant{}, access: map[string]*token{},
		refresh: map[string]*session{}, bearers: map[string]*token{},
		used: map[int64]bool{}, digest: []byte(rand.Text()),
	}
}

// session is one signed-in browser.
type session struct {
	id     string // KEYCLOAK_IDENTITY
	number int
	since  time.Time
	until  time.Time
	calls  int
	ended  bool
}

// token belongs to a session and dies with it.
type token struct {
	session *session
	until   time.Time
}

// grant is an authorization code on its way from the redirect to the token
// endpoint.
type grant struct {
	session   *session
	redirect  string
	challenge string
	until     time.Time
}

func (s *Sim) alive(x *session) bool {
	return x != nil && !x.ended && s.Now().Before(x.until)
}

func (s *Sim) valid(t *token) bool {
	return t != nil && s.alive(t.session) && s.Now().Before(t.until)
}

// begin makes a session. The kit is locked.
func (s *Sim) begin() *session {
	if s.settings.SingleSession {
		s.endAll()
	}
	x := &session{
		id: rand.Text(), number: len(s.idm.sessions) + 1,
		since: s.Now(), until: s.Now().Add(time.Duration(s.settings.SessionLife)),
	}
	s.idm.sessions[x.id] = x
	return x
}

func (s *Sim) endAll() (ended int) {
	for _, x := range s.idm.sessions {
		if s.alive(x) {
			ended++
		}
		x.ended = true
	}
	return ended
}

// ExpireSessions ends every session, as a control call or a fault does, and
// returns how many there were. The next call with a bearer gets 401 and the
// next page asks to sign in.
func (s *Sim) ExpireSessions() int {
	s.Lock()
	defer s.Unlock()
	return s.endAll()
}

// newToken makes a token of a session. The kit is locked.
func (s *Sim) newToken(into map[string]*token, x *session) string {
	name := rand.Text()
	into[name] = &token{x, s.Now().Add(time.Duration(s.settings.AccessLife))}
	return name
}

// SignIn is one sign-in as the provider saw it: from the form that was opened
// to its end. A code or a password is never in it.
type SignIn struct {
	Number   int        `json:"number"`
	Account  string     `json:"account,omitempty"` // as typed, once it is known to be ours
	Opened   time.Time  `json:"opened"`
	Password *time.Time `json:"password,omitempty"` // when one was first sent
	Finished *time.Time `json:"finished,omitempty"` // when it ended, well or not
	Accepted bool       `json:"accepted"`
	Step     int64      `json:"step,omitempty"` // of the code that was taken
	Refused  int        `json:"refused"`        // passwords and codes refused on the way
}

// Code is one one-time code that was sent. The same code sent twice has the
// same digest; whoever lacks the key learns nothing from it.
type Code struct {
	Time     time.Time `json:"time"`
	SignIn   int       `json:"sign_in"`
	Accepted bool      `json:"accepted"`
	// Reason is why it was refused: "wrong", "used" or a fault's name.
	Reason string `json:"reason,omitempty"`
	Step   int64  `json:"step,omitempty"` // 0 when it is the code of no step in the window
	Digest string `json:"digest"`
}

// SignIns returns the log of sign-ins.
func (s *Sim) SignIns() []SignIn {
	s.Lock()
	defer s.Unlock()
	return append([]SignIn{}, s.logins...)
}

// Codes returns the log of one-time codes.
func (s *Sim) Codes() []Code {
	s.Lock()
	defer s.Unlock()
	return append([]Code{}, s.codes...)
}
