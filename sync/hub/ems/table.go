// Package ems says what other systems may see of a row of EMS, the tables of an
// organiser of events: which column is which field, whose an address is that several
// persons share, and what a date changes. It says as well what EMS takes of what a
// system has changed. It is pure: package hub loads the rows and stores what comes of
// them.
package ems

import (
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// Column is a column that is shown, and as which field.
type Column struct {
	Name  string
	Field record.Field
	// Codes are what the column holds, by what is shown of it; nil: it is shown as it
	// stands. A code that is not among them is unknown, not empty.
	Codes map[string]string
	List  bool // it holds a list
}

// Table is a table of EMS and what of it is shown: no other column is ever read.
type Table struct {
	Name    string // in the schema ems
	Kind    record.Kind
	Key     string // the column with the natural key
	Columns []Column
	// Beside are columns that are looked at and not shown.
	Beside []string
	// Join has other tables of which columns are shown, such as "join ems.tag t on
	// t.id = r.tag_id"; their columns are named with it: t.epc.
	Join string
	// Deleted is the table with which a row counts as deleted as well; blank: none.
	Deleted string
	// Below are the tables with what hangs on a row, and is in the window of events with it.
	Below []Below
	// Erased is the column beside that says since when whom a row is about is erased; blank:
	// it is about nobody.
	Erased string
	// Yields are columns by the constraint that another row may hold against a new one:
	// it is made without the value then.
	Yields map[string]string
	// Ends is on which condition a system that has taken back what came in there ends a
	// row, r; blank: it never does.
	Ends string

	rows mapping.Table[wire]
}

// Below is a table with rows that hang on those of another one, which its column By names.
type Below struct {
	Table string
	Kind  record.Kind
	By    string
}

// Tables are all tables that are shown, those that others refer to first.
func Tables() []Table {
	return []Table{organisations, Persons, events, races, startGroups, participants, startGroupParticipants, tags, conversations}
}

// Reads are the columns that are read of a row, in their order.
func (t Table) Reads() []string {
	out := make([]string, 0, len(t.Columns)+len(t.Beside))
	for _, c := range t.Columns {
		out = append(out, c.Name)
	}
	return append(out, t.Beside...)
}

// TableOf returns the table of a kind.
func TableOf(kind record.Kind) (Table, bool) {
	for _, t := range Tables() {
		if t.Kind == kind {
			return t, true
		}
	}
	return Table{}, false
}

// Row is a row of a table. Columns are texts by name: those shown, and those beside.
type Row struct {
	ID, Version int64
	Key         string
	Deleted     bool
	Columns     map[string]string
}

// wire is a row as mapping reads it.
type wire map[string]*mapping.Value

// mapped returns the table with its mapping.
func (t Table) mapped() Table {
	t.rows = make(mapping.Table[wire], len(t.Columns))
	for i, c := range t.Columns {
		at := func(w *wire) *mapping.Value { return (*w)[c.Name] }
		if c.Codes != nil {
			t.rows[i] = mapping.Enum(c.Field, c.Codes, at)
		} else {
			t.rows[i] = mapping.Text(c.Field, at)
		}
	}
	return t
}

// read makes the fields of a row. What cannot be read is absent.
func (t Table) read(r Row, o value.Options) record.Fields {
	w := make(wire, len(t.Columns))
	for _, c := range t.Columns {
		v := mapping.Of(r.Columns[c.Name])
		w[c.Name] = &v
	}
	return t.rows.Decode(&w, value.Spec{Types: value.TypesOf(t.Kind), Options: o}).Fields
}

// Purged returns what is shown of rows that are not there any more, of a table whose
// ids are its keys.
func (t Table) Purged(ids []int64, there []Row) (out []Shown) {
	if t.Key != "id" {
		return nil
	}
	known := make(map[int64]bool, len(there))
	for _, r := range there {
		known[r.ID] = true
	}
	for _, id := range ids {
		if !known[id] {
			out = append(out, Shown{Key: strconv.FormatInt(id, 10), Deleted: deleted})
		}
	}
	return out
}

// Show returns what is shown of a row that shares nothing with others.
func (t Table) Show(r Row, o value.Options) Shown {
	s := Shown{Key: r.Key, Fields: t.read(r, o)}
	switch {
	case t.Erased != "" && r.Columns[t.Erased] != "":
		s.Deleted, s.Fields = record.Erased, s.Fields.Only(t.identifies())
	case r.Deleted:
		s.Deleted = deleted
	}
	return s
}

// identifies are the fields that say which row it is, and to which others it belongs: ids
// of ours.
func (t Table) identifies() []record.Field {
	var out []record.Field
	for _, c := range t.Columns {
		if c.Name == "id" || strings.HasSuffix(c.Name, "_id") {
			out = append(out, c.Field)
		}
	}
	return out
}
