package runsignup

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// personal are what a person says of himself. RunSignup may refuse all of it.
var personal = []record.Field{
	participant.FirstName, participant.LastName, participant.BirthDate, participant.Gender, participant.Email,
}

// refuses says what is not sent: nobody takes part in an event that is not linked, and
// the bibs of a race are given out by one side.
func (a *account) refuses(want record.Fields) error {
	const op = "accept registration"
	for _, f := range []record.Field{participant.FirstName, participant.LastName} {
		if v, told := want[f]; told && v == "" {
			return wrong(connector.Rejected, op, "RunSignup asks for a name", f)
		}
	}
	if bib := want[participant.Bib]; len(bib) > 10 {
		return wrong(connector.Rejected, op, "a bib has 10 letters at most", participant.Bib)
	}
	return nil
}

// Why a bib is not written.
const (
	bibsThere = "RunSignup gives out the bibs of this race (systems.runsignup.races, bibs)"
	bibStays  = "a bib that was given out is taken back by people at RunSignup"
)

// keepsBib says why a bib of a race stays as it is there: RunSignup gives them out, or
// people there. One that was given out on the day may be worn, and is never taken back.
func (r Race) keepsBib(is, want string) (why string) {
	switch {
	case r.Bibs != BibsByEMS:
		return bibsThere
	case is != "" && (want == "" || want == is):
		return bibStays
	}
	return ""
}

func (a *account) keeps(shown, want record.Fields) map[record.Field]connector.Kept {
	race := cmp.Or(shown[participant.Race], want[participant.Race])
	i := slices.IndexFunc(a.cfg.Races, func(r Race) bool { return r.hasRace(race) })
	if i < 0 {
		return nil
	}
	why := a.cfg.Races[i].keepsBib(shown[participant.Bib], want[participant.Bib])
	if why == "" {
		return nil
	}
	return map[record.Field]connector.Kept{participant.Bib: {Why: why, Ask: want[participant.Active] != "false"}}
}

// holds leaves what is not ours to write in a registration that is there.
func (a *account) holds(op string, item connector.Item, set record.Fields) error {
	op += " registration"
	if _, moves := set[participant.Race]; moves {
		return wrong(connector.Rejected, op, "people at RunSignup transfer a registration to another event", participant.Race)
	}
	at, _, err := a.parse(op, item.ID)
	if err != nil {
		return err
	}
	if bib, told := set[participant.Bib]; told {
		if why := at.link.keepsBib(item.Fields[participant.Bib], bib); why != "" {
			return wrong(connector.Rejected, op, why, participant.Bib)
		}
	}
	return nil
}

// post sends one registration, and returns its id where the answer says one. What the
// answer of a good call looks like is not documented, and no other call tells errors by
// row (docs/systems/runsignup.md, 2026-11): both names of the list are read.
func (a *account) post(ctx context.Context, op string, link Race, event string, body map[string]any) (int64, error) {
	var got struct{ Participants, Registrations []json.RawMessage }
	err := a.send(ctx, rest.Call{
		Op: op, Path: link.path("/participants"), Into: &got, Judge: judgeRows, Form: url.Values{"event_id": {event}},
	}, map[string]any{"participants": []any{body}})
	if err != nil {
		return 0, err
	}
	rows := slices.Concat(got.Participants, got.Registrations)
	if len(rows) == 0 {
		return 0, nil
	}
	if code, is := inside(rows[0]); is {
		e := meaning(code)
		e.System, e.Op = System, op
		return 0, e
	}
	var row struct {
		ID int64 `json:"registration_id"`
	}
	_ = json.Unmarshal(rows[0], &row)
	return row.ID, nil
}

// add makes an imported registration. It has no key: whoever is not sure whether there
// is one looks first, since a second call would make a second one.
func (a *account) add(ctx context.Context, op string, e *entry) (json.RawMessage, error) {
	op += " registration"
	event := e.Event.Text
	link, ok := a.linked(event)
	if !ok {
		return nil, wrong(connector.Rejected, op, "its event is not linked in systems.runsignup.races", participant.Race)
	}
	if link.Bibs != BibsByEMS {
		e.Bib = entry{}.Bib
	}
	body := e.body()
	for name, v := range body {
		if v == nil {
			delete(body, name) // what is not there need not be emptied
		}
	}
	id, err := a.post(ctx, op, link, event, body)
	if err != nil {
		return nil, err
	}
	if id == 0 {
		return nil, wrong(connector.Transient, op, "made without an id: the next run looks for it", "")
	}
	raw, err := a.getEntry(ctx, op, place{event: event}.key(id))
	return raw, resource.Made(err)
}

// edit writes what differs. What RunSignup may drop without a word is read back: the
// address of somebody with an account, and the bib of somebody who no longer takes part.
func (a *account) edit(ctx context.Context, op string, id record.ExternalID, c resource.Change[entry]) (json.RawMessage, error) {
	op += " registration"
	at, n, err := a.parse(op, id)
	if err != nil {
		return nil, err
	}
	body := c.Set.body()
	body["registration_id"] = n
	if _, err := a.post(ctx, op, at.link, at.event, body); err != nil {
		if e, ok := errors.AsType[*connector.Error](err); ok && errors.Is(err, errNotEditable) {
			e.Field, e.Why = firstOf(c.Set), e.Why+": the person looks after this"
		}
		return nil, err
	}
	return a.getEntry(ctx, op, id)
}

// firstOf is a field that a change of somebody's own data is about.
func firstOf(e *entry) record.Field {
	raw, _ := entries.Raw(e)
	for _, f := range personal {
		if _, sent := raw[f]; sent {
			return f
		}
	}
	return ""
}

// elsewhere returns where else in its race a registration stands, also in an event that no
// link names: the call that deletes one names no event.
func (a *account) elsewhere(ctx context.Context, op string, at place, n int64) (*found, error) {
	w, err := a.whole(ctx, op, at.link)
	var others []place
	for _, h := range w.all {
		if h.ID.Text != at.event {
			others = append(others, place{link: at.link, event: h.ID.Text})
		}
	}
	var f *found
	if err == nil {
		f, err = a.seek(ctx, op, n, others...)
	}
	switch connector.ClassOf(err) {
	case connector.NotFound, connector.Drifted, connector.Rejected:
		err = wrong(connector.Waiting, op, "an event of its race cannot be asked whether it stands there, too: people at RunSignup end it", "")
	}
	return f, err
}

// remove takes an imported registration out, for good. One that was paid for stays: money
// is given back by people, at RunSignup.
func (a *account) remove(ctx context.Context, op string, id record.ExternalID) error {
	op += " registration"
	raw, err := a.getEntry(ctx, op, id)
	if gone, ok := errors.AsType[*connector.Error](err); ok && gone.Successor != "" {
		gone.Class, gone.Why = connector.Stale, "it was transferred: what it goes on as is ended once a listing shows that"
	}
	if err != nil {
		return err
	}
	var e entry
	if json.Unmarshal(raw, &e) != nil || e.Imported != "T" {
		return wrong(connector.Waiting, op, "a registration that was not imported is ended by people at RunSignup", "")
	}
	at, n, err := a.parse(op, id)
	if err != nil {
		return err
	}
	other, err := a.elsewhere(ctx, op, at, n)
	switch {
	case err != nil:
		return err
	case other != nil:
		return wrong(connector.Waiting, op, "it stands in event "+other.event+" as well, which would go with it: people at RunSignup end one part", "")
	}
	err = a.send(ctx, rest.Call{Op: op, Path: at.link.path("/delete-participants"), Judge: judgeRows, Into: &struct{}{}},
		map[string]any{"registrations": []any{map[string]any{"registration_id": n}}})
	if err != nil {
		return err
	}
	left, err := a.seek(ctx, op, n, at)
	if err == nil && left != nil {
		err = wrong(connector.Rejected, op, "registration "+strconv.FormatInt(n, 10)+" is still there", "")
	}
	return err
}
