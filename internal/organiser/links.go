package organiser

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
)

// Link says which race of RunSignup an event of EMS is, and who gives out its bibs.
type Link struct {
	Event, Race, Day int64
	Bibs             string // "ems" or "runsignup"
	Events           []LinkedRace
}

// LinkedRace is a race of EMS, and the event of RunSignup that it is.
type LinkedRace struct{ Race, Event int64 }

// perEvent is how many races an event has.
const perEvent = 4

// Links are those of the first two events. People register for the third one with the
// organiser alone.
func Links() []Link {
	links := []Link{{Event: 1, Bibs: "ems"}, {Event: 2, Bibs: "runsignup"}}
	for i := range links {
		l := &links[i]
		l.Race, l.Day = 1100+l.Event, 2100+l.Event
		for n := range int64(perEvent) {
			race := (l.Event-1)*perEvent + n + 1
			l.Events = append(l.Events, LinkedRace{Race: race, Event: 3100 + race})
		}
	}
	return links
}

// Advertise makes the linked races at RunSignup, as people have who want runners to
// register there: under the names and at the times that they have in EMS.
func (s Sites) Advertise(ctx context.Context) error {
	for _, l := range Links() {
		var name, zone, city, country string
		err := s.DB.QueryRow(ctx, `select name, timezone, city, country from ems.event where id = $1`, l.Event).Scan(&name, &zone, &city, &country)
		if err != nil {
			return fmt.Errorf("event %d of EMS: %w", l.Event, err)
		}
		events, err := s.eventsOf(ctx, l, zone)
		if err != nil {
			return fmt.Errorf("races of event %d of EMS: %w", l.Event, err)
		}
		err = s.RunSignup.Call(ctx, http.MethodPost, "/races", map[string]any{
			"race_id": l.Race, "name": name, "timezone": zone, "url_string": name, "contact_email": "races@example.org",
			"address": map[string]any{"city": city, "country_code": country}, "events": events,
		}, nil)
		if err != nil {
			return fmt.Errorf("make a race at RunSignup: %w", err)
		}
	}
	return nil
}

// eventsOf are the races of an event as RunSignup has them: by the clock at the start.
func (s Sites) eventsOf(ctx context.Context, l Link, zone string) ([]map[string]any, error) {
	at, err := time.LoadLocation(zone)
	if err != nil {
		return nil, err
	}
	rows, err := s.DB.Query(ctx, `select id, name, start_time, distance_meters from ems.race where event_id = $1 order by id`, l.Event)
	if err != nil {
		return nil, err
	}
	type race struct {
		ID       int64
		Name     string
		Start    time.Time
		Distance int
	}
	races, err := pgx.CollectRows(rows, pgx.RowToStructByPos[race])
	if err != nil {
		return nil, err
	}
	var out []map[string]any
	for i, r := range races {
		if i >= len(l.Events) || l.Events[i].Race != r.ID {
			return nil, fmt.Errorf("race %d is not linked: EMS was not new when it was filled", r.ID)
		}
		out = append(out, map[string]any{
			"event_id": l.Events[i].Event, "race_event_days_id": l.Day, "name": r.Name, "event_type": "running_race",
			"start_time": r.Start.In(at).Format("2006-01-02 15:04"), "distance": fmt.Sprintf("%d Meters", r.Distance),
		})
	}
	return out, nil
}
