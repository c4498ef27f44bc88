package runsignup

import (
	"context"
	"encoding/json"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/participant"
	"github.com/touchline-sync/touchline/sync/record/race"
)

// participants are the registrations, each once for every event that it stands in: a
// bundle is one registration, with one bib, in several. One that was ended is shown as not
// active; one that was undone is gone, and one that was transferred goes on under another
// id where it is the same person's.
func (a *account) participants() *resource.Resource[entry] {
	r := &resource.Resource[entry]{
		System: System,
		Collection: connector.Collection{
			Kind: participant.Kind, Place: Participants, View: "all", Complete: true, Excludes: a.newcomer, Keeps: a.keeps,
			Required: []record.Field{participant.Race, participant.FirstName, participant.LastName},
			Refs: map[record.Field]connector.Ref{
				participant.Event: {Kind: event.Kind}, participant.Person: {Kind: eventperson.Kind},
				participant.Race: {Kind: race.Kind, Required: true},
			},
		},
		Table: entries, Reading: a.spec(participant.Types), Sending: a.spec(participant.Types),
		IDKey: "key", Requires: []string{"user"}, Check: (*entry).settle, Changed: (*entry).changed,
		Refuses: a.refuses, Holds: a.holds, Mine: samePerson, MayBe: mayBe, KeepsEdits: true, Overlaps: true,
		Calls: resource.Calls[entry]{Get: a.getEntry, Search: a.search, Create: a.add, Update: a.edit, Delete: a.remove},
	}
	r.Page = a.sweep(r, a.places(), a.ahead.Then, a.take).Page
	return r
}

// newcomer says why who is not at RunSignup is not to be registered there: there they
// would count as somebody who takes part.
func (a *account) newcomer(fields record.Fields) (why string) {
	if why = a.excludes(participant.Race, Race.hasRace)(fields); why == "" && fields[participant.Active] == "false" {
		why = "has withdrawn"
	}
	return why
}

// take shows a registration that a listing has come to.
func (a *account) take(ctx context.Context, rows *resource.Rows, f found) error {
	if f.unknown {
		return asShown(ctx, rows, f)
	}
	removal, err := a.ended(ctx, f)
	switch {
	case removal != nil:
		rows.Removed = append(rows.Removed, *removal)
		return nil
	case connector.ClassOf(err) == connector.Rejected: // whose it goes on as is not known
		f.raw, err = with(json.RawMessage("{}"), map[string]string{"key": string(f.key(f.id))}), nil
	}
	rows.Records = append(rows.Records, f.raw)
	return err
}

// ended says of a registration that it is gone as such; nil: it is there, active or not.
func (a *account) ended(ctx context.Context, f found) (*connector.Removal, error) {
	switch f.reason {
	case "cleared":
		return &connector.Removal{ID: f.key(f.id), Reason: "cleared"}, nil
	case "transferred":
		next, err := a.successor(ctx, f)
		if next != "" && err == nil {
			return &connector.Removal{ID: f.key(f.id), Reason: record.Moved, Successor: next}, nil
		}
		return nil, err
	}
	return nil, nil
}

// hops is how often in a row somebody may be transferred.
const hops = 10

// successor is the registration in which the same person goes on; empty where it is
// somebody else's, or nobody's any more. Of a bundle each part goes on in its own event.
func (a *account) successor(ctx context.Context, f found) (record.ExternalID, error) {
	const op = "follow a transfer"
	id := f.next
	for range hops {
		next, err := a.seek(ctx, op, id, f.near()...)
		switch {
		case err != nil, next == nil, next.user != f.user, next.gone && next.next == 0:
			return "", err
		case next.gone:
			id = next.next
			continue
		case next.event != f.event:
			part, err := a.seek(ctx, op, f.id, place{f.link, next.event, true})
			if part != nil || err != nil {
				return "", err
			}
		}
		return next.key(next.id), nil
	}
	return "", nil
}

func (a *account) getEntry(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	op += " registration"
	at, n, err := a.parse(op, id)
	if err != nil {
		return nil, err
	}
	f, err := a.seek(ctx, op, n, at.near()[:2]...)
	switch {
	case err != nil:
		return nil, err
	case f == nil:
		return nil, wrong(connector.NotFound, op, "not there", "")
	}
	removal, err := a.ended(ctx, *f)
	if err != nil || removal == nil {
		return f.raw, err
	}
	e := wrong(connector.NotFound, op, string(removal.Reason), "")
	e.Successor = removal.Successor
	return nil, e
}
