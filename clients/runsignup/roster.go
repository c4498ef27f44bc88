package runsignup

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// roster knows which registrations of an event have had which name. It says who may be
// meant; the registration itself says who it is.
type roster struct {
	resource.Recall

	mu  sync.Mutex
	ids map[string]map[record.ExternalID]bool // by name, in small letters
}

// rosterAge is how long a roster is gone on with: whether a person's own change of name
// counts as one of the registration is not known (docs/systems/runsignup.md, 2026-11).
const rosterAge = time.Hour

// roster returns that of an event.
func (a *account) roster(all *resource.Resource[entry], at place) *roster {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.rosters == nil {
		a.rosters = map[string]*roster{}
	}
	if a.rosters[at.event] == nil {
		a.rosters[at.event] = &roster{Recall: resource.Recall{Page: a.sweep(all, []place{at}, asked, asShown).Page, Age: rosterAge}}
	}
	return a.rosters[at.event]
}

// search returns the registrations of an event under a name, as they stand now: RunSignup
// finds none by a name.
func (a *account) search(ctx context.Context, op string, want record.Fields) (out []json.RawMessage, err error) {
	op += " registration"
	link, ok := a.linked(want[participant.Race])
	if !ok {
		return nil, nil
	}
	all := a.participants()
	r := a.roster(all, place{link: link, event: want[participant.Race]})
	r.mu.Lock()
	defer r.mu.Unlock()
	err = r.Update(ctx, a.host.Now(), func() { r.ids = map[string]map[record.ExternalID]bool{} }, func(raw json.RawMessage) {
		item, _, _ := all.Decode(raw)
		name := nameOf(item.Fields)
		if r.ids[name] == nil {
			r.ids[name] = map[record.ExternalID]bool{}
		}
		r.ids[name][item.ID] = true
	})
	if err != nil {
		return nil, err
	}
	for id := range r.ids[nameOf(want)] {
		at, n, err := a.parse(op, id)
		if err != nil {
			return nil, err
		}
		f, err := a.lookup(ctx, op, at, n)
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
