package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
)

// EventEvent is the page of the events. EMS decides all of it. Nobody else ends an event.
func EventEvent() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub),
		event.ID, event.Organisation, event.Sanctioned, event.Name, event.Start, event.End, event.AllDay,
		event.Zone, event.Venue, event.Address, event.City, event.Province, event.PostalCode, event.Country,
		event.Latitude, event.Longitude, event.ContactName, event.ContactEmail, event.ContactURL, event.TimingID,
	)
	return &Policy{
		Kind:      event.Kind,
		Key:       event.Key,
		KeyFields: event.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets:   []Target{TargetAt(tagserver, "events")},
		Fields:    fields,
		OnDelete:  []OnDelete{{System: tagserver, Action: Delete}},
	}
}
