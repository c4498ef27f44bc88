package app

import (
	"errors"
	"time"
)

// Runs says how long a run waits for what it needs.
type Runs struct {
	// UnservedAfter is how long a step waits for a worker or a lease until the
	// run says why.
	UnservedAfter time.Duration `mapstructure:"unserved_after"`
	// StalledAfter is how long a run waits so until it ends.
	StalledAfter time.Duration `mapstructure:"stalled_after"`
	// DatabaseWait is how long the database may be away before a step fails.
	DatabaseWait time.Duration `mapstructure:"database_wait"`
}

func defaultRuns() Runs {
	return Runs{UnservedAfter: 2 * time.Minute, StalledAfter: 30 * time.Minute, DatabaseWait: 10 * time.Minute}
}

// validate returns all faults.
func (r Runs) validate() []error {
	var faults []error
	if r.UnservedAfter < time.Second {
		faults = append(faults, errors.New("runs.unserved_after: must be at least 1s"))
	}
	if r.StalledAfter < r.UnservedAfter {
		faults = append(faults, errors.New("runs.stalled_after: must be at least runs.unserved_after"))
	}
	if r.DatabaseWait < time.Second {
		faults = append(faults, errors.New("runs.database_wait: must be at least 1s"))
	}
	return faults
}
