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
	return "", errForm
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
	at, err := instant(h.Start.Text, h.Zone)
	h.Start = mapping.Of(at)
	if err != nil {
		h.Start.Wrong = err.Error()
	}
	return ""
}

// events are those of the linked editions, also those that are linked with no race.
func (a *account) events() *resource.Resource[happening] {
	r := &resource.Resource[happening]{
		System: System,
		Collection: connector.Collection{
			Kind: race.Kind, Place: Events, View: "all", Complete: true, Excludes: a.excludes(race.ID, Race.hasRace),
			Refs: map[record.Field]connector.Ref{race.Event: {Kind: event.Kind}},
		},
		Table: readOnly(happenings), Reading: a.spec(race.Types), Sending: a.spec(race.Types),
		IDKey: "key", Requires: []string{"name"}, Key: race.KeyFields, Check: (*happening).settle, KeepsEdits: true,
		Refuses: unlinked(race.ID),
		Another: func(p connector.Patch, have record.Fields) bool {
			return p.Key[race.ID] != "" && p.Key[race.ID] != have[race.ID]
		},
		Calls: resource.Calls[happening]{
			Page: a.steps(func(ctx context.Context, link Race) (resource.Rows, error) {
				records, err := a.happenings(ctx, "list", link)
				if connector.ClassOf(err) == connector.NotFound {
					return resource.Rows{}, nil // Check says so; the others are there
				}
				return resource.Rows{Records: records}, err
			}),
			Get: a.getEvent,
		},
	}
	if a.cfg.EditRaces {
		r.Table, r.Calls.Update = happenings, a.editEvent
	}
	return r
}

// happenings reads the events of an edition.
func (a *account) happenings(ctx context.Context, op string, link Race) ([]json.RawMessage, error) {
	w, err := a.whole(ctx, op, link)
	if err != nil {
		return nil, err
	}
	var out []json.RawMessage
	for _, raw := range w.shown.Events {
		var h happening
		if json.Unmarshal(raw, &h) != nil || h.Day.Text != strconv.FormatInt(link.Day, 10) {
			continue
		}
		known := map[string]any{"key": h.ID.Text, "edition": link.key(), "zone": w.shown.Zone}
		if ours := link.ours(h.ID.Text); ours != "" {
			known["ours"] = ours
		}
		if raw, err = with(raw, known); err != nil {
			return nil, err
		}
		out = append(out, raw)
	}
	return out, nil
}

// getEvent finds an event in the race that it belongs to.
func (a *account) getEvent(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	for _, link := range a.cfg.Races {
		if _, ok := a.linked(string(id)); ok && link.ours(string(id)) == "" {
			continue
		}
		all, err := a.happenings(ctx, op, link)
		if err != nil && connector.ClassOf(err) != connector.NotFound {
			return nil, err
		}
		for _, raw := range all {
			var h happening
			if json.Unmarshal(raw, &h) == nil && h.Key == string(id) {
				return raw, nil
			}
		}
	}
	return nil, wrong(connector.NotFound, op+" event", "not in the linked editions", "")
}
