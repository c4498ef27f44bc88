package mailchimpsim

import (
	"errors"
	"net/http"
	"slices"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

var (
	errUnknown = errors.New("not there")
	errRefused = errors.New("a value is refused")
)

// controls are the calls that only this simulator has.
func (s *sim) controls() {
	s.Control("PATCH /lists/{list}", s.editList)
	s.Control("POST /lists/{list}/members", func(w http.ResponseWriter, r *http.Request) {
		var in input
		if !simkit.Read(w, r, &in) {
			return
		}
		s.Lock()
		defer s.Unlock()
		l := s.list(r.PathValue("list"))
		if l == nil || in.Email == nil || l.find(*in.Email) != nil {
			simkit.Fail(w, http.StatusNotFound, errUnknown)
			return
		}
		n := s.next()
		m := &member{
			ContactID: hashOf("own " + *in.Email), WebID: 500000 + n, Email: *in.Email, Status: subscribed,
			Merge: map[string]any{}, SignedUp: s.Now(), OptedIn: s.Now(),
		}
		s.edit(w, l, m, in)
	})
	s.Control("PATCH /members/{id}", func(w http.ResponseWriter, r *http.Request) {
		var in input
		if !simkit.Read(w, r, &in) {
			return
		}
		s.Lock()
		defer s.Unlock()
		l, m := s.anywhere(r)
		if m == nil {
			simkit.Fail(w, http.StatusNotFound, errUnknown)
			return
		}
		s.edit(w, l, copyOf(m), in)
	})
	s.Control("DELETE /members/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.Lock()
		defer s.Unlock()
		l, m := s.anywhere(r)
		if m == nil {
			simkit.Fail(w, http.StatusNotFound, errUnknown)
			return
		}
		l.drop(m)
		w.WriteHeader(http.StatusNoContent)
	})
	s.Control("POST /busy", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Email string `json:"email_address"`
			Over  bool   `json:"over"`
		}
		if !simkit.Read(w, r, &in) {
			return
		}
		s.Lock()
		defer s.Unlock()
		s.Busy[hashOf(in.Email)] = !in.Over
		w.WriteHeader(http.StatusNoContent)
	})
	s.Control("POST /forgotten", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Email string `json:"email_address"`
		}
		if !simkit.Read(w, r, &in) {
			return
		}
		s.Lock()
		defer s.Unlock()
		s.Forgotten[hashOf(in.Email)] = true
		for _, l := range s.Lists {
			if m := l.find(in.Email); m != nil {
				l.drop(m)
			}
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

func (s *sim) editList(w http.ResponseWriter, r *http.Request) {
	var in struct {
		DoubleOptIn  *bool        `json:"double_optin,omitempty"`
		Hidden       *bool        `json:"hidden,omitempty"`
		Resubscribes *bool        `json:"resubscribes,omitempty"`
		Fields       []mergeField `json:"merge_fields,omitempty"` // all of them
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
	for set, to := range map[*bool]*bool{&l.DoubleOptIn: in.DoubleOptIn, &l.Hidden: in.Hidden, &l.Resubscribes: in.Resubscribes} {
		if to != nil {
			*set = *to
		}
	}
	if in.Fields != nil {
		l.Fields = in.Fields
	}
	w.WriteHeader(http.StatusNoContent)
}

// edit is what the subscriber does; it may reach any status.
func (s *sim) edit(w http.ResponseWriter, l *list, m *member, in input) {
	if in.Email != nil && hashOf(*in.Email) != hashOf(m.Email) {
		if l.find(*in.Email) != nil {
			simkit.Fail(w, http.StatusConflict, errRefused)
			return
		}
		m.Email = *in.Email
	}
	if in.Status != nil {
		if !slices.Contains(statuses, *in.Status) {
			simkit.Fail(w, http.StatusBadRequest, errRefused)
			return
		}
		if m.Status = *in.Status; m.Status == unsubscribed {
			l.LastUnsub = s.Now()
		}
		m.Compliance = m.Status == unsubscribed || m.Status == cleaned || m.Status == archived && m.Compliance
	}
	if no := l.set(m, in, true); no != nil {
		simkit.Fail(w, http.StatusBadRequest, errRefused)
		return
	}
	for _, name := range in.Tags {
		l.tag(m, name, s)
	}
	m.Changed = s.Now()
	l.put(m)
	simkit.Write(w, m)
}

// anywhere finds a member by contact_id, hash or address, on the list that the
// query names or on any.
func (s *sim) anywhere(r *http.Request) (*list, *member) {
	only := r.URL.Query().Get("list")
	for _, l := range s.Lists {
		if only != "" && l != s.list(only) {
			continue
		}
		if m := l.find(r.PathValue("id")); m != nil {
			return l, m
		}
	}
	return nil, nil
}
