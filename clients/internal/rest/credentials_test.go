package rest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

func TestCredentialsFaults(t *testing.T) {
	t.Parallel()
	client := rest.Credentials{ClientID: "c", ClientSecret: "s"}
	user := rest.Credentials{Username: "u", Password: "p"}
	both := rest.Credentials{ClientID: "c", ClientSecret: "s", Username: "u", Password: "p"}
	for c, ok := range map[rest.Credentials]bool{
		client: true, user: true, both: false, {}: false,
		{ClientID: "c"}: false, {ClientSecret: "s"}: false, {Username: "u"}: false, {Password: "p"}: false,
	} {
		if err := c.Faults(); (err == nil) != ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// Either is what goes along with a call; a client that is refused is Denied.
func TestCredentials(t *testing.T) {
	t.Parallel()
	for _, c := range []rest.Credentials{{ClientID: "c", ClientSecret: "s"}, {Username: "u", Password: "p"}, {ClientID: "c", ClientSecret: "wrong"}} {
		b := setup(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if r.URL.Path == "/token" {
				if r.FormValue("client_secret") != "s" {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				_, _ = fmt.Fprint(w, `{"access_token":"t","token_type":"Bearer"}`)
				return
			}
			user, password, _ := r.BasicAuth()
			if user+password != "up" && r.Header.Get("Authorization") != "Bearer t" {
				w.WriteHeader(http.StatusUnauthorized)
			}
		}, func(cfg *rest.Config) {
			c.Sign(cfg, "/token")
		})
		_, err := b.Do(t.Context(), rest.Call{Op: "get it", Path: "/it"})
		if wrong := c.ClientSecret == "wrong"; wrong != (connector.ClassOf(err) == connector.Denied) || !wrong && err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
