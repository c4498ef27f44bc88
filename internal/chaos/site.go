package chaos

import (
	"context"
	"errors"
	"iter"
	"maps"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// errCrash stands for a process that died.
var errCrash = errors.New("the process died")

// sent is one write as a system received it.
type sent struct {
	sys           record.System
	op            string // create, update, delete
	id            record.ExternalID
	set           record.Fields     // what was asked for
	before, after record.Fields     // the whole record, nil when there is none
	adopted       bool              // a create that met its record
	lost          bool              // nobody has heard the answer
	double        record.ExternalID // a create: the record that had the key before
	ours          bool              // we have made that one
	unseen        bool              // the last reading did not show it
}

// fault is trouble that waits for a call.
type fault struct {
	op    string // "" any write
	after bool   // when the call has had its effect
	err   error
	left  int
}

// site is one system: memory.System does the work, site keeps the journal and
// makes the trouble.
type site struct {
	*memory.System

	at     At
	source bool
	faults []*fault
	fired  int                        // faults that have come to pass
	hidden map[record.ExternalID]bool // not listed, for the next short readings
	short  int
	cut    bool                                    // short readings do not show an end
	broken int                                     // readings that break off
	moved  map[record.ExternalID]record.ExternalID // merged, and said so when asked
	shown  map[record.ExternalID]bool              // by the last reading
	wrote  func(sent)                              // told of each write
	failed func(record.System, record.Fields)      // told of each create that had no effect and no answer
	exists func(record.Fields) record.ExternalID   // the record with this key, in whatever case
}

// open returns the connector of a new process.
func (s *site) open(h connector.Host) (connector.Connector, error) {
	if _, err := s.Open(h); err != nil {
		return nil, err
	}
	return &opened{site: s}, nil
}

// opened is a site as the engine sees it.
type opened struct{ *site }

// Collections returns those of the system in memory, with the trouble.
func (o *opened) Collections() []connector.Collection {
	all := o.System.Collections()
	for i := range all {
		o.wrap(&all[i])
	}
	return all
}

func (s *site) wrap(c *connector.Collection) {
	list, get, find, create, update, del := c.List, c.Get, c.Find, c.Create, c.Update, c.Delete
	c.List = func(ctx context.Context, since connector.Cursor) iter.Seq2[connector.Page, error] {
		return s.list(list(ctx, since))
	}
	c.Get = func(ctx context.Context, id record.ExternalID) (connector.Item, error) {
		if err := s.merged(id); err != nil {
			return connector.Item{}, err
		}
		return get(ctx, id)
	}
	if find != nil {
		c.Find = func(ctx context.Context, want record.Fields) (connector.Item, error) {
			return find(ctx, s.asStored(want))
		}
	}
	if create == nil {
		return
	}
	c.Create = func(ctx context.Context, want record.Fields) (connector.Item, error) {
		return s.write("create", "", want, func() (connector.Item, error) { return s.create(ctx, create, update, want) })
	}
	if s.at.Many {
		c.Batch = 3
		c.WriteMany = func(ctx context.Context, ops []connector.Op) ([]connector.Result, error) {
			return s.many(ops, func(want record.Fields) (connector.Item, error) { return s.create(ctx, create, update, want) })
		}
	}
	c.Update = func(ctx context.Context, id record.ExternalID, p connector.Patch) (connector.Item, error) {
		if err := s.merged(id); err != nil {
			return connector.Item{}, err
		}
		if have, ok := s.All(place)[id]; ok && canonical(have[code]) == canonical(p.Key[code]) {
			p.Key = record.Fields{code: have[code]} // it compares keys in one form, as a connector does
		}
		return s.write("update", id, p.Set, func() (connector.Item, error) { return update(ctx, id, p) })
	}
	if del != nil {
		c.Delete = func(ctx context.Context, id record.ExternalID) error {
			_, err := s.write("delete", id, nil, func() (connector.Item, error) { return connector.Item{ID: id}, del(ctx, id) })
			return err
		}
	}
}

// create makes a record. A keyed one meets the record with the key in whatever
// case.
func (s *site) create(
	ctx context.Context, create func(context.Context, record.Fields) (connector.Item, error),
	update func(context.Context, record.ExternalID, connector.Patch) (connector.Item, error), want record.Fields,
) (connector.Item, error) {
	if id := s.exists(want); s.at.Keyed && id != "" {
		item, err := update(ctx, id, connector.Patch{Set: want})
		item.Adopted = true
		return item, err
	}
	return create(ctx, want)
}

// asStored returns the fields with the code as the record with this key has it.
func (s *site) asStored(want record.Fields) record.Fields {
	out := want.Clone()
	if id := s.exists(want); id != "" {
		out[code] = s.All(place)[id][code]
	}
	return out
}

func (s *site) merged(id record.ExternalID) error {
	into := s.moved[id]
	if into == "" {
		return nil
	}
	return &connector.Error{Class: connector.NotFound, System: s.Name, Op: "get", Successor: into}
}

// write carries a write out, with the trouble that waits for it.
func (s *site) write(op string, id record.ExternalID, set record.Fields, call func() (connector.Item, error)) (connector.Item, error) {
	if f := s.trouble(op, false); f != nil {
		if op == "create" {
			s.failed(s.Name, set)
		}
		return connector.Item{}, f
	}
	item, in, err := s.effect(op, id, set, call)
	if in == nil {
		return item, err
	}
	err = s.trouble(op, true)
	in.lost = err != nil
	s.wrote(*in)
	return item, err
}

// many makes records in one call: none of them, or all and perhaps nobody hears of it.
func (s *site) many(ops []connector.Op, create func(record.Fields) (connector.Item, error)) ([]connector.Result, error) {
	if f := s.trouble("create", false); f != nil {
		for _, op := range ops {
			s.failed(s.Name, op.Want)
		}
		return nil, f
	}
	out, all := make([]connector.Result, len(ops)), []*sent(nil)
	for i, op := range ops {
		var in *sent
		out[i].Item, in, out[i].Err = s.effect("create", "", op.Want, func() (connector.Item, error) { return create(op.Want) })
		if in != nil {
			all = append(all, in)
		}
	}
	var err error
	if len(all) > 0 {
		err = s.trouble("create", true)
	}
	for _, in := range all {
		in.lost = err != nil
		s.wrote(*in)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// effect makes a call and tells what it has changed; nil is nothing.
func (s *site) effect(op string, id record.ExternalID, set record.Fields, call func() (connector.Item, error)) (connector.Item, *sent, error) {
	all := s.All(place)
	if op == "create" {
		id = s.exists(set)
	}
	item, err := call()
	if err != nil {
		return item, nil, err
	}
	now := s.All(place)
	in := sent{sys: s.Name, op: op, id: item.ID, set: set.Clone(), before: all[item.ID], after: now[item.ID], adopted: item.Adopted}
	if op == "create" && !item.Adopted {
		in.before, in.double, in.unseen = all[id], id, !s.shown[id]
	}
	if op == "delete" && in.before == nil || op != "delete" && in.after != nil && maps.Equal(in.after, all[item.ID]) {
		return item, nil, nil
	}
	return item, &in, nil
}

func (s *site) trouble(op string, after bool) error {
	for _, f := range s.faults {
		if f.left > 0 && f.after == after && (f.op == "" || f.op == op) {
			f.left--
			s.fired++
			return f.err
		}
	}
	return nil
}

// list shows the pages, unless the reading is short or breaks off.
func (s *site) list(pages iter.Seq2[connector.Page, error]) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		total := len(s.All(place))
		if s.shown == nil || !s.at.Since {
			s.shown = map[record.ExternalID]bool{}
		}
		for page, err := range pages {
			if err != nil {
				yield(page, err)
				return
			}
			if s.short > 0 {
				page.Items = without(page.Items, s.hidden)
				page.Evidence.End = page.Evidence.End && !s.cut
			}
			for _, it := range page.Items {
				s.shown[it.ID] = true
			}
			if s.at.Stated && !s.at.Since {
				page.Evidence.Stated, page.Evidence.Count = true, total
				if s.short > 0 && !s.cut { // it counts what it shows
					page.Evidence.Count = total - s.lacking()
				}
			}
			if !yield(page, nil) {
				return
			}
			if s.broken > 0 {
				yield(connector.Page{}, &connector.Error{Class: connector.Transient, System: s.Name, Op: "list", Why: "the line broke"})
				return
			}
		}
	}
}

func (s *site) lacking() (n int) {
	for id := range s.All(place) {
		if s.hidden[id] {
			n++
		}
	}
	return n
}

func without(items []connector.Item, hidden map[record.ExternalID]bool) (out []connector.Item) {
	for _, it := range items {
		if !hidden[it.ID] {
			out = append(out, it)
		}
	}
	return out
}

// read says that a run has read the system once more.
func (s *site) read() {
	s.short, s.broken = max(0, s.short-1), max(0, s.broken-1)
}

// troubled reports whether anything waits to go wrong.
func (s *site) troubled() bool {
	for _, f := range s.faults {
		if f.left > 0 {
			return true
		}
	}
	return s.short > 0 || s.broken > 0
}

// calm ends all trouble.
func (s *site) calm() { s.faults, s.short, s.broken = nil, 0, 0 }
