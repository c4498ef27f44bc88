package runsignup

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// rosterAge is how long a roster is gone on with: whether a person's own change of name
// counts as one of the registration is not known (docs/systems/runsignup.md, 2026-11).
const rosterAge = time.Hour

// newRosters are the registrations of each linked event by name: RunSignup finds none so.
func (a *account) newRosters() map[string]*resource.Index {
	out := map[string]*resource.Index{}
	for _, at := range a.places() {
		if !at.gone {
			out[at.event] = &resource.Index{
				Recall: resource.Recall{Page: a.sweep(a.entries, []place{at}, asked, asShown).Page, Age: rosterAge},
				Text: func(raw json.RawMessage) (record.ExternalID, string) {
					item, _, _ := a.entries.Decode(raw)
					return item.ID, nameOf(item.Fields)
				},
			}
		}
	}
	return out
}

// search returns the registrations of an event under a name, as they stand now.
func (a *account) search(ctx context.Context, op string, want record.Fields) (out []json.RawMessage, err error) {
	op += " registration"
	roster := a.rosters[want[participant.Race]]
	if roster == nil {
		return nil, nil // not linked
	}
	ids, err := roster.Find(ctx, a.host.Now(), nameOf(want))
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		at, n, err := a.parse(op, id)
		if err != nil {
			return nil, err
		}
		f, err := a.seek(ctx, op, n, at)
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
