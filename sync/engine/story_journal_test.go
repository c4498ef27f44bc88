package engine_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// deleting has the target's record deleted when the person leaves.
func deleting(_ *memory.Place, p *policy.Policy) {
	p.OnDelete = []policy.OnDelete{{System: "target", Action: policy.Delete}}
}

func keyed(p *memory.Place, _ *policy.Policy) { p.IdempotentCreate = true }

func unlisted(p *memory.Place, _ *policy.Policy) { p.IdempotentCreate, p.Unlisted = true, true }

// stating has the target state how many it lists: an empty listing without a count
// proves nothing.
func stating(s *stage) { s.By["target"].States = true }

// leaves is the end of a story about who made a record: the person leaves, and what
// we made goes too.
func leaves(s *stage) {
	for _, d := range []deed{
		rowsWhere(1, `sync_record where system = 'target' and created_by = 'us' and uncertain_until is null and external_id is not null`),
		drop("source", "members", code("A"), record.Removed),
		synced(), want("target", "people"), quiet(),
		rowsWhere(0, `journal where op = 'create' and outcome = ''`),
	} {
		d(s)
	}
}

// The target goes down right after it has made a record: it is found by its key
// afterwards, and is ours.
func TestStoryMadeAndDown(t *testing.T) {
	for name, change := range map[string]func(*memory.Place, *policy.Policy){
		"found": func(*memory.Place, *policy.Policy) {}, "keyed": keyed, "keyed and never listed": unlisted,
	} {
		t.Run(name, func(t *testing.T) {
			story(t, two(deleting, change),
				stating, put("source", "members", "A", member("A", "a@example.org")),
				trouble("target", "after", "create", 3, class(connector.Transient)),
				synced(), later(5*time.Minute), synced(), later(5*time.Minute), synced(),
				want("target", "people", member("A", "a@example.org")),
				leaves,
			)
		})
	}
}

// The value that a create goes by changes before anybody knows what it has made: that is
// found by what was sent, and no second one is made. What somebody else has made under
// that value meanwhile stays theirs.
func TestStoryCorrectedWhileUncertain(t *testing.T) {
	byMail := func(p *memory.Place, _ *policy.Policy) {
		p.Key, p.Unique = []record.Field{fMail}, []record.Field{fMail}
	}
	corrected := []deed{
		put("source", "members", "A", mail("right@example.org")),
		later(5 * time.Minute), synced(), later(5 * time.Minute), synced(),
	}
	for name, change := range map[string]func(*memory.Place, *policy.Policy){
		"found": func(*memory.Place, *policy.Policy) {}, "keyed": keyed, "keyed and never listed": unlisted,
	} {
		t.Run(name, func(t *testing.T) {
			story(t, two(deleting, byMail, change), slices.Concat([]deed{
				stating, put("source", "members", "A", member("A", "typo@example.org")),
				trouble("target", "after", "create", 3, class(connector.Transient)),
				synced(),
			}, corrected, []deed{want("target", "people", member("A", "right@example.org")), leaves})...)
		})
		t.Run(name+", and never made", func(t *testing.T) {
			story(t, two(deleting, byMail, change), slices.Concat([]deed{
				stating, put("source", "members", "A", member("A", "typo@example.org")),
				trouble("target", "before", "create", 3, class(connector.Transient)),
				synced(),
				put("target", "people", "9", member("Z", "typo@example.org")),
			}, corrected, []deed{want("target", "people", member("A", "right@example.org"), member("Z", "typo@example.org"))})...)
		})
	}
}

// The process dies between the answer and its commit, and the run is given up: the
// next run finds what was made, by key or in its listing.
func TestStoryDiesBeforeTheCommit(t *testing.T) {
	mute := func(p *memory.Place, _ *policy.Policy) { p.NoFind = true }
	for name, change := range map[string]func(*memory.Place, *policy.Policy){
		"found": func(*memory.Place, *policy.Policy) {}, "listed": mute, "keyed": keyed, "keyed and never listed": unlisted,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tell(t, two(deleting, change)(), 0, []deed{
				stating, put("source", "members", "A", member("A", "a@example.org")),
				trouble("target", "after", "create", 1, memory.ErrCrash),
				func(s *stage) {
					_, _ = s.Sync()
					s.Restart()
				},
				rowsWhere(1, `journal where op = 'create' and outcome = ''`),
				later(5 * time.Minute), synced(),
				want("target", "people", member("A", "a@example.org")),
				leaves,
			})
		})
	}
}

// A create is uncertain, and the person leaves before it is found: what was made is
// found and removed. What somebody else has made meanwhile is left alone.
func TestStoryLeavesWhileUncertain(t *testing.T) {
	mute := func(p *memory.Place, _ *policy.Policy) { p.NoFind = true }
	for name, change := range map[string]func(*memory.Place, *policy.Policy){
		"found": func(*memory.Place, *policy.Policy) {}, "listed": mute, "keyed": keyed, "keyed and never listed": unlisted,
	} {
		t.Run(name, func(t *testing.T) {
			story(t, two(deleting, change),
				stating, put("source", "members", "A", member("A", "a@example.org")),
				trouble("target", "after", "create", 9, class(connector.Transient)),
				synced(),
				trouble("target", "after", "nothing", 0, nil),
				drop("source", "members", code("A"), record.Removed),
				later(5*time.Minute), synced(), later(5*time.Minute), synced(),
				want("target", "people"),
				rowsWhere(0, `sync_record where system = 'target' and entity is not null`),
				quiet(),
			)
		})
	}
}

// What nothing proves to be ours is left alone when its person leaves.
func TestStoryNotProvenToBeOurs(t *testing.T) {
	t.Parallel()
	tell(t, two(deleting, unlisted)(), 0, []deed{
		func(s *stage) { s.By["target"].Put("people", "77", member("A", "theirs@example.org")) },
		put("source", "members", "A", member("A", "a@example.org")),
		trouble("target", "after", "create", 3, class(connector.Transient)),
		synced(), later(5 * time.Minute), synced(),
		later(5 * time.Minute), synced(),
		rowsWhere(1, `sync_record where system = 'target' and created_by <> 'us'`),
		drop("source", "members", code("A"), record.Removed),
		synced(),
		rowsWhere(0, `sync_record where system = 'target' and entity is not null`),
		func(s *stage) {
			if len(s.By["target"].All("people")) != 1 {
				s.T.Error("somebody else's record was deleted")
			}
		},
	})
}

// What a first sync takes over on a person's word is ours from then on.
func TestStoryTakenOverIsOurs(t *testing.T) {
	t.Parallel()
	tell(t, two(deleting)(), 0, []deed{
		func(s *stage) { s.By["target"].Put("people", "77", member("A", "a@example.org")) },
		func(s *stage) { s.By["target"].Put("people", "78", member("X", "x@example.org")) },
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		stopped(step.GuardStopped, "FIRST_SYNC"), enginetest.Approve(),
		rowsWhere(2, `sync_record where system = 'target' and created_by = 'us'`),
		rowsWhere(1, `journal where op = 'take_over' and outcome = 'done' and external_id = '77' and created_by = 'us' and sent = '{}'`),
		rowsWhere(1, `journal where op = 'take_over'`),
		drop("source", "members", code("A"), record.Removed),
		synced(),
		want("target", "people", member("B", "b@example.org"), member("X", "x@example.org")),
		quiet(),
	})
}

// Who approves a first sync may say where nothing is taken over: what was found there is
// kept up to date, and stays when its person leaves.
func TestStoryKeptApart(t *testing.T) {
	t.Parallel()
	only := func(places ...string) deed { return func(s *stage) { s.TakeOver = &places } }
	tell(t, two(deleting)(), 0, []deed{
		func(s *stage) { s.By["target"].Put("people", "77", member("A", "old@example.org")) },
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		stopped(step.GuardStopped, "FIRST_SYNC"),
		only("target/elsewhere", "target/people"),
		func(s *stage) {
			hash, err := s.Engine.PlanHash(s.T.Context(), s.LastRun)
			if err == nil {
				err = s.Apply(hash)
			}
			if none, ok := errors.AsType[engine.NothingToTakeOver](err); !ok || !slices.Equal(none.Named, []string{"target/elsewhere"}) || !slices.Equal(none.Places, []string{"target/people"}) {
				s.T.Errorf("approved with a place where nothing is taken over: %v", err)
			}
		},
		only(), enginetest.Approve(),
		rowsWhere(1, `sync_record where system = 'target' and created_by = 'us'`), rowsWhere(0, `journal where op = 'take_over'`),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
		drop("source", "members", code("A"), record.Removed),
		synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
	})
}

// Records that were made together and of which nobody has heard are ours all the
// same: the call is repeated, by the same process or by another.
func TestStoryMadeTogetherAndUnheard(t *testing.T) {
	together := func(p *memory.Place, _ *policy.Policy) { p.IdempotentCreate, p.Batch, p.Delete = true, 10, true }
	story(t, two(deleting, together),
		stating, put("source", "members", "Z", member("Z", "z@example.org")), synced(), // the place is known
		put("source", "members", "A", member("A", "a@example.org")), put("source", "members", "B", member("B", "b@example.org")),
		trouble("target", "after", "many", 1, class(connector.Transient)),
		synced(), later(5*time.Minute), synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org"), member("Z", "z@example.org")),
		rowsWhere(3, `sync_record where system = 'target' and created_by = 'us' and uncertain_until is null and external_id is not null`),
		drop("source", "members", code("A"), record.Removed), drop("source", "members", code("B"), record.Removed), synced(),
		want("target", "people", member("Z", "z@example.org")), quiet(),
	)
}

// A call for several that the system refuses as a whole has made nothing: no record
// of it is uncertain, also where it cannot be asked.
func TestStoryRefusedTogether(t *testing.T) {
	t.Parallel()
	together := func(p *memory.Place, _ *policy.Policy) { p.IdempotentCreate, p.Batch, p.NoFind = true, 10, true }
	tell(t, two(together)(), 0, []deed{
		stating, put("source", "members", "Z", member("Z", "z@example.org")), synced(), // the place is known
		put("source", "members", "A", member("A", "a@example.org")), put("source", "members", "B", member("B", "b@example.org")),
		trouble("target", "before", "many", 1, class(connector.Rejected)),
		synced(), rowsWhere(0, `sync_record where uncertain_until is not null`),
		later(5 * time.Minute), synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org"), member("Z", "z@example.org")), quiet(),
	})
}

// Another pipeline's plan drops a record that a write has loaded and is about to
// make: it is not made.
func TestStoryDroppedJustBeforeItIsMade(t *testing.T) {
	t.Parallel()
	tell(t, two(deleting)(), 0, []deed{
		stating, put("source", "members", "Z", member("Z", "z@example.org")), synced(),
		func(s *stage) {
			s.By["target"].Fail = s.Fate(func(when, op string) error {
				if when == "before" && op == "find" {
					sql(`delete from sync_record where system = 'target' and external_id is null`)(s)
				}
				return nil
			})
		},
		put("source", "members", "A", member("A", "a@example.org")),
		synced(), want("target", "people", member("Z", "z@example.org")),
	})
}

// Names are held at the target, and with them what somebody has made there by hand:
// it is not made a second time.
func TestStoryMadeByHandInAHeldListing(t *testing.T) {
	t.Parallel()
	c := two(func(_ *memory.Place, p *policy.Policy) { p.Identity = []record.Field{fName} })()
	steps := []deed{stating}
	for _, id := range sixty() {
		steps = append(steps, put("source", "members", id, member(id, id+"@example.org")))
	}
	steps = append(steps, synced(), quiet(), quiet(), quiet(), func(s *stage) {
		s.Override = engine.LimitNames()
		for _, id := range sixty()[:30] { // somebody renames 30 there, and makes 30 that come to the source now
			s.By["target"].Put("people", s.ID("target", "people", record.Fields{fCode: id}), record.Fields{fName: "N."})
		}
		for _, id := range sixty()[:30] {
			s.By["target"].Put("people", record.ExternalID("h"+id), member("N"+id, ""))
			s.By["source"].Put("members", record.ExternalID("N"+id), member("N"+id, ""))
		}
	}, synced(), func(s *stage) {
		if n := len(s.By["target"].All("people")); n != 90 {
			s.T.Errorf("%d records at the target, want 90", n)
		}
	})
	tell(t, c, 0, steps)
}

func sixty() (out []string) {
	for i := range 60 {
		out = append(out, string(rune('A'+i/26))+string(rune('A'+i%26)))
	}
	return out
}
