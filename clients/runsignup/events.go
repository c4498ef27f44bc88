package runsignup

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/race"
	"github.com/touchline-sync/touchline/sync/value"
)

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

// happenings ties a race to an event of RunSignup's. Its start stands on the wire as the
// clock shows it there; settle and editEvent know the zone.
var happenings = mapping.Table[happening]{
	mapping.Text(race.ID, func(h *happening) *mapping.Value { return &h.Ours }).ReadOnly(),
	mapping.Text(race.Event, func(h *happening) *mapping.Value { return &h.Edition }).ReadOnly(),
	mapping.Text(race.Name, func(h *happening) *mapping.Value { return &h.Name }),
	mapping.Convert(race.Start, whole60, whole60, func(h *happening) *mapping.Value { return &h.Start }),
	mapping.Convert(race.Distance, value.Metres, nil, func(h *happening) *mapping.Value { return &h.Distance }),
}

// whole60 leaves the seconds of a start out: RunSignup knows none.
func whole60(moment string) (string, error) {
	if head, _, ok := strings.Cut(moment, "Z"); ok && len(head) == len("2006-01-02T15:04:05") {
		return head[:len(head)-2] + "00Z", nil
	}
	return "", errors.New("not a time in the expected form")
}

// settle makes a moment of the start.
func (h *happening) settle() (why string) {
	if h.Start.Text == "" {
		return ""
	}
	at, err := value.Local(h.Start.Text, h.Zone, layouts...)
	if h.Start = mapping.Of(at); err != nil {
		h.Start.Wrong = value.Why(err)
	}
	return ""
}

// events are those of the linked editions, also those that are linked with no race.
func (a *account) events() *resource.Resource[happening] {
	return tied(a, &resource.Resource[happening]{
		Collection: connector.Collection{Kind: race.Kind, Place: Events, Refs: map[record.Field]connector.Ref{race.Event: {Kind: event.Kind}}},
		Table:      happenings, Reading: a.spec(race.Types), Sending: a.spec(race.Types), Key: race.KeyFields, Check: (*happening).settle,
	}, tie[happening]{
		id: race.ID, about: Race.hasRace, has: func(r Race, id string) bool { return r.ours(id) != "" }, loose: true,
		show: whole.happenings, edit: editEvent,
	})
}

// happenings are the events of the edition, with what is known of them from race and link.
func (w whole) happenings() (out []json.RawMessage) {
	for _, h := range w.events {
		id := h.ID.Text
		out = append(out, with(h.raw, map[string]string{"key": id, "edition": w.link.key(), "zone": w.zone, "ours": w.link.ours(id)}))
	}
	return out
}

func editEvent(op, id string, c resource.Change[happening], _ map[string]any, events []map[string]any) error {
	op += " event"
	start := c.Set.Start
	if start.Set && start.Text != "" {
		var err error
		if start.Text, err = value.Wall(start.Text, c.Now.Zone, sentTime); err != nil {
			return wrong(connector.Rejected, op, value.Why(err), race.Start)
		}
	}
	for _, e := range events {
		if number, _ := e["event_id"].(json.Number); number.String() == id {
			told(e, map[string]mapping.Value{"name": c.Set.Name, "start_time": start})
			return nil
		}
	}
	return wrong(connector.NotFound, op, "not there", "")
}
