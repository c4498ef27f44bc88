package chaos

import (
	"context"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// judge judges the end of a story.
func (s *stage) judge(ctx context.Context) error {
	b, err := loadBooks(ctx, s.pool)
	if err != nil {
		return err
	}
	for _, sys := range s.model.cast.systems()[1:] {
		for _, p := range s.people {
			if p.here {
				s.present(b, p, sys)
			} else if p.seen && !p.kept {
				s.gone(p, sys)
			}
		}
		s.whoMade(b, sys)
	}
	for _, p := range s.people {
		s.consented(b, p)
		s.owed(b, p)
	}
	s.history(b)
	return nil
}

// present judges the record of one who is at the source.
func (s *stage) present(b *books, p *person, sys record.System) {
	here := p.with(sys)
	id := s.bound(b, p, sys)
	if id == "" {
		switch {
		case here.merged >= 0:
		case here.joined && b.refused(p, sys): // they have left and are back: a person must say whose it is
		case len(s.model.sites[sys].All(place)) == 0: // that all are gone can not be proved
		case here.deleted && b.refused(p, sys):
		case s.clash(p, sys) && b.refused(p, sys):
		case len(s.records(p, sys)) > 1 && b.refused(p, sys): // nothing tells which of them it is
		default:
			s.fail(Missing, "%s: person %d has no record; %s", sys, p.n, b.why(p, sys))
		}
		return
	}
	if here.merged >= 0 {
		return // what stands there is somebody else's matter
	}
	have, source := s.model.sites[sys].All(place)[id], s.model.sites["source"].All(place)[p.id]
	if have[former] == "true" {
		s.fail(Former, "%s: person %d is marked as former", sys, p.n)
	}
	for _, f := range []record.Field{code, name, mail, phone} {
		own := f == code || f == name || s.model.cast.Writable
		if source[f] == "" && s.twin(p, sys) {
			continue // an empty value wins only against an agreed one
		}
		if own && have[f] != source[f] && !s.excused(b, p, sys, f) {
			check := Differs
			if f != mail && s.clash(p, sys) && b.refused(p, sys) {
				check = RefusedWhole
			}
			s.fail(check, "%s: %s of person %d is %q, at the source %q; %s", sys, f, p.n, have[f], source[f], b.why(p, sys))
		}
	}
}

// excused reports whether a target may show another value: another record holds
// it that must not be made to give way, and the record says so.
func (s *stage) excused(b *books, p *person, sys record.System, f record.Field) bool {
	return b.refused(p, sys) && (f == mail && s.clash(p, sys) || s.twin(p, sys))
}

// twin reports whether there are two records of a person, or were.
func (s *stage) twin(p *person, sys record.System) bool { return len(p.with(sys).made) > 0 }

// clash reports whether any record made by hand may hold the address of a
// person, or two persons were given one.
func (s *stage) clash(p *person, sys record.System) bool {
	want := map[string]bool{}
	for other, site := range s.model.sites {
		for _, id := range s.records(p, other) {
			want[site.All(place)[id][mail]] = other != sys || want[site.All(place)[id][mail]]
		}
	}
	for _, f := range s.model.sites[sys].All(place) {
		if s.whose(f) != p && want[f[mail]] && s.model.sites[sys].at.Unique {
			return true
		}
	}
	return false
}

// bound is the record of a person at a system: the only one, or of several the
// one that is bound.
func (s *stage) bound(b *books, p *person, sys record.System) record.ExternalID {
	ids := s.records(p, sys)
	if len(ids) == 1 {
		return ids[0]
	}
	for _, r := range b.records {
		if r.system == sys && slices.Contains(p.keys(), r.key) && slices.Contains(ids, r.id) {
			return r.id
		}
	}
	return ""
}

// gone judges what is left of one who has left.
func (s *stage) gone(p *person, sys record.System) {
	all := s.model.sites[sys].All(place)
	for _, id := range s.ours(p, sys) {
		switch s.leave(sys) {
		case policy.Delete:
			s.fail(StaysBehind, "%s: person %d has left, and the record %s that we made stays", sys, p.n, id)
		case policy.SetFields:
			if all[id][former] != "true" {
				s.fail(StaysBehind, "%s: person %d has left and is not marked", sys, p.n)
			}
		}
	}
}

// whoMade judges who is said to have made the records.
func (s *stage) whoMade(b *books, sys record.System) {
	for _, r := range b.records {
		if r.system != sys || r.id == "" || r.key == "" {
			continue
		}
		p := s.whose(record.Fields{code: r.key})
		if p == nil {
			continue
		}
		before, byHand := p.with(sys).made[r.id]
		in := s.made(sys, r.id)
		switch {
		case byHand && !before && r.createdBy == record.ByUs:
			s.fail(TakenOver, "%s: the record %s of person %d was made by hand", sys, r.id, p.n)
		case in != nil && in.lost && r.createdBy != record.ByUs:
			s.fail(CreatedLost, "%s: we made the record of person %d, and it is said to be by %q", sys, p.n, r.createdBy)
		case in != nil && r.createdBy != record.ByUs:
			s.fail(CreatedBy, "%s: we made the record of person %d, and it is said to be by %q", sys, p.n, r.createdBy)
		}
	}
}

// consented judges the end of an opt-out.
func (s *stage) consented(b *books, p *person) {
	if !p.here || !p.out || p.again || s.unclear(b, p) {
		return
	}
	for i, sys := range s.model.cast.systems() {
		if i == 0 && !s.model.cast.Writable || p.with(sys).merged >= 0 {
			continue
		}
		id := s.bound(b, p, sys)
		if i == 0 {
			id = p.id
		}
		if v := s.model.sites[sys].All(place)[id][consent]; id != "" && v != optedOut {
			check := OptOutLost
			if i > 0 && s.clash(p, sys) && b.refused(p, sys) {
				check = RefusedWhole
			}
			s.fail(check, "%s: person %d has opted out and stands as %q", sys, p.n, v)
		}
	}
}

// unclear reports whether a person has several records at a system of which none is
// taken, since nothing tells which is theirs: an opt-out there stays where it stands.
func (s *stage) unclear(b *books, p *person) bool {
	return slices.ContainsFunc(s.model.cast.systems(), func(sys record.System) bool {
		ids := s.records(p, sys)
		return len(ids) > 1 && s.bound(b, p, sys) == "" && slices.ContainsFunc(ids, func(id record.ExternalID) bool {
			return s.model.sites[sys].All(place)[id][consent] == optedOut
		})
	})
}

// owed judges the last edit of each field: it stands everywhere, or that it lost
// is told.
func (s *stage) owed(b *books, p *person) {
	if !p.here {
		return
	}
	for f, e := range p.last {
		for i, sys := range s.model.cast.systems() {
			id := s.bound(b, p, sys)
			if i == 0 {
				id = p.id
			}
			have, carried := s.model.sites[sys].All(place)[id][f]
			takes := i > 0 || s.model.cast.Writable || sys == e.sys
			if !carried || !takes || have == e.value || p.with(sys).merged >= 0 {
				continue
			}
			if b.tells(p, f, e) || s.excused(b, p, sys, f) {
				continue
			}
			check := EditLost
			if f != mail && s.clash(p, sys) && b.refused(p, sys) {
				check = RefusedWhole
			}
			if !s.model.cast.decides(e.sys, f) {
				check = EditForeign
			}
			s.fail(check, "%s of person %d became %q at %s; %s shows %q", f, p.n, e.value, e.sys, sys, have)
		}
	}
}

// history holds what the systems received against what the plan rows tell.
func (s *stage) history(b *books) {
	stood := map[string]bool{}
	stand := func(p *person, sys record.System, f record.Fields) {
		for n, v := range f {
			stood[fmt.Sprint(p.n, sys, n, v)] = true
		}
	}
	for _, in := range s.journal {
		p := s.whose(in.after)
		if in.after == nil {
			p = s.whose(in.before)
		}
		if p == nil {
			continue
		}
		stand(p, in.sys, in.after)
		stand(p, in.sys, in.before)
		if in.op == "delete" && !b.row(p, in.sys, "remove") {
			s.fail(NotInHistory, "%s: person %d was deleted", in.sys, p.n)
		}
		for f, v := range in.set {
			if in.before[f] != v && in.op != "delete" && !b.told(p, in.sys, f, v) {
				check := NotInHistory
				if in.op == "create" && p.with(in.sys).deleted {
					check = RemadeUntold
				}
				if f == mail && v == "" && s.model.sites[in.sys].at.Unique {
					check = FreedUntold
				}
				s.fail(check, "%s: %s %s of person %d was set from %q to %q", in.sys, in.op, f, p.n, in.before[f], v)
			}
		}
	}
	for _, p := range s.people {
		for sys, site := range s.model.sites {
			for _, id := range s.records(p, sys) {
				stand(p, sys, site.All(place)[id])
			}
		}
	}
	for _, r := range b.rows {
		p := s.whose(record.Fields{code: r.key})
		if p == nil || r.state != "done" || r.system == record.Hub || p.with(r.system).deleted || s.twin(p, r.system) {
			continue
		}
		for f, c := range r.fields {
			if v := c[1]; v != "" && !r.leaves(f) && !b.holds(p, r.system, f) && !stood[fmt.Sprint(p.n, r.system, f, v)] {
				s.fail(NeverSent, "%s: the row %s of person %d says that %s became %q", r.system, r.op, p.n, f, v)
			}
		}
	}
}
