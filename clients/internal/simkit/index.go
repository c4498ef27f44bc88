package simkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Under puts a table that was read from JSON under its rules. It refuses rows of which
// one could not be found, or not be told from another: those without an id, and those
// with an id or a unique value that another has.
func (t *Table[R]) Under(rules Rules[R]) error {
	t.rules = rules
	t.unindex()
	for i, s := range t.slots {
		id := rules.ID(s.row)
		err := t.taken(s.row, s)
		if other := t.ids[id]; other != nil {
			err = &Taken{Name: "id", ID: id}
		}
		if id == "" {
			err = errNoID
		}
		if err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
		t.enter(s)
	}
	return nil
}

// errNoID is what a row of a dump without an id is refused with.
var errNoID = errors.New("it has no id")

func (t *Table[R]) unindex() {
	t.ids, t.unique, t.shared = map[string]*slot[R]{}, map[string]map[string]*slot[R]{}, map[string][]*slot[R]{}
	for name := range t.rules.Unique {
		t.unique[name] = map[string]*slot[R]{}
	}
}

func (t *Table[R]) enter(s *slot[R]) {
	t.ids[t.rules.ID(s.row)] = s
	for name, of := range t.rules.Unique {
		if v := of(s.row); v != "" {
			t.unique[name][v] = s
		}
	}
	for _, key := range t.keys(s) {
		t.shared[key] = append(t.shared[key], s)
	}
}

func (t *Table[R]) keys(s *slot[R]) []string {
	if t.rules.Index == nil {
		return nil
	}
	return t.rules.Index(s.row)
}

func (t *Table[R]) leave(s *slot[R]) {
	delete(t.ids, t.rules.ID(s.row))
	for name, of := range t.rules.Unique {
		if v := of(s.row); t.unique[name][v] == s {
			delete(t.unique[name], v)
		}
	}
	for _, key := range t.keys(s) {
		if t.shared[key] = slices.DeleteFunc(t.shared[key], func(o *slot[R]) bool { return o == s }); len(t.shared[key]) == 0 {
			delete(t.shared, key)
		}
	}
}

// MarshalJSON writes the rows.
func (t *Table[R]) MarshalJSON() ([]byte, error) {
	return json.Marshal(slices.AppendSeq([]*R{}, t.All()))
}

// UnmarshalJSON reads rows. Under must follow.
func (t *Table[R]) UnmarshalJSON(data []byte) error {
	var rows []R
	if err := json.Unmarshal(data, &rows); err != nil {
		return err
	}
	t.slots = nil
	for i := range rows {
		t.slots = append(t.slots, &slot[R]{&rows[i]})
	}
	return nil
}
