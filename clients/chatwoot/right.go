package chatwoot

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// noRight is why a call is refused for which an administrator's token is needed.
const noRight = "the token's user may not do this; an administrator may"

// errRefusedCall is behind a 401 that does not say that the token is not good.
var errRefusedCall = errors.New("refused with 401")

// unauthorized says what a 401 means. ChatWoot has it for a token that is not good, for
// a right that is missing, for an endpoint that is not open to this kind of token and for
// an account of others; what tells them apart is the text alone
// (docs/systems/chatwoot.md, "Limits and errors", 2026-11).
func unauthorized(e *connector.Error, body []byte) {
	var said struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(body, &said)
	switch e.Class = connector.Denied; {
	case strings.Contains(said.Error, "not authorized to do this action"):
		refusedCall(e)
	case said.Error != "" && said.Error != "Invalid Access Token":
		e.Err = errRefusedCall
	}
}

// refusedCall makes an error say that the token is good, and not for this one call.
func refusedCall(e *connector.Error) { e.Class, e.Why, e.Unsent = connector.Rejected, noRight, true }

// do makes a call. One that is refused with 401, and not for the token, concerns the
// credentials only where the profile of the token's user says so.
func (a *account) do(ctx context.Context, call rest.Call) (rest.Answer, error) {
	answer, err := a.api.Do(ctx, call)
	e, _ := errors.AsType[*connector.Error](err)
	if e == nil || !errors.Is(err, errRefusedCall) {
		return answer, err
	}
	if _, err := a.member(ctx, call.Op); err != nil {
		return answer, unsent(err)
	}
	refusedCall(e)
	return answer, e
}

// unsent makes an error say that the call that it ended had no effect.
func unsent(err error) error {
	if e, ok := errors.AsType[*connector.Error](err); ok {
		e.Unsent = true
	}
	return err
}

// membership is one account of the token's user.
type membership struct {
	ID   int64  `json:"id"`
	Role string `json:"role"`
}

// member reads from the profile of the token's user what it is in the account. A 401 is
// the token's here, whatever it says.
func (a *account) member(ctx context.Context, op string) (membership, error) {
	var user struct {
		Accounts *[]membership `json:"accounts"`
	}
	judge := func(status int, body []byte) *connector.Error {
		if status == http.StatusUnauthorized {
			return nil // as the common table has it
		}
		return a.judge(status, body)
	}
	if _, err := a.api.Do(ctx, rest.Call{Op: op, Path: "/api/v1/profile", Into: &user, Judge: judge}); err != nil {
		return membership{}, err
	}
	if user.Accounts == nil {
		return membership{}, a.api.Fault(connector.Drifted, op, "a profile without accounts", "")
	}
	at := slices.IndexFunc(*user.Accounts, func(m membership) bool { return m.ID == a.cfg.AccountID })
	if at < 0 {
		return membership{}, a.api.Fault(connector.Denied, op, "the token's user is not a member of the account in the settings: make it one", "")
	}
	return (*user.Accounts)[at], nil
}

// lacksRight reports whether a call was refused since the token's user is no
// administrator.
func lacksRight(err error) bool {
	e, ok := errors.AsType[*connector.Error](err)
	return ok && strings.HasPrefix(e.Why, noRight)
}
