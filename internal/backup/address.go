package backup

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

// keyword is a password in an address that is made of keywords.
var keyword = regexp.MustCompile(`(^|\s)password\s*=\s*('(?:\\.|[^'\\])*'|(?:\\.|\S)*)`)

// withoutPassword takes the password out of an address that pgx can read.
func withoutPassword(address string) (public, password string) {
	cfg, err := pgx.ParseConfig(address)
	if err != nil {
		return address, "" // it was connected to before
	}
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return keyword.ReplaceAllString(address, "$1"), cfg.Password
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	q.Del("password")
	u.RawQuery = q.Encode()
	return u.String(), cfg.Password
}
