package reconcile

import "slices"

// strictest takes the strictest value that stands anywhere. A value outside
// the list is looser than all.
func (m *field) strictest() {
	rank := func(v string) int {
		if i := slices.Index(m.rule.Strict, v); i >= 0 {
			return i
		}
		return len(m.rule.Strict)
	}
	old, known := m.hub.Fields[m.name]
	value, from := old, m.hub.From[m.name]
	for _, i := range m.ordered() {
		if v, ok := m.optedIn(i, old); ok { // the others may be stricter still
			value, from = v, m.sides[i].System
		}
	}
	for _, i := range m.ordered() {
		if v, ok := m.remote(i); ok && !m.leftBehind(i, v) && (!known && value == "" || rank(v) < rank(value)) {
			value, from = v, m.sides[i].System
		}
	}
	if value != old || !known && value != "" {
		m.set(value, from)
	}
}

// optedIn returns the looser consent that a side shows instead of the one that both
// had agreed on, where the person concerned decides there. The stricter one must have
// come from there as well: an old reading may show for longer what stood there before
// we wrote one that came from elsewhere.
func (m *field) optedIn(i int, old string) (string, bool) {
	s := m.sides[i]
	v, seen := m.remote(i)
	ours, met := s.BaseLocal[m.name]
	theirs := s.BaseRemote[m.name]
	again := seen && met && ours == old && m.hub.From[m.name] == s.System && v != theirs && slices.Contains(m.rule.OptIn, s.System) &&
		slices.Contains(m.rule.Strict, v) && m.stricter(theirs, v) && !m.sent(i, v)
	return v, again
}
