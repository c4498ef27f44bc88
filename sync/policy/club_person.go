package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/invoice"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// ClubPerson is the page of the people of a club: its members, as Sportlink
// knows them, and the parents of members, as the hub derives them from what
// Sportlink says of the children.
//
//   - Who somebody is and what membership they have: Sportlink.
//   - How somebody is reached: Sportlink and Rondo Club; of two that changed it
//     at once, Sportlink.
//   - What somebody does for the club, and has done in its teams: Sportlink.
//   - Since when there is a certificate of conduct, and whether somebody may go to another
//     club: Sportlink and Rondo Club; of two that changed it at once, Sportlink.
//   - Whether somebody is a volunteer: Rondo Club.
//
// A member who leaves stays at Rondo Club and is marked as former. Whoever has
// a relation code is never removed. Whom Sportlink lists among those who have left is known
// as a former member, from whom nothing is derived. A parent who is no longer named stays as
// they are.
//
// The state of a record at Rondo Club belongs to its people: a draft is kept up to
// date and stays one, what lies in the trash is left there and made anew beside it,
// and of two that hold one code after one was restored only the one that was kept
// goes on. A site need not have all of these fields: what it lacks it is not told.
func ClubPerson() *Policy {
	fields := map[record.Field]Rule{}
	// The hub comes second: it decides for the parents that Sportlink has not.
	rules(fields, Shared(sportlink, record.Hub),
		person.RelationCode, person.FirstName, person.Infix, person.LastName,
		person.Gender, person.BirthDate, person.DeceasedOn,
		person.Country,
		person.MemberSince, person.MemberUntil, person.MemberType, person.AgeClass,
		person.GameActivity, person.PhotoDate, person.UnionTeams, person.ClubTeams, person.Teams,
		person.FormerMember,
	)
	rules(fields, Shared(sportlink, record.Hub, rondoclub),
		person.Email1, person.Email2, person.Mobile1, person.Mobile2,
		person.Phone1, person.Phone2,
		person.Street, person.HouseNumber, person.HouseNumberExt,
		person.PostalCode, person.City, person.CountryCode,
	)
	rules(fields, Owned(sportlink),
		person.Parent1Name, person.Parent1Email, person.Parent1Phone,
		person.Parent2Name, person.Parent2Email, person.Parent2Phone,
	)
	rules(fields, Shared(sportlink, rondoclub), person.VOGDate, person.FinancialBlock)
	rules(fields, Owned(sportlink), person.ChangedOn, person.HelpdeskID)
	rules(fields, Owned(sportlink), invoice.Fields...)
	rules(fields, Owned(sportlink).RowByRow(person.FunctionColumns), person.Functions, person.History)
	rules(fields, Owned(rondoclub), person.Volunteer)
	return &Policy{
		Kind:      person.Kind,
		Key:       person.Key,
		KeyFields: person.KeyFields,
		Sources:   []record.System{sportlink, record.Hub},
		Targets:   []Target{TargetAt(rondoclub, people)},
		Fields:    fields,
		Identity:  []record.Field{person.FirstName, person.LastName, person.BirthDate, person.Gender},
		Groups: [][]record.Field{
			{person.FirstName, person.Infix, person.LastName},
			{
				person.Street, person.HouseNumber, person.HouseNumberExt,
				person.PostalCode, person.City, person.Country, person.CountryCode,
			},
			invoice.Fields,
			// A person is derived from these: the name of one parent beside the
			// address of another would be somebody who does not exist.
			{person.Parent1Name, person.Parent1Email, person.Parent1Phone},
			{person.Parent2Name, person.Parent2Email, person.Parent2Phone},
		},
		MovesForAll: []record.Field{
			person.UnionTeams, person.ClubTeams, person.Teams, person.AgeClass, person.GameActivity,
			person.Functions, person.History, person.ChangedOn,
		},
		Selections: persons,
		Ends:       []record.Field{person.DeceasedOn, person.MemberUntil, person.FormerMember},
		OnDelete: []OnDelete{
			{
				System: rondoclub, If: isMember, Action: SetFields,
				Fields: record.Fields{person.FormerMember: "true"},
			},
			{System: rondoclub, Action: Detach},
		},
	}
}

func isMember(f record.Fields) bool { return f[person.RelationCode] != "" }
