// Package pipelines lists what is run: the pipelines and when they start by
// themselves, one file a family. It is data; jobs carries it out.
package pipelines

import "github.com/touchline-sync/touchline/jobs"

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
