package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// EventParticipant is the page of the participants of an event. EMS decides all of it. Whose
// race is over is neither renumbered nor removed at TagServer, for the results' sake.
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
		Fixed:     []Fixed{{System: tagserver, If: locked, Fields: []record.Field{participant.Bib}, Why: WhyLocked}},
		OnDelete: []OnDelete{
			{System: tagserver, If: locked, Action: Detach, Why: WhyLocked},
			{System: tagserver, Action: Delete},
		},
	}
}

// WhyLocked is why a participant stays at the timing system as it is.
const WhyLocked = "locked"

// locked reports whether the race of a participant is over: results go by its bib.
func locked(f record.Fields) bool { return f[participant.Locked] == "true" }
