package engine_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

var (
	backup  = enginetest.Backup
	restore = enginetest.Restore
	marked  = enginetest.Marked
)

const waitsNote = " wait until every place was read whole"

// only has the runs to come make these reads of the pipeline.
func only(reads ...int) deed {
	return func(s *stage) {
		s.Rig.Pipeline.Reads = nil
		for _, n := range reads {
			s.Rig.Pipeline.Reads = append(s.Rig.Pipeline.Reads, s.Cast.Pipeline.Reads[n])
		}
	}
}

func consents() cast {
	c := two(func(p *memory.Place, page *policy.Policy) {
		p.Reads = append([]record.Field{"state"}, fields...)
		p.Writes, p.IdempotentCreate = p.Reads, true
		page.OnDelete = []policy.OnDelete{{System: "target", Action: policy.Delete}}
		page.Fields["state"] = policy.Strictest("out", "in").For(fMail)
		page.Fields[fMail] = policy.Owned("source")
	})()
	c.Systems[0].Places[0].Reads = append([]record.Field{"state"}, fields...)
	return c
}

// A backup is brought back that is older than what the target was told since. Until
// every place was read whole nobody is made again, nobody is removed, and nobody is
// opted in; updates and opt-outs go on. Then all goes on, and is quiet.
func TestStoryRestored(t *testing.T) {
	t.Parallel()
	var mark, worker engine.Mark
	tell(t, consents(), 0, []deed{
		stating, states, marked(&mark, engine.InOrder),
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		put("source", "members", "C", member("C", "c@example.org")),
		put("source", "members", "C", record.Fields{"state": "in"}),
		synced(), quiet(), marked(&mark, engine.InOrder),
		backup(),
		// What the backup does not know: D was made; A has moved.
		put("source", "members", "D", member("D", "d@example.org")),
		put("source", "members", "A", mail("new@example.org")),
		synced(), quiet(), marked(&mark, engine.InOrder), marked(&worker, engine.InOrder),
		restore(), later(time.Minute),
		marked(&mark, engine.Behind), marked(&mark, engine.InOrder),
		marked(&worker, engine.InOrder), // found once
		rowsWhere(2, `listing where restored_on is not null`),
		// A run that takes nothing in has read nothing.
		later(time.Minute), forOrphans(synced()), rowsWhere(2, `listing where restored_on is not null`),

		later(time.Minute), only(0),
		put("source", "members", "A", record.Fields{"state": "in", fName: "Changed"}),
		put("source", "members", "C", record.Fields{"state": "out"}),
		drop("source", "members", code("B"), record.Removed),
		synced(),
		noted("restored", "RESTORED: 1 create, 1 removal, 1 looser consent"+waitsNote), noted(step.PartialNote, "RESTORED"),
		want("target", "people",
			record.Fields{fCode: "A", fName: "Changed", fMail: "new@example.org", "state": ""},
			member("B", "b@example.org"),
			record.Fields{fCode: "C", "state": "out"},
			member("D", "d@example.org"),
		),
		rowsWhere(1, `listing where restored_on is not null`),
		synced(), noted("restored", "RESTORED: 1 create, 1 removal, 1 looser consent"+waitsNote),

		later(time.Minute), only(1), synced(), noted(step.PartialNote, ""),
		rowsWhere(0, `listing where restored_on is not null`), rowsWhere(0, `deployment where restored_on is not null`),
		want("target", "people",
			record.Fields{fCode: "A", "state": "in"}, record.Fields{fCode: "C", "state": "out"}, member("D", "d@example.org")),
		rowsWhere(1, `sync_record where system = 'target' and created_by = 'unknown' and external_id is not null`),
		only(0, 1), synced(), quiet(), conflicts(0), marked(&mark, engine.InOrder), marked(&worker, engine.InOrder),
		// An older backup comes back once more, of an epoch that is over.
		restore(), later(time.Minute), marked(&mark, engine.Behind),
	})
}

// What a person has approved waits as well, and is done afterwards.
func TestStoryApprovedWhileRestored(t *testing.T) {
	t.Parallel()
	var mark engine.Mark
	tell(t, consents(), 0, []deed{
		stating, states, put("source", "members", "A", member("A", "a@example.org")),
		synced(), marked(&mark, engine.InOrder), backup(),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(), quiet(), marked(&mark, engine.InOrder),
		restore(), marked(&mark, engine.Behind), later(time.Minute), only(0),
		planned(), approve(), rowsWhere(1, `plan_row where system = 'target' and state = 'pending'`),
		only(0, 1), later(time.Minute), synced(), later(time.Minute), synced(), quiet(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
		rowsWhere(0, `plan_row where state = 'pending'`),
	})
}

// A database without records is a new one; another that has records is not known to
// be new, and counts as restored. A person may end it.
func TestStoryB47AnotherDatabase(t *testing.T) {
	t.Parallel()
	var mark engine.Mark
	other := engine.Mark{Epoch: uuid.New(), Journal: 7}
	tell(t, consents(), 0, []deed{
		stating, states, marked(&mark, engine.InOrder),
		func(s *stage) { kept := other; marked(&kept, engine.Another)(s) },
		put("source", "members", "A", member("A", "a@example.org")), synced(), quiet(),
		func(s *stage) { kept := other; marked(&kept, engine.Behind)(s) },
		rowsWhere(2, `listing where restored_on is not null`),
		func(s *stage) {
			for _, want := range []bool{true, false} {
				ended, err := s.Engine.GiveUpRestored(s.T.Context(), store.Actor{Name: "ann"}, "compared by hand", s.Clock())
				if err != nil || ended != want {
					s.T.Errorf("ended %v, %v, want %v", ended, err, want)
				}
			}
		},
		rowsWhere(1, `audit where actor = 'ann' and action = 'EndRestored' and reason = 'compared by hand'`),
		rowsWhere(0, `listing where restored_on is not null`), quiet(), marked(&mark, engine.InOrder),
	})
}

// A create was under way when the backup was made: what is found of it afterwards is
// not proven to be ours, and stays when its person leaves.
func TestStoryRestoredWhileUncertain(t *testing.T) {
	t.Parallel()
	var mark engine.Mark
	mute := func(p *memory.Place, _ *policy.Policy) { p.NoFind = true }
	tell(t, two(deleting, mute)(), 0, []deed{
		stating, states, put("source", "members", "A", member("A", "a@example.org")),
		trouble("target", "after", "create", 1, class(connector.Transient)),
		marked(&mark, engine.InOrder), synced(), backup(),
		rowsWhere(1, `sync_record where created_by = 'us' and uncertain_until is not null`),
		later(5 * time.Minute), put("source", "members", "B", member("B", "b@example.org")),
		synced(), marked(&mark, engine.InOrder),
		restore(), marked(&mark, engine.Behind), later(5 * time.Minute),
		synced(), synced(), quiet(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
		rowsWhere(2, `sync_record where system = 'target' and created_by = 'unknown' and external_id is not null`),
		drop("source", "members", code("A"), record.Removed), synced(), later(2 * time.Hour), synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
	})
}
