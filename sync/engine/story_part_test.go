package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// part approves of a plan that was kept only these records.
func part(p *plan0, kind record.Kind, keys ...string) deed {
	return func(s *stage) {
		for _, key := range keys {
			s.Only = append(s.Only, engine.Named{Kind: string(kind), Key: key})
		}
		late(p)(s)
		s.Only = nil
		if s.Notes[step.PartialNote] != "PART_APPROVED" {
			s.T.Errorf("a part was approved, and the step notes %q", s.Notes[step.PartialNote])
		}
	}
}

func numbered(from, to int) []string {
	var out []string
	for i := from; i < to; i++ {
		out = append(out, fmt.Sprintf("P%04d", i))
	}
	return out
}

// passes says how many limits the last approval has passed.
func passes(n int) deed {
	return func(s *stage) {
		if len(s.Exceeds) != n {
			s.T.Errorf("what was approved exceeds %q, want %d limits", s.Exceeds, n)
		}
	}
}

// Of twenty leavers four are let go, which is within the limit, then six more; the
// rest is planned again each time, and asked about again.
func TestStoryPartOfTheLeavers(t *testing.T) {
	t.Parallel()
	k := two()()
	removing(k.Policies[0])
	var old, rest plan0
	tell(t, k, 0, []deed{
		states, members(30, same), synced(), quiet(),
		lacking(20), synced(), later(2 * time.Hour),
		stopped(step.GuardStopped, "TOO_MANY_REMOVED"), kept(&old),
		part(&old, kPerson, numbered(0, 4)...), passes(0),
		rowsWhere(4, `entity where deleted <> ''`),
		stopped(step.GuardStopped, "TOO_MANY_REMOVED"), kept(&old),
		part(&old, kPerson, numbered(4, 10)...), passes(2), // of our own copy and of the target
		rowsWhere(10, `entity where deleted <> ''`),
		rowsWhere(20, `sync_record where system = 'target' and external_id is not null`),
		stopped(step.GuardStopped, "TOO_MANY_REMOVED"), kept(&rest),
		rowsWhere(10, `entity where deleted <> ''`),
		late(&rest),
		rowsWhere(20, `entity where deleted <> ''`),
		rowsWhere(10, `sync_record where system = 'target' and external_id is not null`),
		synced(), quiet(),
	})
}

// What is not approved moves no cursor: a source that tells changes once tells them
// again.
func TestStoryPartOfWhatHasChanged(t *testing.T) {
	t.Parallel()
	k := two()()
	k.Pipeline.Reads[0].Select = step.Since
	var old plan0
	tell(t, k, 0, []deed{
		members(3, same), synced(), quiet(),
		members(3, func(i int, f record.Fields) record.Fields { f[fMail] = fmt.Sprintf("new%d@example.org", i); return f }),
		put("source", "members", "P0003", member("P0003", "p3@example.org")),
		planned(), kept(&old), part(&old, kPerson, "P0001"),
		rowsWhere(1, `entity where fields ->> 'mail' like 'new%'`),
		rowsWhere(3, `entity`),
		synced(),
		rowsWhere(3, `entity where fields ->> 'mail' like 'new%'`),
		rowsWhere(4, `sync_record where system = 'target' and external_id is not null`),
		quiet(),
	})
}

// What a plan shows of records beside the part that is approved is given to nobody: the
// writes of that run do not take it for proof that they are not there.
func TestStoryPartMakesNobodyAgain(t *testing.T) {
	mute := func(p *memory.Place, _ *policy.Policy) { p.NoFind = true }
	for name, c := range map[string]struct {
		when string
		made deed
	}{
		"made by hand": {"before", put("target", "people", "77", member("P0003", "old@example.org"))},
		"made by us":   {"after", put("source", "members", "P0003", member("P0003", "late@example.org"))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var old plan0
			tell(t, two(mute)(), 0, []deed{
				stating, members(3, same), synced(),
				put("source", "members", "P0003", member("P0003", "P0003@example.org")),
				trouble("target", c.when, "create", 1, memory.ErrCrash),
				func(s *stage) {
					_, _ = s.Sync()
					s.Restart()
				},
				c.made,
				put("source", "members", "P0001", member("P0001", "new@example.org")),
				later(2 * time.Hour), planned(), kept(&old), part(&old, kPerson, "P0001"),
				put("source", "members", "P0003", member("P0003", "last@example.org")), synced(),
				want("target", "people", member("P0000", "P0000@example.org"), member("P0001", "new@example.org"),
					member("P0002", "P0002@example.org"), member("P0003", "last@example.org")),
				quiet(),
			})
		})
	}
}

// A first sync of which a part is approved asks again before it takes the place up.
func TestStoryPartOfAFirstSync(t *testing.T) {
	t.Parallel()
	var old plan0
	tell(t, two()(), 0, []deed{
		members(20, same),
		func(s *stage) {
			for i := range 20 {
				s.By["target"].Put("people", record.ExternalID(fmt.Sprint(i+1)), record.Fields{
					fCode: fmt.Sprintf("P%04d", i), fName: "old", fMail: "", fFormer: "",
				})
			}
		},
		stopped(step.GuardStopped, "FIRST_SYNC"), kept(&old), part(&old, kPerson, "P0003"),
		rowsWhere(1, `sync_record where system = 'target' and entity is not null`),
		stopped(step.GuardStopped, "FIRST_SYNC"), approve(),
		rowsWhere(20, `sync_record where system = 'target' and entity is not null`),
		synced(), quiet(),
	})
}

// What is approved brings along what it refers to and the plan makes.
func TestStoryPartWithItsParents(t *testing.T) {
	t.Parallel()
	var old plan0
	tell(t, event(), 0, []deed{
		sql(`insert into entity (kind, key, fields) values
			('race.wave', 'w1', '{"number": "w1", "colour": "red"}'),
			('race.wave', 'w2', '{"number": "w2", "colour": "blue"}'),
			('race.start', '1', '{"number": "1", "name": "One", "wave": "w1"}'),
			('race.start', '2', '{"number": "2", "name": "Two", "wave": "w2"}')`),
		planned(), kept(&old), part(&old, kStart, "1"),
		want("clock", "waves", record.Fields{fNumber: "w1", fColour: "red"}),
		want("clock", "starts", entrant("1", "One")),
		synced(),
		want("clock", "waves", record.Fields{fNumber: "w1", fColour: "red"}, record.Fields{fNumber: "w2", fColour: "blue"}),
		want("clock", "starts", entrant("1", "One"), entrant("2", "Two")),
		quiet(),
	})
}

// What somebody has changed since stops only a part that it belongs to; and a record
// that the plan has nothing about is told, not passed over.
func TestStoryPartThatIsStale(t *testing.T) {
	t.Parallel()
	var old plan0
	tell(t, two()(), 0, []deed{
		members(3, same), synced(),
		members(3, func(_ int, f record.Fields) record.Fields { f[fName] = "Nova"; return f }),
		planned(), kept(&old),
		sql(`update entity set fields = fields || '{"mail": "moved@example.org"}' where key = 'P0001'`),
		func(s *stage) {
			s.Only = []engine.Named{{Kind: string(kPerson), Key: "P0001"}}
			if moved, ok := errors.AsType[*engine.PlanStale](s.Approve(old.hash)); !ok || len(moved.Moved) != 1 {
				s.T.Errorf("a part that has moved: %v; want one record", moved)
			}
			s.Only = []engine.Named{{Kind: string(kPerson), Key: "P0002"}, {Kind: string(kPerson), Key: "P0009"}}
			if none, ok := errors.AsType[engine.NotPlanned](s.Approve(old.hash)); !ok || len(none.Records) != 1 {
				s.T.Errorf("a part that is not there: %v; want one record", none)
			}
			s.Only = nil
		},
		rowsWhere(0, `entity where fields ->> 'name' = 'Nova'`),
		part(&old, kPerson, "P0002"),
		rowsWhere(1, `entity where fields ->> 'name' = 'Nova'`),
		synced(),
		rowsWhere(3, `entity where fields ->> 'name' = 'Nova'`),
	})
}
