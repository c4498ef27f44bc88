package simkit

import (
	"encoding/json"
	"fmt"
)

// Store is the state of a simulator that is tables and settings alone. As a dump it is
// an object with one member for each, and the last number that was given away.
type Store struct {
	// Fill puts into the tables what is there at the start. It may be nil.
	Fill  func()
	last  int
	parts []storePart
}

type storePart struct {
	name  string
	reset func()
	dump  func() any
	load  func(data []byte) (take func(), err error)
}

// Number returns a number that no earlier call has returned since the start, for ids.
func (s *Store) Number() int {
	s.last++
	return s.last
}

// Keep adds a table to a store. Its name is that of the collection.
func Keep[R any](s *Store, rules Rules[R]) *Table[R] {
	t := NewTable(rules)
	s.parts = append(s.parts, storePart{
		name:  rules.Collection,
		reset: func() { *t = *NewTable(rules) },
		dump:  func() any { return t },
		load: func(data []byte) (func(), error) {
			var next Table[R]
			if err := json.Unmarshal(data, &next); err != nil {
				return nil, err
			}
			if err := next.Under(rules); err != nil {
				return nil, err
			}
			return func() { *t = next }, nil
		},
	})
	return t
}

// Settings adds to a store how the system behaves until that is changed.
func Settings[T any](s *Store, name string, start T) *T {
	now := start
	s.parts = append(s.parts, storePart{
		name:  name,
		reset: func() { now = start },
		dump:  func() any { return now },
		load: func(data []byte) (func(), error) {
			var next T
			if err := Strict(data, &next); err != nil {
				return nil, err
			}
			return func() { now = next }, nil
		},
	})
	return &now
}

// Reset goes back to the start.
func (s *Store) Reset() {
	s.last = 0
	for _, p := range s.parts {
		p.reset()
	}
	if s.Fill != nil {
		s.Fill()
	}
}

const lastNumber = "last_number"

// Load takes a dump in place of the state. A part that it does not have stays empty.
func (s *Store) Load(data []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	last := 0
	if raw, ok := all[lastNumber]; ok {
		if err := json.Unmarshal(raw, &last); err != nil {
			return err
		}
		delete(all, lastNumber)
	}
	var take []func()
	for _, p := range s.parts {
		raw, ok := all[p.name]
		if !ok {
			take = append(take, p.reset)
			continue
		}
		f, err := p.load(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		take = append(take, f)
		delete(all, p.name)
	}
	for name := range all {
		return fmt.Errorf("%s: no part of a dump", name)
	}
	s.last = last
	for _, f := range take {
		f()
	}
	return nil
}

// Dump returns the whole state.
func (s *Store) Dump() any {
	all := map[string]any{lastNumber: s.last}
	for _, p := range s.parts {
		all[p.name] = p.dump()
	}
	return all
}
