package runsignup

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

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
	list := sweep{account: a, take: a.take}
	return &resource.Resource[entry]{
		System: System,
		Collection: connector.Collection{
			Kind: participant.Kind, Place: Participants, View: "all", Complete: true, Excludes: a.excludes(participant.Race, Race.hasRace), Keeps: a.keeps,
			Required: []record.Field{participant.Race, participant.FirstName, participant.LastName},
			Refs: map[record.Field]connector.Ref{
				participant.Event: {Kind: event.Kind}, participant.Person: {Kind: eventperson.Kind},
				participant.Race: {Kind: race.Kind, Required: true},
			},
		},
		Table: entries, Reading: a.spec(participant.Types), Sending: a.spec(participant.Types),
		IDKey: "key", Requires: []string{"user"}, Check: (*entry).settle,
		Changed: func(e *entry) time.Time { return unix(e.Modified) },
		Refuses: a.refuses, Holds: a.holds, Mine: samePerson, KeepsEdits: true, Overlaps: true,
		Calls: resource.Calls[entry]{
			Page: list.page, Get: a.getEntry, Search: a.search,
			Create: a.add, Update: a.edit, Delete: a.remove,
		},
	}
}

// take shows a registration that a listing has come to.
func (a *account) take(ctx context.Context, rows *resource.Rows, at place, f found) error {
	removal, err := a.ended(ctx, at, f)
	switch {
	case err != nil:
		return err
	case removal != nil:
		rows.Removed = append(rows.Removed, *removal)
	default:
		rows.Records = append(rows.Records, f.raw)
	}
	return nil
}

// ended says of a registration that it is gone as such; nil: it is there, active or not.
func (a *account) ended(ctx context.Context, at place, f found) (*connector.Removal, error) {
	gone := &connector.Removal{ID: key(at.event, f.id), Reason: record.Reason(f.reason)}
	switch f.reason {
	case "cleared":
		return gone, nil
	case "transferred":
		next, err := a.successor(ctx, at, f)
		if gone.Successor, gone.Reason = next, record.Moved; next != "" || err != nil {
			return gone, err
		}
	}
	return nil, nil
}

// hops is how often in a row somebody may be transferred.
const hops = 10

// successor is the registration in which the same person goes on; empty where it is
// somebody else's, or nobody's any more.
func (a *account) successor(ctx context.Context, at place, f found) (record.ExternalID, error) {
	const op = "follow a transfer"
	for range hops {
		var last *found
		for _, e := range a.near(at) {
			next, err := a.lookup(ctx, op, at.link, e, f.next, false)
			if err != nil {
				return "", err
			}
			if next != nil {
				beside, err := a.beside(ctx, op, at, e, f.id)
				if err != nil || beside || next.user != f.user {
					return "", err
				}
				return key(e, next.id), nil
			}
			if last, err = a.lookup(ctx, op, at.link, e, f.next, true); err != nil {
				return "", err
			}
			if last != nil {
				break
			}
		}
		if last == nil || last.user != f.user || last.next == 0 {
			return "", nil
		}
		f.next = last.next
	}
	return "", nil
}

// near are the events of a link, that of the place first.
func (a *account) near(at place) []string {
	out := []string{at.event}
	for _, e := range at.link.Events {
		if id := strconv.FormatInt(e.EventID, 10); id != at.event {
			out = append(out, id)
		}
	}
	return out
}

// beside reports whether a registration stood in another event as well: of a bundle each
// part goes on in its own.
func (a *account) beside(ctx context.Context, op string, at place, event string, id int64) (bool, error) {
	if event == at.event {
		return false, nil
	}
	other, err := a.lookup(ctx, op, at.link, event, id, true)
	return other != nil, err
}

// key is the remote id of a registration in an event.
func key(event string, id int64) record.ExternalID {
	return record.ExternalID(event + "-" + strconv.FormatInt(id, 10))
}

// parse takes a remote id apart.
func (a *account) parse(op string, id record.ExternalID) (at place, n int64, err error) {
	event, number, _ := strings.Cut(string(id), "-")
	if n, err = strconv.ParseInt(number, 10, 64); err != nil || n <= 0 {
		return at, 0, wrong(connector.NotFound, op, "not an id", "")
	}
	link, ok := a.linked(event)
	if !ok {
		// Nobody is gone since a race is no longer looked at.
		return at, 0, wrong(connector.Rejected, op, "its event is no longer linked in systems.runsignup.races", "")
	}
	return place{link: link, event: event}, n, nil
}

func (a *account) getEntry(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	op += " registration"
	at, n, err := a.parse(op, id)
	if err != nil {
		return nil, err
	}
	for _, gone := range []bool{false, true} {
		at.gone = gone
		f, err := a.lookup(ctx, op, at.link, at.event, n, gone)
		if err != nil {
			return nil, err
		}
		if f == nil {
			continue
		}
		removal, err := a.ended(ctx, at, *f)
		if err != nil || removal == nil {
			return f.raw, err
		}
		e := wrong(connector.NotFound, op, string(removal.Reason), "")
		e.Successor = removal.Successor
		return nil, e
	}
	return nil, wrong(connector.NotFound, op, "not there", "")
}

// search looks through the registrations of an event, since RunSignup finds none by a
// name. Where somebody may be the one who is wanted, and need not be, a person decides.
func (a *account) search(ctx context.Context, op string, want record.Fields) ([]json.RawMessage, error) {
	op += " registration"
	link, ok := a.linked(want[participant.Race])
	if !ok {
		return nil, nil
	}
	want = a.spec(participant.Types)().Sent(want)
	found, err := a.named(ctx, op, link, want[participant.Race], want)
	if err != nil {
		return nil, err
	}
	all := a.participants()
	var mine []json.RawMessage
	var maybe []record.ExternalID
	for _, raw := range found {
		item, _, _ := all.Decode(raw)
		switch {
		case samePerson(want, item.Fields):
			mine = append(mine, raw)
		case mayBe(want, item.Fields):
			maybe = append(maybe, item.ID)
		}
	}
	if len(mine) == 0 && len(maybe) > 0 {
		e := wrong(connector.Rejected, op, "somebody who may be the same is registered: a person must look", "")
		e.Maybe = maybe
		return nil, e
	}
	return mine, nil
}
