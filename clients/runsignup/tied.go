package runsignup

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// whole is a linked race as RunSignup shows it, with all its events, also those that
// cannot be read, and those of the linked day.
type whole struct {
	link        Race
	raw         json.RawMessage
	zone        string
	all, events []happening
}

// whole reads a race, with events that are over. An event that cannot be read is none.
func (a *account) whole(ctx context.Context, op string, link Race) (whole, error) {
	w := whole{link: link}
	op += " race"
	var got struct {
		Race json.RawMessage `json:"race"`
	}
	_, err := a.api.Do(ctx, rest.Call{Op: op, Path: link.path(""), Query: url.Values{"future_events_only": {"F"}}, Into: &got})
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
	w.raw, w.zone = got.Race, shown.Zone
	for _, raw := range shown.Events {
		h := happening{raw: raw}
		err := json.Unmarshal(raw, &h)
		w.all = append(w.all, h)
		if err == nil && h.Day.Text == strconv.FormatInt(link.Day, 10) {
			w.events = append(w.events, h)
		}
	}
	return w, nil
}

// tie says how records of one kind hang on the links.
type tie[W any] struct {
	id    record.Field            // the id in EMS
	about func(Race, string) bool // whether a link is about one, by its id in EMS
	has   func(Race, string) bool // whether a link names one, by its remote id
	loose bool                    // records that no link names are shown as well
	// show returns the records that a race shows, and edit changes one in the race that is
	// sent.
	show func(whole) []json.RawMessage
	edit func(op, id string, c resource.Change[W], race map[string]any, events []map[string]any) error
}

// tied completes what the linked races and their events have in common. A link that
// cannot be followed fails alone. None is made from here: people do so in RunSignup's own
// pages, where there is much more to say of one.
func tied[W any](a *account, r *resource.Resource[W], k tie[W]) *resource.Resource[W] {
	r.System, r.View, r.Complete, r.Excludes = System, "all", true, a.excludes(k.id, k.about)
	r.IDKey, r.Requires, r.KeepsEdits = "key", []string{"name"}, true
	r.Refuses, r.Another = unlinked(k.id), resource.Other(k.id)
	list := resource.Sweep[W]{Resource: r, Fetch: func(ctx context.Context, n int, _ int64, _ time.Time) (out resource.Swept, err error) {
		w, err := a.whole(ctx, "list", a.cfg.Races[n])
		if connector.ClassOf(err) == connector.NotFound {
			return out, nil // Check says so; the others are there
		}
		out.Records = k.show(w)
		return out, err
	}}
	for _, link := range a.cfg.Races {
		list.Parts = append(list.Parts, link.key())
	}
	r.Page = list.Page
	named := func(id record.ExternalID) []Race {
		return slices.DeleteFunc(slices.Clone(a.cfg.Races), func(link Race) bool { return !k.has(link, string(id)) })
	}
	get := func(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
		links := named(id)
		switch {
		case len(links) == 0 && k.loose:
			links = a.cfg.Races
		case len(links) == 0:
			return nil, notLinked(op + " " + r.Place)
		}
		for _, link := range links {
			w, err := a.whole(ctx, op, link)
			if err != nil && connector.ClassOf(err) != connector.NotFound {
				return nil, err
			}
			for _, raw := range k.show(w) {
				if item, _, _ := r.Decode(raw); item.ID == id {
					return raw, nil
				}
			}
		}
		return nil, wrong(connector.NotFound, op+" "+r.Place, "not in the linked editions", "")
	}
	r.Calls.Get = get
	r.Calls.Update = func(ctx context.Context, op string, id record.ExternalID, c resource.Change[W]) (json.RawMessage, error) {
		links := named(id)
		if len(links) == 0 {
			return nil, notLinked(op + " " + r.Place)
		}
		err := a.rewrite(ctx, op, links[0], func(race map[string]any, events []map[string]any) error {
			return k.edit(op, string(id), c, race, events)
		})
		if err != nil {
			return nil, err
		}
		return get(ctx, op, id)
	}
	if !a.cfg.EditRaces {
		r.Table, r.Calls.Update = r.Table.ReadOnly(), nil
	}
	return r
}

// unlinked refuses what was not found at RunSignup under its id in EMS: it is made there
// by people, and bound when it is listed.
func unlinked(id record.Field) func(record.Fields) error {
	return func(want record.Fields) error {
		if want[id] != "" {
			return nil
		}
		e := wrong(connector.Waiting, "accept", "RunSignup does not show it: people make races there, and systems.runsignup.races links them", "")
		e.Unsent = true
		return e
	}
}
