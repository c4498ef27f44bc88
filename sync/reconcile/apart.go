package reconcile

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// apart reports whether the field is one of a group of which a side says something else
// than we, and has never agreed on it with us: such a group is told, or taken, as a
// whole. Half of one address and half of another is nobody's.
func (m *field) apart(i int, ours record.Fields) bool {
	s := m.sides[i]
	if _, met := s.BaseLocal[m.name]; met {
		return false
	}
	if _, seen := m.remote(i); !seen {
		return false
	}
	return slices.ContainsFunc(s.Groups, func(g []record.Field) bool {
		return slices.Contains(g, m.name) && slices.ContainsFunc(g, func(f record.Field) bool { return m.contradicts(s, f, ours[f]) })
	})
}

// contradicts reports whether the record of a side has another value in a field than
// ours, and the two never agreed on it: by what was noted, or since they were equal.
func (m *field) contradicts(s Side, f record.Field, ours string) bool {
	there := s.Remote[f]
	_, met := s.BaseLocal[f]
	return !met && slices.Contains(s.Reads, f) && there != "" && ours != "" && there != ours && there != m.hub.Fields[f]
}
