package e2e

import touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"

// Short names for what the API calls long.
const (
	read1  = touchlinev1.Action_ACTION_READ
	write3 = touchlinev1.Action_ACTION_WRITE

	succeeded    = touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED
	partial      = touchlinev1.RunOutcome_RUN_OUTCOME_PARTIAL
	failed       = touchlinev1.RunOutcome_RUN_OUTCOME_FAILED
	guardStopped = touchlinev1.RunOutcome_RUN_OUTCOME_GUARD_STOPPED
	drifted      = touchlinev1.RunOutcome_RUN_OUTCOME_DRIFTED
	needsAuth    = touchlinev1.RunOutcome_RUN_OUTCOME_NEEDS_AUTH
)

func seen(c *touchlinev1.Counters) int64    { return c.GetRead() }
func created(c *touchlinev1.Counters) int64 { return c.GetCreated() }
func faults(c *touchlinev1.Counters) int64  { return c.GetFaults() }

// writes are all changes at a system.
func writes(c *touchlinev1.Counters) int64 {
	return c.GetCreated() + c.GetUpdated() + c.GetRemoved()
}

// conflictsOf counts a run's conflicts.
func conflictsOf(run *touchlinev1.Run) (n int64) {
	for _, s := range run.GetSteps() {
		n += s.GetCounters().GetConflicts()
	}
	return n
}
