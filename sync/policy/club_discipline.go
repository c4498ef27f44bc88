package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/discipline"
)

// ClubDiscipline is the page of the discipline cases of a club's members. Sportlink decides
// them; Rondo Club holds those that name somebody we know and the day of the match. Who has
// charged the fee on to the member is Rondo Club's once somebody has done so there, and
// Sportlink's word before that.
//
// A case that Sportlink has no more goes into the trash of Rondo Club, and is a task for
// somebody who looks at its invoice. One that is shown again is made anew.
func ClubDiscipline() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(sportlink),
		discipline.Dossier, discipline.Person, discipline.MatchDate, discipline.ProcessedOn, discipline.Match, discipline.Team,
		discipline.ChargeCodes, discipline.Charge, discipline.Sanction, discipline.Fee, discipline.Season,
	)
	fields[discipline.Charged] = Shared(rondoclub, sportlink)
	return &Policy{
		Kind:      discipline.Kind,
		Key:       discipline.Key,
		KeyFields: discipline.KeyFields,
		Sources:   []record.System{sportlink},
		Targets:   []Target{{System: rondoclub, Place: caseAt}},
		Fields:    fields,
		Identity:  []record.Field{discipline.Person, discipline.MatchDate, discipline.Match},
		OnDelete:  []OnDelete{{System: rondoclub, Action: Remove}},
	}
}

// caseAt is where a case is held.
func caseAt(f record.Fields) (place, why string) {
	switch {
	case f[discipline.Person] == "":
		return "", "it names nobody"
	case record.RefersElsewhere(f[discipline.Person]):
		return "", "it names somebody whom Sportlink does not list as a member"
	case f[discipline.MatchDate] == "":
		return "", "it has no day of a match"
	}
	return "discipline-cases", ""
}
