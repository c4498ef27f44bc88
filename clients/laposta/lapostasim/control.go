package lapostasim

import (
	"errors"
	"net/http"
	"slices"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// edit is what the subscriber does; it may reach any state.
type edit struct {
	Email  *string        `json:"email,omitempty"`
	State  *string        `json:"state,omitempty"`
	Custom map[string]any `json:"custom_fields,omitempty"`
}

var errRefused = errors.New("a value is refused")

var states = []string{active, unsubscribed, cleaned, unconfirmed}

// controls are the calls that only this simulator has.
func (s *sim) controls() {
	simkit.Patch(s.Kit, "/settings", func(*http.Request) *settings { return &s.settings })
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
		New:  func() *member { return &member{State: active, IP: "192.0.2.99", Custom: map[string]any{}} },
		Edit: s.edit,
	}.Serve(s.Kit)
}

func (s *sim) edit(t *simkit.Table[member], m *member, body []byte) error {
	var in edit
	if err := simkit.Strict(body, &in); err != nil {
		return err
	}
	l := s.Lists[slices.IndexFunc(s.Lists, func(l *list) bool { return l.Members == t })]
	if in.Email != nil {
		m.Email = *in.Email
	}
	if err := checkEmail(m.Email); err != nil {
		return err
	}
	if in.State != nil {
		if !slices.Contains(states, *in.State) {
			return errRefused
		}
		m.State = *in.State
	}
	for name, v := range in.Custom {
		in.Custom[name] = plain(v)
	}
	return l.set(m, in.Custom, true)
}

// anywhere finds a member by id on any list, or by id or address on the list
// that the query names.
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
