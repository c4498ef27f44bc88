package ems_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/hub/ems"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// Which row is made of what has come in at a system.
func TestMake(t *testing.T) {
	t.Parallel()
	entry := ems.Change{
		Kind: participant.Kind, Key: "9001", From: origin(participant.Bib, "runsignup"),
		Is: record.Fields{
			participant.Event: "12", participant.Person: "7", participant.Race: "31", participant.LastName: "Ünal", participant.Gender: "female",
			participant.Bib: "77", participant.Paid: "true", participant.Team: "", participant.Category: "H50", participant.FirstName: strings.Repeat("ë", 51),
		},
	}
	for name, c := range map[string]struct {
		change ems.Change
		want   map[string]string
	}{
		"a registration": {entry, map[string]string{
			"event_id": "12", "person_id": "7", "race_id": "31", "last_name": "Ünal", "gender": "FEMALE", "bib": "77", "paid": "true", "active": "true", "source": "RUNSIGNUP",
		}},
		"at another system": {
			ems.Change{Kind: participant.Kind, Key: "9001", Is: record.Fields{participant.Event: "12", participant.Person: "?9"}, From: origin(participant.Event, "other")},
			map[string]string{"event_id": "12", "gender": "UNKNOWN", "paid": "false", "source": "EMS", "active": "true"},
		},
		"a person": {
			ems.Change{Kind: eventperson.Kind, Key: "70", Is: record.Fields{
				eventperson.LastName: "Ünal", eventperson.BirthDate: "1990-01-02", eventperson.Gender: "male", eventperson.Consent: "opted_in",
			}},
			map[string]string{"last_name": "Ünal", "date_of_birth": "1990-01-02", "gender": "MALE"},
		},
		"one that is there":   {ems.Change{Kind: participant.Kind, Key: "9001", Was: record.Fields{}, Is: entry.Is}, nil},
		"one that is gone":    {ems.Change{Kind: participant.Kind, Key: "9001", Is: entry.Is, Deleted: record.Removed}, nil},
		"an event":            {ems.Change{Kind: event.Kind, Key: "12", Is: record.Fields{event.Name: "Loop"}}, nil},
		"without an id of us": {ems.Change{Kind: participant.Kind, Key: "runsignup/users/9", Is: entry.Is}, nil},
	} {
		table, _ := ems.TableOf(c.change.Kind)
		got, made := table.Make(c.change)
		if made != (c.want != nil) || !maps.Equal(got.Columns, c.want) {
			t.Errorf("%s: %v, %v", name, made, got.Columns)
		}
	}
}
