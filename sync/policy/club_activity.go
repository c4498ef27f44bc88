package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/activity"
)

// ClubActivity is the page of what took place with members: conversations with the
// helpdesk, and that the financial block was set or lifted. Each is put once into the timeline of the member at Rondo Club, whose people
// may edit it, or take it away; it is not made again. A conversation with somebody who is
// no member is nobody's: of its fields those are kept by which it becomes a member's once
// the helpdesk knows them as one, and not its subject.
//
// What becomes of a conversation at the helpdesk afterwards changes nothing.
func ClubActivity() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub),
		activity.Event, activity.Person, activity.Customer, activity.Channel, activity.Subject, activity.Link, activity.HappenedOn,
		activity.Change, activity.Awaited,
	)
	return &Policy{
		Kind:       activity.Kind,
		Key:        activity.Key,
		KeyFields:  activity.KeyFields,
		Remembered: []record.Field{activity.Customer, activity.Channel, activity.Link, activity.HappenedOn},
		Sources:    []record.System{record.Hub},
		Targets:    []Target{onceItHappens("activities", activity.Awaited)},
		Fields:     fields,
		Once:       &Once{When: activity.HappenedOn},
	}
}
