package organiser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/internal/eventoracle"
)

// tables are those that others are shown something of.
var tables = []string{
	"organisation", "person", "contact_preference", "membership_type", "membership_period", "membership", "event", "race", "start_group",
	"event_participant", "start_group_participant", "tag", "bib_tag_mapping", "conversation",
}

// Judge compares the five systems with what a program that was written from the paper
// alone computes from EMS, at a time.
func (s Sites) Judge(ctx context.Context, now time.Time) ([]eventoracle.Difference, error) {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return nil, err
	}
	w := eventoracle.World{Now: now.In(zone)}
	var parts []string
	for _, t := range tables {
		parts = append(parts, fmt.Sprintf(`'%s', (select coalesce(jsonb_agg(to_jsonb(t)), '[]') from ems.%s t)`, t, t))
	}
	q := `select jsonb_build_object(` + strings.Join(parts, ", ") + `)`
	if err := s.DB.QueryRow(ctx, q).Scan(&w.EMS); err != nil {
		return nil, fmt.Errorf("read EMS: %w", err)
	}
	for site, into := range map[*clients.SimRemote]*[]byte{
		&s.MailChimp: &w.MailChimp, &s.ChatWoot: &w.ChatWoot, &s.Mautic: &w.Mautic, &s.RunSignup: &w.RunSignup, &s.TagServer: &w.TagServer,
	} {
		var dump json.RawMessage
		if err := site.Call(ctx, http.MethodGet, "/dump", nil, &dump); err != nil {
			return nil, err
		}
		*into = dump
	}
	for _, l := range Links() {
		for _, e := range l.Events {
			w.Races = append(w.Races, eventoracle.Race{ID: e.Race, Event: e.Event, Bibs: l.Bibs == "ems"})
		}
	}
	return eventoracle.Check(w)
}
