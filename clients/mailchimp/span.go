package mailchimp

import (
	"net/url"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
)

// behind is how far a listing of what has changed reaches back behind the last change
// that was seen: a change may be shown a little later than it is dated. What comes
// again is known.
const behind = 2 * time.Minute

// span is what is left of a listing. All times are MailChimp's own: the time of the
// last change that a listing has seen is where the next one begins.
type span struct {
	since, latest time.Time // since zero: all are listed
	offset        int
}

// saw takes in when a contact was changed.
func (s *span) saw(c *contact) { s.latest = later(s.latest, c.changedAt()) }

func (s *span) query() url.Values {
	q := url.Values{}
	if s.latest = later(s.latest, s.since); !s.since.IsZero() {
		q.Set("since_last_changed", s.since.Add(-behind).UTC().Format(time.RFC3339))
	}
	return q
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (s span) cursor() connector.Cursor {
	v := url.Values{}
	for name, t := range map[string]time.Time{"since": s.since, "latest": s.latest} {
		if !t.IsZero() {
			v.Set(name, strconv.FormatInt(t.Unix(), 10))
		}
	}
	if s.offset > 0 {
		v.Set("offset", strconv.Itoa(s.offset))
	}
	return connector.Cursor(v.Encode())
}

func parseSpan(c connector.Cursor) (s span, ok bool) {
	v, err := url.ParseQuery(string(c))
	ok = err == nil
	for name := range v {
		n, err := strconv.ParseInt(v.Get(name), 10, 64)
		ok = ok && err == nil && n > 0
		switch name {
		case "since":
			s.since = time.Unix(n, 0)
		case "latest":
			s.latest = time.Unix(n, 0)
		case "offset":
			s.offset = int(n)
		default:
			ok = false
		}
	}
	return s, ok
}
