package rest

import (
	"errors"
	"net/http"

	"github.com/touchline-sync/touchline/sync/connector"
)

// Credentials are how an operator signs in at a system that takes either of two: a
// client of OAuth2, or a user by HTTP Basic. A connector embeds them in its settings
// (mapstructure:",squash").
type Credentials struct {
	// ClientID and ClientSecret are those of a client with the grant client_credentials.
	ClientID     string           `mapstructure:"client_id"`
	ClientSecret connector.Secret `mapstructure:"client_secret"`
	// Username and Password are those of a user.
	Username string           `mapstructure:"username"`
	Password connector.Secret `mapstructure:"password"`
}

// Faults says what is wrong with them, or nil.
func (c Credentials) Faults() error {
	client, user := c.ClientID != "" || c.ClientSecret != "", c.Username != "" || c.Password != ""
	switch {
	case client == user:
		return errors.New("want either client_id and client_secret, or username and password")
	case client && (c.ClientID == "" || c.ClientSecret == ""):
		return errors.New("client_id or client_secret is missing")
	case user && (c.Username == "" || c.Password == ""):
		return errors.New("username or password is missing")
	}
	return nil
}

// Sign makes a client sign in by them. Path is where a token is had.
func (c Credentials) Sign(cfg *Config, path string) {
	if c.ClientID == "" {
		cfg.Authorize = func(r *http.Request) { r.SetBasicAuth(c.Username, c.Password.Reveal()) }
		return
	}
	cfg.SignIn = ClientCredentials(path, c.ClientID, c.ClientSecret)
}
