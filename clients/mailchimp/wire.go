package mailchimp

import (
	"crypto/md5" //nolint:gosec // MailChimp's own key of a contact
	"encoding/hex"
	"net/http"
	"net/url"

	"github.com/touchline-sync/touchline/sync/connector"
)

// problem is an error document.
type problem struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Field string `json:"field"`
	} `json:"errors"`
}

// basic puts the key on a request, as the password of any user.
func basic(key connector.Secret) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth("touchline", key.Reveal()) }
}

// hash is the key of an address on a list (docs/systems/mailchimp.md,
// "Identity").
func hash(address string) string {
	sum := md5.Sum([]byte(mailbox(address))) //nolint:gosec // MailChimp's own key
	return hex.EncodeToString(sum[:])
}

// path is the path of the list, or of something below it.
func (a *audience) path(below string) string {
	return "/3.0/lists/" + url.PathEscape(a.cfg.ListID) + below
}

// of is the path of one contact, by its contact_id or hash.
func (a *audience) of(id string) string { return a.path("/members/" + url.PathEscape(id)) }
