package engine_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// Records that refer to each other in a circle are removed when all of them are deleted:
// one lets go of another first. One that comes back refers to what is there.
func TestStoryCircleLeaves(t *testing.T) {
	circle := func() cast {
		c := relay()
		c.Systems[0].Places[1].Refs = map[record.Field]connector.Ref{fWave: {Kind: kLeg, LetsGo: true}}
		return c
	}
	const rows = `insert into entity (kind, key, fields) values
		('relay.leg', 'l1', '{"number": "l1", "name": "One", "wave": "l3"}'),
		('relay.leg', 'l2', '{"number": "l2", "name": "Two", "wave": "l1"}'),
		('relay.leg', 'l3', '{"number": "l3", "name": "Three", "wave": "l2"}')`
	refers := func(n int) func(s *stage) {
		return func(s *stage) {
			all := s.By["clock"].All("legs")
			for id, f := range all {
				if _, there := all[record.ExternalID(f[fWave])]; !there {
					s.T.Errorf("the leg %s refers to %q", id, f[fWave])
				}
			}
			if len(all) != n {
				s.T.Errorf("%d legs, want %d", len(all), n)
			}
		}
	}
	both := func(s *stage) { synced()(s); later(time.Hour)(s); synced()(s) }
	story(t, circle,
		sql(rows), both, both, refers(3), quiet(),
		sql(`update entity set deleted = 'deleted'`),
		synced(), sql(`update entity set deleted = '' where key <> 'l2'`), sql(`update entity set fields = fields || '{"wave": "l1"}' where key = 'l3'`),
		both, both, refers(2), quiet(),
		sql(`update entity set deleted = 'deleted'`),
		both, both, refers(0), quiet(),
	)
}

// What can be without what it refers to lets go of it when that is deleted, so that it
// can be removed, and refers to it again when it comes back. What is still to come is
// waited for all the same.
func TestStoryLetsGo(t *testing.T) {
	loose := func() cast {
		c := relay()
		c.Systems[0].Places[2].Refs = map[record.Field]connector.Ref{fWave: {Kind: kLeg, Required: true, LetsGo: true}}
		return c
	}
	leg := func(there bool) func(s *stage) {
		return func(s *stage) {
			id := s.ID("clock", "legs", record.Fields{fNumber: "l1"})
			if (id != "") != there {
				s.T.Errorf("the leg is there: %v, want %v", id != "", there)
			}
			for _, f := range s.By["clock"].All("runners") {
				if f[fWave] != string(id) {
					s.T.Errorf("a runner refers to %q, want %q", f[fWave], id)
				}
			}
		}
	}
	story(t, loose,
		sql(relayRows),
		sql(`insert into entity (kind, key, fields) values ('relay.runner', 'r3', '{"number": "r3", "name": "Three", "wave": "l3"}')`),
		synced(),
		want("clock", "runners", entrant("r1", "One"), entrant("r2", "Two")), leg(true),
		sql(`update entity set deleted = 'deleted' where key in ('l1', 'r3')`),
		synced(), later(time.Hour), synced(), later(time.Hour), synced(),
		want("clock", "runners", entrant("r1", "One"), entrant("r2", "Two")), leg(false),
		quiet(),
		sql(`update entity set deleted = '' where key = 'l1'`),
		synced(), later(time.Hour), synced(),
		leg(true), quiet(),
	)
}
