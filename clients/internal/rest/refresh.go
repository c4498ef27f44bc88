package rest

import "github.com/touchline-sync/touchline/sync/connector"

// RefreshGrant signs in with what a person has granted once and for all (RFC 6749, 6).
func RefreshGrant(path, id string, secret, refresh connector.Secret) *SignIn {
	in := ClientCredentials(path, id, secret)
	in.Call.Form.Set("grant_type", "refresh_token")
	in.Call.Form.Set("refresh_token", refresh.Reveal())
	return in
}
