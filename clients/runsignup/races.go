package runsignup

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
)

// whole is a race as RunSignup shows it, with the events of all editions.
type whole struct {
	raw   json.RawMessage
	shown struct {
		ID     json.Number       `json:"race_id"`
		Zone   string            `json:"timezone"`
		Events []json.RawMessage `json:"events"`
	}
}

// happening is an event of a race on the wire, and what is known of it beside.
type happening struct {
	Key     string        `json:"key"`
	Ours    mapping.Value `json:"ours"`
	Edition mapping.Value `json:"edition"`
	Zone    string        `json:"zone"`

	ID       mapping.Value `json:"event_id"`
	Day      mapping.Value `json:"race_event_days_id"`
	Name     mapping.Value `json:"name"`
	Start    mapping.Value `json:"start_time"`
	End      mapping.Value `json:"end_time"`
	Distance mapping.Value `json:"distance"`
}

// whole reads a race, with events that are over.
func (a *account) whole(ctx context.Context, op string, link Race) (whole, error) {
	op += " race"
	var got struct {
		Race json.RawMessage `json:"race"`
	}
	_, err := a.do(ctx, rest.Call{Op: op, Path: link.path(""), Query: map[string][]string{"future_events_only": {"F"}}, Into: &got})
	if err != nil {
		return whole{}, err
	}
	w := whole{raw: got.Race}
	if json.Unmarshal(got.Race, &w.shown) != nil || w.shown.ID.String() != strconv.FormatInt(link.RaceID, 10) {
		return whole{}, wrong(connector.Drifted, op, "another race has answered, or none", "")
	}
	return w, nil
}

// edition are the events of the linked day. What cannot be read is none.
func (w whole) edition(link Race) (out []happening) {
	for _, raw := range w.shown.Events {
		var h happening
		if json.Unmarshal(raw, &h) == nil && h.Day.Text == strconv.FormatInt(link.Day, 10) {
			h.Zone = w.shown.Zone
			out = append(out, h)
		}
	}
	return out
}

// edition is a race in one of its editions, which is an event with us.
type edition struct {
	Key   string        `json:"key"`
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

	all json.RawMessage // as it came
}

// UnmarshalJSON reads a race and keeps it as it came: what is written is all of it.
func (e *edition) UnmarshalJSON(data []byte) error {
	type plain edition
	e.all = slices.Clone(data)
	return json.Unmarshal(data, (*plain)(e))
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

// readOnly is a table that nothing is written by.
func readOnly[T any](t mapping.Table[T]) mapping.Table[T] {
	out := make(mapping.Table[T], len(t))
	for i, row := range t {
		out[i] = row.ReadOnly()
	}
	return out
}

// races are the linked editions. None is made from here: people do so in RunSignup's own
// pages, where there is much more to say of one.
func (a *account) races() *resource.Resource[edition] {
	r := &resource.Resource[edition]{
		System: System,
		Collection: connector.Collection{
			Kind: event.Kind, Place: Races, View: "all", Complete: true, Excludes: a.excludes(event.ID, Race.isEvent),
		},
		Table: readOnly(editions), Reading: a.spec(event.Types), Sending: a.spec(event.Types),
		IDKey: "key", Requires: []string{"name"}, Key: event.KeyFields, Check: (*edition).settle, KeepsEdits: true,
		Refuses: unlinked(event.ID),
		Another: func(p connector.Patch, have record.Fields) bool {
			return p.Key[event.ID] != "" && p.Key[event.ID] != have[event.ID]
		},
		Calls: resource.Calls[edition]{
			Page: a.steps(func(ctx context.Context, link Race) (resource.Rows, error) {
				raw, err := a.edition(ctx, "list", link)
				if connector.ClassOf(err) == connector.NotFound {
					return resource.Rows{}, nil // Check says so; the others are there
				}
				return resource.Rows{Records: []json.RawMessage{raw}}, err
			}),
			Get: func(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
				for _, link := range a.cfg.Races {
					if link.key() == string(id) {
						return a.edition(ctx, op, link)
					}
				}
				return nil, wrong(connector.Rejected, op+" race", "it is no longer linked in systems.runsignup.races", "")
			},
		},
	}
	if a.cfg.EditRaces {
		r.Table, r.Calls.Update = editions, a.editRace
	}
	return r
}

// edition reads a race in one of its editions.
func (a *account) edition(ctx context.Context, op string, link Race) (json.RawMessage, error) {
	w, err := a.whole(ctx, op, link)
	if err != nil {
		return nil, err
	}
	events := w.edition(link)
	if len(events) == 0 {
		return nil, wrong(connector.NotFound, op+" race", "the race has no such edition", "")
	}
	known := map[string]any{"key": link.key(), "ours": strconv.FormatInt(link.Event, 10)}
	for _, h := range events {
		for _, local := range []string{h.Start.Text, h.End.Text} {
			at, err := instant(local, h.Zone)
			if err != nil {
				continue
			}
			if first, ok := known["starts"].(string); !ok || at < first {
				known["starts"] = at
			}
			if last, ok := known["ends"].(string); !ok || at > last {
				known["ends"] = at
			}
		}
	}
	return with(w.raw, known)
}
