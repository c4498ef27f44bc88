package runsignup

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// roster knows which registrations of an event had which name, so that a search reads
// what has changed since the last one in place of all. It says who may be meant; the
// registration itself says who it is.
type roster struct {
	mu     sync.Mutex
	ids    map[string]map[int64]bool // by name, in small letters
	latest int64                     // the last change that was seen, by RunSignup's clock
	begun  time.Time
}

// rosterAge is how long a roster is gone on with: whether a person's own change of name
// counts as one of the registration is not known (docs/systems/runsignup.md, 2026-11).
const rosterAge = time.Hour

// roster returns that of an event.
func (a *account) roster(event string) *roster {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.rosters == nil {
		a.rosters = map[string]*roster{}
	}
	if a.rosters[event] == nil {
		a.rosters[event] = &roster{}
	}
	return a.rosters[event]
}

// named are the registrations of an event under a name, as they stand now.
func (a *account) named(ctx context.Context, op string, link Race, event string, want record.Fields) ([]json.RawMessage, error) {
	r, all := a.roster(event), a.participants()
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := a.host.Now(); r.ids == nil || now.Sub(r.begun) > rosterAge {
		r.ids, r.latest, r.begun = map[string]map[int64]bool{}, 0, now
	}
	q, latest, limit := ask{op: op, link: link, event: event, size: perPage}, r.latest, int64(0)
	if latest > 0 {
		q.since = max(1, latest-int64(overlap.Seconds()))
	}
	for {
		got, err := a.rows(ctx, q)
		if err != nil {
			return nil, err
		}
		if limit == 0 {
			limit = max(1, got.clock.Unix())
		}
		for _, f := range got.rows {
			item, _, _ := all.Decode(f.raw)
			name := nameOf(item.Fields)
			if r.ids[name] == nil {
				r.ids[name] = map[int64]bool{}
			}
			r.ids[name][f.id], q.after, latest = true, f.id, max(latest, f.modified)
		}
		if len(got.rows) < perPage {
			break
		}
	}
	r.latest = min(latest, limit)
	var out []json.RawMessage
	for id := range r.ids[nameOf(want)] {
		f, err := a.lookup(ctx, op, link, event, id, false)
		if err != nil {
			return nil, err
		}
		if f != nil {
			out = append(out, f.raw)
		}
	}
	return out, nil
}

func nameOf(f record.Fields) string {
	return strings.ToLower(f[participant.FirstName] + "\n" + f[participant.LastName])
}
