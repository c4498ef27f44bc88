package engine_test

import (
	"testing"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// pausing has a person want nothing of a record written at the target, or again.
func pausing(code string, paused bool) deed {
	return func(s *stage) {
		var entity int64
		err := s.Pool.QueryRow(s.T.Context(), "select id from entity where kind = $1 and key = $2", string(kPerson), code).Scan(&entity)
		now, n := s.Clock(), int64(0)
		if err == nil && paused {
			n, err = s.Store.PauseSyncRecord(s.T.Context(), store.PauseSyncRecordParams{Entity: &entity, System: "target", Now: &now, By: "alice", Why: "looks at it"})
		} else if err == nil {
			n, err = s.Store.ResumeSyncRecord(s.T.Context(), &entity, "target")
		}
		if err != nil || n != 1 {
			s.T.Fatalf("pause %s: %d, %v", code, n, err)
		}
	}
}

// A record that is paused is planned and not written, whether it is changed, removed or
// has become pending before; when it is resumed, it is told what it is to hold by then.
func TestStoryPaused(t *testing.T) {
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(), quiet(),
		pausing("A", true),
		put("source", "members", "A", mail("a2@example.org")),
		put("source", "members", "B", mail("b2@example.org")),
		synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b2@example.org")),
		rowsWhere(1, `plan_row where key = 'A' and system = 'target' and state = 'pending' and reason like 'paused, not written until it is resumed%'`),
		rowsWhere(1, `plan_row where key = 'B' and system = 'target' and op = 'update' and state = 'done' and reason not like 'paused%'`),
		rowsWhere(1, `sync_record_state where system = 'target' and state = 'WAITING'`),
		quiet(),
		put("source", "members", "A", mail("a3@example.org")),
		synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b2@example.org")),
		pausing("A", false),
		synced(),
		want("target", "people", member("A", "a3@example.org"), member("B", "b2@example.org")),
		quiet(),
		pausing("B", true),
		drop("source", "members", code("B"), record.Removed),
		synced(),
		want("target", "people", member("A", "a3@example.org"), member("B", "b2@example.org")),
		pausing("B", false),
		synced(),
		want("target", "people", member("A", "a3@example.org"), record.Fields{fCode: "B", fMail: "b2@example.org", fFormer: "true"}),
		quiet(),
	)
}
