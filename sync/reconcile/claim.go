package reconcile

import (
	"cmp"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// sent reports whether a value may be our own, not learnt of.
func (m *field) sent(i int, v string) bool {
	sent, ok := m.sides[i].Sent[m.name]
	return ok && v == sent
}

// claim is a side's wish to change the hub.
type claim struct {
	side    int
	value   string
	changed bool // since agreed, so that losing it is a conflict
}

// claims are the values that sides may and want to give the hub, best first.
func (m *field) claims(old string, known bool) []claim {
	var claims, weak []claim
	for i, s := range m.sides {
		v, ok := m.remote(i)
		if !ok || !m.rule.Decides(s.System) || known && v == old || v == "" && m.rule.KeepEmpty || m.sent(i, v) {
			continue
		}
		_, theirs, met := m.base(i)
		apart := m.apart(i, m.hub.Fields)
		switch {
		case met && v != theirs, !met && v != "" && slices.Contains(s.Assigns, m.name):
			claims = append(claims, claim{i, v, true})
		case met, apart && !known:
		case !known, old == "" && v != "" && !apart:
			claims = append(claims, claim{i, v, false})
		case (v != "" || apart) && m.rule.Rank(s.System) < m.rule.Rank(m.hub.From[m.name]):
			claims = append(claims, claim{i, v, false})
		case v != "" && !apart:
			weak = append(weak, claim{i, v, false})
		}
	}
	if slices.ContainsFunc(claims, func(c claim) bool { return c.value == "" }) {
		claims = append(claims, weak...) // an empty value wins only against an agreed one
	}
	slices.SortStableFunc(claims, func(a, b claim) int {
		return cmp.Or(cmp.Compare(a.last(), b.last()), m.order(a.side, b.side))
	})
	return claims
}

// last puts what only fills an empty hub behind what was changed, and behind
// that the empty value of a side that never met.
func (c claim) last() int {
	switch {
	case c.changed:
		return 0
	case c.value != "":
		return 1
	}
	return 2
}

// filled returns the claims with one in front that an empty one may not win
// against: the value of a side that never met.
func filled(claims []claim) []claim {
	if len(claims) == 0 || claims[0].value != "" {
		return claims
	}
	i := slices.IndexFunc(claims, func(c claim) bool { return c.value != "" && !c.changed })
	if i < 0 {
		return claims
	}
	return slices.Concat(claims[i:i+1], claims[:i], claims[i+1:])
}

// order compares two sides: by the rule, by name, and two records at one system
// by what they hold.
func (m *field) order(a, b int) int {
	sa, sb := m.sides[a], m.sides[b]
	return cmp.Or(
		cmp.Compare(m.rule.Rank(sa.System), m.rule.Rank(sb.System)),
		cmp.Compare(sa.System, sb.System),
		cmp.Compare(sa.Remote[m.name], sb.Remote[m.name]),
	)
}

// ordered are the sides in their order.
func (m *field) ordered() []int {
	out := make([]int, len(m.sides))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, m.order)
	return out
}

func (m *field) others(claims []claim, value string, winner record.System) {
	for _, c := range claims {
		if c.changed && c.value != value {
			m.conflict(c, value, winner, ByOrder)
		}
	}
}
