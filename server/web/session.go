package web

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"
)

// signedInFor is how long a session lasts.
const signedInFor = 12 * time.Hour

// maxSessions bounds what is kept of who is signed in.
const maxSessions = 10_000

const cookieName = "touchline"

// session is who is signed in, and in which language.
type session struct {
	token    string
	language string
	until    time.Time
}

// sessions are those of this process: after a start one signs in anew.
type sessions struct {
	now func() time.Time

	mu   sync.Mutex
	byID map[string]session
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{now: now, byID: map[string]session{}}
}

// begin puts a session in and returns its id; "" when there are too many.
func (s *sessions) begin(token, language string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for id, of := range s.byID {
		if !now.Before(of.until) {
			delete(s.byID, id)
		}
	}
	if len(s.byID) >= maxSessions {
		return ""
	}
	id := rand.Text()
	s.byID[id] = session{token, language, now.Add(signedInFor)}
	return id
}

// of returns the session of a request, and whether there is one.
func (s *sessions) of(r *http.Request) (session, bool) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return session{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in, ok := s.byID[c.Value]
	return in, ok && s.now().Before(in.until)
}

// end drops the session of a request.
func (s *sessions) end(r *http.Request) {
	if c, err := r.Cookie(cookieName); err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.byID, c.Value)
	}
}

// speak changes the language of a session.
func (s *sessions) speak(r *http.Request, language string) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in, ok := s.byID[c.Value]; ok {
		in.language = language
		s.byID[c.Value] = in
	}
}

func cookie(r *http.Request, id string, age int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure wherever the person's side is TLS; on loopback there is none
		Name: cookieName, Value: id, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	}
}
