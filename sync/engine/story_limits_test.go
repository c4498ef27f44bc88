package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// with is the cast of two with its policy changed.
func with(change ...func(*policy.Policy)) func() cast {
	return func() cast {
		c := two()()
		for _, ch := range change {
			ch(c.Policies[0])
		}
		return c
	}
}

// each does something to the members from one number up to another.
func each(from, to int, f func(s *stage, id record.ExternalID)) deed {
	return func(s *stage) {
		for i := from; i < to; i++ {
			f(s, record.ExternalID(fmt.Sprintf("P%04d", i)))
		}
	}
}

// leave is the source saying that a member has left.
func leave(s *stage, id record.ExternalID) { s.By["source"].Drop("members", id, record.Removed) }

func untargeted(p *policy.Policy) { p.Targets = nil }

func detaching(p *policy.Policy) { p.OnDelete = nil }

// lifted lets the next run pass a limit.
func lifted(reason string, run deed) deed {
	return func(s *stage) {
		s.Override = []string{reason}
		defer func() { s.Override = nil }()
		run(s)
	}
}

// Limits count what happens to records, at every side and in our own copy.
func TestStoryEffects(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, reason string
		cast         func() cast
		before       deed
		change       deed
	}{
		{"a target that is known already would be overwritten by adoption", "TOO_MANY_OVERWRITTEN", with(), func(s *stage) {
			put("source", "members", "A", member("A", "a@example.org"))(s)
			synced()(s)
			for i := range 40 {
				code := fmt.Sprintf("P%04d", i)
				s.By["target"].Put("people", record.ExternalID("hand "+code), record.Fields{fCode: code, fName: "by hand", fMail: "", fFormer: ""})
			}
			synced()(s)
		}, lifting("TOO_MANY_CREATED", members(40, same))},
		{
			"a field that no target carries is emptied", "TOO_MANY_EMPTIED", with(untargeted), members(40, same),
			members(39, func(_ int, f record.Fields) record.Fields { f[fMail] = ""; return f }),
		},
		{"a target's records would be left alone", "TOO_MANY_REMOVED", with(detaching), members(20, same), each(0, 20, leave)},
		{"six of seven that have the field, of forty", "TOO_MANY_EMPTIED", with(), members(40, func(i int, f record.Fields) record.Fields {
			if i >= 7 {
				f[fMail] = ""
			}
			return f
		}), members(6, func(_ int, f record.Fields) record.Fields { f[fMail] = ""; return f })},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tell(t, c.cast(), 0, []deed{
				takesMany(),
				c.before, synced(), quiet(),
				c.change,
				stopped(step.GuardStopped, c.reason),
				stopped(step.GuardStopped, c.reason),
				func(s *stage) { s.Override = append(s.Override, c.reason, "TOO_MANY_CHANGED") },
				synced(),
			})
		})
	}
}

// Thirty of a hundred members are thirty of the members, whatever is made of them.
func TestStoryShareOfTheMembers(t *testing.T) {
	t.Parallel()
	c := two()()
	c.Rules = []derive.Rule{{
		Name: "parents", From: []record.Kind{kPerson}, Makes: []record.Kind{kPerson},
		Groups: func(e record.Entity) []string {
			if e.Deleted != "" || strings.HasPrefix(e.Key, "parent ") {
				return nil
			}
			return []string{e.Key}
		},
		Make: func(g derive.Group) (made derive.Made) {
			if len(g.Members) > 0 {
				f := record.Fields{fCode: "parent " + g.Key, fName: "Parent", fMail: "", fFormer: "false"}
				made.Entities = []derive.Entity{{Kind: kPerson, Key: f[fCode], Fields: f}}
			}
			return made
		},
	}}
	tell(t, c, 0, []deed{
		takesMany(), members(20, same), synced(), holding("target", 40), quiet(),
		renamed(0, 6, "Other"), synced(), later(time.Hour),
		renamed(0, 7, "Another"), stopped(step.GuardStopped, "TOO_MANY_CHANGED"),
		lifted("TOO_MANY_CHANGED", synced()), quiet(),
	})
}

// lifting is a change that a person has announced.
func lifting(reason string, change deed) deed {
	return func(s *stage) { s.Override = []string{reason}; change(s) }
}

// Fifteen of twenty leave, five at a time: what is much in a day is much.
func TestStoryManyInSmallParts(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]func(*policy.Policy){"removed": removing, "left alone": detaching, "marked": func(*policy.Policy) {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tell(t, with(of)(), 0, []deed{
				members(20, same), synced(), quiet(),
				each(0, 5, leave), synced(), later(5 * time.Minute),
				each(5, 10, leave), stopped(step.GuardStopped, "TOO_MANY_REMOVED"), later(5 * time.Minute),
				stopped(step.GuardStopped, "TOO_MANY_REMOVED"),
				rowsWhere(5, `entity where deleted <> ''`),
				lifted("TOO_MANY_REMOVED", synced()),
				rowsWhere(10, `entity where deleted <> ''`),
				// What a person approved is not counted, also later.
				rowsWhere(0, `limit_effect where n <> 5`),
				each(10, 11, leave), stopped(step.GuardStopped, "TOO_MANY_REMOVED"), later(24 * time.Hour), synced(),
			})
		})
	}
	t.Run("the next day", func(t *testing.T) {
		t.Parallel()
		tell(t, with(removing)(), 0, []deed{
			members(20, same), synced(),
			each(0, 5, leave), synced(), later(24 * time.Hour),
			each(5, 10, leave), synced(),
			rowsWhere(10, `entity where deleted <> ''`),
			later(49 * time.Hour), each(10, 11, leave), synced(),
			rowsWhere(0, `limit_effect where n > 1`),
		})
	})
	t.Run("emptied", func(t *testing.T) {
		t.Parallel()
		emptied := func(_ int, f record.Fields) record.Fields { f[fMail] = ""; return f }
		tell(t, two()(), 0, []deed{
			members(20, same), synced(),
			members(20, upTo(5, func(f record.Fields) record.Fields { return emptied(0, f) })), synced(), later(time.Hour),
			members(6, emptied), stopped(step.GuardStopped, "TOO_MANY_EMPTIED"),
		})
	})
}
