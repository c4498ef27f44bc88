package policy

import (
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// Who registers at RunSignup becomes a person of EMS, once: whoever has the same name and
// birth is the same, however the address is written. Families share addresses, so that an
// address alone tells nothing; together with one other thing it makes a person look, as
// with twins, or a birth that somebody has mistyped. Without a birth namesakes cannot be
// told apart, and nobody is made.
var personsCome = &Newcomers{
	From:  []record.System{runsignup},
	Needs: []record.Field{eventperson.FirstName, eventperson.LastName, eventperson.BirthDate},
	Common: func(f record.Fields) []string {
		return common(f, []record.Field{eventperson.LastName, eventperson.FirstName}, []record.Field{eventperson.LastName, eventperson.BirthDate})
	},
	Compare: samePerson,
}

// An entry is of one person for one race. One that EMS has made, and that has no
// registration yet, is the registration's; so is one that names no race. Where the
// persons are two and the entries look alike, a person decides.
var participantsCome = &Newcomers{
	From:  []record.System{runsignup},
	Needs: []record.Field{participant.Event, participant.Person, participant.Race, participant.LastName},
	Over:  func(f record.Fields) bool { return f[participant.Active] == "false" },
	Common: func(f record.Fields) []string {
		return common(f, []record.Field{participant.Event, participant.Person}, []record.Field{participant.Event, participant.LastName, participant.FirstName})
	},
	Compare: sameEntry,
	Each:    true,
	Undone:  record.Fields{participant.Active: "false"},
}

// common are the values of several fields each, in small letters, where all of them are
// known.
func common(f record.Fields, keys ...[]record.Field) []string {
	var out []string
	for _, fields := range keys {
		parts := make([]string, len(fields))
		for i, name := range fields {
			if f[name] == "" {
				parts = nil
				break
			}
			parts[i] = string(name) + "=" + strings.ToLower(f[name])
		}
		if parts != nil {
			out = append(out, strings.Join(parts, "\n"))
		}
	}
	return out
}

// agreement is what two values of one field say.
type agreement int

const (
	unknown agreement = iota // one of them, or both
	agrees
	differs
)

func compare(ours, shown record.Fields, f record.Field) agreement {
	switch a, b := ours[f], shown[f]; {
	case a == "" || b == "":
		return unknown
	case strings.EqualFold(a, b):
		return agrees
	}
	return differs
}

// samePerson compares a person of EMS with one that has registered.
func samePerson(ours, shown record.Fields) Likeness {
	if compare(ours, shown, eventperson.LastName) != agrees {
		return Different
	}
	name, birth, mail := compare(ours, shown, eventperson.FirstName), compare(ours, shown, eventperson.BirthDate), compare(ours, shown, eventperson.Email)
	switch {
	case name == agrees && birth == agrees, name == unknown && birth == agrees && mail == agrees:
		return Same
	case name == agrees && (mail == agrees || birth == unknown && mail == unknown), birth == agrees && mail == agrees, name == unknown && birth == agrees:
		return Maybe
	}
	return Different
}

// sameEntry compares an entry of EMS with a registration.
func sameEntry(ours, shown record.Fields) Likeness {
	switch {
	case ours[participant.Active] == "false", compare(ours, shown, participant.Event) != agrees, compare(ours, shown, participant.Race) == differs:
		return Different
	case compare(ours, shown, participant.Person) == agrees:
		return Same
	case samePerson(ours, shown) != Different:
		return Maybe
	}
	return Different
}
