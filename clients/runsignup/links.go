package runsignup

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/touchline-sync/touchline/sync/connector"
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
		for _, f := range []struct {
			why string
			is  bool
		}{
			{"%s needs event, race_id and race_event_days_id, numbers above 0", min(r.Event, r.RaceID, r.Day) <= 0},
			{"%s: bibs must say who gives them out, " + BibsByEMS + " or " + BibsThere, r.Bibs != BibsByEMS && r.Bibs != BibsThere},
			{"%s: events is empty: nobody takes part in it", len(r.Events) == 0},
			{"%s: each of events needs race and event_id, numbers above 0", slices.ContainsFunc(r.Events, func(e Event) bool { return min(e.Race, e.EventID) <= 0 })},
		} {
			if f.is {
				fault(f.why, at)
			}
		}
		once(at, "event", r.Event)
		once(at, "race_event_days_id", r.Day)
		for _, e := range r.Events {
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
		// The first registrations show what the key may see.
		if _, _, err := a.rows(ctx, ask{place: place{link: link, event: e.id()}, op: "check", size: 10, by: asked}); err != nil {
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
