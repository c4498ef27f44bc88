package chaos

import (
	"github.com/touchline-sync/touchline/sync/record"
)

// decides is what a person says of records and conflicts.
func (s *stage) decides(o Op, site *site, p *person) {
	switch o.Do {
	case Resolve:
		s.resolve(o)
	case Pause:
		if !site.source && p.here && p.paused == "" && s.changed(s.pause(p.keys(), site.Name)) {
			p.paused = site.Name
		}
	case Resume:
		s.resumeAll()
	case Retry:
		s.changed(s.retry(p.keys()))
	default:
		if s.changed(s.leaver(p.keys(), o.Do == Keep)) && !p.here {
			p.kept = o.Do == Keep
		}
	}
}

// changed takes in what a decision has come to, and reports whether it has changed
// anything.
func (s *stage) changed(n int64, err error) bool {
	s.ended(err)
	return n > 0
}

// resumeAll ends all pauses, also of those whose record is not there any more.
func (s *stage) resumeAll() {
	for _, p := range s.people {
		for _, site := range s.rig.sites {
			s.changed(s.resume(p.keys(), site.Name))
		}
		p.paused = ""
	}
}

// resolve settles the oldest conflict about a value: it is an edit by a person, which
// goes everywhere.
func (s *stage) resolve(o Op) {
	c, err := s.openConflict()
	s.ended(err)
	p := s.whose(record.Fields{code: c.key})
	if err != nil || p == nil || !p.here {
		return
	}
	v, take := c.hub, ""
	switch o.How {
	case "theirs":
		v, take = c.remote, "remote"
	case "another":
		v, take = value(c.field, o.N), "value"
	}
	if s.changed(s.settle(c.id, take, v)) {
		p.last[c.field] = edit{sys: record.Hub, value: v, after: s.now}
	}
}
