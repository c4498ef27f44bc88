package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// EventParticipant is the page of the participants of an event. EMS decides all of it.
func EventParticipant() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub),
		participant.ID, participant.Event, participant.Person, participant.Race, participant.Category,
		participant.FirstName, participant.LastName, participant.Email, participant.BirthDate, participant.Gender,
		participant.Bib, participant.Paid, participant.Active, participant.Team, participant.RegisteredOn,
		participant.Locked,
	)
	return &Policy{
		Kind:      participant.Kind,
		Key:       participant.Key,
		KeyFields: participant.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets:   []Target{TargetAt(tagserver, "event-participants")},
		Fields:    fields,
		Identity:  []record.Field{participant.FirstName, participant.LastName, participant.BirthDate},
		Groups:    [][]record.Field{{participant.FirstName, participant.LastName}},
		OnDelete:  []OnDelete{{System: tagserver, Action: Delete}},
	}
}
