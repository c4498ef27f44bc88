package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// EventParticipant is the page of the participants of an event.
//
//   - Who takes part in what, under which name and number: EMS and RunSignup; of two that
//     changed it at once, EMS. A registration there becomes an entry here. RunSignup never empties it: a bib that was given out on the
//     day is not taken back since RunSignup shows none. Whether EMS writes bibs there at
//     all is a setting of each race.
//   - Whether somebody takes part still, and has paid: EMS and RunSignup. Who was removed
//     or deferred there is not active; who was transferred goes on under the new
//     registration where it is the same person. An entry that came in there and that
//     RunSignup itself takes back is deleted.
//   - All else: EMS.
//
// A participant whom EMS deletes is deleted at RunSignup only where the registration was
// imported from here. What was paid for there stays: people give the money back.
//
// Whose race is over is neither renumbered nor removed at TagServer, for the results' sake.
func EventParticipant() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub),
		participant.ID, participant.Event, participant.Person, participant.Category, participant.Locked, participant.InWindow,
	)
	rules(fields, Shared(record.Hub, runsignup).KeepWhenEmpty(),
		participant.Race, participant.FirstName, participant.LastName, participant.Email, participant.BirthDate, participant.Gender,
		participant.Bib, participant.Paid, participant.Active, participant.Team, participant.RegisteredOn,
	)
	return &Policy{
		Kind:      participant.Kind,
		Key:       participant.Key,
		KeyFields: participant.KeyFields,
		Sources:   []record.System{record.Hub},
		Newcomers: participantsCome,
		Targets:   []Target{TargetOf(tagserver, "event-participants", participant.InWindow, WhyOutside), TargetAt(runsignup, "participants")},
		Fields:    fields,
		Identity:  []record.Field{participant.FirstName, participant.LastName, participant.BirthDate},
		Groups:    [][]record.Field{{participant.FirstName, participant.LastName}},
		Fixed:     []Fixed{{System: tagserver, If: locked, Fields: []record.Field{participant.Bib}, Why: WhyLocked}},
		OnDelete: []OnDelete{
			{System: tagserver, If: locked, Action: Detach, Why: WhyLocked},
			{System: tagserver, Action: Delete},
			{System: runsignup, Action: Delete},
		},
	}
}

// WhyLocked is why a participant stays at the timing system as it is.
const WhyLocked = "locked"

// locked reports whether the race of a participant is over: results go by its bib.
func locked(f record.Fields) bool { return f[participant.Locked] == "true" }
