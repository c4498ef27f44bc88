package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// What our own tables do not take is left out with what belongs to it, and said; all
// else goes on, in this run and in the ones after it, until the tables take it.
func TestApplyLeavesWhatIsNotStored(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, table, rule string }{
		{"an entity", "entity", "fields ->> 'name' <> 'New P0017'"},
		{"a sync record", "sync_record", "not (system = 'source' and external_id = 'P0017' and remote ->> 'name' = 'New P0017')"},
		{"a row of the plan", "plan_row", "not (state = 'pending' and key = 'P0017')"},
		{"the first one", "entity", "fields ->> 'name' <> 'New P0000'"},
	} {
		for _, approved := range []bool{false, true} {
			name := c.name
			if approved {
				name += ", approved"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r, source, target := inSmallBatches(t)
				r.Override, r.TakesMany = []string{"TOO_MANY_CHANGED"}, true
				r.Start(policy.Set{people()}, nil, source, target)
				ids := fill(source, 30)
				r.MustSync()
				renameAll(source, ids)
				source.Put("members", "P0100", member("P0100", "new-P0100@example.org"))
				refuse := func(sql string) {
					t.Helper()
					if _, err := r.Pool.Exec(t.Context(), sql); err != nil {
						t.Fatal(err)
					}
				}
				refuse("alter table " + c.table + " add constraint nobody check (" + c.rule + ") not valid")
				if err := begun(r, approved); err != nil {
					t.Fatal(err)
				}
				if n := r.Count(`select count(*) from entity where fields ->> 'name' like 'New %'`); n != 29 {
					t.Errorf("%d members have changed, want 29", n)
				}
				if r.Notes[step.PartialNote] != "NOT_STORED" || !strings.HasPrefix(r.Notes["refused"], "1 group") ||
					!strings.Contains(r.Notes["refused"], "table "+c.table) || strings.Contains(r.Notes["refused"], "P00") {
					t.Errorf("the run says %q, %q", r.Notes[step.PartialNote], r.Notes["refused"])
				}
				if n := r.Count(`select count(*) from sync_record where quarantine like 'not stored: %'`); n != 1 && c.table != "sync_record" {
					t.Errorf("%d records are put aside, want 1", n)
				}
				if len(target.All("people")) != 31 {
					t.Error("because of one record another one is not made")
				}
				// Another run goes on with what has changed since.
				source.Put("members", ids[3], record.Fields{fName: "Newer"})
				r.MustSync()
				if n := r.Count(`select count(*) from entity where fields ->> 'name' = 'Newer'`); n != 1 {
					t.Error("the next run is held up by what is not stored")
				}
				if r.Notes[step.PartialNote] != "NOT_STORED" {
					t.Errorf("the next run says %q", r.Notes[step.PartialNote])
				}
				refuse("alter table " + c.table + " drop constraint nobody")
				r.MustSync()
				equal(t, source, target)
				r.WantQuiet(source, target)
			})
		}
	}
}

func renameAll(source *memory.System, ids []record.ExternalID) {
	for _, id := range ids {
		source.Put("members", id, record.Fields{fName: "New " + string(id), fMail: "new-" + string(id) + "@example.org"})
	}
}

// An unmanaged record is left out by itself as well.
func TestApplyLeavesWhatIsUnmanaged(t *testing.T) {
	t.Parallel()
	r, source, target := inSmallBatches(t)
	fill(source, 6)
	r.MustSync()
	for _, id := range []record.ExternalID{"h1", "h2", "h3"} {
		target.Put("people", id, record.Fields{fCode: "HAND " + string(id), fName: "By hand"})
	}
	exec := func(sql string) {
		t.Helper()
		if _, err := r.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec("alter table sync_record add constraint nobody check (external_id <> 'h2') not valid")
	r.MustSync()
	if n := r.Count(`select count(*) from sync_record where external_id in ('h1', 'h3')`); n != 2 || r.Notes[step.PartialNote] != "NOT_STORED" {
		t.Errorf("%d unmanaged records are known, want 2; the run says %q", n, r.Notes[step.PartialNote])
	}
	exec("alter table sync_record drop constraint nobody")
	r.MustSync()
	if n := r.Count(`select count(*) from sync_record where external_id = 'h2'`); n != 1 {
		t.Error("what was left out is not taken up again")
	}
	r.WantQuiet(source, target)
}

// What a listing of what has changed does not show again is not put aside: the
// listing stands, and all comes as soon as the tables take it.
func TestApplyWaitsWithWhatIsNotShownAgain(t *testing.T) {
	t.Parallel()
	k := sinceCast()
	removing(k.Policies[0])
	tell(t, k, 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		put("source", "members", "C", member("C", "c@example.org")),
		synced(),
		sql(`alter table entity add constraint nobody check (fields ->> 'mail' not in ('a2@example.org', 'd@example.org') and deleted <> 'removed') not valid`),
		put("source", "members", "A", mail("a2@example.org")),
		put("source", "members", "B", mail("b2@example.org")),
		func(s *stage) { s.By["source"].Drop("members", "C", record.Removed) },
		put("source", "members", "D", member("D", "d@example.org")),
		synced(),
		func(s *stage) {
			if s.Notes[step.PartialNote] != "NOT_STORED" {
				s.T.Errorf("the run says %q", s.Notes[step.PartialNote])
			}
		},
		want("target", "people", member("A", "a@example.org"), member("B", "b2@example.org"), member("C", "c@example.org")),
		sql(`alter table entity drop constraint nobody`),
		synced(),
		want("target", "people", member("A", "a2@example.org"), member("B", "b2@example.org"), member("D", "d@example.org")),
		quiet(),
	})
}

// One unmanaged record that is not stored takes no other with it.
func TestApplyPutsAsideOnlyTheOne(t *testing.T) {
	t.Parallel()
	tell(t, two()(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")), synced(),
		func(s *stage) {
			for i := range 6 {
				s.By["target"].Put("people", record.ExternalID(fmt.Sprint("h", i)), member(fmt.Sprint("HAND", i), "a@example.org"))
			}
		},
		synced(),
		sql(`alter table sync_record add constraint nobody check (external_id <> 'bad' or remote = '{}') not valid`),
		func(s *stage) {
			for i := range 3 {
				s.By["target"].Put("people", record.ExternalID(fmt.Sprint("h", i)), record.Fields{fName: "other"})
			}
			s.By["target"].Drop("people", "h5", "")
			s.By["target"].Put("people", "bad", member("BAD", "a@example.org"))
		},
		synced(),
		rowsWhere(1, `sync_record where quarantine like 'not stored%' and natural_key = 'BAD'`),
		rowsWhere(1, `last_seen where missing > 0`),
	})
}
