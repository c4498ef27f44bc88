package policy

import (
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/committee"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/team"
	"github.com/touchline-sync/touchline/sync/record/work"
)

// committees and teams are the places of the groups that people work in, at Rondo Club.
const (
	committees = "commissies"
	teams      = "teams"
)

// ClubCommittee is the page of the committees of a club. The hub makes one of each that
// somebody has a function in. Those that people have made at Rondo Club stay, and one of
// the same name is taken for ours. None is ever removed: the work of people names it.
func ClubCommittee() *Policy {
	return &Policy{
		Kind:      committee.Kind,
		Key:       committee.Key,
		KeyFields: committee.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets:   []Target{TargetAt(rondoclub, committees)},
		Fields:    map[record.Field]Rule{committee.Name: Owned(record.Hub)},
		OnDelete:  []OnDelete{{System: rondoclub, Action: Detach}},
	}
}

// ClubWork is the page of what people do for the club, and have done: at Rondo Club a part
// of their record, next to rows that people have made there, which stay. The hub makes it
// of the functions that Sportlink shows.
func ClubWork() *Policy { return workIn(work.Kind, work.Functions) }

// ClubTeamWork is the same of what people do in teams, and have done. The hub makes it of
// who Sportlink says is in each team, and of the history of each member.
func ClubTeamWork() *Policy { return workIn(work.InTeams, work.TeamFunctions, work.Rosters) }

// workIn is the page of work that stands in fields of rows.
func workIn(kind record.Kind, rows ...record.Field) *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub).RowByRow(person.FunctionColumns), rows...)
	return &Policy{
		Kind:      kind,
		Key:       work.Key,
		KeyFields: work.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets:   []Target{TargetAt(rondoclub, people)},
		Fields:    fields,
		OnDelete:  []OnDelete{{System: rondoclub, Action: Detach}},
	}
}

// ClubTeam is the page of the teams of a club, as Sportlink knows them. One of Rondo Club
// that has the number of ours is taken for it; those that people have made there have none,
// and stay. None is ever removed: one that Sportlink lists no longer stays ours as it is,
// since the work of those who were in it names it.
//
// Who is in which team changes for all when a season begins.
func ClubTeam() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(sportlink), team.Number, team.Name, team.Activity, team.Gender)
	rules(fields, Owned(sportlink).RowByRow(team.MemberColumns), team.Members)
	return &Policy{
		Kind:        team.Kind,
		Key:         team.Key,
		KeyFields:   team.KeyFields,
		Sources:     []record.System{sportlink},
		Targets:     []Target{TargetAt(rondoclub, teams)},
		Fields:      fields,
		MovesForAll: []record.Field{team.Name, team.Members},
		OnDelete:    []OnDelete{{System: rondoclub, Action: SetFields}},
	}
}

// The names of selections of persons.
const (
	// Recent are those who are worth a visit several times a day: whoever has changed
	// lately, and the volunteers whose certificate of conduct is waited for.
	Recent = "recent"
	// ChangedLately are those of whom the administration has changed something in the
	// last days, or does not say when it did.
	ChangedLately = "changed-lately"
	// WithoutVOG are the volunteers without a certificate of conduct, or with an old one.
	WithoutVOG = "volunteers-without-vog"
)

// How long ago a change is one of the last days, and after how long a certificate of
// conduct is to be asked for anew.
const (
	lately   = 2 * 24 * time.Hour
	vogYears = 3
)

// persons are the selections of persons.
var persons = map[string]func(record.Fields, time.Time) bool{
	ChangedLately: changedLately,
	WithoutVOG:    withoutVOG,
	Recent: func(f record.Fields, now time.Time) bool {
		return changedLately(f, now) || withoutVOG(f, now)
	},
}

func changedLately(f record.Fields, now time.Time) bool {
	if f[person.FormerMember] == "true" {
		return false // the pages of members are visited
	}
	since := now.Add(-lately).Format(time.DateOnly)
	return f[person.ChangedOn] == "" || f[person.ChangedOn] >= since || f[person.PhotoDate] >= since
}

func withoutVOG(f record.Fields, now time.Time) bool {
	return f[person.Volunteer] == "true" && f[person.FormerMember] != "true" && f[person.VOGDate] < now.AddDate(-vogYears, 0, 0).Format(time.DateOnly)
}
