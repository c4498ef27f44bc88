// Package pipelines lists what is run: the pipelines and when they start by
// themselves, one file a family. It is data; jobs carries it out.
package pipelines

import (
	"slices"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// Family is what is run for the systems of one family.
type Family struct {
	Name      string
	Pipelines []jobs.Pipeline
	Schedules []jobs.Schedule
}

// Default is the family whose pipelines are shown where nothing is set up yet.
const Default = "club"

// Families returns all families.
func Families() []Family {
	all := []Family{
		{Name: Default, Pipelines: withAll("all", withOrphans("orphans", Club())), Schedules: ClubSchedules()},
		{Name: "event", Pipelines: withAll("all-event", withOrphans("orphans-event", Event())), Schedules: EventSchedules()},
	}
	for _, f := range all {
		for i, s := range f.Schedules {
			f.Schedules[i].Daily = daily(s.Pipeline, f.Schedules) &&
				slices.ContainsFunc(f.Pipelines, func(p jobs.Pipeline) bool { return p.Name == s.Pipeline && alone(p) })
		}
	}
	return all
}

// withOrphans adds the pipeline that looks for what we have made and no entity wants, at
// each place that the others remove from; it removes in their order. A place that cannot
// be read plans nothing, and stops no other.
func withOrphans(name string, all []jobs.Pipeline) []jobs.Pipeline {
	p := step.Pipeline{Name: name, Family: all[0].Family, Orphans: true}
	var kinds []record.Kind
	for _, other := range all {
		for _, w := range other.Writes {
			if at := (step.Write{System: w.System, Place: w.Place, Only: step.Removals}); w.Only.Has(true) && !slices.Contains(p.Writes, at) {
				p.Reads = append(p.Reads, step.Read{System: w.System, Place: w.Place, Select: step.All})
				p.Writes = append(p.Writes, at)
				kinds = append(kinds, other.Kinds...)
			}
		}
	}
	slices.Sort(kinds)
	return append(all, jobs.Pipeline{Pipeline: p, Kinds: slices.Compact(kinds)})
}

// withAll adds the pipeline that runs all others, in their order: but for those that run
// for records that are named, and what always waits for a person.
func withAll(name string, all []jobs.Pipeline) []jobs.Pipeline {
	p := jobs.Pipeline{Pipeline: step.Pipeline{Name: name, Family: all[0].Family}}
	for _, other := range all {
		if !other.NeedsKeys() && !other.Orphans {
			p.Children = append(p.Children, other.Name)
		}
	}
	return append(all, p)
}
