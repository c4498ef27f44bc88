package ems

import (
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// Made is a row that is to be made of an entity that has come in at a system.
type Made struct {
	ID      int64
	Columns map[string]string
	By      string
}

// making is how a row is made of what a system has shown.
type making struct {
	// first are fields of which EMS takes the first value alone, besides those that it
	// takes at any time.
	first map[record.Field]func(string) bool
	// rest are the columns that no system need know.
	rest map[string]string
	// source is the column that says from where a row is; blank: there is none.
	source  string
	sources Sources
}

var makings = map[record.Kind]making{
	eventperson.Kind: {
		first: map[record.Field]func(string) bool{eventperson.Language: letters(0, 10)},
		rest:  map[string]string{"gender": "UNKNOWN"},
	},
	participant.Kind: {
		first:  map[record.Field]func(string) bool{participant.Event: digits, participant.Person: digits},
		rest:   map[string]string{"gender": "UNKNOWN", "paid": "false", "active": "true"},
		source: "source", sources: participantSources,
	},
}

func digits(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}

// Make returns the row of an entity that has come in, of the values that its columns
// hold. It reports false for any other change, and for kinds of which EMS makes none.
func (t Table) Make(c Change) (Made, bool) {
	how, makes := makings[t.Kind]
	id, err := strconv.ParseInt(c.Key, 10, 64)
	if !makes || c.Kind != t.Kind || c.Was != nil || c.Deleted != "" || err != nil {
		return Made{}, false
	}
	m := Made{ID: id, Columns: map[string]string{}, By: c.By()}
	for name, v := range how.rest {
		m.Columns[name] = v
	}
	if how.source != "" {
		m.Columns[how.source] = how.sources.Of(m.By)
	}
	for _, col := range t.Columns {
		v := c.Is[col.Field]
		fits := takes[t.Kind][col.Field]
		if fits == nil {
			fits = how.first[col.Field]
		}
		if v == "" || fits == nil || !fits(v) {
			continue
		}
		if code, known := col.Codes[v]; known {
			v = code
		}
		m.Columns[col.written()] = v
	}
	return m, true
}

// written is the name of the column that holds what is shown of another one.
func (c Column) written() string { return strings.TrimPrefix(c.Name, "held_") }
