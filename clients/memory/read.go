package memory

import (
	"cmp"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// read is a record as a connector shows it: canonical, without the fields that
// cannot be read. The lock is held.
func (p *Place) read(id record.ExternalID, f record.Fields) connector.Item {
	s := p.spec()
	if len(s.Types) == 0 {
		return connector.Item{ID: id, Fields: f.Clone(), Unlisted: p.hides(f)}
	}
	r := s.Fields(f)
	return connector.Item{ID: id, Fields: r.Fields, Unreadable: r.Unreadable, Notes: r.Notes, Unlisted: p.hides(f)}
}

func (p *Place) hides(f record.Fields) bool { return p.Hides != nil && p.Hides(f) }

// broken says why a record is a fault; nil where it is none.
func (p *Place) broken(it connector.Item) *connector.Fault {
	for _, f := range p.Key {
		if why := it.Unreadable[f]; why != "" {
			return &connector.Fault{ID: it.ID, Field: f, Why: why}
		}
	}
	return nil
}

// delivery makes what is to be written canonical. A field that cannot be is
// refused.
func (s *System) delivery(p *Place, op string, want record.Fields) (record.Fields, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	spec := p.spec()
	if len(spec.Types) == 0 {
		return want, nil
	}
	spec.Today = ""
	r := spec.Fields(want)
	for _, f := range slices.Sorted(maps.Keys(r.Unreadable)) {
		err := s.fail(connector.Rejected, op)
		err.Field, err.Why, err.Unsent = f, r.Unreadable[f], true
		return nil, err
	}
	return r.Fields, nil
}

// shown is a value as it reads once the place has stored it.
func (p *Place) shown(f record.Field, v string) string { return p.canon(f, p.value(f, v)) }

// canon is the canonical form of a value that has one.
func (p *Place) canon(f record.Field, v string) string {
	s := p.spec()
	if len(s.Types) == 0 {
		return v
	}
	if canon, _, err := s.Canon(f, v); err == nil {
		return canon
	}
	return v
}

// spec is how values are made canonical. Without types they stay as they are.
func (p *Place) spec() value.Spec {
	if p.known == nil {
		p.known = record.Types{}
		maps.Copy(p.known, value.TypesOf(p.Kind))
		for _, part := range p.Parts {
			maps.Copy(p.known, value.TypesOf(part.Kind))
		}
		maps.Copy(p.known, p.Types)
	}
	s := value.Spec{Types: p.known, Options: p.Options}
	s.Region = cmp.Or(s.Region, "NL")
	return s
}
