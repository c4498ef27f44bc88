package simkit

import (
	"errors"
	"iter"
	"net/http"
	"slices"
	"time"
)

// Rules say what a table takes.
type Rules[R any] struct {
	// Kit is the simulator, for its clock and its journal.
	Kit *Kit
	// Collection is the table's name in the journal.
	Collection string
	// ID returns a row's id, "" where it has none yet. Identify gives it one.
	ID       func(*R) string
	Identify func(*R)
	// Unique has what no two rows may share, by the name of the value; "" is no
	// value. A function returns the form in which values are compared.
	Unique map[string]func(*R) string
	// Index has the keys by which a row is found besides, such as those of values that
	// several rows may share. Nil: there are none.
	Index func(*R) []string
	// Clone copies a row so deeply that a change of the copy leaves the row alone.
	// Nil: a plain copy does.
	Clone func(*R) *R
	// Check says why the system refuses a row that is made or changed. Nil: it takes
	// all.
	Check func(*R) error
	// Stamp writes down when a row was made, with made, or changed. Nil: the system
	// does not remember.
	Stamp func(r *R, now time.Time, made bool)
	// Tell says how a row stands in the journal, before a change or after it. Nil: as
	// it is.
	Tell func(row *R, after bool) any
	// Changed hears of each row that was made, changed or deleted, by whomever: before
	// is nil for a new one, after for one that is gone. Nil: nothing follows.
	Changed func(before, after *R)
}

// ErrMissing is what a row that is not there is refused with.
var ErrMissing = errors.New("not there")

// Taken is the refusal of a unique value that another row has.
type Taken struct {
	Name string // of the value, as in Rules.Unique; "id"
	ID   string // of the other row
}

func (t *Taken) Error() string { return t.Name + " is another row's" }

// Table is the rows of one collection, in the order in which they came. It is used
// with the kit locked. Rows are replaced, never changed in place: one that was looked
// at stays as it was, in the journal as well. As JSON a table is the list of its
// rows.
type Table[R any] struct {
	rules  Rules[R]
	slots  []*slot[R]
	ids    map[string]*slot[R]
	unique map[string]map[string]*slot[R]
	shared map[string][]*slot[R] // by the keys of Index
}

// slot is the place of a row: its successor takes the same.
type slot[R any] struct{ row *R }

// NewTable returns a table without rows.
func NewTable[R any](rules Rules[R]) *Table[R] {
	t := &Table[R]{rules: rules}
	t.unindex()
	return t
}

// Len returns how many rows there are.
func (t *Table[R]) Len() int { return len(t.slots) }

// All yields the rows in their order.
func (t *Table[R]) All() iter.Seq[*R] {
	return func(yield func(*R) bool) {
		for _, s := range t.slots {
			if !yield(s.row) {
				return
			}
		}
	}
}

// Get returns the row with an id, or nil.
func (t *Table[R]) Get(id string) *R { return rowOf(t.ids[id]) }

// By returns the row that has a unique value, in the form in which values are
// compared, or nil.
func (t *Table[R]) By(name, value string) *R { return rowOf(t.unique[name][value]) }

// Sharing returns the rows that have a key of Index, in the order in which they got it.
func (t *Table[R]) Sharing(key string) []*R {
	var rows []*R
	for _, s := range t.shared[key] {
		rows = append(rows, s.row)
	}
	return rows
}

func rowOf[R any](s *slot[R]) *R {
	if s == nil {
		return nil
	}
	return s.row
}

// Fill adds a row that was there before anybody looked: nothing is refused, stamped
// or put into the journal. One without an id gets one that no other has: a dump may
// not say which were given away.
func (t *Table[R]) Fill(row *R) {
	for id := t.rules.ID(row); id == ""; {
		t.rules.Identify(row)
		if next := t.rules.ID(row); t.ids[next] == nil {
			break
		}
	}
	s := &slot[R]{row}
	t.slots = append(t.slots, s)
	t.enter(s)
}

// Insert makes a row. By is the request that does, or nil where a control call does,
// which the journal leaves out.
func (t *Table[R]) Insert(by *http.Request, row *R) error {
	if err := t.refused(row, nil); err != nil {
		return err
	}
	if t.rules.Stamp != nil {
		t.rules.Stamp(row, t.rules.Kit.Now(), true)
	}
	t.Fill(row)
	t.accepted(by, "create", nil, row)
	return nil
}

// Update puts a changed copy in place of a row and returns it. A change that fails,
// or is refused, changes nothing.
func (t *Table[R]) Update(by *http.Request, id string, change func(*R) error) (*R, error) {
	return t.UpdateAs("update", by, id, change)
}

// UpdateAs is Update under another name in the journal: a delete that keeps the row, as
// in an archive, or a create that brings it back.
func (t *Table[R]) UpdateAs(op string, by *http.Request, id string, change func(*R) error) (*R, error) {
	s := t.ids[id]
	if s == nil {
		return nil, ErrMissing
	}
	next := t.clone(s.row)
	err := change(next)
	if err == nil {
		err = t.refused(next, s)
	}
	if err != nil {
		return nil, err
	}
	if t.rules.Stamp != nil {
		t.rules.Stamp(next, t.rules.Kit.Now(), false)
	}
	before := s.row
	t.leave(s)
	s.row = next
	t.enter(s)
	t.accepted(by, op, before, next)
	return next, nil
}

// Delete takes a row out and returns it.
func (t *Table[R]) Delete(by *http.Request, id string) (*R, error) {
	s := t.ids[id]
	if s == nil {
		return nil, ErrMissing
	}
	t.leave(s)
	t.slots = slices.DeleteFunc(t.slots, func(o *slot[R]) bool { return o == s })
	t.accepted(by, "delete", s.row, nil)
	return s.row, nil
}

func (t *Table[R]) clone(row *R) *R {
	if t.rules.Clone != nil {
		return t.rules.Clone(row)
	}
	next := *row
	return &next
}

// Taken returns the refusal of a row with a unique value that another one has, or nil.
func (t *Table[R]) Taken(row *R) error { return t.taken(row, t.ids[t.rules.ID(row)]) }

func (t *Table[R]) taken(row *R, place *slot[R]) error {
	for name, of := range t.rules.Unique {
		if v := of(row); v != "" {
			if other := t.unique[name][v]; other != nil && other != place {
				return &Taken{Name: name, ID: t.rules.ID(other.row)}
			}
		}
	}
	return nil
}

// refused says why a row may not take a place, nil for a new one.
func (t *Table[R]) refused(row *R, place *slot[R]) error {
	id := t.rules.ID(row)
	if other := t.ids[id]; id != "" && other != nil && other != place {
		return &Taken{Name: "id", ID: id}
	}
	if t.rules.Check != nil {
		if err := t.rules.Check(row); err != nil {
			return err
		}
	}
	return t.taken(row, place)
}

func (t *Table[R]) accepted(by *http.Request, op string, before, after *R) {
	if t.rules.Changed != nil {
		defer t.rules.Changed(before, after)
	}
	if by == nil {
		return
	}
	c := Change{By: by, Op: op, Collection: t.rules.Collection}
	if before != nil {
		c.ID, c.Before = t.rules.ID(before), t.told(before, false)
	}
	if after != nil {
		c.ID, c.After = t.rules.ID(after), t.told(after, true)
	}
	t.rules.Kit.Accepted(c)
}

func (t *Table[R]) told(row *R, after bool) any {
	if t.rules.Tell == nil {
		return row
	}
	return t.rules.Tell(row, after)
}
