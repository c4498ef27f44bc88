package runsignup

import (
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/participant"
	"github.com/touchline-sync/touchline/sync/value"
)

// genders are the two that both sides know. Another one that RunSignup shows cannot be
// read, and is left as it is.
var genders = map[string]string{"male": "M", "female": "F"}

// entries ties a participant to a registration (docs/systems/runsignup.md, "Fields").
var entries = mapping.Table[entry]{
	mapping.Text(participant.Event, func(e *entry) *mapping.Value { return &e.Race }).ReadOnly(),
	mapping.Text(participant.Race, func(e *entry) *mapping.Value { return &e.Event }),
	mapping.Text(participant.Person, func(e *entry) *mapping.Value { return &e.User.ID }).ReadOnly(),
	mapping.Text(participant.FirstName, func(e *entry) *mapping.Value { return &e.User.First }),
	mapping.Text(participant.LastName, func(e *entry) *mapping.Value { return &e.User.Last }),
	mapping.Text(participant.Email, func(e *entry) *mapping.Value { return &e.User.Email }),
	mapping.Text(participant.BirthDate, func(e *entry) *mapping.Value { return &e.User.Birth }),
	mapping.Enum(participant.Gender, genders, func(e *entry) *mapping.Value { return &e.User.Gender }),
	mapping.Text(participant.Bib, func(e *entry) *mapping.Value { return &e.Bib }),
	mapping.Text(participant.Team, func(e *entry) *mapping.Value { return &e.Team }).ReadOnly(),
	mapping.Text(participant.Paid, func(e *entry) *mapping.Value { return &e.paid }).ReadOnly(),
	mapping.Text(participant.Active, func(e *entry) *mapping.Value { return &e.active }).ReadOnly(),
	mapping.Convert(participant.RegisteredOn, eastern, nil, func(e *entry) *mapping.Value { return &e.Registered }),
}

// people ties a person to the user behind a registration. Nothing is written this way:
// what is sent of a person is what the entry says.
var people = mapping.Table[entry]{
	mapping.Text(eventperson.FirstName, func(e *entry) *mapping.Value { return &e.User.First }),
	mapping.Text(eventperson.LastName, func(e *entry) *mapping.Value { return &e.User.Last }),
	mapping.Text(eventperson.BirthDate, func(e *entry) *mapping.Value { return &e.User.Birth }),
	mapping.Enum(eventperson.Gender, genders, func(e *entry) *mapping.Value { return &e.User.Gender }),
	mapping.Text(eventperson.Email, func(e *entry) *mapping.Value { return &e.User.Email }),
	mapping.Text(eventperson.Phone, func(e *entry) *mapping.Value { return &e.User.Phone }),
	mapping.Text(eventperson.City, func(e *entry) *mapping.Value { return &e.User.Address.City }),
	mapping.Text(eventperson.Country, func(e *entry) *mapping.Value { return &e.User.Address.Country }),
}.ReadOnly()

// eastern reads when somebody has registered: RunSignup tells it in its own zone, and in
// no other form.
func eastern(local string) (string, error) {
	return value.Local(local, "America/New_York", layouts...)
}

// samePerson reports whether a registration is that of the person who is wanted: name,
// birth and address agree, and are not all of them unknown. Families share addresses,
// and namesakes a name.
func samePerson(want, have record.Fields) bool {
	birth, address := want[participant.BirthDate], want[participant.Email]
	return sameName(want, have) && birth == have[participant.BirthDate] && address == have[participant.Email] && birth+address != ""
}

// mayBe reports whether a registration may be that of the person who is wanted: the name
// agrees, and not both of birth and address speak against it.
func mayBe(want, have record.Fields) bool {
	differ := 0
	for _, f := range []record.Field{participant.BirthDate, participant.Email} {
		if want[f] != "" && have[f] != "" && want[f] != have[f] {
			differ++
		}
	}
	return sameName(want, have) && differ < 2
}

func sameName(want, have record.Fields) bool { return nameOf(want) == nameOf(have) }
