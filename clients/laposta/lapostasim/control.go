package lapostasim

import (
	"errors"
	"net/http"
	"slices"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

type edit struct {
	Email  *string        `json:"email,omitempty"`
	State  *string        `json:"state,omitempty"`
	Custom map[string]any `json:"custom_fields,omitempty"`
}

var (
	errUnknown = errors.New("not there")
	errRefused = errors.New("a value is refused")
)

var states = []string{"active", "unsubscribed", "cleaned", "unconfirmed"}

// controls are the calls that only this simulator has.
func (s *sim) controls() {
	s.Control("PATCH /settings", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Bulk      *bool `json:"bulk,omitempty"`
			PerMinute *int  `json:"per_minute,omitempty"`
		}
		if !simkit.Read(w, r, &in) {
			return
		}
		s.Lock()
		defer s.Unlock()
		if in.Bulk != nil {
			s.state.Bulk = *in.Bulk
		}
		if in.PerMinute != nil {
			s.state.PerMinute = *in.PerMinute
		}
		w.WriteHeader(http.StatusNoContent)
	})
	s.Control("PATCH /lists/{list}", s.editList)
	s.Control("POST /lists/{list}/members", func(w http.ResponseWriter, r *http.Request) {
		var in edit
		if !simkit.Read(w, r, &in) {
			return
		}
		s.Lock()
		defer s.Unlock()
		l := s.list(r.PathValue("list"))
		if l == nil || in.Email == nil {
			simkit.Fail(w, http.StatusNotFound, errUnknown)
			return
		}
		m := &member{ID: s.newID(), State: "active", SignedUp: s.Now(), Confirmed: s.Now(), IP: "192.0.2.99", Custom: map[string]any{}}
		if !s.edit(l, m, in) {
			simkit.Fail(w, http.StatusBadRequest, errRefused)
			return
		}
		l.Members = append(l.Members, m)
		simkit.Write(w, m)
	})
	s.Control("PATCH /members/{id}", func(w http.ResponseWriter, r *http.Request) {
		var in edit
		if !simkit.Read(w, r, &in) {
			return
		}
		s.Lock()
		defer s.Unlock()
		l, at := s.anywhere(r)
		if l == nil {
			simkit.Fail(w, http.StatusNotFound, errUnknown)
			return
		}
		next := copyOf(l.Members[at])
		if !s.edit(l, next, in) {
			simkit.Fail(w, http.StatusBadRequest, errRefused)
			return
		}
		l.Members[at] = next
		simkit.Write(w, next)
	})
	s.Control("DELETE /members/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.Lock()
		defer s.Unlock()
		l, at := s.anywhere(r)
		if l == nil {
			simkit.Fail(w, http.StatusNotFound, errUnknown)
			return
		}
		l.Members = slices.Delete(l.Members, at, at+1)
		w.WriteHeader(http.StatusNoContent)
	})
}

func (s *sim) editList(w http.ResponseWriter, r *http.Request) {
	var in struct {
		DoubleOptIn *bool   `json:"double_optin,omitempty"`
		Hidden      *bool   `json:"hidden,omitempty"`
		Fields      []field `json:"fields,omitempty"` // all of them
	}
	if !simkit.Read(w, r, &in) {
		return
	}
	s.Lock()
	defer s.Unlock()
	l := s.list(r.PathValue("list"))
	if l == nil {
		simkit.Fail(w, http.StatusNotFound, errUnknown)
		return
	}
	if in.DoubleOptIn != nil {
		l.DoubleOptIn = *in.DoubleOptIn
	}
	if in.Hidden != nil {
		l.Hidden = *in.Hidden
	}
	if in.Fields != nil {
		l.Fields = in.Fields
	}
	w.WriteHeader(http.StatusNoContent)
}

// edit is what the subscriber does; it may reach any state.
func (s *sim) edit(l *list, m *member, in edit) bool {
	if in.Email != nil && s.readdress(l, m, *in.Email) != nil {
		return false
	}
	if in.State != nil {
		if !slices.Contains(states, *in.State) {
			return false
		}
		m.State = *in.State
	}
	for name, v := range in.Custom {
		in.Custom[name] = plain(v)
	}
	m.Modified = s.Now()
	return s.set(l, m, in.Custom, true) == nil
}

// anywhere finds a member by id on any list, or by id or address on the list
// that the query names.
func (s *sim) anywhere(r *http.Request) (*list, int) {
	only := r.URL.Query().Get("list")
	for _, l := range s.Lists {
		if only != "" && l != s.list(only) {
			continue
		}
		if at := l.find(r.PathValue("id")); at >= 0 {
			return l, at
		}
	}
	return nil, -1
}
