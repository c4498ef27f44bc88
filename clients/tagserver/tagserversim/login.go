package tagserversim

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// How long a token is good where nothing is set (docs/systems/tagserver.md, "Login").
const (
	life       = 24 * time.Hour
	rememberMe = 30 * 24 * time.Hour
)

// authenticate is POST /api/authenticate.
func (s *sim) authenticate(r *http.Request) (int, any, error) {
	var in struct {
		User     string `json:"username"`
		Password string `json:"password"`
		Remember bool   `json:"rememberMe"`
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(body, &in) != nil {
		return 0, nil, unreadable
	}
	if in.User != s.user || in.Password != s.password {
		return 0, nil, &refusal{status: http.StatusUnauthorized, title: "Unauthorized", detail: "Bad credentials", message: "error.http.401"}
	}
	lasts := life
	switch {
	case s.settings.Life > 0:
		lasts = time.Duration(s.settings.Life) * time.Second
	case in.Remember:
		lasts = rememberMe
	}
	token := s.token(s.Now().Add(lasts))
	return http.StatusOK, headed(map[string]string{"id_token": token}, "Authorization", "Bearer "+token), nil
}

// signedIn is GET /api/authenticate.
func (s *sim) signedIn(r *http.Request) (int, any, error) {
	in := s.enter(r) == nil
	switch {
	case s.settings.Version == 7:
		name := ""
		if in {
			name = s.user
		}
		return http.StatusOK, headed([]byte(name), "Content-Type", "text/plain;charset=UTF-8"), nil
	case !in:
		return 0, nil, unsigned
	}
	return http.StatusNoContent, nil, nil
}

// token is a JSON Web Token that ends at a time, signed with the secret of this start.
func (s *sim) token(until time.Time) string {
	part := func(v any) string {
		b, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	head := part(map[string]string{"alg": "HS512"}) + "." + part(map[string]any{
		"sub": s.user, "exp": until.Unix(), "auth": "ROLE_USER", "iat": s.Now().Unix(),
	})
	return head + "." + s.signature(head)
}

func (s *sim) signature(head string) string {
	mac := hmac.New(sha512.New, fmt.Appendf(nil, "invented-secret-%d-%d", s.options.Seed, s.settings.Starts))
	mac.Write([]byte(head))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// enter refuses who is not signed in, or may not write.
func (s *sim) enter(r *http.Request) error {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	at := strings.LastIndexByte(token, '.')
	if at < 0 || !hmac.Equal([]byte(s.signature(token[:at])), []byte(token[at+1:])) {
		return unsigned
	}
	_, body, _ := strings.Cut(token[:at], ".")
	claims, err := base64.RawURLEncoding.DecodeString(body)
	var got struct {
		Until int64 `json:"exp"`
	}
	if err != nil || json.Unmarshal(claims, &got) != nil || s.Now().Unix() >= got.Until {
		return unsigned
	}
	if s.settings.ReadOnly && r.Method != http.MethodGet {
		return forbidden
	}
	return nil
}
