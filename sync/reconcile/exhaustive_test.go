package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// The exhaustive check: one field, the hub and two sides, all histories of six
// operations, with and without a sync after each. Histories that lead to the
// same state are followed once and counted all.

const (
	depth    = 6
	field    = record.Field("f")
	sideA    = record.System("a")
	sideB    = record.System("b")
	marks    = "~^" // each side has its own way to write a value
	echoMark = "'"
)

var systems = [2]record.System{sideA, sideB}

// place is one side: what stands there, and what the engine keeps of it.
type place struct {
	actual, before string // what stands there; before its last change
	known, seen    string // sync record.far; what the listing last showed
	ours, theirs   string // agreed
	met, pending   bool
	fresh, stale   bool   // this reading was news; it was old
	old            string // what we last wrote over; the next reading may still show it
	sent           string // what we may have written and do not know of
	guard, unsure  bool   // old and sent are set
	late           bool   // the next reading is old by one
	own            bool   // it stores what we write its own way
}

// model drives the real Merge as the engine does.
type model struct {
	rules   map[record.Field]policy.Rule
	rule    policy.Rule
	delays  int
	exempt  bool // clears are not kept: the policy says so
	seen    map[state]state
	example map[state]string
}

var operations = []string{"edit", "clear", "echo", "delay", "own", "crash"}

// step returns the states after one operation more.
func (m *model) step(s state, f func(name string, next state)) {
	for _, op := range operations {
		for i := range systems {
			if op == "crash" && i > 0 {
				continue
			}
			next, ok := m.move(s, op, i)
			if !ok {
				continue
			}
			name := op
			if op != "crash" {
				name += "@" + string(systems[i])
			}
			f(name, next.canonical())
			f(name+" sync", m.sync(next.canonical()))
		}
	}
}

// explore follows all histories and judges the end of each.
func (m *model) explore(t *testing.T, start state, depth int) (histories int64, states int) {
	t.Helper()
	level := map[state]int64{start.canonical(): 1}
	m.example = map[state]string{start.canonical(): ""}
	failures := 0
	for range depth {
		next := map[state]int64{}
		for s, n := range level {
			how := m.example[s]
			m.step(s, func(op string, to state) {
				if next[to] == 0 && m.example[to] == "" {
					m.example[to] = how + ", " + op
				}
				next[to] += n
			})
		}
		level = next
		for s, n := range level {
			histories += n
			if why := m.judge(s); why != "" && failures < 12 {
				failures++
				t.Errorf("after%s: %s", strings.TrimPrefix(m.example[s], ","), why)
			}
		}
		states += len(level)
	}
	return histories, states
}

// judge lets two syncs pass, wants everybody to agree and the third to be
// quiet.
func (m *model) judge(s state) string {
	s.crash = false
	if s.at[0].late || s.at[1].late {
		s = m.sync(s) // the history's own last reading
	}
	s = m.sync(m.sync(s))
	last := m.sync(s)
	last.slack = min(last.slack, s.slack)
	switch {
	case s.lost:
		return "an edit was lost silently"
	case last != s:
		return fmt.Sprintf("not quiet: %+v, then %+v", s, last)
	case s.slack < 0:
		return fmt.Sprintf("%d writes more than the changes allow", -s.slack)
	}
	for i, p := range s.at {
		if !m.rule.Ask && base(p.actual) != base(s.hub) {
			return fmt.Sprintf("side %s holds another value than the hub: %+v", systems[i], s)
		}
		if s.clears[i] && s.hub != "" && !m.rule.Ask {
			return "a clear was lost silently"
		}
	}
	for _, c := range s.owed {
		if !m.rule.Ask && base(s.hub) != string(c) {
			return fmt.Sprintf("an edit was lost silently: %+v", s)
		}
	}
	return ""
}

func TestAllHistories(t *testing.T) {
	t.Parallel()
	agreed := state{hub: "a", known: true, from: sideA}
	for i := range agreed.at {
		agreed.at[i] = place{actual: "a", before: "a", known: "a", seen: "a", ours: "a", theirs: "a", met: true}
	}
	addUnmanaged := state{slack: 2}
	addUnmanaged.at[0] = place{actual: "a", before: "a", known: "?", seen: "?"}
	addUnmanaged.at[1] = place{actual: "b", before: "b", known: "?", seen: "?"}
	for _, c := range []struct {
		name  string
		rule  policy.Rule
		start state
		depth int
		late  int // delayed readings in a history
	}{
		{"both may decide", policy.Shared(sideA, sideB), agreed, depth, 1},
		{"the later first", policy.Shared(sideB, sideA), agreed, depth - 1, 1},
		{"only one may decide", policy.Owned(sideA), agreed, depth - 1, 1},
		{"kept when empty", policy.Shared(sideA, sideB).KeepWhenEmpty(), agreed, depth - 1, 1},
		{"a person is asked", policy.Shared(sideA, sideB).AskAPerson(), agreed, depth - 1, 1},
		{"never met", policy.Shared(sideA, sideB), addUnmanaged, depth - 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := &model{
				rules: map[record.Field]policy.Rule{field: c.rule}, rule: c.rule,
				delays: c.late, exempt: c.rule.KeepEmpty, seen: map[state]state{},
			}
			n, states := m.explore(t, c.start, sizetest.Of(t, c.depth-1, c.depth, c.depth))
			t.Logf("%d histories, %d states", n, states)
		})
	}
}
