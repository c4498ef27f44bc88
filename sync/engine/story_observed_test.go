package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// observing begins a process to which these systems are observed.
func observing(systems ...record.System) deed {
	return func(s *stage) {
		s.Observed = systems
		s.Restart()
	}
}

// rowsAt wants so many rows of the last run's plan at a system.
func rowsAt(n int64, system record.System, op string) deed {
	return func(s *stage) {
		rowsWhere(n, fmt.Sprintf("plan_row where run = '%s' and system = '%s' and op = '%s'", s.LastRun, system, op))(s)
	}
}

// A target that is observed is not written, whatever is decided; a plan shows all of it,
// and when it is written again nothing was forgotten.
func TestStoryObserved(t *testing.T) {
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		put("source", "members", "C", member("C", "c@example.org")),
		synced(), quiet(),
		observing("target"),
		put("source", "members", "A", mail("a2@example.org")),
		put("source", "members", "D", member("D", "d@example.org")),
		synced(), rowsAt(0, "target", "update"),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org"), member("C", "c@example.org")),
		quiet(),
		// What was decided before is shown, too, as often as somebody asks, and nothing of it is done.
		planned(), rowsAt(1, "target", "update"), rowsAt(1, "target", "create"),
		planned(), rowsAt(1, "target", "update"), rowsAt(1, "target", "create"),
		later(2*time.Hour), synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org"), member("C", "c@example.org")),
		observing(),
		synced(),
		want("target", "people", member("A", "a2@example.org"), member("B", "b@example.org"), member("C", "c@example.org"), member("D", "d@example.org")),
		quiet(),
	)
}

// What was pending when a system became observed is not written either; a place that was
// never taken up asks when it is written first, and shows before what it will ask.
func TestStoryObservedBeforeItsFirstSync(t *testing.T) {
	story(t, two(),
		observing("target"),
		put("target", "people", "1", record.Fields{fCode: "A", fName: "old", fMail: "", fFormer: ""}),
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(), quiet(),
		rowsWhere(0, "sync_record where system = 'target'"),
		planned(), rowsAt(1, "target", "adopt"), rowsAt(1, "target", "create"),
		func(s *stage) {
			if note := s.Notes["would stop_1"]; note == "" {
				s.T.Errorf("the plan does not say that it would stop: %v", s.Notes)
			}
		},
		want("target", "people", record.Fields{fCode: "A", fName: "old"}),
		observing(),
		stopped("GUARD_STOPPED", "FIRST_SYNC"),
		approve(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
		quiet(),
	)
}
