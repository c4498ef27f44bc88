// Package memory is a system that lives in memory: the smallest connector, and
// the one to read first. Tests and the shortest demonstration run on it; it
// also carries the faults that stories need.
package memory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// Place describes one set of records.
type Place struct {
	Name  string
	Kind  record.Kind
	Parts []Part
	// Reads and Writes are the fields of the host's kind.
	Reads, Writes []record.Field
	Refs          map[record.Field]connector.Ref
	// Key are the fields by which a record is found again; all of them.
	Key []record.Field
	// Types says how values read, besides what package value knows of the kinds of
	// the place; what stands here stays as it was put. Without either a value reads
	// as it stands. A record whose Key cannot be read is a fault.
	Types record.Types
	// Options says what the text of a value leaves open. The zero value is a
	// Dutch deployment in which no date is too late.
	Options value.Options
	// Unlisted leaves out List: a target that is only written.
	Unlisted bool
	// Batch > 0 takes creates only in batches of that size.
	Batch            int
	IdempotentCreate bool
	ReusesIDs        bool
	// Unique are the fields whose values only one record may hold.
	Unique []record.Field
	// UniqueIn are those of which only records compete that are alike in another field.
	UniqueIn map[record.Field]record.Field
	// Store changes a value as the system stores it its own way.
	Store func(f record.Field, v string) string
	// ReadOnly leaves out all writing.
	ReadOnly bool
	Delete   bool
	Erase    bool // deletes whoever's record, of who has asked for it
	// KeepsReferred refuses to delete a record that one of another place refers to: it
	// waits, and After is when it is tried again.
	KeepsReferred bool
	// Visits are the fields that a visit of a record shows, where its listing shows more;
	// nil: Get is asked.
	Visits []record.Field
	// NoFind leaves out Find: what a broken-off create made cannot be asked.
	NoFind bool
	// Required are the fields without which no record can be made.
	Required []record.Field
	// RefuseUpdate, if set, refuses what a record is to be told.
	RefuseUpdate func(set record.Fields) error
	// Unguarded makes updates whatever stands there by now.
	Unguarded bool
	// Ignores are fields of which nothing is stored, though every write is answered
	// as done.
	Ignores []record.Field
	// Silent answers creates without the fields.
	Silent bool
	// Accepts, if set, is the collection's.
	Accepts func(want record.Fields) error
	// Poison, if set, refuses records when they are to be made.
	Poison func(want record.Fields) error
	// Since lists only what has changed after a cursor, and has one at its end. It
	// stays the same while nothing changes.
	Since bool
	// Spoil, if set, makes a whole batch fail because of one record in it.
	Spoil func(want record.Fields) error
	// Page is how many records a page of a listing has; 0 is 500.
	Page int
	// Unordered promises no order of the listing.
	Unordered bool
	// Shows says which records the listing has; nil: all. Views are further listings.
	Shows func(record.Fields) bool
	// Hides says which records no listing ever has; who asks for one by itself is told so.
	Hides func(record.Fields) bool
	Views []View

	known record.Types // of all kinds, looked up once
}

// View is a further listing of a place, of some of its records: what it lacks may be there.
type View struct {
	Name  string
	Shows func(record.Fields) bool
}

// Part describes a kind that lives in the records of a place.
type Part struct {
	Kind          record.Kind
	Reads, Writes []record.Field
	Refs          map[record.Field]connector.Ref
}

// System is a system in memory. It is its own Config. Safe for concurrent use.
type System struct {
	Name   record.System
	Places []Place

	mu      sync.Mutex
	host    connector.Host
	next    int
	records map[string]map[record.ExternalID]record.Fields
	removed map[string][]connector.Removal
	changes int // counts them, and stamps says which was a record's last
	stamps  map[string]map[record.ExternalID]int
	merged  map[record.ExternalID]record.ExternalID // what took whose place, where Get says so
	broken  map[string]map[record.ExternalID]string
	Writes  int // accepted changes
	Calls   int
	// Fail, if set, is asked before ("before") and after ("after") each change
	// takes effect; its error is the call's.
	Fail func(when, op string) error
	// Uncertified lists without evidence of an end.
	Uncertified bool
	// States states the number of records with a whole listing; States and
	// Stated that number.
	States bool
	Stated int
	// Contradiction is what the last page of a listing says against itself.
	Contradiction string
	// Listed, if set, is what the listings show of a record in place of it: a
	// search index that is behind, an export that is wrong. False: nothing. Get
	// and Find show the record all the same.
	Listed func(place string, id record.ExternalID, f record.Fields) (record.Fields, bool)
	// Account is the account's fingerprint; empty: made from the name.
	Account string
	// Lacks, if set, has the fields that the site of the system has no place for.
	Lacks []record.Field
}

var _ connector.Shaped = (*System)(nil)

// New returns a system without records.
func New(name record.System, places ...Place) *System {
	return &System{
		Name: name, Places: places, records: map[string]map[record.ExternalID]record.Fields{}, removed: map[string][]connector.Removal{},
		broken: map[string]map[record.ExternalID]string{}, stamps: map[string]map[record.ExternalID]int{},
	}
}

// Validate finds no fault.
func (s *System) Validate() error { return nil }

// Open lends the host.
func (s *System) Open(h connector.Host) (connector.Connector, error) {
	s.host = h
	return s, nil
}

// Check returns the account, made from the system's name where none is set.
func (s *System) Check(ctx context.Context) (string, error) {
	if err := s.ask(ctx, "before", "check"); err != nil {
		return "", err
	}
	return cmp.Or(s.Account, "memory:"+string(s.Name)), nil
}

// Shape names what the site lacks. Without anything all sites are alike.
func (s *System) Shape() string {
	if len(s.Lacks) == 0 {
		return ""
	}
	return fmt.Sprintf("without %s", s.Lacks)
}

// CollectionsIn returns the collections without what such a site lacks.
func (s *System) CollectionsIn(shape string) []connector.Collection {
	all := s.Collections()
	lacks := strings.Fields(strings.Trim(strings.TrimPrefix(shape, "without "), "[]"))
	for i := range all {
		lacking := func(f record.Field) bool { return slices.Contains(lacks, string(f)) }
		all[i].Reads = slices.DeleteFunc(slices.Clone(all[i].Reads), lacking)
		all[i].Writes = slices.DeleteFunc(slices.Clone(all[i].Writes), lacking)
	}
	return all
}

// Close does nothing.
func (s *System) Close() error { return nil }

// Collections returns a host for each place, and its parts.
func (s *System) Collections() []connector.Collection {
	var out []connector.Collection
	for i := range s.Places {
		p := &s.Places[i]
		c := connector.Collection{
			Kind: p.Kind, Place: p.Name, View: "all", Complete: !p.Unlisted, IdempotentCreate: p.IdempotentCreate, ReusesIDs: p.ReusesIDs, Unique: p.Unique, UniqueIn: p.UniqueIn, Required: p.Required,
			Reads: p.Reads, Writes: p.Writes, Refs: p.Refs, Ordered: !p.Unordered, Accepts: p.Accepts,
		}
		if !p.Unlisted {
			c.List = func(ctx context.Context, since connector.Cursor) iter.Seq2[connector.Page, error] {
				return s.list(ctx, p, since)
			}
		}
		c.Get = func(ctx context.Context, id record.ExternalID) (connector.Item, error) { return s.get(ctx, p, id) }
		if p.Visits != nil {
			c.Visit = func(ctx context.Context, ids []record.ExternalID) iter.Seq2[connector.Page, error] {
				return s.visit(ctx, p, ids)
			}
		}
		if !p.ReadOnly {
			if !p.NoFind {
				c.Find = func(ctx context.Context, want record.Fields) (connector.Item, error) { return s.find(ctx, p, want) }
			}
			c.Create = func(ctx context.Context, want record.Fields) (connector.Item, error) { return s.create(ctx, p, want) }
			c.Update = func(ctx context.Context, id record.ExternalID, patch connector.Patch) (connector.Item, error) {
				return s.update(ctx, p, id, patch)
			}
		} else {
			c.Writes = nil
		}
		if p.Delete {
			c.Delete = func(ctx context.Context, id record.ExternalID) error { return s.delete(ctx, p, id) }
		}
		if p.Erase {
			c.Erase = func(ctx context.Context, id record.ExternalID, _ record.Fields) error { return s.delete(ctx, p, id) }
		}
		if p.Batch > 0 {
			c.Batch = p.Batch
			c.WriteMany = func(ctx context.Context, ops []connector.Op) ([]connector.Result, error) { return s.many(ctx, p, ops) }
		}
		out = append(out, c)
		for _, v := range p.Views {
			more := *p
			more.Shows = v.Shows
			out = append(out, connector.Collection{
				Kind: p.Kind, Place: p.Name, View: v.Name, Reads: p.Reads, Refs: p.Refs, Ordered: !p.Unordered, Get: c.Get,
				List: func(ctx context.Context, since connector.Cursor) iter.Seq2[connector.Page, error] {
					return s.list(ctx, &more, since)
				},
			})
		}
		for _, part := range p.Parts {
			out = append(out, connector.Collection{
				Kind: part.Kind, Place: p.Name, Part: true, View: "all", Reads: part.Reads, Writes: part.Writes, Refs: part.Refs,
			})
		}
	}
	return out
}

// Put is an edit by somebody else: it makes a record or changes fields of it.
// An id of "" makes one up.
func (s *System) Put(place string, id record.ExternalID, f record.Fields) record.ExternalID {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id == "" {
		s.next++
		id = record.ExternalID(strconv.Itoa(1000000 + s.next))
	}
	s.set(place, id, over(s.records[place][id], f))
	s.removed[place] = slices.DeleteFunc(s.removed[place], func(r connector.Removal) bool { return r.ID == id })
	return id
}

// Drop is a removal by somebody else. With a reason the listings say so, until
// the record is put back.
func (s *System) Drop(place string, id record.ExternalID, why record.Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.records[place], id)
	s.stamp(place, id)
	if why != "" {
		s.removed[place] = append(s.removed[place], connector.Removal{ID: id, Reason: why})
	}
}

// Break makes a record unreadable: it is listed as a fault. Without a reason it
// can be read again.
func (s *System) Break(place string, id record.ExternalID, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken[place] == nil {
		s.broken[place] = map[record.ExternalID]string{}
	}
	s.stamp(place, id)
	s.broken[place][id] = why
	if why == "" {
		delete(s.broken[place], id)
	}
}

// Merge is a merge by somebody else: the record is gone and another stands in
// its place, which the next listing says.
func (s *System) Merge(place string, id, into record.ExternalID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.records[place], id)
	s.stamp(place, id)
	s.removed[place] = append(s.removed[place], connector.Removal{ID: id, Reason: record.Merged, Successor: into})
}

// MergeUnlisted is a merge by somebody else that no listing tells: only Get says
// what took the record's place.
func (s *System) MergeUnlisted(place string, id, into record.ExternalID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.records[place], id)
	s.stamp(place, id)
	if s.merged == nil {
		s.merged = map[record.ExternalID]record.ExternalID{}
	}
	s.merged[id] = into
}

// All returns a copy of the records of a place.
func (s *System) All(place string) map[record.ExternalID]record.Fields {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[record.ExternalID]record.Fields{}
	for id, f := range s.records[place] {
		out[id] = f.Clone()
	}
	return out
}

// ErrCrash is what a Fail returns to stand for a process that died.
var ErrCrash = errors.New("crash")

// Snapshot returns a text that is equal when the records of all places are.
func (s *System) Snapshot() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, place := range slices.Sorted(maps.Keys(s.records)) {
		for _, id := range slices.Sorted(maps.Keys(s.records[place])) {
			b.WriteString(place + " " + string(id))
			f := s.records[place][id]
			for _, n := range f.Names() {
				b.WriteString(" " + string(n) + "=" + strconv.Quote(f[n]))
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}
