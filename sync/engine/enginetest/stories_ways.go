package enginetest

import (
	"fmt"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// reading has the next runs read in another way.
func (f *Family) reading(source, target step.Selection) Step {
	return func(s *Stage) { s.Rig.Pipeline.Reads = f.reads(source, target) }
}

// Once the target was read whole, it says which records have changed: those
// are read and no others.
func named(t *testing.T, f *Family) {
	k, l := f.First, f.Second
	there := record.Fields{k.Shared: "there"}
	Story(t, f.Cast(),
		f.comes(k, 0, 1),
		f.comes(l, 0),
		Synced(),
		f.reading(step.All, step.Notified),
		Quiet(),
		f.changeRemote(k, 0, there), f.changeRemote(k, 1, there), f.changeRemote(l, 0, record.Fields{l.Shared: "there"}),
		f.named(k, 0), f.named(l, 0), f.named(k, 0),
		Synced(),
		RowsWhere(1, `entity where `+row(k, 0)+` and fields ->> `+quoted(string(k.Shared))+` = 'there'`),
		RowsWhere(0, `entity where `+row(k, 1)+` and fields ->> `+quoted(string(k.Shared))+` = 'there'`),
		RowsWhere(1, `entity where `+row(l, 0)+` and fields ->> `+quoted(string(l.Shared))+` = 'there'`),
		RowsWhere(0, `run_notified`),
		Quiet(),
		// A run that breaks off while it reads them loses none.
		f.changeRemote(k, 0, record.Fields{k.Shared: "again"}),
		f.named(k, 0), f.named(k, 1),
		f.change(k, 0, record.Fields{k.Owned: "meanwhile"}),
		Trouble(f.Target, "before", "get", 3, f.err(connector.Transient)),
		Failing(connector.Transient),
		RowsWhere(2, `run_notified`),
		Synced(),
		f.holds(k, f.held(k, 0, record.Fields{k.Shared: "again", k.Owned: "meanwhile"}), f.held(k, 1, there)),
		RowsWhere(1, `entity where `+row(k, 1)+` and fields ->> `+quoted(string(k.Shared))+` = 'there'`),
		Quiet(), Conflicts(0),
	)
}

// One that was named and is gone by then is made anew, once; one that never
// was is nothing.
func notifiedAndRemoved(t *testing.T, f *Family) {
	k := f.First
	Story(t, f.Cast(func(c *Cast) { c.Systems[1].Places[0].IdempotentCreate = true }),
		f.comes(k, 0, 1),
		Synced(),
		f.reading(step.All, step.Notified),
		func(s *Stage) { s.Was = s.ID(f.Target, k.Target, who(k, 0)) },
		Drop(f.Target, k.Target, who(k, 0), ""),
		Quiet(), // nobody has said so
		f.holds(k, f.held(k, 1, nil)),
		func(s *Stage) { Notified(f.Target, k.Kind, s.Was, "there never was such a one")(s) },
		Synced(),
		f.holds(k, f.held(k, 0, nil), f.held(k, 1, nil)),
		RowsWhere(0, `run_notified`),
		Quiet(),
		func(s *Stage) { Notified(f.Target, k.Kind, s.Was)(s) }, // heard late
		Synced(),
		f.holds(k, f.held(k, 0, nil), f.held(k, 1, nil)),
		Quiet(), Conflicts(0),
	)
}

// One that was named and is new to us is that of an entity that is new as well,
// or nobody's. A reading of notified records permits no create.
func notifiedAndNew(t *testing.T, f *Family) {
	k := f.First
	Story(t, f.Cast(),
		f.comes(k, 0),
		Synced(),
		f.reading(step.All, step.Notified),
		Put(f.Target, k.Target, "11", f.held(k, 1, record.Fields{k.Owned: "old"})),
		Put(f.Target, k.Target, "12", f.held(k, 2, nil)),
		Notified(f.Target, k.Kind, "11", "12"),
		f.comes(k, 1, 3),
		Synced(),
		f.holds(k, f.held(k, 0, nil), f.held(k, 1, nil), f.held(k, 2, nil)),
		RowsWhere(1, `sync_record where external_id = '11' and entity is not null and created_by <> 'us'`),
		RowsWhere(1, `sync_record where external_id = '12' and entity is null`),
		Quiet(),
		f.reading(step.All, step.IfUnbound),
		Synced(),
		f.holds(k, f.held(k, 0, nil), f.held(k, 1, nil), f.held(k, 2, nil), f.held(k, 3, nil)),
		Quiet(), Conflicts(0),
	)
}

// Both systems are asked for what has changed since the reading before. What is
// not among that is not gone.
func since(t *testing.T, f *Family) {
	k, l := f.First, f.Second
	ways := func(c *Cast) {
		for _, s := range c.Systems {
			for i := range s.Places {
				s.Places[i].Since, s.Places[i].Page = true, 2
			}
		}
		for i := range c.Systems[1].Places {
			c.Systems[1].Places[i].IdempotentCreate = true // no reading of a part permits another create
		}
		c.Pipeline.Reads = f.reads(step.Since, step.Since)
	}
	Story(t, f.Cast(ways),
		f.comes(k, 0, 1, 2),
		f.comes(l, 0),
		Synced(),
		f.holds(k, f.held(k, 0, nil), f.held(k, 1, nil), f.held(k, 2, nil)),
		RowsWhere(4, `run_cursor`),
		Synced(), // shows our own writes
		Quiet(), readsNothing(),
		f.change(k, 0, record.Fields{k.Owned: "at the source"}),
		f.changeRemote(k, 1, record.Fields{k.Shared: "at the target"}),
		f.changeRemote(l, 0, record.Fields{l.Shared: "at the target"}),
		f.comes(l, 1),
		Synced(),
		f.holds(k, f.held(k, 0, record.Fields{k.Owned: "at the source"}), f.held(k, 1, record.Fields{k.Shared: "at the target"}), f.held(k, 2, nil)),
		f.holds(l, f.held(l, 0, record.Fields{l.Shared: "at the target"}), f.held(l, 1, nil)),
		RowsWhere(1, `entity where `+row(k, 1)+` and fields ->> `+quoted(string(k.Shared))+` = 'at the target'`),
		Synced(),
		Quiet(), readsNothing(), Conflicts(0),
		f.goes(k, 2, record.Removed),
		Synced(),
		f.without(k, 2, record.Removed,
			f.held(k, 0, record.Fields{k.Owned: "at the source"}), f.held(k, 1, record.Fields{k.Shared: "at the target"})),
		Synced(),
		Quiet(),
		// What was named need not be among what has changed: its name is not used up.
		f.named(k, 0),
		Quiet(), readsNothing(), RowsWhere(1, `run_notified`),
		f.reading(step.Since, step.Notified),
		Quiet(), RowsWhere(0, `run_notified`),
	)
}

// readsNothing runs the pipeline and wants no record to be listed.
func readsNothing() Step {
	return func(s *Stage) {
		s.T.Helper()
		sum, err := s.Run()
		if err != nil {
			s.T.Errorf("sync: %v", err)
		}
		for name, c := range sum {
			if c.Read != 0 {
				s.T.Errorf("%s: %d records, though nothing has changed", name, c.Read)
			}
		}
	}
}

// Other programs write our own tables by plain SQL: rows are made, changed,
// marked as gone and brought back.
func ourTables(t *testing.T, f *Family) {
	k := f.First
	Story(t, f.Cast(),
		f.comes(k, 0),
		f.born(k, 1, record.Fields{k.Ours: "born here"}),
		f.born(f.Second, 0, record.Fields{f.Ref: k.New(1)[k.Key]}),
		Synced(),
		f.holds(k, f.held(k, 0, nil), f.held(k, 1, record.Fields{k.Ours: "born here"})),
		f.refers(0, 1),
		Quiet(),
		f.edited(k, 0, record.Fields{k.Ours: "ours"}),
		Synced(),
		f.holds(k, f.held(k, 0, record.Fields{k.Ours: "ours"}), f.held(k, 1, nil)),
		Quiet(),
		// Edits while a run writes just these records arrive by the next.
		f.edited(k, 0, record.Fields{k.Ours: "before"}),
		During(f.Target, "update", f.edited(k, 0, record.Fields{k.Ours: "after"})),
		Synced(), Synced(),
		f.holds(k, f.held(k, 0, record.Fields{k.Ours: "after"}), f.held(k, 1, nil)),
		Quiet(), Conflicts(0),
		f.changeRemote(k, 0, record.Fields{k.Ours: "theirs"}), // is put back
		Synced(), Conflicts(1),
		f.holds(k, f.held(k, 0, record.Fields{k.Ours: "after"}), f.held(k, 1, nil)),
		Quiet(),
		SQL(`update entity set deleted = 'removed' where `+row(f.Second, 0)),
		Synced(),
		f.without(f.Second, 0, record.Removed),
		Quiet(),
		SQL(`update entity set deleted = '' where `+row(f.Second, 0)),
		Synced(),
		f.holds(f.Second, f.held(f.Second, 0, nil)),
		f.refers(0, 1),
		Quiet(),
	)
}

// Other programs merge two rows of ours: the record of the one is removed, what
// referred to it refers to the other; a row that takes the place of one that no
// system had seen gets its record.
func merged(t *testing.T, f *Family) {
	k := f.First
	merge := func(from, into int) Step {
		return SQL(fmt.Sprintf(`with deleted as (update entity set deleted = 'merged' where %s)
			insert into entity_alias (kind, from_key, to_key, reason, made_on) values (%s, %s, %s, 'merged', now())`,
			row(k, from), quoted(string(k.Kind)), quoted(k.New(from)[k.Key]), quoted(k.New(into)[k.Key])))
	}
	to := func(n int) record.Fields { return record.Fields{f.Ref: k.New(n)[k.Key]} }
	Story(t, f.Cast(),
		f.born(k, 0, nil), f.born(k, 1, nil),
		f.born(f.Second, 0, to(0)),
		Synced(),
		f.refers(0, 0),
		merge(0, 1),
		f.edited(f.Second, 0, to(1)),
		Synced(),
		f.without(k, 0, record.Merged, f.held(k, 1, nil)),
		f.refers(0, 1),
		Quiet(),
		// The other one is made by the same program: the record moves.
		f.born(k, 2, nil),
		func(s *Stage) { s.Was = s.ID(f.Target, k.Target, who(k, 1)) },
		merge(1, 2),
		f.edited(f.Second, 0, to(2)),
		Synced(),
		f.without(k, 0, record.Merged, f.held(k, 2, nil)),
		f.refers(0, 2),
		func(s *Stage) {
			if s.ID(f.Target, k.Target, who(k, 2)) != s.Was {
				s.T.Error("the record was made anew")
			}
		},
		Quiet(), Conflicts(0),
	)
}
