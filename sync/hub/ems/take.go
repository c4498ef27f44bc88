package ems

import (
	"maps"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/participant"
	"github.com/touchline-sync/touchline/sync/record/race"
)

// takes are the fields that EMS takes from systems of a row that is there, as far as its
// column holds the value. Nothing is taken of other kinds.
var takes = map[record.Kind]map[record.Field]func(string) bool{
	eventperson.Kind: {
		eventperson.Email: letters(1, 200), eventperson.Phone: phone.MatchString, eventperson.FirstName: letters(0, 50), eventperson.LastName: letters(1, 50),
		eventperson.BirthDate: letters(1, 10), eventperson.Gender: letters(1, 7), eventperson.City: letters(0, 50), eventperson.Country: country,
	},
	event.Kind: {
		event.Name: letters(1, 100), event.Address: letters(0, 200), event.City: letters(0, 50), event.Province: letters(0, 50),
		event.PostalCode: letters(0, 10), event.Country: letters(0, 50),
	},
	race.Kind: {race.Name: letters(0, 100), race.Start: letters(0, 40), race.Distance: letters(0, 20)},
	participant.Kind: {
		participant.Race: letters(1, 20), participant.FirstName: letters(0, 50), participant.LastName: letters(1, 50), participant.Email: letters(0, 200),
		participant.BirthDate: letters(0, 10), participant.Gender: letters(0, 7), participant.Bib: letters(0, 10), participant.Paid: letters(1, 5),
		participant.Active: letters(1, 5), participant.Team: letters(0, 100), participant.RegisteredOn: letters(0, 40),
	},
}

// Take returns what EMS takes of a change of a row, by column; nil takes the value away.
// What somebody has edited in the row since it was known stays.
func (t Table) Take(c Change, shown Shown) map[string]*string {
	out := map[string]*string{}
	if c.Was == nil || c.Deleted != "" || shown.Deleted != "" {
		return out
	}
	brings := c.changed()
	maps.DeleteFunc(brings, func(f record.Field, v string) bool {
		fits := takes[t.Kind][f]
		return fits == nil || !fits(v) || shown.Fields[f] != c.Was[f]
	})
	for _, col := range t.Columns {
		v, ok := brings[col.Field]
		if code, known := col.Codes[v]; known {
			v = code
		}
		if !ok {
			continue
		}
		name := col.written()
		out[name] = nil
		if v != "" {
			out[name] = &v
		}
	}
	return out
}
