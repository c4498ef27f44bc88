package mailchimpsim

import (
	"errors"
	"net/http"
	"slices"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

var errRefused = errors.New("a value is refused")

// controls are the calls that only this simulator has.
func (s *sim) controls() {
	simkit.Patch(s.Kit, "/lists/{list}", func(r *http.Request) *listSettings {
		if l := s.list(r.PathValue("list")); l != nil {
			return &l.listSettings
		}
		return nil
	})
	simkit.Edits[member]{
		Collection: "/lists/{list}/members", Row: "/members/{id}",
		Into: func(r *http.Request) *simkit.Table[member] {
			if l := s.list(r.PathValue("list")); l != nil {
				return l.Members
			}
			return nil
		},
		Find: s.anywhere,
		New: func() *member {
			return &member{Status: subscribed, Merge: map[string]any{}, SignedUp: s.Now(), OptedIn: s.Now()}
		},
		Edit: s.edit,
	}.Serve(s.Kit)
	type address struct {
		Email string `json:"email_address"`
	}
	simkit.Post(s.Kit, "/busy", func(_ *http.Request, in struct {
		address
		Over bool `json:"over"`
	},
	) (any, error) {
		s.Busy[hashOf(in.Email)] = !in.Over
		return nil, nil
	})
	simkit.Post(s.Kit, "/forgotten", func(_ *http.Request, in address) (any, error) {
		s.Forgotten[hashOf(in.Email)] = true
		for _, l := range s.Lists {
			if m := l.at(in.Email); m != nil {
				if _, err := l.Members.Delete(nil, m.ContactID); err != nil {
					return nil, err
				}
			}
		}
		return nil, nil
	})
}

// edit is what the subscriber does; it may reach any status.
func (s *sim) edit(t *simkit.Table[member], m *member, body []byte) error {
	var in input
	if err := simkit.Strict(body, &in); err != nil {
		return err
	}
	l := s.Lists[slices.IndexFunc(s.Lists, func(l *list) bool { return l.Members == t })]
	if in.Email != nil && hashOf(*in.Email) != hashOf(m.Email) {
		m.Email = *in.Email
	}
	if m.Email == "" || in.Status != nil && !slices.Contains(statuses, *in.Status) {
		return errRefused
	}
	if err := t.Taken(m); err != nil {
		return err
	}
	if in.Status != nil {
		if m.Status = *in.Status; m.Status == unsubscribed {
			l.LastUnsub = s.Now()
		}
		m.Compliance = m.Status == unsubscribed || m.Status == cleaned || m.Status == archived && m.Compliance
	}
	return s.set(l, m, in, true)
}

// anywhere finds a member by contact_id, hash or address, on the list that the
// query names or on any.
func (s *sim) anywhere(r *http.Request) (*simkit.Table[member], *member) {
	only := r.URL.Query().Get("list")
	for _, l := range s.Lists {
		if only != "" && l != s.list(only) {
			continue
		}
		if m := l.find(r.PathValue("id")); m != nil {
			return l.Members, m
		}
	}
	return nil, nil
}
