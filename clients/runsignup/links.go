package runsignup

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// Race is one edition of a race, and the event that it is in EMS. RunSignup keeps no id of
// ours, so that only this says what belongs together.
type Race struct {
	// Event is the id in EMS, RaceID and Day those of RunSignup.
	Event  int64 `mapstructure:"event"`
	RaceID int64 `mapstructure:"race_id"`
	Day    int64 `mapstructure:"race_event_days_id"`
	// Bibs is who gives out the numbers: "ems", "runsignup", or who writes into it.
	Bibs   string  `mapstructure:"bibs"`
	Events []Event `mapstructure:"events"`
}

// Event is an event of a race, and the race that it is in EMS.
type Event struct {
	Race    int64 `mapstructure:"race"`
	EventID int64 `mapstructure:"event_id"`
}

func (e Event) id() string { return strconv.FormatInt(e.EventID, 10) }

// Who gives out bibs.
const (
	BibsByEMS = "ems"
	BibsThere = "runsignup"
)

// faultsOf returns what is wrong with the links.
func faultsOf(races []Race) []error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	seen := map[string]bool{}
	once := func(at, what string, id int64) {
		if key := fmt.Sprintf("%s %d", what, id); seen[key] {
			fault("%s: %s is there twice", at, key)
		} else {
			seen[key] = true
		}
	}
	for i, r := range races {
		at := fmt.Sprintf("races[%d]", i)
		if r.Event <= 0 || r.RaceID <= 0 || r.Day <= 0 {
			fault("%s needs event, race_id and race_event_days_id, numbers above 0", at)
		}
		if r.Bibs != BibsByEMS && r.Bibs != BibsThere {
			fault("%s: bibs must say who gives them out, %s or %s", at, BibsByEMS, BibsThere)
		}
		if len(r.Events) == 0 {
			fault("%s: events is empty: nobody takes part in it", at)
		}
		once(at, "event", r.Event)
		once(at, "race_event_days_id", r.Day)
		for _, e := range r.Events {
			if e.Race <= 0 || e.EventID <= 0 {
				fault("%s: each of events needs race and event_id, numbers above 0", at)
			}
			once(at, "race", e.Race)
			once(at, "event_id", e.EventID)
		}
	}
	return errs
}

// key is the remote id of an edition: a race is held again each year.
func (r Race) key() string { return fmt.Sprintf("%d-%d", r.RaceID, r.Day) }

// path is a path below the race.
func (r Race) path(below string) string { return fmt.Sprintf("/race/%d%s", r.RaceID, below) }

// ours is the id in EMS of an event of the race; empty where it is not linked.
func (r Race) ours(event string) string {
	for _, e := range r.Events {
		if e.id() == event {
			return strconv.FormatInt(e.Race, 10)
		}
	}
	return ""
}

// linked returns the link that an event belongs to.
func (a *account) linked(event string) (Race, bool) {
	i := slices.IndexFunc(a.cfg.Races, func(r Race) bool { return r.ours(event) != "" })
	if i < 0 {
		return Race{}, false
	}
	return a.cfg.Races[i], true
}

// notLinked is the error of what the settings name no more: nothing is gone for that.
func notLinked(op string) error {
	return wrong(connector.Rejected, op, "it is no longer linked in systems.runsignup.races", "")
}

// lacks says what of a link is not at RunSignup, and refuses a key that may not see what
// registrations are told apart by.
func (a *account) lacks(ctx context.Context, link Race) ([]string, error) {
	w, err := a.whole(ctx, "check", link)
	switch {
	case connector.ClassOf(err) == connector.NotFound:
		return []string{fmt.Sprintf("there is no race %d", link.RaceID)}, nil
	case err != nil:
		return nil, err
	case len(w.events) == 0:
		return []string{fmt.Sprintf("race %d has no race_event_days_id %d", link.RaceID, link.Day)}, nil
	}
	var missing []string
	for _, e := range link.Events {
		if !slices.ContainsFunc(w.events, func(h happening) bool { return h.ID.Text == e.id() }) {
			missing = append(missing, fmt.Sprintf("race %d has no event_id %s on the day %d", link.RaceID, e.id(), link.Day))
			continue
		}
		// The first registration shows what the key may see.
		if _, err := a.lookup(ctx, "check", place{link: link, event: e.id()}, 1); err != nil {
			return nil, err
		}
	}
	return missing, nil
}

// isEvent and hasRace report whether a link is about an event or a race of EMS.
func (r Race) isEvent(id string) bool { return strconv.FormatInt(r.Event, 10) == id }

func (r Race) hasRace(id string) bool {
	return slices.ContainsFunc(r.Events, func(e Event) bool { return strconv.FormatInt(e.Race, 10) == id })
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

// tied completes what the linked races and their events have in common. A link that
// cannot be followed fails alone.
func tied[W any](a *account, r *resource.Resource[W], id record.Field, about func(Race, string) bool, show func(context.Context, string, Race) ([]json.RawMessage, error)) *resource.Resource[W] {
	r.System, r.View, r.Complete, r.Excludes = System, "all", true, a.excludes(id, about)
	r.IDKey, r.Requires, r.KeepsEdits = "key", []string{"name"}, true
	r.Refuses, r.Another = unlinked(id), resource.Other(id)
	list := resource.Sweep[W]{Resource: r, Fetch: func(ctx context.Context, n int, _ int64, _ time.Time) (out resource.Swept, err error) {
		out.Records, err = show(ctx, "list", a.cfg.Races[n])
		if connector.ClassOf(err) == connector.NotFound {
			return out, nil // Check says so; the others are there
		}
		return out, err
	}}
	for _, link := range a.cfg.Races {
		list.Parts = append(list.Parts, link.key())
	}
	if r.Page = list.Page; !a.cfg.EditRaces {
		r.Table, r.Calls.Update = r.Table.ReadOnly(), nil
	}
	return r
}
