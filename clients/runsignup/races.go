package runsignup

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/value"
)

// whole is a race as RunSignup shows it, and of its events those of the linked day.
type whole struct {
	raw    json.RawMessage
	events []happening
}

// happening is an event of a race on the wire, and what is known of it beside.
type happening struct {
	Ours    mapping.Value `json:"ours"`
	Edition mapping.Value `json:"edition"`
	Zone    string        `json:"zone"`

	ID       mapping.Value `json:"event_id"`
	Day      mapping.Value `json:"race_event_days_id"`
	Name     mapping.Value `json:"name"`
	Start    mapping.Value `json:"start_time"`
	End      mapping.Value `json:"end_time"`
	Distance mapping.Value `json:"distance"`

	raw json.RawMessage
}

// whole reads a race, with events that are over. An event that cannot be read is none.
func (a *account) whole(ctx context.Context, op string, link Race) (w whole, err error) {
	op += " race"
	var got struct {
		Race json.RawMessage `json:"race"`
	}
	_, err = a.api.Do(ctx, rest.Call{Op: op, Path: link.path(""), Query: url.Values{"future_events_only": {"F"}}, Into: &got})
	if err != nil {
		return w, err
	}
	var shown struct {
		ID     json.Number       `json:"race_id"`
		Zone   string            `json:"timezone"`
		Events []json.RawMessage `json:"events"`
	}
	if json.Unmarshal(got.Race, &shown) != nil || shown.ID.String() != strconv.FormatInt(link.RaceID, 10) {
		return w, wrong(connector.Drifted, op, "another race has answered, or none", "")
	}
	w.raw = got.Race
	for _, raw := range shown.Events {
		h := happening{raw: raw}
		if json.Unmarshal(raw, &h) == nil && h.Day.Text == strconv.FormatInt(link.Day, 10) {
			h.Zone = shown.Zone
			w.events = append(w.events, h)
		}
	}
	return w, nil
}

// edition is a race in one of its editions, which is an event with us.
type edition struct {
	Ours  mapping.Value `json:"ours"`
	Start mapping.Value `json:"starts"`
	End   mapping.Value `json:"ends"`

	Name    mapping.Value `json:"name"`
	Zone    mapping.Value `json:"timezone"`
	Address struct {
		Street  mapping.Value `json:"street"`
		City    mapping.Value `json:"city"`
		State   mapping.Value `json:"state"`
		Zip     mapping.Value `json:"zipcode"`
		Country mapping.Value `json:"country_code"`
	} `json:"address"`
}

func (e *edition) settle() (why string) {
	e.Zone.Text = strings.TrimSpace(e.Zone.Text)
	return ""
}

// editions ties an event to a race. Begin and end are those of its first and last event.
var editions = mapping.Table[edition]{
	mapping.Text(event.ID, func(e *edition) *mapping.Value { return &e.Ours }).ReadOnly(),
	mapping.Text(event.Name, func(e *edition) *mapping.Value { return &e.Name }),
	mapping.Text(event.Zone, func(e *edition) *mapping.Value { return &e.Zone }).ReadOnly(),
	mapping.Text(event.Start, func(e *edition) *mapping.Value { return &e.Start }).ReadOnly(),
	mapping.Text(event.End, func(e *edition) *mapping.Value { return &e.End }).ReadOnly(),
	mapping.Text(event.Address, func(e *edition) *mapping.Value { return &e.Address.Street }),
	mapping.Text(event.City, func(e *edition) *mapping.Value { return &e.Address.City }),
	mapping.Text(event.Province, func(e *edition) *mapping.Value { return &e.Address.State }),
	mapping.Text(event.PostalCode, func(e *edition) *mapping.Value { return &e.Address.Zip }),
	mapping.Text(event.Country, func(e *edition) *mapping.Value { return &e.Address.Country }),
}

// races are the linked editions. None is made from here: people do so in RunSignup's own
// pages, where there is much more to say of one.
func (a *account) races() *resource.Resource[edition] {
	return tied(a, &resource.Resource[edition]{
		Collection: connector.Collection{Kind: event.Kind, Place: Races},
		Table:      editions, Reading: a.spec(event.Types), Sending: a.spec(event.Types), Key: event.KeyFields, Check: (*edition).settle,
		Calls: resource.Calls[edition]{Get: a.getEdition, Update: a.editRace},
	}, event.ID, Race.isEvent, a.edition)
}

// ofEdition is the link whose edition has an id.
func (a *account) ofEdition(op string, id record.ExternalID) (Race, error) {
	i := slices.IndexFunc(a.cfg.Races, func(r Race) bool { return r.key() == string(id) })
	if i < 0 {
		return Race{}, notLinked(op + " race")
	}
	return a.cfg.Races[i], nil
}

func (a *account) getEdition(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	link, err := a.ofEdition(op, id)
	if err != nil {
		return nil, err
	}
	one, err := a.edition(ctx, op, link)
	if err != nil {
		return nil, err
	}
	return one[0], nil
}

// edition reads a race in one of its editions, as the one record that it is.
func (a *account) edition(ctx context.Context, op string, link Race) ([]json.RawMessage, error) {
	w, err := a.whole(ctx, op, link)
	if err != nil {
		return nil, err
	}
	if len(w.events) == 0 {
		return nil, wrong(connector.NotFound, op+" race", "the race has no such edition", "")
	}
	var times []string
	for _, h := range w.events {
		for _, local := range []string{h.Start.Text, h.End.Text} {
			if at, err := value.Local(local, h.Zone, layouts...); err == nil {
				times = append(times, at)
			}
		}
	}
	known := map[string]any{"key": link.key(), "ours": strconv.FormatInt(link.Event, 10)}
	if len(times) > 0 {
		known["starts"], known["ends"] = slices.Min(times), slices.Max(times)
	}
	raw, err := with(w.raw, known)
	return []json.RawMessage{raw}, err
}
