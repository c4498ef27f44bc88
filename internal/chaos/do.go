package chaos

import (
	"fmt"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// do lets an Op happen. One that makes no sense now does nothing.
func (s *stage) do(o Op) {
	if o.At >= len(s.rig.sites) || o.Who >= population || o.Other >= population {
		return
	}
	site, p, other := s.rig.sites[o.At], s.people[o.Who], s.people[o.Other]
	switch o.Do {
	case Join, Leave, Rename:
		s.atSource(o, p)
	case Edit, Clear, Swap, OptOut, OptIn:
		s.edits(o, site, p, other)
	case HandMade, Twin, HandDelete, Merge, MergeTwin:
		s.byHand(o, site, p, other)
	case Short, Broken, Fail, Lose, Crash, Halt:
		s.goesWrong(o, site, p, other)
	case Resolve, Pause, Resume, Retry, Keep, LetGo:
		s.decides(o, site, p)
	case Pass:
		s.hours(o.N)
	default:
		s.runs(o, p, other)
	}
}

// runs does what has to do with runs.
func (s *stage) runs(o Op, p, other *person) {
	in := s.newRun()
	switch o.Do {
	case RunKeys:
		in.task.Kind, in.task.Keys = kind, []string{canonical(p.code())}
		if other != p {
			in.task.Keys = append(in.task.Keys, canonical(other.code()))
		}
		_ = s.goRun(in, "read plan write") // what may come of it is judged there
	case Begin:
		if s.rests != nil {
			return
		}
		before, rest := "read", "plan write"
		if o.How == "plan" {
			before, rest = "read plan", "write"
		}
		if err := s.goRun(in, before); err == nil {
			s.rests, s.restsAt = in, rest
		}
	case Finish:
		if s.rests != nil {
			in, s.rests = s.rests, nil
			_ = s.goRun(in, s.restsAt)
		}
	case Plan:
		in.task.Plan = true
		_ = s.goRun(in, "read plan write")
	case Approve:
		if len(s.kept) > 0 {
			in, s.kept = s.kept[0], s.kept[1:]
			if o.How == "part" {
				in.only = s.about(in, p, other)
			}
			_ = s.approve(in)
		}
	default:
		in.way = o.How
		_ = s.goRun(in, "read plan write")
	}
	s.now = s.now.Add(between)
}

// atSource is what happens to persons at the source.
func (s *stage) atSource(o Op, p *person) {
	source := s.rig.sites[0]
	switch {
	case o.Do == Join && !p.here:
		if p.id == "" || o.How == "new id" {
			p.ids++
			p.id = record.ExternalID(fmt.Sprintf("s%d-%d", p.n, p.ids))
			p.read = "" // no run has read the code under this id
		}
		source.Put(place, p.id, p.fresh())
		p.here, p.kept, p.last = true, false, map[record.Field]edit{}
		for _, at := range p.at {
			at.settled, at.merged = false, -1
		}
	case o.Do == Leave && p.here && len(source.All(place)) > 1: // that all are gone can not be proved
		why := record.Reason("")
		if o.How == "said" {
			why = record.Removed
		}
		source.Drop(place, p.id, why)
		p.here, p.left, p.paused = false, true, ""
		p.forgets("source")
		if !p.known {
			p.out = p.out && s.standsOut(p)
		}
	case o.Do == Rename && p.here && (o.How == "case" || p.read == p.code()): // of another code nobody could know whose it was
		next := fmt.Sprintf("%s-%d", p.code(), o.N)
		if o.How == "case" {
			next = swapped(p.code())
		}
		p.codes = append(p.codes, next)
		source.Put(place, p.id, record.Fields{code: next})
	}
}

func swapped(c string) string {
	if up := strings.ToUpper(c); up != c {
		return up
	}
	return strings.ToLower(c)
}

// target is the record of a person that somebody at a system would take: the
// first of theirs that we know of.
func (s *stage) target(site *site, p *person) record.ExternalID {
	ids := s.records(p, site.Name)
	if !p.here || len(ids) == 0 || site.source && p.id != ids[0] {
		return ""
	}
	return ids[0]
}

// edits are edits of fields.
func (s *stage) edits(o Op, site *site, p, other *person) {
	id := s.target(site, p)
	if id == "" {
		return
	}
	have := site.All(place)[id]
	put := func(p *person, id record.ExternalID, f record.Field, v string) {
		site.Put(place, id, record.Fields{f: v})
		if p.with(site.Name).settled {
			p.owes(site.Name, f, v)
		} else {
			delete(p.last, f)
		}
	}
	f := record.Field(o.Field)
	_, carried := have[f]
	switch {
	case o.Do == Edit && carried:
		put(p, id, f, value(f, o.N))
	case o.Do == Clear && carried && have[f] != "":
		agreed := s.everywhere(p, f, have[f])
		put(p, id, f, "")
		if !agreed {
			delete(p.last, f) // an empty value wins only against an agreed one
		}
	case o.Do == Swap && other != p:
		if theirs := s.target(site, other); theirs != "" {
			mine, their := have[mail], site.All(place)[theirs][mail]
			put(p, id, mail, their)
			put(other, theirs, mail, mine)
		}
	case o.Do == OptOut:
		site.Put(place, id, record.Fields{consent: optedOut})
		p.known = p.known && p.out && !p.again
		p.out, p.again = true, false
	case o.Do == OptIn && p.out && have[consent] == optedOut:
		site.Put(place, id, record.Fields{consent: optedIn})
		p.again = true
	}
}

// value is a value of a field that nobody has.
func value(f record.Field, n int) string {
	switch f {
	case mail:
		return fmt.Sprintf("v%d@example.org", n)
	case phone:
		return fmt.Sprintf("+31610000%03d", n)
	}
	return fmt.Sprintf("%s %d", f, n)
}

// everywhere reports whether all records of a person show a value.
func (s *stage) everywhere(p *person, f record.Field, v string) bool {
	for sys, site := range s.model.sites {
		for _, id := range s.records(p, sys) {
			if have, ok := site.All(place)[id][f]; ok && have != v {
				return false
			}
		}
	}
	return true
}

// byHand is what people do with whole records at a target.
func (s *stage) byHand(o Op, site *site, p, other *person) {
	if site.source {
		return
	}
	here, ids := p.with(site.Name), s.records(p, site.Name)
	why := record.Reason("")
	if site.at.Since {
		why = record.Removed // a listing of what has changed says what is gone
	}
	drop := func(id record.ExternalID) {
		site.Drop(place, id, why)
		p.forgets(site.Name)
		p.paused = ""
		if !p.known {
			p.out = p.out && s.standsOut(p)
		}
	}
	switch {
	case o.Do == HandMade && len(ids) == 0, o.Do == Twin && len(ids) == 1:
		f := p.fresh()
		if o.How == "bare" {
			f = record.Fields{code: p.code(), name: f[name]}
		}
		if site.at.Unique {
			f[mail] = fmt.Sprintf("hand%d@example.org", o.N)
		}
		id := site.Put(place, "", f)
		here.made[id] = !s.first[site.Name] || here.tried
		here.settled = false
	case o.Do == HandDelete && len(ids) > 0 && len(site.All(place)) > 1: // that all are gone can not be proved
		drop(ids[0])
		here.deleted = true
	case o.Do == Merge && len(ids) == 1 && other != p && p.here && other.here:
		into := s.records(other, site.Name)
		if made := s.made(site.Name, ids[0]); made != nil && made.lost && !site.shown[ids[0]] {
			return // nobody of ours knows of the record that is merged
		}
		if len(into) == 1 {
			drop(ids[0])
			here.merged, here.joined = other.n, true
			s.says(o, site, ids[0], into[0])
		}
	case o.Do == MergeTwin && len(ids) == 2:
		from, into := ids[0], ids[1]
		if _, byHand := here.made[from]; byHand {
			from, into = into, from
		}
		drop(from)
		s.says(o, site, from, into)
	}
}

// says has the target say that it has merged a record into another.
func (s *stage) says(o Op, site *site, from, into record.ExternalID) {
	if o.How != "get" || site.at.Since {
		site.Merge(place, from, into)
	}
	if o.How != "list" {
		site.moved[from] = into
	}
}

// goesWrong is trouble to come.
func (s *stage) goesWrong(o Op, site *site, p, other *person) {
	lost := &connector.Error{Class: connector.Transient, System: site.Name, Op: o.How, Why: "no answer"}
	switch o.Do {
	case Short:
		if site.at.Since && o.How == "whole" {
			return // what has changed and is never shown cannot be known
		}
		site.hidden, site.short, site.cut = map[record.ExternalID]bool{}, o.N, o.How == "cut"
		for _, id := range slices.Concat(s.records(p, site.Name), s.records(other, site.Name)) {
			site.hidden[id] = true
		}
	case Broken:
		site.broken = o.N
	case Fail:
		site.faults = append(site.faults, &fault{op: o.How, err: lost, left: o.N})
	case Lose:
		site.faults = append(site.faults, &fault{op: o.How, after: true, err: lost, left: o.N})
	case Halt:
		s.halts = o.How
	case Crash:
		s.giveUp = o.How == "give up"
		site.faults = append(site.faults, &fault{after: true, err: errCrash, left: 1})
	}
}
