package runsignup

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
)

// overlap is how far a listing of what has changed reaches back behind its mark. RunSignup
// itself advises 10 seconds (docs/systems/runsignup.md, 2026-11).
const overlap = 2 * time.Minute

// sweep lists registrations, event by event in the order of their ids: first all who take
// part, then those who do so no longer, so that the registration to which somebody was
// transferred is known before the old one goes.
type sweep struct {
	*account
	// take makes rows of one registration.
	take func(ctx context.Context, rows *resource.Rows, at place, f found) error
}

// place is an event of a link.
type place struct {
	link  Race
	event string
	gone  bool
}

func (a *account) places() []place {
	var out []place
	for _, gone := range []bool{false, true} {
		for _, link := range a.cfg.Races {
			for _, e := range link.Events {
				out = append(out, place{link, strconv.FormatInt(e.EventID, 10), gone})
			}
		}
	}
	return out
}

// span is what is left of a listing. Times are RunSignup's own, in seconds: since is the
// mark that it begins from, latest the last change that it has seen, limit when it began,
// behind which its own mark stays.
type span struct{ n, after, since, latest, limit int64 }

func (s sweep) page(ctx context.Context, at connector.Cursor) (resource.Rows, error) {
	const op = "list registrations"
	places := s.places()
	p, ok := s.position(at, len(places))
	if !ok {
		return resource.Rows{}, wrong(connector.Drifted, op, "a cursor that is not ours", "")
	}
	in := places[p.n]
	q := ask{op: op, link: in.link, event: in.event, gone: in.gone, after: p.after, size: perPage}
	if p.since > 0 {
		q.since = max(1, p.since-int64(overlap.Seconds()))
	}
	got, err := s.rows(ctx, q)
	if err != nil {
		return resource.Rows{}, err
	}
	if p.limit == 0 {
		if p.limit = got.clock.Unix(); got.clock.IsZero() {
			p.limit = s.host.Now().Unix()
		}
	}
	rows := resource.Rows{Evidence: connector.Evidence{SignedIn: true, Filters: true}}
	for _, f := range got.rows {
		if err := s.take(ctx, &rows, in, f); err != nil {
			return resource.Rows{}, err
		}
		p.after, p.latest = f.id, max(p.latest, f.modified)
	}
	if len(got.rows) < perPage {
		p.n, p.after = p.n+1, 0
	}
	if rows.Evidence.End = p.n == int64(len(places)); rows.Evidence.End {
		p = span{since: max(p.since, min(p.latest, p.limit))}
	}
	rows.Next = s.cursor(p)
	return rows, nil
}

// scope are the events that a cursor is about: what has changed since it says nothing of
// an event that was linked later.
func (a *account) scope() string {
	var ids []string
	for _, p := range a.places() {
		ids = append(ids, p.event)
	}
	return strings.Join(ids[:len(ids)/2], ",")
}

func (a *account) cursor(p span) connector.Cursor {
	if p == (span{}) {
		return "" // nothing was there: all is listed again
	}
	v := url.Values{"events": {a.scope()}}
	for name, n := range map[string]int64{"n": p.n, "after": p.after, "since": p.since, "latest": p.latest, "limit": p.limit} {
		if n > 0 {
			v.Set(name, strconv.FormatInt(n, 10))
		}
	}
	return connector.Cursor(v.Encode())
}

func (a *account) position(at connector.Cursor, places int) (p span, ok bool) {
	v, err := url.ParseQuery(string(at))
	if err != nil {
		return p, false
	}
	if at == "" || v.Get("events") != a.scope() && v.Has("events") {
		return span{}, true
	}
	ok = v.Has("events")
	for name, into := range map[string]*int64{"n": &p.n, "after": &p.after, "since": &p.since, "latest": &p.latest, "limit": &p.limit} {
		if v.Has(name) {
			n, err := strconv.ParseInt(v.Get(name), 10, 64)
			*into, ok = n, ok && err == nil && n > 0
		}
	}
	return p, ok && p.n < int64(places)
}
