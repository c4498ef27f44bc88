package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// relay is a target of three kinds, of which each refers to the one before and a
// record stays as long as another refers to it. Our own tables are the source.
const (
	kMeeting record.Kind = "relay.meeting"
	kLeg     record.Kind = "relay.leg"
	kRunner  record.Kind = "relay.runner"
)

func relay() cast {
	number := func(f record.Fields) string { return f[fNumber] }
	c := cast{Pipeline: step.Pipeline{Name: "relay", Family: "relay", Writes: step.InOrder("clock", "meetings", "legs", "runners")}}
	clock := memory.New("clock")
	before := record.Kind("")
	for i, kind := range []record.Kind{kMeeting, kLeg, kRunner} {
		fields := []record.Field{fNumber, fName, fWave}
		place := memory.Place{
			Name: []string{"meetings", "legs", "runners"}[i], Kind: kind, Reads: fields, Writes: fields, Key: []record.Field{fNumber},
			IdempotentCreate: true, Delete: true, KeepsReferred: true,
		}
		if before != "" {
			place.Refs = map[record.Field]connector.Ref{fWave: {Kind: before, Required: true}}
		}
		before = kind
		clock.Places = append(clock.Places, place)
		c.Policies = append(c.Policies, &policy.Policy{
			Kind: kind, Key: number, KeyFields: []record.Field{fNumber}, Sources: []record.System{record.Hub},
			Targets:  []policy.Target{policy.TargetAt("clock", place.Name)},
			Fields:   map[record.Field]policy.Rule{fNumber: policy.Owned(record.Hub), fName: policy.Owned(record.Hub), fWave: policy.Owned(record.Hub)},
			OnDelete: []policy.OnDelete{{System: "clock", Action: policy.Delete}},
		})
	}
	c.Systems = []*memory.System{clock}
	return c
}

const relayRows = `insert into entity (kind, key, fields) values
	('relay.runner', 'r1', '{"number": "r1", "name": "One", "wave": "l1"}'),
	('relay.runner', 'r2', '{"number": "r2", "name": "Two", "wave": "l1"}'),
	('relay.leg', 'l1', '{"number": "l1", "name": "First", "wave": "m1"}'),
	('relay.leg', 'l2', '{"number": "l2", "name": "Second", "wave": "m1"}'),
	('relay.meeting', 'm1', '{"number": "m1", "name": "Spring", "wave": ""}')`

// What others refer to is made before them, and removed after them, in one run.
func TestStoryInOrder(t *testing.T) {
	story(t, relay,
		sql(relayRows),
		synced(),
		want("clock", "runners", entrant("r1", "One"), entrant("r2", "Two")),
		quiet(),
		sql(`update entity set deleted = 'deleted'`),
		synced(),
		want("clock", "meetings"), want("clock", "legs"), want("clock", "runners"),
		rowsWhere(0, `sync_record where entity is not null`),
		quiet(),
	)
}

// A removal that is held up by one that has failed waits, is no failure, and follows
// when it can.
func TestStoryRemovalWaits(t *testing.T) {
	story(t, relay,
		sql(relayRows),
		synced(),
		sql(`update entity set deleted = 'deleted' where kind <> 'relay.meeting'`),
		trouble("clock", "before", "delete", 6, &connector.Error{Class: connector.Transient, System: "clock", Op: "delete"}),
		synced(),
		want("clock", "legs", record.Fields{fNumber: "l1"}), // of which the runners are there still
		later(time.Hour), synced(), later(time.Hour), synced(),
		want("clock", "legs"), want("clock", "runners"), want("clock", "meetings", record.Fields{fNumber: "m1"}),
		quiet(),
	)
}

// A record whose referent is made anew, with another id, refers to that one: also where
// a reading has shown that the referent is gone.
func TestStoryReferentMadeAnew(t *testing.T) {
	listed := func() cast {
		c := relay()
		c.Pipeline.Reads = []step.Read{{System: "clock", Place: "legs", View: "all", Needed: true}}
		return c
	}
	refersToLeg := func(s *stage) {
		leg := string(s.ID("clock", "legs", record.Fields{fNumber: "l1"}))
		var refs []string
		for _, f := range s.By["clock"].All("runners") {
			refs = append(refs, f[fWave])
		}
		if leg == "" || !slices.Equal(refs, []string{leg, leg}) {
			s.T.Errorf("the runners refer to %q, want %q", refs, leg)
		}
	}
	drops := func(s *stage) { s.By["clock"].Drop("legs", s.ID("clock", "legs", record.Fields{fNumber: "l1"}), "") }
	t.Run("written", func(t *testing.T) {
		story(t, relay,
			sql(relayRows), synced(), drops,
			sql(`update entity set fields = fields || '{"name": "First leg"}' where key = 'l1'`),
			synced(), later(time.Hour), synced(),
			refersToLeg, quiet(),
		)
	})
	t.Run("listed", func(t *testing.T) {
		story(t, listed,
			sql(relayRows), synced(), drops,
			synced(), later(25*time.Hour), synced(), later(25*time.Hour), synced(),
			refersToLeg, quiet(),
		)
	})
}

// Two records exchange a value that only one in a group may have, which one of another
// group holds as well and keeps.
func TestStoryUniqueWithin(t *testing.T) {
	unique := func() cast {
		c := relay()
		runners := &c.Systems[0].Places[2]
		runners.Unique, runners.UniqueIn = []record.Field{fName}, map[record.Field]record.Field{fName: fWave}
		return c
	}
	story(t, unique,
		sql(relayRows),
		sql(`insert into entity (kind, key, fields) values
			('relay.runner', 'r0', '{"number": "r0", "name": "One", "wave": "l2"}'),
			('relay.runner', 'r3', '{"number": "r3", "name": "Three", "wave": "l1"}')`),
		synced(),
		want("clock", "runners", entrant("r0", "One"), entrant("r1", "One"), entrant("r2", "Two"), entrant("r3", "Three")),
		quiet(),
		sql(`update entity set fields = fields || '{"name": "Two"}' where key = 'r1'`),
		sql(`update entity set fields = fields || '{"name": "Three"}' where key = 'r2'`),
		sql(`update entity set fields = fields || '{"name": "One"}' where key = 'r3'`),
		synced(), later(time.Hour), synced(),
		want("clock", "runners", entrant("r0", "One"), entrant("r1", "Two"), entrant("r2", "Three"), entrant("r3", "One")),
		quiet(),
	)
}

// What is there is told before anything is made: it may be what lets go of what the new
// one takes, such as a tag that goes from one wearer to another.
func TestStoryThereFirst(t *testing.T) {
	var order []string
	story(t, relay,
		// It is the first of the place, and waits for its leg.
		sql(`insert into entity (kind, key, fields) values ('relay.runner', 'r0', '{"number": "r0", "name": "Nil", "wave": "l9"}')`),
		synced(), sql(relayRows), synced(),
		sql(`insert into entity (kind, key, fields) values ('relay.leg', 'l9', '{"number": "l9", "name": "Last", "wave": "m1"}')`),
		sql(`update entity set fields = fields || '{"name": "Late"}' where key in ('r1', 'r2')`),
		func(s *stage) {
			order = nil
			s.By["clock"].Fail = s.Fate(func(when, op string) error {
				if when == "before" && (op == "create" || op == "update") {
					order = append(order, op)
				}
				return nil
			})
		},
		synced(),
		func(s *stage) {
			if s.CrashAt == 0 && !slices.Equal(order, []string{"create", "update", "update", "create"}) {
				s.T.Errorf("in the order %v", order)
			}
		},
		quiet(),
	)
}

// Fields that are fixed stay as they stand at the system as long as the entity is so,
// also when another one wants the value, and its record is left when it is deleted.
func TestStoryFixed(t *testing.T) {
	over := func(f record.Fields) bool { return f[fName] == "Over" }
	fixed := func() cast {
		c := relay()
		c.Policies[2].Fixed = []policy.Fixed{{System: "clock", If: over, Fields: []record.Field{fWave}, Why: "locked"}}
		c.Policies[2].OnDelete = []policy.OnDelete{{System: "clock", If: over, Action: policy.Detach, Why: "locked"}, {System: "clock", Action: policy.Delete}}
		return c
	}
	var first string
	inFirst := func(yes bool) func(s *stage) {
		return func(s *stage) {
			first = string(s.ID("clock", "legs", record.Fields{fNumber: "l1"}))
			if at := s.By["clock"].All("runners")[s.ID("clock", "runners", record.Fields{fNumber: "r1"})][fWave]; (at == first) != yes {
				s.T.Errorf("the runner is in %q; the first leg is %q", at, first)
			}
		}
	}
	story(t, fixed,
		sql(relayRows), synced(),
		sql(`update entity set fields = fields || '{"name": "Over", "wave": "l2"}' where key = 'r1'`),
		synced(), inFirst(true), want("clock", "runners", entrant("r1", "Over"), entrant("r2", "Two")), quiet(),
		sql(`update entity set fields = fields || '{"name": "One"}' where key = 'r1'`),
		synced(), inFirst(false), quiet(),
		sql(`update entity set fields = fields || '{"name": "Over"}' where key = 'r1'`),
		synced(),
		sql(`update entity set deleted = 'deleted' where key in ('r1', 'r2')`),
		synced(), want("clock", "runners", entrant("r1", "Over")),
		rowsWhere(1, `plan_row where op = 'detach' and reason = 'locked'`),
		quiet(),
	)
}
