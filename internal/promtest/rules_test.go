package promtest_test

import (
	"maps"
	"testing"

	"github.com/touchline-sync/touchline/internal/promtest"
)

func always(v float64) func(int) float64 { return func(int) float64 { return v } }

// climbs grows by so much each minute.
func climbs(by float64) func(int) float64 { return func(m int) float64 { return by * float64(m) } }

func one(name string, at func(int) float64, labels ...string) promtest.Series {
	s := promtest.Series{Name: name, At: at, Labels: map[string]string{"job": "touchline", "instance": "127.0.0.1:9180"}}
	for i := 0; i+1 < len(labels); i += 2 {
		s.Labels[labels[i]] = labels[i+1]
	}
	return s
}

// healthy is how all stands when there is nothing to tell.
func healthy() []promtest.Series {
	return []promtest.Series{
		one("up", always(1)), one("touchline_database_up", always(1)), one("touchline_audit_broken", always(0)),
		one("touchline_pipeline_last_outcome", always(1), "pipeline", "people", "outcome", "SUCCEEDED"),
		one("touchline_pipeline_last_outcome", always(0), "pipeline", "people", "outcome", "FAILED"),
		one("touchline_pipeline_last_outcome", always(0), "pipeline", "people", "outcome", "DRIFTED"),
		one("touchline_pipeline_last_outcome", always(0), "pipeline", "people", "outcome", "NEEDS_AUTH"),
		one("touchline_pipeline_last_outcome", always(0), "pipeline", "people", "outcome", "GUARD_STOPPED"),
		one("touchline_plans_waiting", always(0), "pipeline", "people"),
		one("touchline_schedule_overdue_seconds", always(3600), "schedule", "people", "pipeline", "people"),
		one("touchline_schedule_lag_seconds", always(1), "schedule", "people", "pipeline", "people"),
		one("touchline_steps_open", always(1), "system", "sportlink", "state", "WAITING", "reason", "THROTTLED"),
		one("touchline_records_quarantined", always(3), "system", "laposta", "kind", "club.subscriber"),
		one("touchline_remote_call_seconds_count", climbs(60), "system", "laposta", "class", "ok"),
		one("touchline_remote_call_seconds_count", climbs(100), "system", "laposta", "class", "rejected"),
		one("touchline_remote_call_seconds_count", climbs(1), "system", "laposta", "class", "transient"),
		one("touchline_sign_ins_total", climbs(0.01), "system", "sportlink", "result", "failed"),
		one("touchline_browser_memory_bytes", always(500<<20)),
		one("touchline_pool_wait_seconds_total", climbs(1)),
	}
}

// wrong is for each alert what makes it fire.
var wrong = map[string][]promtest.Series{
	"TouchlineDown":         {one("up", always(0))},
	"TouchlineDatabaseAway": {one("touchline_database_up", always(0))},
	"TouchlineAuditBroken":  {one("touchline_audit_broken", always(1))},
	"TouchlineRunFailed":    {one("touchline_pipeline_last_outcome", always(1), "pipeline", "people", "outcome", "DRIFTED")},
	"TouchlineNeedsSignIn":  {one("touchline_pipeline_last_outcome", always(1), "pipeline", "people", "outcome", "NEEDS_AUTH")},
	"TouchlineNeedsApproval": {
		one("touchline_plans_waiting", always(1), "pipeline", "people"),
		one("touchline_pipeline_last_outcome", always(1), "pipeline", "people", "outcome", "GUARD_STOPPED"),
	},
	"TouchlineOverdue":            {one("touchline_schedule_overdue_seconds", always(5*3600), "schedule", "people", "pipeline", "people")},
	"TouchlineScheduleStands":     {one("touchline_schedule_lag_seconds", always(400), "schedule", "people", "pipeline", "people")},
	"TouchlineStepUnserved":       {one("touchline_steps_open", always(1), "system", "sportlink", "state", "READY", "reason", "NO_WORKER")},
	"TouchlineRecordsQuarantined": {one("touchline_records_quarantined", always(21), "system", "laposta", "kind", "club.subscriber")},
	"TouchlineConflictsOpen":      {one("touchline_conflicts_open", always(1), "kind", "club.person")},
	"TouchlineSystemFails":        {one("touchline_remote_call_seconds_count", climbs(500), "system", "laposta", "class", "transient")},
	"TouchlineSignInsFail":        {one("touchline_sign_ins_total", climbs(0.1), "system", "sportlink", "result", "failed")},
	"TouchlineBrowserGrows":       {one("touchline_browser_memory_bytes", always(2<<30))},
	"TouchlinePoolExhausted":      {one("touchline_pool_wait_seconds_total", climbs(120))},
}

// with lays series over those that have the same name and labels.
func with(all, more []promtest.Series) []promtest.Series {
	out := more
	for _, s := range all {
		same := false
		for _, m := range more {
			same = same || m.Name == s.Name && maps.Equal(m.Labels, s.Labels)
		}
		if !same {
			out = append(out, s)
		}
	}
	return out
}

// days is how many minutes the longest alert needs to fire, and more.
const days = 2 * 24 * 60

// Each alert fires when what it is about is wrong, and no other one does; none fires
// when nothing is.
func TestAlerts(t *testing.T) {
	t.Parallel()
	alerts, err := promtest.Alerts()
	if err != nil {
		t.Fatal(err)
	}
	if len(alerts) != len(wrong) {
		t.Errorf("%d alerts, and %d cases in which one fires", len(alerts), len(wrong))
	}
	for _, a := range alerts {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			if a.Labels["severity"] == "" || a.Annotations["summary"] == "" || a.Annotations["action"] == "" {
				t.Error("it does not say how bad it is, what is wrong and what to do")
			}
			for _, c := range alerts {
				fires, err := promtest.Firing(a, with(healthy(), wrong[c.Name]), days)
				if err != nil {
					t.Fatal(err)
				}
				if want := c.Name == a.Name; fires != want {
					t.Errorf("in the case of %s: fires is %v", c.Name, fires)
				}
			}
			if fires, err := promtest.Firing(a, healthy(), days); err != nil || fires {
				t.Errorf("when nothing is wrong: fires is %v, %v", fires, err)
			}
		})
	}
}
