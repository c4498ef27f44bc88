package organiser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/internal/eventoracle"
)

// tables are those that others are shown something of.
var tables = []string{
	"organisation", "person", "contact_preference", "membership_type", "membership_period", "membership", "event", "race", "start_group",
	"event_participant", "start_group_participant", "tag", "bib_tag_mapping", "conversation",
}

// Judge compares the five systems with what a program that was written from the paper
// alone computes from EMS.
func (s Sites) Judge(ctx context.Context) ([]eventoracle.Difference, error) {
	w := eventoracle.World{}
	var parts []string
	for _, t := range tables {
		parts = append(parts, fmt.Sprintf(`'%s', (select coalesce(jsonb_agg(to_jsonb(t)), '[]') from ems.%s t)`, t, t))
	}
	q := `select jsonb_build_object(` + strings.Join(parts, ", ") + `), (now() at time zone 'Europe/Amsterdam')::date::text`
	if err := s.DB.QueryRow(ctx, q).Scan(&w.EMS, &w.Today); err != nil {
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
