package runsignup

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/race"
	"github.com/touchline-sync/touchline/sync/value"
)

// happenings ties a race to an event of RunSignup's. Its start stands on the wire as the
// clock shows it there; settle and editEvent know the zone.
var happenings = mapping.Table[happening]{
	mapping.Text(race.ID, func(h *happening) *mapping.Value { return &h.Ours }).ReadOnly(),
	mapping.Text(race.Event, func(h *happening) *mapping.Value { return &h.Edition }).ReadOnly(),
	mapping.Text(race.Name, func(h *happening) *mapping.Value { return &h.Name }),
	mapping.Convert(race.Start, whole60, whole60, func(h *happening) *mapping.Value { return &h.Start }),
	mapping.Convert(race.Distance, metres, nil, func(h *happening) *mapping.Value { return &h.Distance }),
}

// whole60 leaves the seconds of a start out: RunSignup knows none.
func whole60(moment string) (string, error) {
	if head, _, ok := strings.Cut(moment, "Z"); ok && len(head) == len("2006-01-02T15:04:05") {
		return head[:len(head)-2] + "00Z", nil
	}
	return "", errors.New("not a time in the expected form")
}

var (
	distanceForm = regexp.MustCompile(`(?i)^\s*([0-9]+(?:\.[0-9]+)?)\s*(k|km|m|mi|mile|miles|y|yards|meters|metres)?\s*$`)
	errDistance  = errors.New("not a distance in the expected form")
)

// metres reads a distance, such as 42.2K or 13.1 Miles. M stands for miles
// (docs/systems/runsignup.md, 2026-11).
func metres(s string) (string, error) {
	m := distanceForm.FindStringSubmatch(s)
	if m == nil {
		return "", errDistance
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return "", errDistance
	}
	unit := map[string]float64{
		"k": 1000, "km": 1000, "m": 1609.344, "mi": 1609.344, "mile": 1609.344, "miles": 1609.344,
		"y": 0.9144, "yards": 0.9144, "meters": 1, "metres": 1,
	}[strings.ToLower(m[2])]
	if unit == 0 {
		return "", errDistance
	}
	return strconv.FormatInt(int64(math.Round(n*unit)), 10), nil
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
		Calls: resource.Calls[happening]{Get: a.getEvent, Update: a.editEvent},
	}, race.ID, Race.hasRace, a.happenings)
}

// happenings reads the events of an edition.
func (a *account) happenings(ctx context.Context, op string, link Race) ([]json.RawMessage, error) {
	w, err := a.whole(ctx, op, link)
	if err != nil {
		return nil, err
	}
	var out []json.RawMessage
	for _, h := range w.events {
		raw, err := h.record(link)
		if err != nil {
			return nil, err
		}
		out = append(out, raw)
	}
	return out, nil
}

// record is an event with what is known of it from its race and link.
func (h happening) record(link Race) (json.RawMessage, error) {
	known := map[string]any{"key": h.ID.Text, "edition": link.key(), "zone": h.Zone}
	if ours := link.ours(h.ID.Text); ours != "" {
		known["ours"] = ours
	}
	return with(h.raw, known)
}

// getEvent finds an event in the race that it belongs to.
func (a *account) getEvent(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	links := a.cfg.Races
	if link, ok := a.linked(string(id)); ok {
		links = []Race{link}
	}
	for _, link := range links {
		w, err := a.whole(ctx, op, link)
		if err != nil && connector.ClassOf(err) != connector.NotFound {
			return nil, err
		}
		for _, h := range w.events {
			if h.ID.Text == string(id) {
				return h.record(link)
			}
		}
	}
	return nil, wrong(connector.NotFound, op+" event", "not in the linked editions", "")
}
