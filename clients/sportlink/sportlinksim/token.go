package sportlinksim

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// token is the OpenID Connect token endpoint: codes with PKCE, and refreshing.
func (s *Sim) token(w http.ResponseWriter, r *http.Request) {
	s.allow(w)
	if err := r.ParseForm(); err != nil || r.PostForm.Get("client_id") != clientID {
		oauthError(w, "invalid_client", "Invalid client or Invalid client credentials")
		return
	}
	if r.PostForm.Get("grant_type") == "refresh_token" && s.Fault(r, "refresh-fails") {
		oauthError(w, "invalid_grant", "Token is not active")
		return
	}
	s.Lock()
	defer s.Unlock()
	var x *session
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		code := r.PostForm.Get("code")
		g := s.idm.grants[code]
		delete(s.idm.grants, code) // one use, good or not
		switch {
		case g == nil || !s.Now().Before(g.until) || !s.alive(g.session):
			oauthError(w, "invalid_grant", "Code not valid")
			return
		case g.redirect != r.PostForm.Get("redirect_uri"):
			oauthError(w, "invalid_grant", "Incorrect redirect_uri")
			return
		case g.challenge != challenge(r.PostForm.Get("code_verifier")):
			oauthError(w, "invalid_grant", "PKCE verification failed")
			return
		}
		x = g.session
	case "refresh_token":
		old := r.PostForm.Get("refresh_token")
		x = s.idm.refresh[old]
		if !s.alive(x) {
			oauthError(w, "invalid_grant", "Token is not active")
			return
		}
		delete(s.idm.refresh, old)
	default:
		oauthError(w, "unsupported_grant_type", "Unsupported grant_type")
		return
	}
	refresh := rand.Text()
	s.idm.refresh[refresh] = x
	answer(w, http.StatusOK, map[string]any{
		"access_token":       s.newToken(s.idm.access, x),
		"expires_in":         int(time.Duration(s.settings.AccessLife).Seconds()),
		"refresh_token":      refresh,
		"refresh_expires_in": int(x.until.Sub(s.Now()).Seconds()),
		"token_type":         "Bearer",
		"scope":              "openid",
	})
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func oauthError(w http.ResponseWriter, code, text string) {
	answer(w, http.StatusBadRequest, map[string]string{"error": code, "error_description": text})
}

// allow lets the club's pages call the token endpoint from their own origin.
func (s *Sim) allow(w http.ResponseWriter) {
	w.Header().Set("Access-Control-Allow-Origin", s.Address("club"))
	w.Header().Set("Vary", "Origin")
}

func (s *Sim) preflight(w http.ResponseWriter, _ *http.Request) {
	s.allow(w)
	w.Header().Set("Access-Control-Allow-Methods", "POST")
	w.Header().Set("Access-Control-Allow-Headers", "content-type")
	w.WriteHeader(http.StatusNoContent)
}

// linkToPerson swaps the provider's token for the club's own, which all other
// calls want (docs/systems/sportlink.md, "Sign-in", 2026-04).
func (s *Sim) linkToPerson(w http.ResponseWriter, r *http.Request) {
	if s.Fault(r, "no-rights") {
		refuse(w, http.StatusForbidden, "Geen rechten")
		return
	}
	var in struct{ ClubId, UnionId string } //nolint:revive // the site's names
	body, _ := io.ReadAll(r.Body)
	if json.Unmarshal(body, &in) != nil || in.ClubId != s.clubID {
		refuse(w, http.StatusBadRequest, "Ongeldige vereniging")
		return
	}
	s.Lock()
	defer s.Unlock()
	t := s.idm.access[bearer(r)]
	if !s.valid(t) {
		refuse(w, http.StatusUnauthorized, "Niet geautoriseerd")
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"ClubId": s.clubID, "UnionId": in.UnionId,
		"TokenObject": map[string]any{
			"accessToken":         s.newToken(s.idm.bearers, t.session),
			"refreshToken":        rand.Text(),
			"expirationTimestamp": s.Now().Add(time.Duration(s.settings.AccessLife)).UnixMilli(),
		},
	})
}

// answer writes JSON.
func answer(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "json", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(data)
}

// refuse writes an error as the site does: {"Error", "Message"}.
func refuse(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]any{"Error": status, "Message": message})
}
