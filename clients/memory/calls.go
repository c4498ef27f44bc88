package memory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

func (s *System) get(ctx context.Context, p *Place, id record.ExternalID) (connector.Item, error) {
	if err := s.ask(ctx, "before", "get"); err != nil {
		return connector.Item{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Calls++
	f, ok := s.records[p.Name][id]
	if !ok {
		err := s.fail(connector.NotFound, "get")
		err.Successor = s.merged[id]
		return connector.Item{}, err
	}
	return p.read(id, f), nil
}

func (s *System) find(ctx context.Context, p *Place, want record.Fields) (connector.Item, error) {
	if err := s.ask(ctx, "before", "find"); err != nil {
		return connector.Item{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Calls++
	ids := s.alike(p, want)
	switch len(ids) {
	case 0:
		return connector.Item{}, s.fail(connector.NotFound, "find")
	case 1:
		return p.read(ids[0], s.records[p.Name][ids[0]]), nil
	}
	err := s.fail(connector.Rejected, "find")
	err.Why = "more than one record has this key"
	return connector.Item{}, err
}

// alike returns the ids of the records with the same key.
func (s *System) alike(p *Place, want record.Fields) (ids []record.ExternalID) {
	for _, id := range slices.Sorted(maps.Keys(s.records[p.Name])) {
		f := p.read(id, s.records[p.Name][id]).Fields
		if len(p.Key) > 0 && !slices.ContainsFunc(p.Key, func(k record.Field) bool { return f[k] != want[k] }) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (s *System) create(ctx context.Context, p *Place, want record.Fields) (connector.Item, error) {
	if err := s.ask(ctx, "before", "create"); err != nil {
		return connector.Item{}, err
	}
	if p.Poison != nil {
		if err := p.Poison(want); err != nil {
			return connector.Item{}, err
		}
	}
	want, err := s.delivery(p, "create", want)
	if err != nil {
		return connector.Item{}, err
	}
	if err := s.taken(p, s.keyed(p, want), want, "create"); err != nil {
		return connector.Item{}, err
	}
	item := s.add(p, want)
	if p.Silent {
		item.Fields = record.Fields{}
	}
	return item, s.ask(ctx, "after", "create")
}

// keyed is the record that a create brings to what is wanted, where creates are keyed.
func (s *System) keyed(p *Place, want record.Fields) record.ExternalID {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ids := s.alike(p, want); p.IdempotentCreate && len(ids) > 0 {
		return ids[0]
	}
	return ""
}

// add makes a record. Where creates are keyed, the record with the same key is
// brought to what is wanted.
func (s *System) add(p *Place, want record.Fields) connector.Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Calls++
	if ids := s.alike(p, want); p.IdempotentCreate && len(ids) > 0 {
		id := ids[0]
		next := over(s.records[p.Name][id], p.stored(want))
		if !maps.Equal(next, s.records[p.Name][id]) {
			s.Writes++
			s.set(p.Name, id, next)
		}
		item := p.read(id, next)
		item.Adopted = true
		return item
	}
	s.Writes++
	s.next++
	id := record.ExternalID(strconv.Itoa(1000000 + s.next))
	f := record.Fields{}
	for _, name := range p.all() {
		f[name] = ""
	}
	maps.Copy(f, p.stored(want))
	s.set(p.Name, id, f)
	return p.read(id, f)
}

func (s *System) update(ctx context.Context, p *Place, id record.ExternalID, patch connector.Patch) (connector.Item, error) {
	if err := s.ask(ctx, "before", "update"); err != nil {
		return connector.Item{}, err
	}
	var err error
	if patch.Set, err = s.delivery(p, "update", patch.Set); err != nil {
		return connector.Item{}, err
	}
	if p.RefuseUpdate != nil {
		if err := p.RefuseUpdate(patch.Set); err != nil {
			return connector.Item{}, err
		}
	}
	if err := s.taken(p, id, patch.Set, "update"); err != nil {
		return connector.Item{}, err
	}
	item, err := s.patch(p, id, patch)
	if err != nil {
		return connector.Item{}, err
	}
	return item, s.ask(ctx, "after", "update")
}

func (s *System) patch(p *Place, id record.ExternalID, patch connector.Patch) (connector.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Calls++
	stands, ok := s.records[p.Name][id]
	if !ok {
		err := s.fail(connector.NotFound, "update")
		err.Successor = s.merged[id]
		return connector.Item{}, err
	}
	f := p.read(id, stands).Fields
	for name, key := range patch.Key {
		// The key may be just what is changed, and changed already.
		if cur, known := f[name]; known && cur != p.shown(name, key) && cur != p.shown(name, patch.Set[name]) {
			return connector.Item{}, s.fail(connector.Stale, "update")
		}
	}
	for name, was := range patch.Was {
		if cur, known := f[name]; known && !p.Unguarded && cur != was && cur != p.shown(name, patch.Set[name]) {
			return connector.Item{}, s.fail(connector.Stale, "update")
		}
	}
	set := patch.Set.Clone() // what stands there in another form is not written
	maps.DeleteFunc(set, func(n record.Field, v string) bool { cur, known := f[n]; return known && cur == v })
	next := over(stands, p.stored(set))
	if !maps.Equal(next, stands) {
		s.Writes++
		s.set(p.Name, id, next)
	}
	return p.read(id, next), nil
}

func (s *System) delete(ctx context.Context, p *Place, id record.ExternalID) error {
	if err := s.ask(ctx, "before", "delete"); err != nil {
		return err
	}
	s.mu.Lock()
	s.Calls++
	if p.KeepsReferred && s.referred(p.Kind, id) {
		s.mu.Unlock()
		err := s.fail(connector.Waiting, "delete")
		err.Why, err.After = "others refer to it", time.Minute
		return err
	}
	if _, ok := s.records[p.Name][id]; ok {
		s.Writes++
		delete(s.records[p.Name], id)
	}
	s.mu.Unlock()
	return s.ask(ctx, "after", "delete")
}

// referred reports whether a record of any place refers to one of a kind. The system is
// locked.
func (s *System) referred(kind record.Kind, id record.ExternalID) bool {
	for i := range s.Places {
		for f, ref := range s.Places[i].Refs {
			for _, have := range s.records[s.Places[i].Name] {
				if ref.Kind == kind && slices.Contains(record.SetMembers(have[f]), string(id)) {
					return true
				}
			}
		}
	}
	return false
}

// many makes records. A poisoned one fails alone.
func (s *System) many(ctx context.Context, p *Place, ops []connector.Op) ([]connector.Result, error) {
	if err := s.ask(ctx, "before", "many"); err != nil {
		return nil, err
	}
	for _, op := range ops {
		if p.Spoil == nil {
			break
		}
		if err := p.Spoil(op.Want); err != nil {
			return nil, err
		}
	}
	out := make([]connector.Result, len(ops))
	for i, op := range ops {
		if p.Poison != nil {
			if out[i].Err = p.Poison(op.Want); out[i].Err != nil {
				continue
			}
		}
		want, err := s.delivery(p, "many", op.Want)
		if err != nil {
			out[i].Err = err
			continue
		}
		out[i].Item = s.add(p, want)
	}
	return out, s.ask(ctx, "after", "many")
}

func (s *System) ask(ctx context.Context, when, op string) error {
	if ctx.Err() != nil {
		return s.cancelled(ctx, op)
	}
	s.mu.Lock()
	f := s.Fail
	s.mu.Unlock()
	if f == nil {
		return nil
	}
	return f(when, op)
}

// taken refuses a value that another record holds and only one may hold.
func (s *System) taken(p *Place, id record.ExternalID, want record.Fields, op string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := over(s.records[p.Name][id], want)
	for _, f := range p.Unique {
		within := p.UniqueIn[f]
		for other, have := range s.records[p.Name] {
			if v := p.shown(f, want[f]); v != "" && other != id && p.canon(f, have[f]) == v && (within == "" || have[within] == next[within]) {
				err := s.fail(connector.Rejected, op)
				err.Field, err.Why = f, "another record holds the value"
				return err
			}
		}
	}
	return nil
}

func (s *System) fail(c connector.Class, op string) *connector.Error {
	return &connector.Error{Class: c, System: s.Name, Op: op}
}

// cancelled is the answer to a call whose context has ended.
func (s *System) cancelled(ctx context.Context, op string) error {
	err := s.fail(connector.Transient, op)
	err.Err, err.Why = context.Cause(ctx), "cancelled"
	if errors.Is(err.Err, context.Canceled) {
		return err
	}
	err.Err = fmt.Errorf("%w: %w", ctx.Err(), err.Err)
	return err
}

// stored is how the place stores values.
func (p *Place) stored(f record.Fields) record.Fields {
	out := record.Fields{}
	for k, v := range f {
		if !slices.Contains(p.Ignores, k) {
			out[k] = p.value(k, v)
		}
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
