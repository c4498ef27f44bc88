package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/race"
)

// EventRace is the page of the races of an event.
//
//   - What a race is called, when it starts and how long it is: EMS and RunSignup; of two
//     that changed it at once, EMS. RunSignup never empties it.
//   - All else: EMS.
//
// Nobody else ends a race, and none is made at RunSignup. One that is over stays at
// TagServer, for the results' sake.
func EventRace() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub),
		race.ID, race.Event, race.Category, race.RaceType, race.Duration, race.MinEntries, race.MaxEntries, race.Active, race.Status, race.InWindow,
	)
	rules(fields, Shared(record.Hub, runsignup).KeepWhenEmpty(), race.Name, race.Start, race.Distance)
	return &Policy{
		Kind:      race.Kind,
		Key:       race.Key,
		KeyFields: race.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets:   []Target{TargetOf(tagserver, "races", race.InWindow, WhyOutside), TargetAt(runsignup, "events")},
		Fields:    fields,
		OnDelete:  []OnDelete{{System: tagserver, If: over, Action: Detach, Why: WhyLocked}, {System: tagserver, Action: Delete}},
	}
}

// over reports whether a race is over.
func over(f record.Fields) bool { return f[race.Status] == "completed" }
