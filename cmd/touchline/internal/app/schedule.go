package app

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/record"
)

// Schedule says when pipelines start by themselves.
type Schedule struct {
	Enabled bool `mapstructure:"enabled"`
	// Set has the schedules that are not as the program has them.
	Set []SetSchedule `mapstructure:"set"`
}

// SetSchedule is one schedule; what is blank is as the program has it.
type SetSchedule struct {
	Name   string `mapstructure:"name"`
	Cron   string `mapstructure:"cron"`
	Zone   string `mapstructure:"zone"`
	Missed string `mapstructure:"missed"` // catch_up_once, skip
	Paused bool   `mapstructure:"paused"`
}

// of returns the schedules of a family as the settings have them, and what is wrong with
// those that the settings name.
func (s Schedule) of(family pipelines.Family) ([]jobs.Schedule, []error) {
	out := slices.Clone(family.Schedules)
	var faults []error
	for i := range out {
		j := slices.IndexFunc(s.Set, func(set SetSchedule) bool { return set.Name == out[i].Name })
		if j >= 0 {
			if out[i].Off != "" {
				faults = append(faults, fmt.Errorf("schedule.set: entry %d: %s never runs: %s", j+1, out[i].Name, out[i].Off))
			}
			s.Set[j].apply(&out[i])
			if err := out[i].Check(); err != nil {
				faults = append(faults, fmt.Errorf("schedule.set: entry %d: %s: %w", j+1, out[i].Name, err))
			}
		}
		if !s.Enabled {
			out[i].Off = cmp.Or(out[i].Off, "schedule.enabled is false")
		}
	}
	return out, faults
}

// all returns the schedules of the families of which a system is set up.
func (s Schedule) all(families map[record.System]string, systems []record.System) ([]jobs.Schedule, error) {
	var out []jobs.Schedule
	var faults []error
	for _, family := range familiesOf(families, systems) {
		schedules, wrong := s.of(family)
		out, faults = append(out, schedules...), append(faults, wrong...)
	}
	return out, errors.Join(faults...)
}

func (s SetSchedule) apply(to *jobs.Schedule) {
	to.Cron, to.Zone = cmp.Or(s.Cron, to.Cron), cmp.Or(s.Zone, to.Zone)
	to.Missed = cmp.Or(jobs.Missed(strings.ToUpper(s.Missed)), to.Missed)
	to.Paused, to.Set = s.Paused, s.Cron+s.Zone+s.Missed != ""
}

// validate returns all faults.
func (s Schedule) validate() []error {
	var faults []error
	var known []string
	for _, family := range pipelines.Families() {
		all, wrong := s.of(family)
		faults = append(faults, wrong...)
		for _, one := range all {
			known = append(known, one.Name)
		}
	}
	named := map[string]bool{}
	for i, set := range s.Set {
		switch {
		case !slices.Contains(known, set.Name):
			faults = append(faults, fmt.Errorf("schedule.set: entry %d: name must be one of %s", i+1, strings.Join(known, ", ")))
		case named[set.Name]:
			faults = append(faults, fmt.Errorf("schedule.set: entry %d: %s stands there for the second time", i+1, set.Name))
		}
		if set.Missed != "" && set.Missed != "catch_up_once" && set.Missed != "skip" {
			faults = append(faults, fmt.Errorf("schedule.set: entry %d: missed must be catch_up_once or skip", i+1))
		}
		named[set.Name] = true
	}
	return faults
}
