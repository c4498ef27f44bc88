package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// forOrphans has runs look for orphans at the target.
func forOrphans(deeds ...deed) deed {
	return func(s *stage) {
		s.T.Helper()
		ordinary := s.Rig.Pipeline
		defer func() { s.Rig.Pipeline = ordinary }()
		s.Rig.Pipeline = step.Pipeline{
			Name: "orphans", Family: "test", Orphans: true,
			Reads:  []step.Read{{System: "target", Place: "people", Select: step.All}},
			Writes: []step.Write{{System: "target", Place: "people", Only: step.Removals}},
		}
		for _, d := range deeds {
			d(s)
		}
	}
}

// withTargetOff has runs go on without the target.
func withTargetOff(deeds ...deed) deed {
	return func(s *stage) {
		s.T.Helper()
		all := s.Rig.Pipeline
		s.Rig.Pipeline.Reads, s.Rig.Pipeline.Writes = all.Reads[:1], nil
		s.Start(s.Policies, s.Rules, s.By["source"])
		for _, d := range deeds {
			d(s)
		}
		s.Rig.Pipeline = all
		s.Restart()
	}
}

// hides has the listings of the target show no record of a code, though it is there.
func hides(codes ...string) deed {
	return func(s *stage) {
		s.By["target"].Listed = func(_ string, _ record.ExternalID, f record.Fields) (record.Fields, bool) {
			for _, c := range codes {
				if f[fCode] == c && f[fName] != "Second" {
					return nil, false
				}
			}
			return f, true
		}
	}
}

// approving approves the plan of the last run, and lets something happen before it is
// carried out.
func approving(meanwhile deed) deed {
	return func(s *stage) {
		s.T.Helper()
		hash, err := s.Engine.PlanHash(s.T.Context(), s.LastRun)
		if err == nil {
			err = s.Apply(hash)
		}
		if err != nil {
			s.T.Fatal(err)
		}
		meanwhile(s)
		for err = s.GoOn(); errors.Is(err, memory.ErrCrash); err = s.GoOn() {
			s.Restart()
		}
		if err != nil {
			s.T.Fatal(err)
		}
	}
}

// left is that A has left while the target was off, so that nobody has removed it there.
func left(c func() cast, deeds ...deed) (func() cast, []deed) {
	begin := []deed{
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(), forOrphans(quiet()),
		withTargetOff(drop("source", "members", code("A"), ""), synced(), later(2*time.Hour), synced()),
		rowsWhere(1, `entity where deleted = 'absent'`),
		synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
	}
	return c, append(begin, deeds...)
}

// double is that the target has lost sight of A for a while, so that it was made twice.
func double(deeds ...deed) (func() cast, []deed) {
	blind := two(func(p *memory.Place, page *policy.Policy) { p.NoFind = true; removing(page) })
	begin := []deed{
		put("source", "members", "B", member("B", "b@example.org")), synced(),
		put("source", "members", "A", member("A", "a@example.org")), synced(), synced(), quiet(),
		hides("A"), put("source", "members", "A", record.Fields{fName: "Second"}),
		trouble("target", "before", "update", 1, class(connector.NotFound)),
		synced(), synced(), later(time.Hour), synced(),
		hides(), synced(),
		want("target", "people", member("A", "a@example.org"), record.Fields{fCode: "A", fName: "Second"}, member("B", "b@example.org")),
		rowsWhere(1, openDups),
	}
	return blind, append(begin, deeds...)
}

const planned1 = `plan_row where op = 'remove' and state = 'planned'`

// Whoever has left while a system was off is still there: it is planned, and removed
// when a person says so.
func TestStoryOrphanOfAnEntityThatEnded(t *testing.T) {
	c, deeds := left(with(removing),
		forOrphans(
			stopped(step.GuardStopped, "ORPHANS"),
			rowsWhere(1, planned1+` and reason = 'orphan: absent' and key = 'A'`),
			stopped(step.GuardStopped, "ORPHANS"), // it is asked for until somebody says so
			approve(),
		),
		want("target", "people", member("B", "b@example.org")),
		rowsWhere(1, `plan_row where op = 'remove' and state = 'done'`),
		rowsWhere(0, `sync_record r join entity e on e.id = r.entity where e.deleted <> '' and r.system = 'target'`),
		rowsWhere(0, `limit_effect where system = 'target'`),
		forOrphans(quiet()), quiet(), conflicts(0),
	)
	story(t, c, deeds...)
}

// A record that we have made twice: the one that the entity does not have is removed.
func TestStoryOrphanMadeTwice(t *testing.T) {
	c, deeds := double(
		forOrphans(
			stopped(step.GuardStopped, "ORPHANS"),
			rowsWhere(1, planned1+` and reason = 'orphan: double' and key = 'A' and entity is null`),
			approve(),
		),
		want("target", "people", record.Fields{fCode: "A", fName: "Second"}, member("B", "b@example.org")),
		rowsWhere(0, openDups),
		rowsWhere(1, `journal where op = 'remove' and outcome = 'done' and entity = 0`),
		forOrphans(quiet()), quiet(),
	)
	story(t, c, deeds...)
}

// A create whose answer was lost is given up, since its member has left and nothing is
// shown there; then it turns up.
func TestStoryOrphanOfACreateGivenUp(t *testing.T) {
	blind := two(func(p *memory.Place, page *policy.Policy) { p.NoFind = true; removing(page) })
	story(t, blind,
		put("source", "members", "B", member("B", "b@example.org")), synced(),
		hides("A"), put("source", "members", "A", member("A", "a@example.org")),
		trouble("target", "after", "create", 1, class(connector.Transient)), synced(),
		drop("source", "members", code("A"), record.Removed), later(time.Hour), synced(), later(time.Hour), synced(),
		rowsWhere(1, `sync_record where system = 'target'`),
		hides(), synced(),
		rowsWhere(1, `sync_record where system = 'target' and entity is null and created_by = 'unknown'`),
		forOrphans(
			stopped(step.GuardStopped, "ORPHANS"), rowsWhere(1, planned1+` and reason = 'orphan: removed' and key = 'A'`), approve(),
		),
		want("target", "people", member("B", "b@example.org")),
		forOrphans(quiet()), quiet(),
	)
}

// A removal that the system has refused is planned again, and tried at once.
func TestStoryOrphanWhoseRemovalWasRefused(t *testing.T) {
	story(t, with(removing),
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")), synced(),
		trouble("target", "before", "delete", 1, class(connector.Rejected)),
		drop("source", "members", code("A"), record.Removed), synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
		forOrphans(stopped(step.GuardStopped, "ORPHANS"), approve()),
		want("target", "people", member("B", "b@example.org")),
		rowsWhere(0, `sync_record where quarantine <> ''`),
		forOrphans(quiet()), quiet(),
	)
}

// What others have made, or nobody knows who, is never planned, be it that it has the
// key of somebody who left; nor is what the policy keeps.
func TestStoryNoOrphans(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]func() cast{"removed": with(removing), "marked as former": with(), "left alone": with(detaching)} {
		t.Run(name, func(t *testing.T) {
			story(t, c,
				put("source", "members", "A", member("A", "a@example.org")),
				put("source", "members", "B", member("B", "b@example.org")), synced(),
				drop("source", "members", code("A"), record.Removed), synced(),
				put("target", "people", "by hand 1", member("Z", "z@example.org")),
				put("target", "people", "by hand 2", member("A", "other@example.org")),
				put("target", "people", "by hand 3", member("B", "double@example.org")),
				synced(), later(time.Hour), synced(),
				forOrphans(planned(), rowsWhere(0, planned1), quiet()),
			)
		})
	}
}

// A listing that is not certified says so, and plans nothing; nor does one in which
// something is held.
func TestStoryOrphansUncertified(t *testing.T) {
	uncertified := func(is bool) deed { return func(s *stage) { s.By["target"].Uncertified = is } }
	c, deeds := left(with(removing),
		uncertified(true),
		forOrphans(
			quiet(), noted(step.PartialNote, "LISTING_UNCERTAIN"),
			rowsWhere(0, planned1),
		),
		uncertified(false), forOrphans(stopped(step.GuardStopped, "ORPHANS")),
	)
	story(t, c, deeds...)
}

// Before it is removed it is looked at: whoever has edited it since, or wants it again,
// keeps it.
func TestStoryOrphanIsLookedAtOnceMore(t *testing.T) {
	t.Parallel()
	edit := edit("target", "people", member("A", "a@example.org"), record.Fields{fMail: "edited@example.org"})
	edited := record.Fields{fCode: "A", fMail: "edited@example.org"}
	stays := []deed{
		rowsWhere(1, `plan_row where op = 'remove' and state = 'left' and error <> ''`),
		rowsWhere(0, `sync_record where pending_op = 'remove' or desired_version > applied_version`),
	}
	t.Run("edited", func(t *testing.T) {
		c, deeds := left(with(removing), append([]deed{
			forOrphans(stopped(step.GuardStopped, "ORPHANS"), enginetest.During("target", "get", edit), approve()),
			want("target", "people", edited, member("B", "b@example.org")),
		}, stays...)...)
		story(t, c, deeds...)
	})
	t.Run("a double, edited", func(t *testing.T) {
		c, deeds := double(append([]deed{
			forOrphans(stopped(step.GuardStopped, "ORPHANS"), enginetest.During("target", "get", edit), approve()),
			want("target", "people", edited, record.Fields{fCode: "A", fName: "Second"}, member("B", "b@example.org")),
		}, stays...)...)
		story(t, c, append(deeds, synced(), rowsWhere(1, openDups), quiet())...)
	})
	t.Run("wanted again", func(t *testing.T) {
		c, deeds := left(with(removing), append([]deed{
			forOrphans(stopped(step.GuardStopped, "ORPHANS"), approving(sql(`update entity set deleted = '' where key = 'A'`))),
			want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
		}, stays...)...)
		story(t, c, deeds...)
	})
	t.Run("the double is all there is", func(t *testing.T) {
		c, deeds := double(append([]deed{
			forOrphans(stopped(step.GuardStopped, "ORPHANS"), approving(sql(
				`update sync_record set entity = null where system = 'target' and entity is not null and natural_key = 'A' or remote ->> 'name' = 'Second'`))),
			want("target", "people", member("A", "a@example.org"), record.Fields{fCode: "A", fName: "Second"}, member("B", "b@example.org")),
		}, stays...)...)
		tell(t, c(), 0, deeds)
	})
	t.Run("removed by somebody", func(t *testing.T) {
		c, deeds := left(with(removing),
			forOrphans(stopped(step.GuardStopped, "ORPHANS"), approving(drop("target", "people", code("A"), ""))),
			want("target", "people", member("B", "b@example.org")),
			rowsWhere(0, `sync_record where pending_op = 'remove'`), synced(), quiet(),
		)
		story(t, c, deeds...)
	})
}

// An approval of a plan whose record has moved since is stale, and one that another run
// has edited in the meantime is not removed.
func TestStoryOrphansStale(t *testing.T) {
	c, deeds := double(
		forOrphans(stopped(step.GuardStopped, "ORPHANS")),
		func(s *stage) {
			run := s.LastRun
			put("target", "people", string(s.ID("target", "people", record.Fields{fCode: "A", fName: "Name A"})), record.Fields{fCode: "C"})(s)
			synced()(s)
			s.LastRun = run
			hash, err := s.Engine.PlanHash(s.T.Context(), run)
			if err != nil {
				s.T.Fatal(err)
			}
			if err := s.Apply(hash); err == nil {
				s.T.Error("the plan is applied, though its record has changed since")
			}
		},
		want("target", "people", record.Fields{fCode: "C"}, record.Fields{fCode: "A", fName: "Second"}, member("B", "b@example.org")),
		forOrphans(quiet()), // made with another key: nothing proves whose it is
	)
	story(t, c, deeds...)
}

// Where the policy or the system does not let a record be removed it is only told, and
// nobody is asked.
func TestStoryOrphansThatStay(t *testing.T) {
	t.Parallel()
	for why, c := range map[string]func() cast{
		"the policy lets it stay":               with(detaching),
		"the system does not let it be removed": two(func(p *memory.Place, page *policy.Policy) { p.Delete = false; removing(page) }),
	} {
		t.Run(why, func(t *testing.T) {
			c, deeds := left(c,
				forOrphans(
					planned(), rowsWhere(1, `plan_row where op = 'keep' and state = 'planned' and reason = 'orphan: absent; `+why+`'`),
					rowsWhere(0, planned1),
					quiet(), noted("excluded target: "+why, "1"),
				),
				want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
			)
			story(t, c, deeds...)
		})
	}
}
