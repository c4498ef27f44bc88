package runsignup

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/value"
)

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

// races are the linked editions.
func (a *account) races() *resource.Resource[edition] {
	return tied(a, &resource.Resource[edition]{
		Collection: connector.Collection{Kind: event.Kind, Place: Races},
		Table:      editions, Reading: a.spec(event.Types), Sending: a.spec(event.Types), Key: event.KeyFields, Check: (*edition).settle,
	}, tie[edition]{
		id: event.ID, about: Race.isEvent, has: func(r Race, id string) bool { return r.key() == id }, show: whole.edition, edit: editRace,
	})
}

// edition is the race as one record; none where it has no such edition.
func (w whole) edition() []json.RawMessage {
	if len(w.events) == 0 {
		return nil
	}
	begins, ends := w.times()
	return []json.RawMessage{with(w.raw, map[string]string{
		"key": w.link.key(), "ours": strconv.FormatInt(w.link.Event, 10), "starts": begins, "ends": ends,
	})}
}

// times are the first and the last of the events, empty where none has any. Where one
// cannot be read neither can they: of the others alone they would be other times.
func (w whole) times() (first, last string) {
	const unclear = "unclear" // no time, which the table says
	for _, h := range w.events {
		for _, local := range []mapping.Value{h.Start, h.End} {
			if local.Text == "" && local.Wrong == "" {
				continue
			}
			at, err := value.Local(local.Text, w.zone, layouts...)
			if err != nil {
				return unclear, unclear
			}
			first, last = min(cmp.Or(first, at), at), max(last, at)
		}
	}
	return first, last
}

func editRace(_, _ string, c resource.Change[edition], race map[string]any, _ []map[string]any) error {
	address, _ := race["address"].(map[string]any)
	if address == nil {
		address = map[string]any{}
	}
	to := c.Set.Address
	told(race, map[string]mapping.Value{"name": c.Set.Name})
	told(address, map[string]mapping.Value{"street": to.Street, "city": to.City, "state": to.State, "zipcode": to.Zip, "country_code": to.Country})
	race["address"] = address
	return nil
}

// excludes says of an entity that no link is about what it names in a field.
func (a *account) excludes(f record.Field, about func(Race, string) bool) func(record.Fields) string {
	return func(fields record.Fields) string {
		if slices.ContainsFunc(a.cfg.Races, func(r Race) bool { return about(r, fields[f]) }) {
			return ""
		}
		return "not linked in systems.runsignup.races"
	}
}
