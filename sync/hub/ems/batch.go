package ems

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/value"
)

// Memory is what was shown of a person last, as far as it concerns others, and when
// it must be shown anew although nobody edits anything.
type Memory struct {
	ID, Version              int64
	Email, Phone             string // canonical; blank: none
	EmailShared, PhoneShared bool   // it is somebody else's
	GrownOn                  string // blank: not known
	Alive                    bool
	DueOn                    string // blank: never
}

// child reports whether the person is known to be one.
func (m *Memory) child(today string) bool { return m.GrownOn > today }

// before reports which of two owns what both have: the grown-up with the lowest id,
// else the child with the lowest.
func (m *Memory) before(other *Memory, today string) bool {
	if a, b := m.child(today), other.child(today); a != b {
		return b
	}
	return m.ID < other.ID
}

// Batch shows persons together with those who share an address or a phone with them,
// or did. Of the latter no more changes than whose it is.
type Batch struct {
	options value.Options
	shown   map[int64]*Shown
	is, was map[int64]*Memory
	merged  map[string]string // by key: into whom
	living  []string
}

// NewBatch returns an empty batch. o.Today is the day on which it is shown.
func NewBatch(o value.Options) *Batch {
	return &Batch{
		options: o, shown: map[int64]*Shown{}, is: map[int64]*Memory{}, was: map[int64]*Memory{}, merged: map[string]string{},
	}
}

// Remember adds what was shown of a person last. It comes before the person.
func (b *Batch) Remember(was Memory) { b.was[was.ID] = &was }

// Add adds a person as one stands now.
func (b *Batch) Add(p Person) {
	var was Memory
	if w := b.was[p.ID]; w != nil {
		was = *w
	}
	s, is := p.show(was, b.options)
	b.shown[p.ID], b.is[p.ID] = &s, &is
	switch s.Deleted {
	case record.Merged:
		b.merged[p.Key] = p.Columns[mergedInto]
	case "":
		b.living = append(b.living, p.Key)
	}
}

// Purge adds a person who is not there any more, not even as deleted.
func (b *Batch) Purge(id int64) {
	b.shown[id] = &Shown{Key: strconv.FormatInt(id, 10), Deleted: deleted}
}

// Addresses returns the addresses and the phones that those added have or had.
func (b *Batch) Addresses() (emails, phones []string) {
	for _, of := range []map[int64]*Memory{b.is, b.was} {
		for _, m := range of {
			if m.Email != "" {
				emails = append(emails, m.Email)
			}
			if m.Phone != "" {
				phones = append(phones, m.Phone)
			}
		}
	}
	slices.Sort(emails)
	slices.Sort(phones)
	return slices.Compact(emails), slices.Compact(phones)
}

// Share adds those who have one of the addresses or phones and were not added
// themselves, and finds whose each is.
func (b *Batch) Share(others []Memory) {
	for _, o := range others {
		if b.shown[o.ID] == nil && o.Alive { // who is deleted is shown anew when coming back
			is := o
			b.was[o.ID], b.is[o.ID] = &o, &is
		}
	}
	emails, phones := map[string]*Memory{}, map[string]*Memory{}
	for _, m := range b.is {
		b.claim(emails, m.Email, m)
		b.claim(phones, m.Phone, m)
	}
	for id, m := range b.is {
		m.EmailShared, m.PhoneShared = b.another(emails[m.Email], m), b.another(phones[m.Phone], m)
		s := b.shown[id]
		if s == nil {
			if *m == *b.was[id] {
				continue
			}
			s = &Shown{Key: strconv.FormatInt(id, 10), Fields: record.Fields{}, part: true}
			b.shown[id] = s
		}
		s.Fields[eventperson.SharedEmail] = strconv.FormatBool(m.EmailShared)
		address(s.Fields, eventperson.Email, m.Email, m.EmailShared)
		address(s.Fields, eventperson.Phone, m.Phone, m.PhoneShared)
	}
}

// claim makes a person the owner of an address if one goes before whoever has it.
func (b *Batch) claim(owners map[string]*Memory, of string, m *Memory) {
	if has := owners[of]; of != "" && m.Alive && (has == nil || m.before(has, b.options.Today)) {
		owners[of] = m
	}
}

// another reports whether what a person has is shown with the owner, who is another.
func (b *Batch) another(owner, m *Memory) bool {
	return owner != nil && owner.ID != m.ID && owner.before(m, b.options.Today)
}

// address shows an address with its owner alone. One that cannot be read shows as it
// was.
func address(f record.Fields, field record.Field, of string, shared bool) {
	switch {
	case of == "":
	case shared:
		f[field] = ""
	default:
		f[field] = of
	}
}

// Keys returns the keys of the entities that may change.
func (b *Batch) Keys() []string {
	out := make([]string, 0, len(b.shown))
	for _, s := range b.shown {
		out = append(out, s.Key)
	}
	slices.Sort(out)
	return out
}

// Changes returns the entities that change, in the order of their persons.
func (b *Batch) Changes(was map[string]*Entity, at time.Time) []Entity {
	var out []Entity
	for _, id := range slices.Sorted(maps.Keys(b.shown)) {
		s := b.shown[id]
		if is, changed := s.Over(was[s.Key], at); changed {
			out = append(out, is)
		}
	}
	return out
}

// Memories returns what is to be remembered from now on, as far as it has changed, and
// of whom nothing is.
func (b *Batch) Memories() (changed []Memory, forget []int64) {
	for _, id := range slices.Sorted(maps.Keys(b.shown)) {
		is, was := b.is[id], b.was[id]
		switch {
		case is == nil:
			forget = append(forget, id)
		case was == nil || *is != *was:
			changed = append(changed, *is)
		}
	}
	return changed, forget
}

// Merged returns by key into whom persons were merged; Living the keys of those who
// stand for themselves.
func (b *Batch) Merged() (from, to []string) {
	for _, f := range slices.Sorted(maps.Keys(b.merged)) {
		from, to = append(from, f), append(to, b.merged[f])
	}
	return from, to
}

// Living returns the keys of those who are alive.
func (b *Batch) Living() []string { return b.living }
