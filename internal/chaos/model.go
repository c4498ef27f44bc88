package chaos

import (
	"fmt"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// Failure is a check that a story has failed.
type Failure struct {
	Check  string // stable: one word a kind
	Detail string
}

// The checks.
const (
	Doubled      = "doubled"              // a second record with one key was made
	DoubledBlind = "doubled unseen"       // the same where the last reading did not show the first
	DoubledLate  = "doubled by approval"  // the same when a plan is carried out that somebody approved
	DoubledAgain = "doubled anew"         // the same where somebody has deleted a record of theirs
	RemovedKept  = "kept and removed"     // one of whom somebody has said to stay was removed or marked
	WrittenStill = "written while paused" // nothing was to be written of a record there
	RemovedWrong = "removed wrongly"      // one who never left was removed or marked as former
	NotOurs      = "not ours to delete"   // a record made by hand was deleted
	Loosened     = "opt-out loosened"     // a looser consent was written over or beside an opt-out
	OptOutLost   = "opt-out lost"         // an opt-out does not stand everywhere at the end
	Missing      = "missing"              // one who is at the source is not at a target
	Former       = "marked as former"     // one who is at the source is marked as former
	StaysBehind  = "stays behind"         // what we made stays when the person has left
	EditLost     = "edit lost"            // the last edit does not stand everywhere and is told nowhere
	EditForeign  = "foreign edit"         // the same of an edit where the field is not decided
	RefusedWhole = "refused whole"        // one value is refused, and others are held back with it
	Differs      = "sides differ"         // a target shows another value, and nothing says why
	CreatedBy    = "created_by"           // what we made is not ours
	CreatedLost  = "created_by unheard"   // the same, where nobody has heard the answer to the create
	TakenOver    = "taken over"           // a record made by hand is ours
	NotInHistory = "not in the history"   // a value was sent that no plan row tells
	FreedUntold  = "freed untold"         // the same of a value that was emptied to free it for another record
	RemadeUntold = "remade untold"        // the same when a record is made anew that somebody deleted
	NeverSent    = "told, never sent"     // a done plan row tells a value that never stood there
	NotQuiet     = "not quiet"            // runs go on writing though nothing happens
	NeverWell    = "run fails"            // without trouble a run fails
	BreaksDown   = "breaks down"          // an error that no system and no person can cause
	ApplyBreaks  = "approval breaks"      // the same when a plan is approved
	Endless      = "never ends"           // a step that asks to go on for ever
)

// model keeps what people did and what the systems received.
type model struct {
	cast    Cast
	sites   map[record.System]*site
	people  []*person
	journal []sent
	first   map[record.System]bool // a run has read the system
	old     bool                   // a plan of an earlier run is carried out
	fails   []Failure
}

// population is how many persons there may be.
const population = 8

func newModel(c Cast, sites []*site) *model {
	m := &model{cast: c, sites: map[record.System]*site{}, first: map[record.System]bool{}}
	for i := range population {
		m.people = append(m.people, newPerson(i))
	}
	for _, s := range sites {
		m.sites[s.Name] = s
		s.wrote = m.wrote
		s.failed = m.failed
		s.exists = func(want record.Fields) record.ExternalID {
			for _, id := range slices.Sorted(maps.Keys(s.All(place))) {
				if canonical(s.All(place)[id][code]) == canonical(want[code]) {
					return id
				}
			}
			return ""
		}
	}
	return m
}

func (m *model) fail(check, format string, args ...any) {
	f := Failure{check, fmt.Sprintf(format, args...)}
	if !slices.Contains(m.fails, f) {
		m.fails = append(m.fails, f)
	}
}

// whose is the person whose record has these fields, or nil.
func (m *model) whose(f record.Fields) *person {
	for _, p := range m.people {
		if f != nil && slices.Contains(p.keys(), canonical(f[code])) {
			return p
		}
	}
	return nil
}

// records are the ids of a person's records at a system, sorted.
func (m *model) records(p *person, sys record.System) (ids []record.ExternalID) {
	all := m.sites[sys].All(place)
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if m.whose(all[id]) == p {
			ids = append(ids, id)
		}
	}
	return ids
}

// failed notes a create that has failed: nobody can tell what is made by hand from
// then on from what it may have made.
func (m *model) failed(sys record.System, want record.Fields) {
	if p := m.whose(want); p != nil {
		p.with(sys).tried = true
	}
}

// wrote judges a write as it happens.
func (m *model) wrote(in sent) {
	in.ours = in.double != "" && m.made(in.sys, in.double) != nil
	m.journal = append(m.journal, in)
	p := m.whose(in.before)
	if p == nil {
		p = m.whose(in.after)
	}
	if p == nil {
		return
	}
	here := p.with(in.sys)
	made, byHand := here.made[in.id]
	switch {
	case in.op == "create" && in.before != nil && !in.adopted && in.ours:
		m.fail(Doubled, "%s: we made the record of person %d, and a second is made", in.sys, p.n)
	case in.op == "create" && in.before != nil && !in.adopted && m.old && !m.sites[in.sys].at.NoFind:
		m.fail(DoubledLate, "%s: person %d has a record and a second is made", in.sys, p.n)
	case in.op == "create" && in.before != nil && !in.adopted && here.deleted && !m.sites[in.sys].at.NoFind:
		m.fail(DoubledAgain, "%s: person %d has a record and a second is made", in.sys, p.n)
	case in.op == "create" && in.before != nil && !in.adopted && !in.unseen:
		m.fail(Doubled, "%s: person %d has a record and a second is made", in.sys, p.n)
	case in.op == "create" && in.before != nil && !in.adopted && !m.sites[in.sys].at.NoFind:
		m.fail(DoubledBlind, "%s: person %d has a record and a second is made", in.sys, p.n)
	case in.op == "create" && here.merged >= 0 && !in.adopted:
		m.fail(Doubled, "%s: person %d was merged and is made again", in.sys, p.n)
	case in.op == "delete" && byHand && !made:
		m.fail(NotOurs, "%s: the record %s of person %d was made by hand and is deleted", in.sys, in.id, p.n)
	}
	gone := in.op == "delete" || in.set[former] == "true" && in.before[former] != "true"
	if gone && p.kept {
		m.fail(RemovedKept, "%s: person %d was kept; %s", in.sys, p.n, in.op)
	}
	if p.paused == in.sys {
		m.fail(WrittenStill, "%s: person %d is paused; %s", in.sys, p.n, in.op)
	}
	if gone && p.here && !p.left {
		m.fail(RemovedWrong, "%s: person %d never left; %s", in.sys, p.n, in.op)
	}
	if in.op == "delete" {
		here.settled = false
		if !p.known { // nobody can know of an opt-out that stood here alone
			p.out = p.out && m.standsOut(p)
		}
		return
	}
	m.loosened(p, in)
}

// standsOut reports whether an opt-out still stands at some record of a person.
func (m *model) standsOut(p *person) bool {
	for sys, s := range m.sites {
		for _, id := range m.records(p, sys) {
			if s.All(place)[id][consent] == optedOut {
				return true
			}
		}
	}
	return false
}

// loosened judges what a write does to a consent.
func (m *model) loosened(p *person, in sent) {
	v, set := in.set[consent]
	if !p.out || p.again || in.after[consent] == optedOut || in.op == "update" && !set {
		return
	}
	blind := in.op == "create" && !in.adopted && in.unseen && m.sites[in.sys].at.NoFind // nobody could know of it
	if in.before[consent] == optedOut && !blind || p.known {
		m.fail(Loosened, "%s: person %d has opted out; %s with consent %q over %q", in.sys, p.n, in.op, v, in.before[consent])
	}
}

// clean notes that a run has read everything and ended well, and that nothing
// happened meanwhile.
func (m *model) clean() {
	for _, p := range m.people {
		p.seen = p.seen || p.here
		p.known = p.known || p.out
		if p.here {
			p.read = p.code()
		}
		for sys := range m.sites {
			p.with(sys).settled = p.here && m.inStep(p, sys)
		}
	}
}

// inStep reports whether a person's only record at a system says what the
// source says, as far as it can.
func (m *model) inStep(p *person, sys record.System) bool {
	ids := m.records(p, sys)
	if len(ids) != 1 {
		return false
	}
	have, source := m.sites[sys].All(place)[ids[0]], m.sites["source"].All(place)[p.id]
	for _, f := range []record.Field{code, name, mail, phone} {
		if have[f] != source[f] && (m.cast.Writable || !slices.Contains(m.cast.shared(), f)) {
			return false
		}
	}
	return true
}

// ours are the ids of a person's records at a system that our creates have made.
func (m *model) ours(p *person, sys record.System) (ids []record.ExternalID) {
	for _, id := range m.records(p, sys) {
		if m.made(sys, id) != nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// made is the create that has made a record, or nil.
func (m *model) made(sys record.System, id record.ExternalID) *sent {
	for i := range m.journal {
		if in := &m.journal[i]; in.sys == sys && in.id == id && in.op == "create" && !in.adopted {
			return in
		}
	}
	return nil
}

// leave is what becomes of records at a system.
func (m *model) leave(sys record.System) policy.Action { return m.sites[sys].at.Leave }
