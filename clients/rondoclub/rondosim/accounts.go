package rondosim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// account is what somebody signs in with. Who makes one for a member notes the code with it.
// Granted and Revoked are roles that people have given or taken by hand.
type account struct {
	ID      int64    `json:"id"`
	Code    string   `json:"knvb_id"`
	Roles   []string `json:"roles"`
	Granted []string `json:"granted"`
	Revoked []string `json:"revoked"`
}

// roleMap is which roles a function gives.
type roleMap map[string][]string

// given reports whether functions may give a role: all of the theme's but the one that each
// member has.
func given(role string) bool {
	return slices.Contains([]string{"rondo_bestuur", "rondo_fairplay", "rondo_vog"}, role)
}

func (s *sim) accountRules() simkit.Rules[account] {
	return simkit.Rules[account]{
		Kit: s.Kit, Collection: "accounts",
		ID: func(a *account) string {
			if a.ID == 0 {
				return ""
			}
			return key(a.ID)
		},
		Identify: func(a *account) { a.ID = 9000 + int64(s.store.Number()) },
		Clone: func(a *account) *account {
			next := *a
			next.Roles, next.Granted, next.Revoked = slices.Clone(a.Roles), slices.Clone(a.Granted), slices.Clone(a.Revoked)
			return &next
		},
	}
}

// syncCapabilities gives the account of a member the roles of the functions that it is told,
// and takes all others but those that were given by hand. Parameters are judged before rights.
func (s *sim) syncCapabilities(r *http.Request) (int, any, error) {
	if !s.theme().roles {
		return 0, nil, noRoute
	}
	code, functions, err := functionsOf(r)
	if err = cmp.Or(err, s.manages(r)); err != nil {
		return 0, nil, err
	}
	of := s.accounts.Select(func(a *account) bool { return a.Code == code })
	if len(of) == 0 {
		return http.StatusOK, only(r, object{"status": "no_user", "knvb_id": code}), nil
	}
	has := of[0].Roles
	if slices.Contains(has, administrator) {
		return http.StatusOK, only(r, object{"status": "skipped", "reason": "administrator"}), nil
	}
	next := s.rolesBy(of[0], functions)
	granted, revoked := without(next, has), without(has, next)
	if len(granted)+len(revoked) > 0 {
		if _, err := s.accounts.Update(r, key(of[0].ID), func(a *account) error { a.Roles = next; return nil }); err != nil {
			return 0, nil, err
		}
	}
	now := slices.DeleteFunc(append([]string{}, next...), func(role string) bool { return !given(role) })
	return http.StatusOK, only(r, object{"status": "synced", "user_id": of[0].ID, "granted": granted, "revoked": revoked, "current_roles": now}), nil
}

// functionsOf reads the parameters, as the checks of the route have them.
func functionsOf(r *http.Request) (code string, functions []string, err error) {
	body, err := bodyOf(r)
	if err != nil {
		return "", nil, err
	}
	var missing []string
	for _, name := range []string{"knvb_id", "functies"} {
		if body[name] == nil {
			missing = append(missing, name)
		}
	}
	code, isText := body["knvb_id"].(string)
	list, isList := body["functies"].([]any)
	switch {
	case len(missing) > 0:
		err = refuse(http.StatusBadRequest, "rest_missing_callback_param", "Missing parameter(s): "+strings.Join(missing, ", "), object{"params": missing})
	case !isText || code == "" || code == "0":
		err = invalid("knvb_id")
	case !isList:
		err = invalid("functies")
	}
	for _, name := range list {
		if text, ok := name.(string); ok {
			functions = append(functions, sanitize(text))
		}
	}
	return sanitize(code), functions, err
}

// rolesBy are the roles of an account once its functions are these.
func (s *sim) rolesBy(a *account, functions []string) []string {
	var want []string
	for _, f := range functions {
		want = append(want, (*s.roles)[f]...)
	}
	want = slices.DeleteFunc(append(want, a.Granted...), func(role string) bool { return !given(role) || slices.Contains(a.Revoked, role) })
	next := slices.DeleteFunc(slices.Clone(a.Roles), func(role string) bool { return given(role) && !slices.Contains(want, role) })
	for _, role := range want {
		if !slices.Contains(next, role) {
			next = append(next, role)
		}
	}
	return next
}

// without are the roles of a that b has not, never nil.
func without(a, b []string) []string {
	return slices.DeleteFunc(append([]string{}, a...), func(role string) bool { return slices.Contains(b, role) })
}

// invalid is what WordPress says of a parameter that a check of the route's own has refused.
func invalid(param string) error {
	return refuse(http.StatusBadRequest, "rest_invalid_param", "Invalid parameter(s): "+param, object{
		"params": object{param: "Invalid parameter."}, "details": []any{},
	})
}
