package pipelines

import (
	"errors"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// Check returns what is missing so that each place which a policy names as a
// target is kept: a pipeline that writes it and, where it can be listed, a
// pipeline of its own that reads it whole at least daily, since otherwise
// nobody sees drift, edits by hand and opt-outs there. A pipeline of its own
// reads no other system, whose failure would end it.
//
// offers has what each enabled system offers; others need nothing. A paused
// schedule counts, one that is off does not. All faults are joined.
func Check(policies policy.Set, families []Family, offers map[record.System][]connector.Collection) error {
	var faults []error
	for _, system := range sortedKeys(offers) {
		for _, c := range offers[system] {
			p := policies.Of(c.Kind)
			if p == nil || p.Target(system) == nil {
				continue
			}
			place := target{system, c.Place, c.Kind, p.Once != nil || !removes(offers[system], c.Place), offers[system]}
			faults = append(faults, place.check(families)...)
		}
	}
	return errors.Join(faults...)
}

// target is a place at which a policy keeps a kind.
type target struct {
	system record.System
	place  string
	kind   record.Kind
	stays  bool // nothing is ever removed there
	offer  connector.Collections
}

func (t target) check(families []Family) []error {
	i := slices.IndexFunc(families, func(f Family) bool { return f.Name == t.kind.Family() })
	if i < 0 {
		return []error{fmt.Errorf("%s %s: no pipelines are declared for the family %q of %s: add them to jobs/pipelines",
			t.system, t.place, t.kind.Family(), t.kind)}
	}
	family := families[i]
	var faults []error
	written := func(removals bool) bool {
		return slices.ContainsFunc(family.Pipelines, func(p jobs.Pipeline) bool { return t.writtenBy(p, removals) })
	}
	switch puts, removals := written(false), written(true); {
	case puts && t.stays:
	case puts != removals:
		missing := step.Puts
		if puts {
			missing = step.Removals
		}
		faults = append(faults, fmt.Errorf("%s %s: the policy of %s names it as a target, and a pipeline writes it without its %s: "+
			"add {System: %q, Place: %q, Only: %q} to its Writes in jobs/pipelines/%s.go",
			t.system, t.place, t.kind, missing, t.system, t.place, missing, family.Name))
	case !puts:
		faults = append(faults, fmt.Errorf("%s %s: the policy of %s names it as a target, and no pipeline writes it: "+
			"add {System: %q, Place: %q} to the Writes of a pipeline in jobs/pipelines/%s.go",
			t.system, t.place, t.kind, t.system, t.place, family.Name))
	}
	host := t.offer.Host(t.place, "")
	if host == nil || host.List == nil || !host.Complete {
		return faults // it cannot be read back, and no listing shows it whole
	}
	if !slices.ContainsFunc(family.Pipelines, func(p jobs.Pipeline) bool { return t.readBy(p, host) && daily(p.Name, family.Schedules) }) {
		faults = append(faults, fmt.Errorf("%s %s: records of %s are written there, and no pipeline of its own reads it whole each day: "+
			"add a pipeline with the one Read {System: %q, Place: %q, Select: step.All} and a daily schedule for it to jobs/pipelines/%s.go",
			t.system, t.place, t.kind, t.system, t.place, family.Name))
	}
	return faults
}

// removes reports whether records of a place can be removed.
func removes(offer connector.Collections, place string) bool {
	host := offer.Host(place, "")
	return host == nil || host.Delete != nil
}

func (t target) at(system record.System, place string) bool {
	return system == t.system && (place == "*" || place == t.place)
}

func (t target) writtenBy(p jobs.Pipeline, removals bool) bool {
	return !p.Orphans && slices.ContainsFunc(p.Writes, func(w step.Write) bool { return t.at(w.System, w.Place) && w.Only.Has(removals) })
}

// readBy reports whether a pipeline of this system alone lists the place whole.
func (t target) readBy(p jobs.Pipeline, host *connector.Collection) bool {
	whole := false
	for _, r := range p.Reads {
		if r.System != t.system || p.Orphans { // which takes nothing in
			return false
		}
		whole = whole || t.at(r.System, r.Place) && r.Select == step.All && (r.View == "" || r.View == host.View)
	}
	return whole
}

// daily reports whether a schedule starts a pipeline at least once a day.
func daily(pipeline string, schedules []jobs.Schedule) bool {
	return slices.ContainsFunc(schedules, func(s jobs.Schedule) bool {
		if s.Pipeline != pipeline || s.Off != "" {
			return false
		}
		cron, err := jobs.ParseCron(s.Cron, s.Zone)
		return err == nil && cron.Daily() // jobs tells of an error when it starts
	})
}

// alone reports whether a pipeline is one that shows a place of a system whole, and reads
// no other system: where it starts daily, it must go on to.
func alone(p jobs.Pipeline) bool {
	whole := false
	for _, r := range p.Reads {
		if r.System != p.Reads[0].System {
			return false
		}
		whole = whole || r.Select == step.All
	}
	return whole && !p.Orphans
}

func sortedKeys(offers map[record.System][]connector.Collection) []record.System {
	keys := make([]record.System, 0, len(offers))
	for k := range offers {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
