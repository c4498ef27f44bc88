// Package pipelines lists what is run: the pipelines and when they start by
// themselves, one file a family. It is data; jobs carries it out.
package pipelines

import (
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
	return []Family{
		{Name: Default, Pipelines: Club(), Schedules: ClubSchedules()},
		{Name: "event", Pipelines: Event(), Schedules: EventSchedules()},
	}
}

// orphans is a pipeline that looks at places for what we have made there and no entity
// wants; it removes in this order. A place that cannot be read plans nothing, and stops
// no other.
func orphans(name, family string, kinds []record.Kind, places ...step.Write) jobs.Pipeline {
	p := step.Pipeline{Name: name, Family: family, Orphans: true}
	for _, w := range places {
		p.Reads = append(p.Reads, step.Read{System: w.System, Place: w.Place, Select: step.All})
		p.Writes = append(p.Writes, step.Write{System: w.System, Place: w.Place, Only: step.Removals})
	}
	return jobs.Pipeline{Pipeline: p, Kinds: kinds}
}
