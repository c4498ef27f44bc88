package runsignupsim

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"
	_ "time/tzdata" // Eastern time on any machine

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// Forms of times: as they are shown, and as they are sent.
const (
	shownTime = "1/2/2006 15:04"
	sentTime  = "2006-01-02 15:04"
)

// eastern is the zone of all times that are not those of an event. It is built in.
var eastern, _ = time.LoadLocation("America/New_York")

func (r *race) event(id int) *happen {
	i := slices.IndexFunc(r.Events, func(e happen) bool { return e.ID == id })
	if i < 0 {
		return nil
	}
	return &r.Events[i]
}

// lastDay is the day of the latest edition.
func (r *race) lastDay() int {
	latest := ""
	day := 0
	for _, e := range r.Events {
		if e.Start >= latest {
			latest, day = e.Start, e.Day
		}
	}
	return day
}

func checkRace(r *race) error {
	if r.Name == "" {
		return refuse(203)
	}
	if _, err := time.LoadLocation(r.Zone); err != nil || r.Zone == "" {
		return refuse(214)
	}
	if len(r.Events) == 0 {
		return refuse(217)
	}
	for _, e := range r.Events {
		switch _, err := time.Parse(sentTime, e.Start); {
		case e.Name == "":
			return refuse(218)
		case e.Start == "":
			return refuse(219)
		case err != nil:
			return refuse(220)
		}
	}
	return nil
}

// orNull is a text, or null where there is none.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func flag(b bool) string {
	if b {
		return "T"
	}
	return "F"
}

// shown is a time of an event as it is shown.
func shown(local string) any {
	at, err := time.Parse(sentTime, local)
	if err != nil {
		return nil
	}
	return at.Format(shownTime)
}

func (a *address) shown() any {
	if a == nil {
		a = &address{}
	}
	return map[string]any{
		"street": orNull(a.Street), "city": orNull(a.City), "state": orNull(a.State), "zipcode": orNull(a.Zip), "country_code": orNull(a.Country),
	}
}

func (s *sim) raceShown(r *race, events []happen) map[string]any {
	out := map[string]any{
		"race_id": r.ID, "name": r.Name, "timezone": r.Zone, "is_draft_race": flag(r.Draft), "description": orNull(r.Description),
		"url": "https://runsignup.example.org/" + r.URL, "address": r.Address.shown(),
		"created": r.Created.In(eastern).Format(shownTime), "last_modified": r.Modified.In(eastern).Format(shownTime),
	}
	if !s.settings.ContactHidden {
		out["contact_email"] = orNull(r.ContactEmail)
	}
	list := []any{}
	for _, e := range events {
		list = append(list, map[string]any{
			"event_id": e.ID, "race_event_days_id": e.Day, "name": e.Name, "details": orNull(e.Details), "start_time": shown(e.Start),
			"end_time": shown(e.End), "event_type": e.Type, "distance": orNull(e.Distance), "registration_opens": shown(e.Opens),
		})
	}
	out["events"] = list
	return map[string]any{"race": out}
}

func (s *sim) listRaces(r *http.Request) (int, any, error) {
	size, err := simkit.Whole(r.URL.Query(), "results_per_page", 50, 1, 1000)
	page, pageErr := simkit.Whole(r.URL.Query(), "page", 1, 1, 1_000_000)
	if err != nil || pageErr != nil {
		return 0, nil, refuse(3)
	}
	part, _ := simkit.Window(s.races.Select(nil), (page-1)*size, size)
	return http.StatusOK, map[string]any{"races": simkit.Objects(part, func(r *race) any { return s.raceShown(r, r.Events) })}, nil
}

// getRace shows the latest edition, and all of them where that is asked for.
func (s *sim) getRace(r *http.Request, found *race) (int, any, error) {
	events := slices.Clone(found.Events)
	if r.URL.Query().Get("future_events_only") != "F" {
		zone, _ := time.LoadLocation(found.Zone)
		events = slices.DeleteFunc(events, func(e happen) bool { return e.Start < s.Now().In(zone).Format(sentTime) })
	}
	return http.StatusOK, s.raceShown(found, events), nil
}

// raceInput is what a client may send of a race. What is left out is emptied.
type raceInput struct {
	Name         string       `json:"name"`
	Zone         string       `json:"timezone"`
	Description  *string      `json:"description"`
	ContactEmail *string      `json:"contact_email"`
	Draft        string       `json:"draft_race"`
	Address      *address     `json:"address"`
	Events       []eventInput `json:"events"`
}

type eventInput struct {
	ID       int     `json:"event_id"`
	Name     string  `json:"name"`
	Details  *string `json:"details"`
	Start    string  `json:"start_time"`
	End      *string `json:"end_time"`
	Type     string  `json:"event_type"`
	Distance *string `json:"distance"`
	Opens    *string `json:"registration_opens"`
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// editRace takes a whole race in place of the one that is there (page API/race/POST).
// Races are not made here: that wants a signature.
func (s *sim) editRace(r *http.Request) (int, any, error) {
	query := r.URL.Query()
	found := s.races.Get(query.Get("race_id"))
	if found == nil {
		return 0, nil, refuse(201)
	}
	var in raceInput
	if _, err := request(r, &in); err != nil {
		return 0, nil, err
	}
	day := found.lastDay()
	if asked := query.Get("race_event_days_id"); asked != "" {
		day, _ = strconv.Atoi(asked)
	}
	next, err := s.races.Update(r, query.Get("race_id"), func(to *race) error {
		to.Name, to.Zone, to.Description, to.ContactEmail = in.Name, in.Zone, text(in.Description), text(in.ContactEmail)
		to.Address, to.Draft = in.Address, in.Draft == "T"
		kept := []happen{}
		for _, e := range to.Events {
			sent := slices.ContainsFunc(in.Events, func(i eventInput) bool { return i.ID == e.ID })
			if sent || e.Day != day || query.Get("preserve_missing_events") == "T" {
				kept = append(kept, e)
			}
		}
		if len(in.Events) > 0 && !slices.ContainsFunc(in.Events, func(i eventInput) bool { return i.ID != 0 }) {
			return refuse(224) // only new ones would be a renewal
		}
		to.Events = kept
		for _, i := range in.Events {
			if err := s.editEvent(to, i, day, query.Get("allow_past_event_creation") == "T"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		if _, own := errors.AsType[*refusal](err); !own {
			return 0, nil, refuse(213)
		}
		return 0, nil, err
	}
	return http.StatusOK, s.raceShown(next, next.Events), nil
}

func (s *sim) editEvent(to *race, in eventInput, day int, past bool) error {
	e := happen{ID: in.ID, Day: day}
	was := to.event(in.ID)
	zone, err := time.LoadLocation(to.Zone)
	if err != nil {
		return refuse(214)
	}
	start, err := time.ParseInLocation(sentTime, in.Start, zone)
	switch {
	case err != nil:
		return refuse(220)
	case in.ID != 0 && (was == nil || was.Day != day):
		return refuse(223)
	case start.Before(s.Now()) && !past:
		return refuse(227)
	}
	if in.ID == 0 {
		e.ID = 3000 + s.store.Number()
	}
	e.Name, e.Details, e.Start, e.End = in.Name, text(in.Details), in.Start, text(in.End)
	e.Type, e.Distance, e.Opens = in.Type, text(in.Distance), text(in.Opens)
	if was != nil {
		*was = e
		return nil
	}
	to.Events = append(to.Events, e)
	return nil
}
