package metrics

import "github.com/prometheus/client_golang/prometheus"

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("touchline_"+name, help, labels, nil)
}

// What serve says for all processes.
var (
	sinceSuccess = desc("pipeline_seconds_since_success",
		"How long ago a run of the pipeline last succeeded; while none has, since its first run.", "pipeline")
	lastOutcome    = desc("pipeline_last_outcome", "1 for the outcome of the last run that is over, else 0.", "pipeline", "outcome")
	plansWaiting   = desc("plans_waiting", "Plans that wait for somebody who approves them.", "pipeline")
	overdue        = desc("schedule_overdue_seconds", "For how long the pipeline should have succeeded by this schedule.", "schedule", "pipeline")
	scheduleLag    = desc("schedule_lag_seconds", "For how long the next slot has been due and is not taken.", "schedule", "pipeline")
	schedulePaused = desc("schedule_paused", "1 while the schedule is paused.", "schedule", "pipeline")
	openSteps      = desc("steps_open", "Steps that are ready, at work or waiting, and for what.", "system", "state", "reason")
	quarantined    = desc("records_quarantined", "Records of which nothing is written.", "system", "kind")
	held           = desc("records_held", "Records of which a field is not written.", "system", "kind")
	openConflicts  = desc("conflicts_open", "Conflicts that wait for a person.", "kind")
	auditBroken    = desc("audit_broken", "1 when the audit was found not to be whole.")
	queueJobs      = desc("queue_jobs", "Jobs of the queue that are not done, by River's state.", "state")
)

// What each process says of itself.
var (
	databaseUp    = desc("database_up", "1 while the database answers this process.")
	poolMost      = desc("pool_connections_max", "Connections that the process may have.")
	poolOpen      = desc("pool_connections", "Connections that it has.", "state")
	poolWaits     = desc("pool_waits_total", "How often all were busy when one was needed.")
	poolWaited    = desc("pool_wait_seconds_total", "How long was waited for one then.")
	sessions      = desc("browser_sessions", "Sessions in the browser, as far as their last use showed.", "state")
	sessionsBusy  = desc("browser_sessions_busy", "Sessions that are at work.")
	browserMemory = desc("browser_memory_bytes", "What the browser and all that it has started hold.")
	unserved      = desc("steps_unserved_total", "Steps that this process has found without a worker or a lease for too long.")
	stalled       = desc("steps_stalled_total", "Steps that it has ended because their run had no progress.")
)
