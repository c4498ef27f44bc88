package reconcile

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// Outward decides what one side must be told of a hub that is decided already.
// Nothing goes inward: of an undecided side, what it has changed itself is left
// to the next Merge. A field over which a person is asked is left alone.
func Outward(rules map[record.Field]policy.Rule, hub Hub, side Side) SideResult {
	r := Result{
		Hub:   hub,
		Sides: []SideResult{{Set: record.Fields{}, BaseLocal: record.Fields{}, BaseRemote: record.Fields{}}},
	}
	for _, f := range names(rules) {
		m := field{name: f, rule: rules[f], hub: hub, sides: []Side{side}, out: &r}
		if !m.asked(0) && !(side.Unplanned && m.news(0)) {
			m.outward(0)
		}
	}
	return r.Sides[0]
}

// asked reports whether a side holds a change of its own that a person must
// weigh.
func (m *field) asked(i int) bool {
	v, _ := m.remote(i)
	return (m.rule.Ask || m.hub.Restless[m.name]) && m.news(i) && !(v == "" && m.rule.KeepEmpty)
}

// news reports whether a side that may decide has changed the field since it was
// agreed.
func (m *field) news(i int) bool {
	v, seen := m.remote(i)
	_, theirs, met := m.base(i)
	return seen && met && v != theirs && v != m.hub.Fields[m.name] && m.rule.Decides(m.sides[i].System) && !m.sent(i, v)
}

// outward decides what a side must be told.
func (m *field) outward(i int) {
	s, out := m.sides[i], &m.out.Sides[i]
	if !slices.Contains(s.Writes, m.name) && !slices.Contains(s.Reads, m.name) {
		return
	}
	value, known := m.out.Hub.Fields[m.name]
	if !known {
		m.unknown(i)
		return
	}
	remote, seen := m.remote(i)
	ours, theirs, met := m.base(i)
	_, noted := s.BaseLocal[m.name]
	if met && !noted {
		out.BaseLocal[m.name], out.BaseRemote[m.name] = ours, theirs
	}
	if seen && remote == m.beside(value, ours, remote) {
		if !noted || ours != value || theirs != remote {
			out.BaseLocal[m.name], out.BaseRemote[m.name] = value, remote
		}
		return
	}
	if !slices.Contains(s.Writes, m.name) {
		return
	}
	switch {
	case s.New:
		if value != "" {
			out.Set[m.name] = value
		}
	case met && ours == value && (!seen || remote == theirs):
		// It stores ours its own way, or cannot be read back.
	case !met && value == "" && !m.apart(i, m.out.Hub.Fields):
		// An empty value wins only against an agreed one.
	case len(m.rule.Strict) > 0 && seen && m.stricter(remote, value) && !m.leftBehind(i, remote):
	default:
		out.Set[m.name] = value
		if met && seen && m.edited(ours, theirs, remote) && !m.rule.Decides(s.System) && !m.sent(i, remote) {
			m.out.Conflicts = append(m.out.Conflicts, Conflict{
				Field: m.name, System: s.System, Hub: value, Remote: remote, WonBy: m.out.Hub.From[m.name], Why: NotTheirs,
			})
		}
	}
}

// beside is what a side is to show: our value, and of a set of rows those besides that
// others have put there.
func (m *field) beside(value, ours, remote string) string {
	if m.rule.Rows == 0 {
		return value
	}
	return record.RowsBeside(value, ours, remote, m.rule.Rows)
}

// edited reports whether what was agreed on is not as it was; of a set of rows, whether
// a row of ours is not.
func (m *field) edited(ours, theirs, remote string) bool {
	if n := m.rule.Rows; n > 0 {
		return record.RowsIn(theirs, ours, n) != record.RowsIn(remote, ours, n)
	}
	return theirs != remote
}

// unknown notes what a side shows of a field that nobody has decided yet, and
// tells of an edit there by somebody who does not decide it: there is nothing to
// put in its place.
func (m *field) unknown(i int) {
	s, out := m.sides[i], &m.out.Sides[i]
	remote, seen := m.remote(i)
	before, noted := s.BaseRemote[m.name]
	if !seen || noted && remote == before || m.rule.Decides(s.System) {
		return
	}
	out.BaseLocal[m.name], out.BaseRemote[m.name] = "", remote
	if noted {
		m.out.Conflicts = append(m.out.Conflicts, Conflict{Field: m.name, System: s.System, Remote: remote, Why: NotTheirs})
	}
}

// leftBehind reports whether a consent that a side shows stays with an address that is
// the hub's no longer.
func (m *field) leftBehind(i int, consent string) bool {
	return m.rule.LeftBehind(consent, m.sides[i].Remote, m.hub.Fields)
}

func (m *field) stricter(a, b string) bool {
	ia, ib := slices.Index(m.rule.Strict, a), slices.Index(m.rule.Strict, b)
	return ia >= 0 && (ib < 0 || ia < ib)
}
