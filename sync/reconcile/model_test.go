package reconcile_test

import (
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// state is all that a history leads to. Values are letters in the order of
// their appearance, so that histories alike are equal.
type state struct {
	hub    string
	known  bool
	from   record.System
	at     [2]place
	owed   string  // edits that must not be lost silently, letters
	clears [2]bool // the same for a clear, by side
	crash  bool    // the next write's record is not stored
	lost   bool
	delays int
	slack  int8 // writes that the changes so far allow, less those made
}

func base(v string) string {
	if v == "" {
		return ""
	}
	return v[:1]
}

// fresh returns a letter that the state does not use.
func (s *state) fresh() string {
	top := byte('a')
	s.each(func(v *string) {
		if *v != "" {
			top = max(top, (*v)[0]+1)
		}
	})
	return string(rune(top))
}

func (s *state) each(f func(*string)) {
	f(&s.hub)
	for i := range s.at {
		p := &s.at[i]
		for _, v := range []*string{&p.actual, &p.before, &p.known, &p.seen, &p.ours, &p.theirs, &p.old, &p.sent} {
			f(v)
		}
	}
}

// canonical renames the values by their appearance. What is owed and stands
// nowhere is lost.
func (s state) canonical() state {
	var names [256]byte
	next := byte('a')
	s.each(func(v *string) {
		if *v == "" {
			return
		}
		c := (*v)[0]
		if names[c] == 0 {
			names[c], next = next, next+1
		}
		if names[c] != c {
			*v = string(rune(names[c])) + (*v)[1:]
		}
	})
	owed := ""
	for i := range len(s.owed) {
		if n := names[s.owed[i]]; n != 0 {
			owed += string(rune(n))
		} else {
			s.lost = true
		}
	}
	s.owed = sorted(owed)
	return s
}

func sorted(letters string) string {
	out := []byte(letters)
	slices.Sort(out)
	return string(out)
}

// edit is a person's change at a side: what they had before their eyes is
// superseded.
func (s state) edit(i int, value string) state {
	p := &s.at[i]
	if cur := base(p.actual); cur != "" {
		s.owed = strings.ReplaceAll(s.owed, cur, "")
	} else {
		s.clears = [2]bool{}
	}
	s.clears[i] = false
	p.before, p.actual = p.actual, value
	s.slack += 2
	return s
}

// move is one operation; ok is false when it changes nothing.
func (m *model) move(s state, op string, i int) (state, bool) {
	p := &s.at[i]
	switch op {
	case "edit":
		v := s.fresh()
		s = s.edit(i, v)
		if p.met {
			s.owed = sorted(s.owed + v)
		}
	case "clear":
		if p.actual == "" {
			return s, false
		}
		s = s.edit(i, "")
		// What was agreed, or shown before, is no change that anybody can see.
		s.clears[i] = !m.exempt && p.met && p.seen != "" && p.known != "" && p.theirs != ""
	case "echo":
		if p.actual == "" {
			return s, false
		}
		form := p.actual[1:] + echoMark
		if strings.HasSuffix(p.actual, echoMark) {
			form = strings.TrimSuffix(p.actual[1:], echoMark)
		}
		p.before, p.actual = p.actual, base(p.actual)+form
		s.slack += 2
	case "delay":
		if s.delays >= m.delays {
			return s, false
		}
		s.delays++
		p.late = true
		s.slack += 4 // there and back
	case "own":
		if p.own {
			return s, false
		}
		p.own = true
	case "crash":
		if s.crash {
			return s, false
		}
		s.crash = true
		s.slack += 2
	}
	return s, true
}

// sync reads, decides and writes, with the records that the engine keeps.
func (m *model) sync(s state) state {
	key := s
	key.slack = 0
	if out, ok := m.seen[key]; ok {
		out.slack += s.slack
		return out
	}
	out := m.run(key).canonical()
	m.seen[key] = out
	out.slack += s.slack
	return out
}

func (m *model) run(s state) state {
	if m.read(&s) {
		m.decide(&s)
	}
	for i := range s.at {
		if s.at[i].pending && !m.write(&s, i) {
			break // the process died
		}
	}
	a, b := &s.at[0], &s.at[1]
	if (a.stale || b.stale) && a.known == s.hub && b.known == s.hub {
		s.reported(s.hub, true) // an old reading has made all agree: what comes later comes after it
	}
	a.fresh, b.fresh, a.stale, b.stale = false, false, false, false
	return s
}

// read takes in what each side shows; it reports whether anything is new.
func (m *model) read(s *state) bool {
	news := false
	for i := range s.at {
		p := &s.at[i]
		shown := p.actual
		p.fresh, p.stale = false, false
		if p.late {
			shown, p.late, p.stale = p.before, false, true
		}
		switch {
		case shown == p.seen:
		case p.guard && !p.pending && shown == p.old && shown != p.known:
			p.guard, p.old = false, "" // not believed once
		default:
			p.guard, p.old = false, ""
			if shown != p.sent {
				p.unsure, p.sent = false, ""
			}
			p.fresh = shown != p.known
			news = news || p.fresh
			p.seen, p.known = shown, shown
		}
	}
	return news
}

func (m *model) decide(s *state) {
	for _, p := range s.at {
		if p.fresh && s.known && p.known == s.hub {
			s.reported(p.known, true) // it says what we say: agreed
		}
	}
	res := reconcile.Merge(m.rules, s.ours(), []reconcile.Side{s.side(0), s.side(1)})
	if v, ok := res.Hub.Fields[field]; ok {
		s.hub, s.known, s.from = v, true, res.Hub.From[field]
	}
	for i, r := range res.Sides {
		if p := s.at[i]; p.unsure && p.met && p.ours == s.hub && p.theirs == base(s.hub) {
			// Back at what was agreed before a write that nobody knows of: what
			// is there next comes after it.
			s.reported(s.hub, true)
		}
		s.at[i].agree(r)
		if v, ok := r.Set[field]; ok {
			s.at[i].pending, s.at[i].unsure, s.at[i].sent = true, true, v
		}
	}
	if a, b := s.at[0], s.at[1]; a.fresh && b.fresh && a.known == b.known {
		s.reported(a.known, true) // both say so: what comes later comes after it
	}
	for i := range s.at { // an edit that it may not make, and nobody minds
		if p := s.at[i]; !m.rule.Decides(systems[i]) && p.known == s.hub {
			s.clears[i] = s.clears[i] && p.known != ""
			s.reported(p.known, p.known != "")
		}
	}
	for _, c := range res.Conflicts {
		s.reported(c.Remote, c.System != record.Hub || c.Why == reconcile.Asked)
		s.reported(c.Hub, c.System == record.Hub || c.Why == reconcile.Asked)
	}
}

func (s *state) reported(v string, lost bool) {
	switch {
	case !lost:
	case v == "":
		s.clears = [2]bool{}
	default:
		s.owed = strings.ReplaceAll(s.owed, base(v), "")
	}
}

func (s *state) ours() reconcile.Hub {
	hub := reconcile.Hub{Fields: record.Fields{}, From: map[record.Field]record.System{}}
	if s.known {
		hub.Fields[field], hub.From[field] = s.hub, s.from
	}
	return hub
}

func (s *state) side(i int) reconcile.Side {
	p, all := s.at[i], []record.Field{field}
	side := reconcile.Side{System: systems[i], Reads: all, Writes: all, Remote: record.Fields{field: p.known}}
	if p.unsure {
		side.Sent = record.Fields{field: p.sent}
	}
	if p.met {
		side.BaseLocal, side.BaseRemote = record.Fields{field: p.ours}, record.Fields{field: p.theirs}
	}
	return side
}

func (p *place) agree(r reconcile.SideResult) {
	if v, ok := r.BaseLocal[field]; ok {
		p.ours, p.theirs, p.met = v, r.BaseRemote[field], true
	}
}

// write carries out what is pending at a side; it reports whether the process
// lives on.
func (m *model) write(s *state, i int) bool {
	p := &s.at[i]
	set, ok := reconcile.Outward(m.rules, s.ours(), s.side(i)).Set[field]
	if !ok {
		p.pending = false
		return true
	}
	stored := set
	if p.own && set != "" {
		stored = base(set) + marks[i:i+1]
	}
	if p.actual != p.known && p.actual != stored {
		p.seen = "!" // stale: forgotten, so that it is read again
		return true
	}
	if p.actual == stored && p.known != stored {
		s.reported(stored, true) // they said the same meanwhile
	}
	if p.actual != stored {
		p.before, p.actual = p.actual, stored
	}
	s.slack--
	if s.crash {
		s.crash = false
		return false
	}
	p.guard, p.old, p.unsure, p.sent = true, p.known, false, ""
	p.known, p.seen, p.ours, p.theirs, p.met, p.pending = stored, stored, set, stored, true, false
	return true
}
