package runsignup

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// made are the keys of a race that RunSignup works out by itself, and ours beside them.
var made = []string{
	"race_id", "url", "url_string", "created", "last_modified", "last_date", "last_end_date", "next_date", "next_end_date",
	"is_draft_race", "is_registration_open",
}

// rewrite sends a whole race, as it is read just before but for what change makes of it: what is
// left out would be emptied, and an event that is left out deleted, unless missing events
// are preserved, which is asked for at each call (page API/race/POST).
func (a *account) rewrite(ctx context.Context, op string, link Race, change func(body map[string]any, events []map[string]any) error) error {
	w, err := a.whole(ctx, op, link)
	if err != nil {
		return err
	}
	op += " race"
	body := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(w.raw))
	d.UseNumber()
	if err := d.Decode(&body); err != nil {
		return wrong(connector.Drifted, op, "a race of an unexpected form", "")
	}
	if contact, ok := body["contact_email"].(string); !ok || contact == "" {
		// RunSignup shows it to some keys alone, and would empty it.
		return wrong(connector.Rejected, op, "the key may not see contact_email, which the call would empty", "")
	}
	body["draft_race"] = body["is_draft_race"]
	for _, name := range made {
		delete(body, name)
	}
	var events []map[string]any
	list, _ := body["events"].([]any)
	for _, one := range list {
		e, _ := one.(map[string]any)
		if day, _ := e["race_event_days_id"].(json.Number); day.String() != strconv.FormatInt(link.Day, 10) {
			continue // another edition, which preserve_missing_events keeps
		}
		delete(e, "race_event_days_id")
		for _, name := range []string{"start_time", "end_time", "registration_opens"} {
			if shown, _ := e[name].(string); shown != "" {
				sent, ok := resent(shown)
				if !ok {
					return wrong(connector.Drifted, op, "an event whose "+name+" is in no known form", "")
				}
				e[name] = sent
			}
		}
		events = append(events, e)
	}
	if err := change(body, events); err != nil {
		return err
	}
	body["events"] = events
	return a.send(ctx, rest.Call{Op: op, Path: "/race", Into: &struct{}{}, Query: url.Values{
		"race_id": {strconv.FormatInt(link.RaceID, 10)}, "race_event_days_id": {strconv.FormatInt(link.Day, 10)}, "preserve_missing_events": {"T"},
	}}, body)
}
