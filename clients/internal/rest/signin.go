package rest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
)

// SignIn is how a client gets the token that goes on its calls. One token serves
// all callers in all processes: it is fetched by one of them at a time, kept
// sealed, and fetched anew shortly before it ends or when a call is answered with
// 401.
type SignIn struct {
	// Call fetches a token. It goes without one.
	Call Call
	// Read finds the token in the answer.
	Read func(answer []byte, now time.Time) (Token, error)
}

// Token is what was fetched. Until is when it ends; zero where it does not say.
type Token struct {
	Value connector.Secret
	Until time.Time
}

// tokenMargin is how long before its end a token is not used any more: as long as a call
// may take, and two clocks may differ.
const tokenMargin = time.Minute

func (t Token) good(now time.Time, not connector.Secret) bool {
	return t.Value != "" && t.Value != not && (t.Until.IsZero() || now.Before(t.Until.Add(-tokenMargin)))
}

// ClientCredentials signs in with the grant of OAuth2 that needs no person (RFC 6749,
// 4.4). A refusal is 400 where the client is not known (5.2).
func ClientCredentials(path, id string, secret connector.Secret) *SignIn {
	return &SignIn{
		Call: Call{Op: "sign in", Method: http.MethodPost, Path: path, Form: url.Values{
			"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret.Reveal()},
		}, Judge: func(status int, _ []byte) *connector.Error {
			if status == http.StatusBadRequest {
				return &connector.Error{Class: connector.Denied, Why: "status 400: client_id or client_secret is not accepted"}
			}
			return nil
		}},
		Read: func(answer []byte, now time.Time) (Token, error) {
			var got struct {
				Token   string      `json:"access_token"`
				Type    string      `json:"token_type"`
				Seconds json.Number `json:"expires_in"`
				Error   any         `json:"error"`
			}
			if json.Unmarshal(answer, &got) == nil && got.Token == "" && got.Error != nil {
				return Token{}, &connector.Error{Class: connector.Denied, Why: "the sign-in is answered with an error: the credentials are not accepted"}
			}
			if json.Unmarshal(answer, &got) != nil || got.Token == "" || !strings.EqualFold(got.Type, "bearer") {
				return Token{}, drifted("no bearer token in the answer to the sign-in")
			}
			t := Token{Value: connector.Secret(got.Token)}
			if n, err := got.Seconds.Int64(); err == nil && n > 0 {
				t.Until = now.Add(time.Duration(n) * time.Second)
			}
			return t, nil
		},
	}
}

// Login signs in with a body of the system's own; the answer has a JSON Web Token
// under key. When it ends stands in the token (RFC 7519, 4.1.4).
func Login(path string, body any, key string) *SignIn {
	return &SignIn{
		Call: Call{Op: "sign in", Method: http.MethodPost, Path: path, JSON: body},
		Read: func(answer []byte, _ time.Time) (Token, error) {
			var got map[string]any
			_ = json.Unmarshal(answer, &got)
			text, _ := got[key].(string)
			if text == "" {
				return Token{}, drifted("no %s in the answer to the sign-in", key)
			}
			return Token{Value: connector.Secret(text), Until: endOf(text)}, nil
		},
	}
}

// endOf is when a JSON Web Token ends, as it says itself. The signature is the
// system's business.
func endOf(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	var got struct {
		End float64 `json:"exp"`
	}
	if err != nil || json.Unmarshal(claims, &got) != nil || got.End <= 0 {
		return time.Time{}
	}
	return time.Unix(int64(got.End), 0)
}

// tokens keeps the token of a client.
type tokens struct {
	how  *SignIn
	turn chan struct{} // whoever looks at the token holds it
	have Token
}

func newTokens(how *SignIn) *tokens {
	if how == nil {
		return nil
	}
	return &tokens{how: how, turn: make(chan struct{}, 1)}
}

// token returns the token, which is another one than not. It fetches one only when
// neither this process nor another has one that is good.
func (c *Client) token(ctx context.Context, not connector.Secret) (connector.Secret, error) {
	select {
	case c.tokens.turn <- struct{}{}:
		defer func() { <-c.tokens.turn }()
	case <-ctx.Done():
		return "", c.unsent("sign in", ctx.Err())
	}
	if c.tokens.have.good(c.cfg.Host.Now(), not) {
		return c.tokens.have.Value, nil
	}
	key := "token:" + c.cfg.PaceKey
	release, err := c.cfg.Host.Exclusive(ctx, key)
	if err != nil {
		return "", c.unsent("sign in", err)
	}
	defer release()
	sealed, err := c.cfg.Host.GetSecret(ctx, key)
	if err != nil {
		return "", c.unsent("sign in", err)
	}
	signer, err := c.signer(ctx)
	if err != nil {
		return "", err
	}
	var kept struct {
		Value  string
		Until  time.Time
		Signer []byte
	}
	if json.Unmarshal(sealed, &kept) == nil && bytes.Equal(kept.Signer, signer) {
		if t := (Token{connector.Secret(kept.Value), kept.Until}); t.good(c.cfg.Host.Now(), not) {
			c.tokens.have = t
			return t.Value, nil
		}
	}
	t, err := c.fetchToken(ctx)
	if err != nil {
		return "", err
	}
	c.tokens.have, kept.Value, kept.Until, kept.Signer = t, t.Value.Reveal(), t.Until, signer
	if sealed, err = json.Marshal(kept); err == nil {
		err = c.cfg.Host.PutSecret(ctx, key, sealed)
	}
	if err != nil {
		return "", c.unsent("sign in", err)
	}
	return t.Value, nil
}

// signer is a digest of where and with which credentials the client signs in. It is
// kept with the token, sealed: a token of the site or the account that the settings
// named before must not go to another.
func (c *Client) signer(ctx context.Context) ([]byte, error) {
	call := c.tokens.how.Call
	body, contentType, err := encode(call)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: encode: %w", c.cfg.System, call.Op, err)
	}
	req, err := c.request(ctx, call, body, contentType)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	if _, err := io.WriteString(h, c.base.String()+"\n"); err != nil {
		return nil, err
	}
	if err := req.Write(h); err != nil {
		return nil, fmt.Errorf("%s: %s: encode: %w", c.cfg.System, call.Op, err)
	}
	return h.Sum(nil), nil
}

// fetchToken signs in. What is refused there are the credentials, and what is not there
// is the way to sign in: neither says anything of the record that the call is about.
func (c *Client) fetchToken(ctx context.Context) (Token, error) {
	var raw Raw
	call := c.tokens.how.Call
	call.Into = &raw
	if _, err := c.send(ctx, call, ""); err != nil {
		if e, ok := errors.AsType[*connector.Error](err); ok {
			switch e.Class {
			case connector.Rejected:
				e.Class = connector.Denied
			case connector.NotFound, connector.Drifted: // as of a page that takes no POST
				e.Class, e.Why = connector.Drifted, e.Why+", there is nothing to sign in at"+wrongBase
			}
		}
		return Token{}, err
	}
	t, err := c.tokens.how.Read(raw.Bytes, c.cfg.Host.Now())
	what, _ := before(raw.Bytes)
	switch page := ofPage(raw.ContentType); {
	case err == nil:
	case page != "":
		err = drifted("answer of type %q to the sign-in%s", raw.ContentType, page)
	case what != "":
		err = drifted("%s", what)
	}
	if err != nil {
		return Token{}, c.failed(call, err)
	}
	return t, nil
}
