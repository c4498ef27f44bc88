// Package memory is a system that lives in memory: the smallest connector, and
// the one to read first. Tests and the shortest demonstration run on it; it
// also carries the faults that stories need.
package memory

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
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
	// Unlisted leaves out List: a target that is only written.
	Unlisted bool
	// Batch > 0 takes creates only in batches of that size.
	Batch int
	Keyed bool
	// Store changes a value as the system stores it its own way.
	Store func(f record.Field, v string) string
	// ReadOnly leaves out all writing.
	ReadOnly bool
	Delete   bool
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
	Writes  int // accepted changes
	Calls   int
	// Fail, if set, is asked before ("before") and after ("after") each change
	// takes effect; its error is the call's.
	Fail func(when, op string) error
	// Uncertified lists without evidence of an end.
	Uncertified bool
}

// New returns a system without records.
func New(name record.System, places ...Place) *System {
	return &System{
		Name: name, Places: places, records: map[string]map[record.ExternalID]record.Fields{}, removed: map[string][]connector.Removal{},
	}
}

// Validate finds no fault.
func (s *System) Validate() error { return nil }

// Open lends the host.
func (s *System) Open(h connector.Host) (connector.Connector, error) {
	s.host = h
	return s, nil
}

// Check returns the system's name as its account.
func (s *System) Check(context.Context) (string, error) { return "memory:" + string(s.Name), nil }

// Close does nothing.
func (s *System) Close() error { return nil }

// Collections returns a host for each place, and its parts.
func (s *System) Collections() []connector.Collection {
	var out []connector.Collection
	for i := range s.Places {
		p := &s.Places[i]
		c := connector.Collection{
			Kind: p.Kind, Place: p.Name, View: "all", Census: !p.Unlisted, Keyed: p.Keyed,
			Reads: p.Reads, Writes: p.Writes, Refs: p.Refs, Ordered: true,
		}
		if !p.Unlisted {
			c.List = func(ctx context.Context, _ connector.Cursor) iter.Seq2[connector.Page, error] { return s.list(p) }
		}
		c.Get = func(ctx context.Context, id record.ExternalID) (connector.Item, error) { return s.get(p, id) }
		if !p.ReadOnly {
			c.Find = func(ctx context.Context, want record.Fields) (connector.Item, error) { return s.find(p, want) }
			c.Create = func(ctx context.Context, want record.Fields) (connector.Item, error) { return s.create(p, want) }
			c.Update = func(ctx context.Context, id record.ExternalID, patch connector.Patch) (connector.Item, error) {
				return s.update(p, id, patch)
			}
		} else {
			c.Writes = nil
		}
		if p.Delete {
			c.Delete = func(ctx context.Context, id record.ExternalID) error { return s.delete(p, id) }
		}
		if p.Batch > 0 {
			c.Batch = p.Batch
			c.WriteMany = func(ctx context.Context, ops []connector.Op) ([]connector.Result, error) { return s.many(p, ops) }
		}
		out = append(out, c)
		for _, part := range p.Parts {
			out = append(out, connector.Collection{
				Kind: part.Kind, Place: p.Name, Part: true, View: "all", Reads: part.Reads, Writes: part.Writes, Refs: part.Refs,
			})
		}
	}
	return out
}

const pageSize = 500

// list yields the records in the order of their ids, in pages.
func (s *System) list(p *Place) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		if err := s.ask("before", "list"); err != nil {
			yield(connector.Page{}, err)
			return
		}
		s.mu.Lock()
		s.Calls++
		ids := slices.Sorted(maps.Keys(s.records[p.Name]))
		removed := s.removed[p.Name]
		s.removed[p.Name] = nil
		uncertified := s.Uncertified
		s.mu.Unlock()
		for start := 0; start == 0 || start < len(ids); start += pageSize {
			end := min(start+pageSize, len(ids))
			page := connector.Page{
				Removed: removed, Evidence: connector.Evidence{SignedIn: true, Filters: true, End: end == len(ids) && !uncertified},
			}
			removed = nil
			s.mu.Lock()
			for _, id := range ids[start:end] {
				page.Items = append(page.Items, connector.Item{ID: id, Fields: s.records[p.Name][id].Clone()})
			}
			s.mu.Unlock()
			if !yield(page, nil) {
				return
			}
		}
	}
}

func (s *System) get(p *Place, id record.ExternalID) (connector.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Calls++
	f, ok := s.records[p.Name][id]
	if !ok {
		return connector.Item{}, s.fail(connector.Gone, "get")
	}
	return connector.Item{ID: id, Fields: f.Clone()}, nil
}

func (s *System) find(p *Place, want record.Fields) (connector.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Calls++
	for _, id := range slices.Sorted(maps.Keys(s.records[p.Name])) {
		f := s.records[p.Name][id]
		if len(p.Key) > 0 && !slices.ContainsFunc(p.Key, func(k record.Field) bool { return f[k] != want[k] }) {
			return connector.Item{ID: id, Fields: f.Clone()}, nil
		}
	}
	return connector.Item{}, s.fail(connector.Gone, "find")
}

func (s *System) create(p *Place, want record.Fields) (connector.Item, error) {
	if err := s.ask("before", "create"); err != nil {
		return connector.Item{}, err
	}
	item := s.add(p, want)
	return item, s.ask("after", "create")
}

func (s *System) add(p *Place, want record.Fields) connector.Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Calls++
	s.Writes++
	s.next++
	id := record.ExternalID(strconv.Itoa(1000000 + s.next))
	if s.records[p.Name] == nil {
		s.records[p.Name] = map[record.ExternalID]record.Fields{}
	}
	f := record.Fields{}
	for _, name := range p.all() {
		f[name] = ""
	}
	maps.Copy(f, p.stored(want))
	s.records[p.Name][id] = f
	return connector.Item{ID: id, Fields: f.Clone()}
}

func (s *System) update(p *Place, id record.ExternalID, patch connector.Patch) (connector.Item, error) {
	if err := s.ask("before", "update"); err != nil {
		return connector.Item{}, err
	}
	s.mu.Lock()
	s.Calls++
	f, ok := s.records[p.Name][id]
	if !ok {
		s.mu.Unlock()
		return connector.Item{}, s.fail(connector.Gone, "update")
	}
	for name, was := range patch.Was {
		if cur, known := f[name]; known && cur != was && cur != p.value(name, patch.Set[name]) {
			s.mu.Unlock()
			return connector.Item{}, s.fail(connector.Stale, "update")
		}
	}
	next := over(f, p.stored(patch.Set))
	if !maps.Equal(next, f) {
		s.Writes++
		s.records[p.Name][id] = next
	}
	item := connector.Item{ID: id, Fields: next.Clone()}
	s.mu.Unlock()
	return item, s.ask("after", "update")
}

func (s *System) delete(p *Place, id record.ExternalID) error {
	if err := s.ask("before", "delete"); err != nil {
		return err
	}
	s.mu.Lock()
	s.Calls++
	if _, ok := s.records[p.Name][id]; ok {
		s.Writes++
		delete(s.records[p.Name], id)
	}
	s.mu.Unlock()
	return s.ask("after", "delete")
}

func (s *System) many(p *Place, ops []connector.Op) ([]connector.Result, error) {
	if err := s.ask("before", "many"); err != nil {
		return nil, err
	}
	out := make([]connector.Result, len(ops))
	for i, op := range ops {
		out[i].Item = s.add(p, op.Want)
	}
	return out, s.ask("after", "many")
}

func (s *System) ask(when, op string) error {
	s.mu.Lock()
	f := s.Fail
	s.mu.Unlock()
	if f == nil {
		return nil
	}
	return f(when, op)
}

func (s *System) fail(c connector.Class, op string) error {
	return &connector.Error{Class: c, System: s.Name, Op: op}
}

// stored is how the place stores values.
func (p *Place) stored(f record.Fields) record.Fields {
	out := record.Fields{}
	for k, v := range f {
		out[k] = p.value(k, v)
	}
	return out
}

func (p *Place) value(f record.Field, v string) string {
	if p.Store == nil {
		return v
	}
	return p.Store(f, v)
}

func (p *Place) all() []record.Field {
	out := slices.Clone(p.Reads)
	for _, part := range p.Parts {
		out = append(out, part.Reads...)
	}
	return out
}

func over(base, top record.Fields) record.Fields {
	out := base.Clone()
	maps.Copy(out, top)
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
	if s.records[place] == nil {
		s.records[place] = map[record.ExternalID]record.Fields{}
	}
	s.records[place][id] = over(s.records[place][id], f)
	return id
}

// Drop is a removal by somebody else. With a reason the next listing says so.
func (s *System) Drop(place string, id record.ExternalID, why record.Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.records[place], id)
	if why != "" {
		s.removed[place] = append(s.removed[place], connector.Removal{ID: id, Reason: why})
	}
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
