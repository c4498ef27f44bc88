package enginetest

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// Stories tells of a family what holds for every family. Each story is told
// again with a crash before the record of each write.
func Stories(t *testing.T, f Family) {
	t.Helper()
	f.check(t)
	for name, of := range map[string]func(*testing.T, *Family){
		"first run": firstRun, "first meeting": firstSync, "plan": plan, "consent": consent, "unique": unique,
		"child first": childFirst, "named": named, "named and gone": notifiedAndRemoved, "named and new": notifiedAndNew,
		"since": since, "our tables": ourTables, "merged": merged,
	} {
		t.Run(name, func(t *testing.T) { of(t, &f) })
	}
	for name, of := range map[string]func(*testing.T, *Family, Kind){
		"edits": edits, "conflict": conflict, "leaver": leaver, "let go": remove, "refused": refused, "lost": lost,
	} {
		for _, k := range []Kind{f.First, f.Second} {
			t.Run(name+" "+string(k.Kind), func(t *testing.T) { of(t, &f, k) })
		}
	}
}

// The first run fills the target, and the second has nothing to do.
func firstRun(t *testing.T, f *Family) {
	Story(t, f.Cast(),
		f.comes(f.First, 0, 1),
		f.comes(f.Second, 0, 1),
		f.change(f.Second, 1, record.Fields{f.Ref: f.First.New(1)[f.First.Key]}),
		Synced(),
		f.holds(f.First, f.held(f.First, 0, nil), f.held(f.First, 1, nil)),
		f.holds(f.Second, f.held(f.Second, 0, nil), f.held(f.Second, 1, nil)),
		f.refers(0, 0), f.refers(1, 1),
		Quiet(), Conflicts(0),
	)
}

// Edits travel from both sides, also a clear; one where it may not be made is
// put back.
func edits(t *testing.T, f *Family, k Kind) {
	Story(t, f.Cast(),
		f.comes(k, 0, 1),
		Synced(),
		f.change(k, 0, record.Fields{k.Owned: "at the source"}),
		f.changeRemote(k, 1, record.Fields{k.Shared: "at the target"}),
		Synced(),
		f.holds(k, f.held(k, 0, record.Fields{k.Owned: "at the source"}), f.held(k, 1, record.Fields{k.Shared: "at the target"})),
		RowsWhere(1, `entity where `+row(k, 1)+` and fields ->> `+quoted(string(k.Shared))+` = 'at the target'`),
		Quiet(), Conflicts(0),
		f.change(k, 0, record.Fields{k.Owned: ""}),
		Synced(),
		f.holds(k, f.held(k, 0, record.Fields{k.Owned: ""}), f.held(k, 1, record.Fields{k.Shared: "at the target"})),
		Quiet(),
		f.changeRemote(k, 1, record.Fields{k.Owned: "not theirs"}),
		Synced(), Conflicts(1),
		f.holds(k, f.held(k, 0, record.Fields{k.Owned: ""}), f.held(k, 1, record.Fields{k.Shared: "at the target"})),
		Quiet(),
	)
}

// Both sides have changed the same field: the source is the first, and both
// values are kept.
func conflict(t *testing.T, f *Family, k Kind) {
	Story(t, f.Cast(),
		f.comes(k, 0),
		Synced(),
		f.change(k, 0, record.Fields{k.Shared: "one"}),
		f.changeRemote(k, 0, record.Fields{k.Shared: "other"}),
		Synced(), Conflicts(1),
		RowsWhere(1, `conflict where hub_value = 'one' and remote_value = 'other' and won_by = `+quoted(string(f.Source))+
			` and system = `+quoted(string(f.Target))),
		f.holds(k, f.held(k, 0, record.Fields{k.Shared: "one"})),
		Quiet(),
	)
}

// A record that is missing from two full listings is gone, from one it is not; and
// it comes back.
func leaver(t *testing.T, f *Family, k Kind) {
	Story(t, f.Cast(),
		f.comes(k, 0, 1),
		f.comes(k, 2),
		Synced(),
		f.goes(k, 1, ""),
		Synced(),
		f.holds(k, f.held(k, 0, nil), f.held(k, 1, nil), f.held(k, 2, nil)),
		Synced(), // at once: another look at the same listing
		f.holds(k, f.held(k, 0, nil), f.held(k, 1, nil), f.held(k, 2, nil)),
		Later(2*time.Hour), Synced(),
		f.without(k, 1, record.Absent, f.held(k, 0, nil), f.held(k, 2, nil)),
		Quiet(),
		f.comes(k, 1),
		Synced(),
		f.holds(k, f.held(k, 0, nil), f.held(k, 1, nil), f.held(k, 2, nil)),
		Quiet(),
	)
}

// What the source itself says to be gone is removed at once; it returns with
// other values.
func remove(t *testing.T, f *Family, k Kind) {
	Story(t, f.Cast(),
		f.comes(k, 0, 1),
		Synced(),
		f.goes(k, 1, record.Removed),
		Synced(),
		f.without(k, 1, record.Removed, f.held(k, 0, nil)),
		Quiet(),
		f.comes(k, 1),
		f.change(k, 1, record.Fields{k.Owned: "returned"}),
		Synced(),
		f.holds(k, f.held(k, 0, nil), f.held(k, 1, record.Fields{k.Owned: "returned"})),
		Quiet(), Conflicts(0),
	)
}

// A record that the target refuses stops no other, and is written when it has
// changed.
func refused(t *testing.T, f *Family, k Kind) {
	refusal := f.err(connector.Rejected)
	refusal.Field = k.Owned
	place := 0
	if k.Kind == f.Second.Kind {
		place = 1
	}
	picky := func(c *Cast) {
		refuse := func(want record.Fields) error {
			if want[k.Owned] == "poison" {
				return refusal
			}
			return nil
		}
		// Also of a record that is there: a create that was broken off is looked for.
		c.Systems[1].Places[place].Poison, c.Systems[1].Places[place].RefuseUpdate = refuse, refuse
	}
	Story(t, f.Cast(picky),
		f.comes(k, 0, 1, 2),
		f.change(k, 1, record.Fields{k.Owned: "poison"}),
		Synced(),
		f.holds(k, f.held(k, 0, nil), f.held(k, 1, record.Fields{k.Owned: ""}), f.held(k, 2, nil)),
		RowsWhere(1, `sync_record where held ? '`+string(k.Owned)+`' and quarantine = ''`),
		Quiet(),
		f.change(k, 1, record.Fields{k.Owned: "harmless"}),
		Synced(),
		f.holds(k, f.held(k, 0, nil), f.held(k, 1, record.Fields{k.Owned: "harmless"}), f.held(k, 2, nil)),
		RowsWhere(0, `sync_record where quarantine <> '' or held <> '{}'`),
		Quiet(),
	)
}

// A write whose answer is lost is looked for, not repeated.
func lost(t *testing.T, f *Family, k Kind) {
	Story(t, f.Cast(),
		f.comes(k, 0),
		Trouble(f.Target, "after", "create", 1, f.err(connector.Transient)),
		Synced(), Later(time.Minute), Synced(),
		f.holds(k, f.held(k, 0, nil)),
		RowsWhere(0, `sync_record where uncertain_until is not null or desired_version > applied_version`),
		f.change(k, 0, record.Fields{k.Owned: "again"}),
		Trouble(f.Target, "after", "update", 1, f.err(connector.Transient)),
		Synced(), Later(time.Minute), Synced(),
		f.holds(k, f.held(k, 0, record.Fields{k.Owned: "again"})),
		Quiet(), Conflicts(0),
	)
}
