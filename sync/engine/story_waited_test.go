package engine_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// writes has the runs to come make the writes of the pipeline, or none.
func writes(on bool) deed {
	return func(s *stage) {
		if s.Rig.Pipeline.Writes = nil; on {
			s.Rig.Pipeline.Writes = s.Cast.Pipeline.Writes
		}
	}
}

// What one run has planned waits, since it only reads, and another one carries it out
// that reads nothing: who has opted out at the target in between stays so, and all
// others are told. The next run that reads takes the opt-out.
func TestStoryOptedOutWhileARowWaits(t *testing.T) {
	state := func(of, v string) record.Fields { return record.Fields{fCode: of, "state": v} }
	stand := want("target", "people", state("A", "out"), state("B", "in"))
	unguarded := func() cast {
		c := consents()
		c.Systems[1].Places[0].Unguarded = true
		return c
	}
	story(t, unguarded,
		stating, states,
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(), quiet(),
		put("source", "members", "A", record.Fields{"state": "in"}), put("source", "members", "B", record.Fields{"state": "in"}),
		only(0), writes(false), synced(),
		edit("target", "people", code("A"), record.Fields{"state": "out"}),
		later(20*time.Hour), only(), writes(true), synced(), stand,
		rowsWhere(1, `plan_row where state = 'left'`),
		only(0, 1), later(2*time.Hour), synced(), stand,
		rowsWhere(1, `entity where key = 'A' and fields ->> 'state' = 'out'`),
		later(2*time.Hour), synced(), quiet(),
	)
}

// A run that reads nothing of a target with keyed creates finds who has opted out there:
// the create says nothing of that.
func TestStoryOptedOutWhereNobodyHasRead(t *testing.T) {
	state := func(of, v string) record.Fields { return record.Fields{fCode: of, "state": v} }
	story(t, consents,
		stating, states,
		put("source", "members", "A", member("A", "a@example.org").Over(record.Fields{"state": "in"})),
		put("source", "members", "B", member("B", "b@example.org").Over(record.Fields{"state": "in"})),
		put("target", "people", "71", member("A", "a@example.org").Over(record.Fields{"state": "out"})),
		only(0), synced(), want("target", "people", state("A", "out"), state("B", "in")),
		only(0, 1), later(2*time.Hour), synced(), later(2*time.Hour), synced(),
		want("target", "people", state("A", "out"), state("B", "in")),
		rowsWhere(1, `entity where key = 'A' and fields ->> 'state' = 'out'`), quiet(),
	)
}
