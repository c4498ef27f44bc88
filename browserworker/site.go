package browserworker

import (
	"context"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// Site is what a connector tells of its site and of one account there.
type Site struct {
	System record.System
	// Account names the account in keys that all processes share. It is no
	// natural key: a digest will do.
	Account string
	Host    connector.Host
	// Sources are the only places that a page may reach, such as
	// "https://club.example.org" or "https://*.example.org".
	Sources []string
	// Credentials tells those of the settings from others, by a digest. Those that
	// were refused are not sent again and again.
	Credentials string
	// SignIn signs in on a page without cookies. Refused credentials are
	// Denied: the pool counts them.
	SignIn func(context.Context, Page) error
	// Probe tells whether the page is signed in, by asking the site.
	Probe func(context.Context, Page) (bool, error)
	// AtSignIn tells, without a call to the site, whether the page shows a
	// sign-in page, of which the ids alone are taken as evidence.
	AtSignIn func(context.Context, Page) (bool, error)
	// Own are selectors by which a signed-in page is known, Marks those of the
	// site's pages that are in the way. Both may be empty.
	Own   string
	Marks Marks
	// Selectors are those that the connector uses besides: of the ids on a page that is
	// taken as evidence their words stay, since they are no data.
	Selectors []string
	// Blocked are addresses below Sources that no page may load all the same, such as
	// a script that takes a table apart.
	Blocked []string
	// Downloads says that pages may give files to be kept.
	Downloads bool
	// Warm is for how long after a use that ended well the session is taken for signed in,
	// and not probed: its uses open their pages themselves, and find out where it is not. 0:
	// each use is probed, and begins on the page that Probe has opened.
	Warm time.Duration
	// Timeout is how long one call on a page may take; 0: as the pool has it.
	// SignInTimeout is what a whole sign-in may take when the pool gives less.
	Timeout, SignInTimeout time.Duration

	Locale, TimeZone, UserAgent string // empty: the browser's own
}

// session names the session of the account in this process. Its pages reach what it was
// begun with: the same account with other sources has another one.
func (s Site) session() string { return s.Account + " " + strings.Join(s.Sources, " ") }

// known are all selectors that the site is known by, in one text.
func (s Site) known() string {
	all := append([]string{s.Own}, s.Selectors...)
	for _, selector := range s.Marks {
		all = append(all, selector)
	}
	return strings.Join(all, " ")
}
