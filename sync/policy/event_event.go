package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
)

// EventEvent is the page of the events.
//
//   - What an event is called and where it takes place: EMS and RunSignup; of two that
//     changed it at once, EMS. RunSignup never empties it. What the two say differently
//     from the start stays so, unless EMS may write it there.
//   - All else: EMS. RunSignup tells when the first of its events begins and the last one
//     ends, which need not be the event's own times.
//
// Nobody else ends an event, and none is made at RunSignup: its settings link what people
// have made there.
//
// TagServer holds those that are in the window of events, with what hangs on them: they
// ended not long ago, take place or begin before long. What leaves the window stays there,
// for the results' sake.
func EventEvent() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub),
		event.ID, event.Organisation, event.Sanctioned, event.Start, event.End, event.AllDay, event.Zone, event.Venue,
		event.Latitude, event.Longitude, event.ContactName, event.ContactEmail, event.ContactURL, event.TimingID,
		event.InWindow,
	)
	rules(fields, Shared(record.Hub, runsignup).KeepWhenEmpty(),
		event.Name, event.Address, event.City, event.Province, event.PostalCode, event.Country,
	)
	return &Policy{
		Kind:      event.Kind,
		Key:       event.Key,
		KeyFields: event.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets:   []Target{TargetOf(tagserver, "events", event.InWindow, WhyOutside), TargetAt(runsignup, "races")},
		Fields:    fields,
		OnDelete:  []OnDelete{{System: tagserver, Action: Delete}},
	}
}

// WhyOutside is why an event, and what hangs on it, is not held at TagServer.
const WhyOutside = "outside the window of events"
