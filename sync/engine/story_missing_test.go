package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// More records lack from whole listings than are asked for together. Each of them,
// asked for by itself, is there: nobody leaves, and the run says how many.
func TestStoryIndexThatIsFarBehind(t *testing.T) {
	t.Parallel()
	const lack = 250
	tell(t, two()(), 0, []deed{
		states, members(600, same), synced(), quiet(),
		shows("source", func(id record.ExternalID, f record.Fields) record.Fields {
			if id < record.ExternalID(fmt.Sprintf("P%04d", lack)) {
				return nil
			}
			return f
		}),
		put("source", "members", "P0001", mail("new@example.org")), // a Get shows it
		synced(), later(2 * time.Hour), synced(),
		noted("partial", "LISTING_LACKS_RECORDS"),
		noted("asked source members", fmt.Sprintf(
			"of %d records that are missing from the listing %d are there when they are asked for, and 0 cannot be asked for", lack, lack)),
		rowsWhere(0, `entity where deleted <> ''`), rowsWhere(1, `entity where fields ->> 'mail' = 'new@example.org'`),
		rowsWhere(0, `last_seen where missing > 1`), holding("target", 600),
		later(2 * time.Hour), synced(), later(2 * time.Hour), synced(), rowsWhere(0, `entity where deleted <> ''`),
		showsAll("source"), synced(), later(2 * time.Hour), synced(), quiet(), holding("target", 600),
	})
}

// A target never lists who has no address there. Nobody takes the listing for one that
// lacks something, and what stands there is kept in step.
func TestStoryNeverListed(t *testing.T) {
	t.Parallel()
	hides := func(p *memory.Place, _ *policy.Policy) {
		p.Hides = func(f record.Fields) bool { return f[fMail] == "" }
	}
	told := func(s *stage) {
		if s.Notes[step.PartialNote] != "" {
			s.T.Errorf("the run notes %q", s.Notes[step.PartialNote])
		}
	}
	tell(t, two(hides)(), 0, []deed{
		members(10, same), synced(), quiet(),
		put("source", "members", "P0003", mail("")), synced(), later(2 * time.Hour), synced(), told,
		later(2 * time.Hour), synced(), told, later(2 * time.Hour), synced(), told, holding("target", 10),
		put("source", "members", "P0003", mail("again@example.org")), synced(), told,
		later(2 * time.Hour), synced(), told, quiet(), holding("target", 10),
	})
}

// What a listing has shown of a record that has changed while it was planned counts as
// not seen. So the listing proves no absence to the writes of the same run: the record
// that is there by now is not made once more.
func TestStoryStaleItemProvesNoAbsence(t *testing.T) {
	t.Parallel()
	unsent := &connector.Error{Class: connector.Transient, System: "target", Op: "create", Unsent: true}
	tell(t, unfindable(), 0, []deed{
		put("source", "members", "B", member("B", "b@example.org")), synced(),
		put("source", "members", "A", member("A", "a@example.org")),
		trouble("target", "before", "create", 3, unsent), func(s *stage) { _, _ = s.Run() },
		rowsWhere(1, `sync_record where system = 'target' and external_id is null and pending_op = 'put'`),
		later(2 * time.Hour),
		put("target", "people", "77", member("A", "other@example.org")), // by hand
		sql(`create function meanwhile() returns trigger language plpgsql as $$
			begin
				update sync_record set version = version + 100 where system = 'target' and external_id is null and version < 100;
				return null;
			end $$`),
		sql(`create trigger meanwhile after insert on plan_row execute function meanwhile()`),
		synced(), holding("target", 2), rowsWhere(0, `sync_record where system = 'target' and external_id = '77' and entity is not null`),
		sql(`drop trigger meanwhile on plan_row`),
		later(2 * time.Hour), synced(), holding("target", 2),
		rowsWhere(1, `sync_record where system = 'target' and external_id = '77' and entity is not null`),
		synced(), quiet(),
	})
}

// While one batch is sent another plan decides that a record of the next is no longer
// to be made: that one is left out, and the others of its batch are made.
func TestStoryRecordOfABatchIsOvertaken(t *testing.T) {
	t.Parallel()
	r, _, target, calls := batches(t, 30, 10)
	count, changed := target.Fail, false
	target.Fail = func(when, op string) error {
		if when == "before" && op == "many" && !changed {
			changed = true
			_, err := r.Pool.Exec(t.Context(), `update sync_record set pending_op = '', applied_version = desired_version, version = version + 1
				where system = 'target' and entity in (select id from entity where key = 'P0015')`)
			if err != nil {
				t.Error(err)
			}
		}
		return count(when, op)
	}
	c := r.MustSync()["write target people test.person"]
	if n := len(target.All("people")); n != 29 || c.Created != 29 || c.Failed != 0 {
		t.Errorf("%d are made: %+v; want 29", n, c)
	}
	for _, f := range target.All("people") {
		if f[fCode] == "P0015" {
			t.Error("the record that was not to be made is made")
		}
	}
	if n := calls(); n > 12 {
		t.Errorf("%d calls, want 12: two batches, and one a record of the third", n)
	}
	if n := r.Count(`select count(*) from sync_record where system = 'target' and external_id is null and uncertain_until is not null`); n != 0 {
		t.Errorf("%d records are said to be uncertain", n)
	}
	if n := r.Count(`select count(*) from journal where outcome = ''`); n != 0 {
		t.Errorf("%d writes are open in the journal", n)
	}
	r.WantQuiet(target)
}

// What is made at a target before anybody has read it, as outbound runs do, is deleted
// there by hand: the readings that come then miss it, and it is made anew.
func TestStoryDeletedBeforeTheFirstReading(t *testing.T) {
	story(t, two(func(p *memory.Place, _ *policy.Policy) { p.IdempotentCreate = true }),
		stating, states,
		members(6, same), only(0), synced(), holding("target", 6),
		drop("target", "people", code("P0003"), ""),
		only(0, 1), later(2*time.Hour), synced(), later(2*time.Hour), synced(), later(2*time.Hour), synced(),
		holding("target", 6), quiet(),
	)
}

// A system answers a create with "not found", such as for a record that it has taken up and
// that somebody has deleted meanwhile: that record is refused, all others are made, and what
// is refused is looked for before it is tried again.
func TestStoryCreateNotFound(t *testing.T) {
	for when, holds := range map[string]int{"before": 5, "after": 6} {
		t.Run(when, func(t *testing.T) {
			story(t, two(),
				members(6, same), trouble("target", when, "create", 1, class(connector.NotFound)),
				synced(), holding("target", holds), rowsWhere(1, `sync_record where system = 'target' and quarantine <> ''`),
				later(26*time.Hour), synced(), holding("target", 6), rowsWhere(0, `sync_record where system = 'target' and quarantine <> ''`),
				synced(), quiet(),
			)
		})
	}
}
