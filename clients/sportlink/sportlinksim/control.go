package sportlinksim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/invent"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

var (
	errNoMember = errors.New("no such member")
	errTwice    = errors.New("that id is taken")
)

// controls are the control calls beside the kit's: docs/simulators.md has the
// list.
func (s *Sim) controls() {
	done := func(w http.ResponseWriter, err error) {
		switch {
		case errors.Is(err, errNoMember), errors.Is(err, errNoTeam):
			simkit.Fail(w, http.StatusNotFound, err)
		case errors.Is(err, errTwice):
			simkit.Fail(w, http.StatusConflict, err)
		case err != nil:
			simkit.Fail(w, http.StatusBadRequest, err)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}
	s.Control("GET /members", func(w http.ResponseWriter, _ *http.Request) {
		simkit.Write(w, s.Members())
	})
	s.Control("GET /values", func(w http.ResponseWriter, _ *http.Request) {
		simkit.Write(w, s.Values())
	})
	s.Control("POST /members", func(w http.ResponseWriter, r *http.Request) {
		var m invent.Member
		if simkit.Read(w, r, &m) {
			done(w, s.AddMember(m))
		}
	})
	s.Control("PATCH /members/{id}", func(w http.ResponseWriter, r *http.Request) {
		var in map[string]*string
		if !simkit.Read(w, r, &in) {
			return
		}
		change := map[string]string{}
		for name, v := range in {
			change[name] = "" // null empties, too
			if v != nil {
				change[name] = *v
			}
		}
		done(w, s.EditMember(r.PathValue("id"), change))
	})
	s.Control("GET /pages", func(w http.ResponseWriter, _ *http.Request) {
		simkit.Write(w, s.Pages())
	})
	s.Control("PUT /members/{id}/pages", func(w http.ResponseWriter, r *http.Request) {
		var in invent.Pages
		if simkit.Read(w, r, &in) {
			done(w, s.EditPages(r.PathValue("id"), in))
		}
	})
	s.Control("GET /stints", func(w http.ResponseWriter, _ *http.Request) {
		simkit.Write(w, s.Stints())
	})
	s.Control("PUT /members/{id}/stints", func(w http.ResponseWriter, r *http.Request) {
		var in []invent.Stint
		if simkit.Read(w, r, &in) {
			done(w, s.PutStints(r.PathValue("id"), in))
		}
	})
	s.Control("GET /teams", func(w http.ResponseWriter, _ *http.Request) {
		simkit.Write(w, s.Teams())
	})
	s.Control("PUT /teams", func(w http.ResponseWriter, r *http.Request) {
		var in invent.Team
		if simkit.Read(w, r, &in) {
			done(w, s.PutTeam(in))
		}
	})
	s.Control("DELETE /teams/{id}", func(w http.ResponseWriter, r *http.Request) {
		done(w, s.RemoveTeam(r.PathValue("id")))
	})
	s.Control("PUT /members/{id}/photo", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Date    string
			Picture []byte // in base64
		}
		if simkit.Read(w, r, &in) {
			done(w, s.PutPhoto(r.PathValue("id"), in.Date, in.Picture))
		}
	})
	s.Control("DELETE /members/{id}", func(w http.ResponseWriter, r *http.Request) {
		done(w, s.RemoveMember(r.PathValue("id")))
	})
	s.Control("POST /members/shuffle", func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Seed int64 }
		if simkit.Read(w, r, &in) {
			s.Shuffle(in.Seed)
			done(w, nil)
		}
	})
	s.Control("GET /settings", func(w http.ResponseWriter, _ *http.Request) {
		s.Lock()
		now := s.settings
		s.Unlock()
		simkit.Write(w, now)
	})
	s.Control("PATCH /settings", func(w http.ResponseWriter, r *http.Request) {
		s.Lock()
		next := s.settings
		s.Unlock()
		next.Dashboard = slices.Clone(next.Dashboard)
		if simkit.Read(w, r, &next) {
			done(w, s.Set(next))
		}
	})
	s.Control("POST /sessions/expire", func(w http.ResponseWriter, _ *http.Request) {
		simkit.Write(w, map[string]int{"ended": s.ExpireSessions()})
	})
	s.Control("GET /sessions", func(w http.ResponseWriter, _ *http.Request) {
		simkit.Write(w, s.Sessions())
	})
	s.Control("GET /totp", func(w http.ResponseWriter, _ *http.Request) {
		simkit.Write(w, map[string]any{"code": s.TOTP(), "step": simkit.StepOf(s.Now())})
	})
	s.Control("GET /sign-ins", func(w http.ResponseWriter, _ *http.Request) {
		simkit.Write(w, s.SignIns())
	})
	s.Control("GET /codes", func(w http.ResponseWriter, _ *http.Request) {
		simkit.Write(w, s.Codes())
	})
}

// Set changes the settings from now on.
func (s *Sim) Set(next Settings) error {
	if !slices.Contains([]string{"required", "optional", "none"}, next.OTP) ||
		!slices.Contains([]string{"session", "memory"}, next.Storage) ||
		next.OTPWindow < 0 || next.AccessLife <= 0 || next.SessionLife <= 0 {
		return errors.New("settings out of range")
	}
	s.Lock()
	defer s.Unlock()
	s.settings = next
	return nil
}

// AddMember puts a member at the end of the administration, as another user
// does. A second one with the same id is refused; one without an id is taken,
// as a record that nobody can read.
func (s *Sim) AddMember(m invent.Member) error {
	s.Lock()
	defer s.Unlock()
	if m.PublicPersonID != "" && s.index(m.PublicPersonID) >= 0 {
		return errTwice
	}
	if m.MemberStatus == "" {
		m.MemberStatus = invent.Active
	}
	if m.TypeOfMember == "" {
		m.TypeOfMember = "KERNELMEMBER"
	}
	if err := known(m); err != nil {
		return err
	}
	s.members = append(s.members, m)
	return nil
}

// EditMember changes the fields that are named, as another user does, and sets
// LastUpdate to today where it is not named. A name that no record has is an
// error.
func (s *Sim) EditMember(id string, change map[string]string) error {
	s.Lock()
	defer s.Unlock()
	i := s.index(id)
	if i < 0 {
		return errNoMember
	}
	v := values(s.members[i])
	v["LastUpdate"] = s.Now().Format(time.DateOnly)
	for name, value := range change {
		if _, ok := v[name]; !ok {
			return fmt.Errorf("no field %q", name)
		}
		v[name] = value
	}
	if to := v["PublicPersonId"]; to != id && to != "" && s.index(to) >= 0 {
		return errTwice
	}
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var m invent.Member
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	if err := known(m); err != nil {
		return err
	}
	s.members[i] = m
	return nil
}

// known refuses codes by which no search could find the member.
func known(m invent.Member) error {
	if describe[m.MemberStatus] == "" ||
		!slices.Contains([]string{"KERNELMEMBER", "CLUBMEMBER", "CLUBRELATION"}, m.TypeOfMember) {
		return errors.New("no such MemberStatus or TypeOfMember")
	}
	return nil
}

// RemoveMember takes a member out of the administration altogether: no search
// lists it any more.
func (s *Sim) RemoveMember(id string) error {
	s.Lock()
	defer s.Unlock()
	i := s.index(id)
	if i < 0 {
		return errNoMember
	}
	s.members = slices.Delete(s.members, i, i+1)
	return nil
}

// Shuffle changes the order in which a search lists the members.
func (s *Sim) Shuffle(seed int64) {
	s.Lock()
	defer s.Unlock()
	invent.Rand(seed, 0).Shuffle(len(s.members), func(i, j int) {
		s.members[i], s.members[j] = s.members[j], s.members[i]
	})
}

// index is where the member is, or -1. The kit is locked.
func (s *Sim) index(id string) int {
	return slices.IndexFunc(s.members, func(m invent.Member) bool { return m.PublicPersonID == id })
}

// Session is what GET /sessions tells of one.
type Session struct {
	Number int       `json:"number"`
	Since  time.Time `json:"since"`
	Calls  int       `json:"calls"` // with its bearer
	Alive  bool      `json:"alive"`
}

// Sessions lists all sessions since the start, in order.
func (s *Sim) Sessions() []Session {
	s.Lock()
	defer s.Unlock()
	out := []Session{}
	for _, x := range s.idm.sessions {
		out = append(out, Session{x.number, x.since, x.calls, s.alive(x)})
	}
	slices.SortFunc(out, func(a, b Session) int { return a.Number - b.Number })
	return out
}
