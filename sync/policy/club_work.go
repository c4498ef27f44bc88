package policy

import (
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/committee"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/work"
)

// committees is the place of committees at Rondo Club.
const committees = "commissies"

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
func ClubWork() *Policy {
	return &Policy{
		Kind:      work.Kind,
		Key:       work.Key,
		KeyFields: work.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets:   []Target{TargetAt(rondoclub, people)},
		Fields: map[record.Field]Rule{
			work.Functions: Owned(record.Hub).RowByRow(person.FunctionColumns),
		},
		OnDelete: []OnDelete{{System: rondoclub, Action: Detach}},
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
	since := now.Add(-lately).Format(time.DateOnly)
	return f[person.ChangedOn] == "" || f[person.ChangedOn] >= since || f[person.PhotoDate] >= since
}

func withoutVOG(f record.Fields, now time.Time) bool {
	return f[person.Volunteer] == "true" && f[person.VOGDate] < now.AddDate(-vogYears, 0, 0).Format(time.DateOnly)
}
