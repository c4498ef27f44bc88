package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/race"
)

// EventRace is the page of the races of an event. EMS decides all of it. Nobody else ends a race.
func EventRace() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub),
		race.ID, race.Event, race.Name, race.Category, race.RaceType, race.Start, race.Distance, race.Duration,
		race.MinEntries, race.MaxEntries, race.Active, race.Status,
	)
	return &Policy{
		Kind:      race.Kind,
		Key:       race.Key,
		KeyFields: race.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets:   []Target{TargetAt(tagserver, "races")},
		Fields:    fields,
		OnDelete:  []OnDelete{{System: tagserver, Action: Delete}},
	}
}
