package engine_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

func TestStoryPassingTrouble(t *testing.T) {
	unsent := class(connector.Transient)
	unsent.Unsent = true
	soon := class(connector.Throttled)
	soon.After = time.Millisecond
	late := class(connector.Throttled)
	late.After = time.Minute
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")),
		trouble("target", "before", "create", 2, unsent), // within the attempts of one run
		synced(),
		want("target", "people", member("A", "a@example.org")),
		put("source", "members", "A", mail("b@example.org")),
		trouble("target", "before", "update", 2, class(connector.Transient)),
		synced(),
		want("target", "people", member("A", "b@example.org")),
		put("source", "members", "A", mail("c@example.org")),
		trouble("target", "before", "update", 1, soon),
		synced(),
		want("target", "people", member("A", "c@example.org")),
		put("source", "members", "A", mail("d@example.org")),
		trouble("target", "before", "update", 1, late), // the event waits without its lease
		synced(),
		want("target", "people", member("A", "d@example.org")),
		put("source", "members", "A", mail("e@example.org")),
		trouble("target", "before", "update", 5, class(connector.Transient)),
		synced(), // stays pending
		want("target", "people", member("A", "d@example.org")),
		synced(),
		want("target", "people", member("A", "e@example.org")),
		quiet(),
	)
}

func TestStoryDenied(t *testing.T) {
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		trouble("target", "before", "create", 1, class(connector.Denied)),
		failing(connector.Denied),
		want("target", "people"),
		synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
		quiet(),
	)
}

func TestStoryRejected(t *testing.T) {
	refusing := func(mail string) deed {
		return func(s *stage) {
			refuse := func(f record.Fields) error {
				if mail == "" || f[fMail] != mail {
					return nil
				}
				refused := class(connector.Rejected)
				refused.Field = fMail
				return refused
			}
			p := &s.By["target"].Places[0]
			p.Poison, p.RefuseUpdate = refuse, refuse
		}
	}
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		refusing("b@example.org"),
		synced(), // the other goes on
		rowsWhere(1, `sync_record where held ->> 'mail' like '%field mail%'`),
		rowsWhere(2, `sync_record where system = 'target' and external_id is not null`),
		quiet(),
		refusing(""),
		later(2*time.Minute), synced(), // tried again after a gap
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
		rowsWhere(0, `sync_record where held <> '{}'`),
		quiet(),
	)
}

// A create whose answer is lost is looked for, not repeated.
func TestStoryUnknownOutcome(t *testing.T) {
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")),
		trouble("target", "after", "create", 1, class(connector.Transient)),
		synced(), later(time.Minute), synced(),
		want("target", "people", member("A", "a@example.org")),
		rowsWhere(1, `sync_record where system = 'target' and created_by = 'us' and uncertain_until is null and external_id is not null`),
		quiet(),
	)
}

// Where the system cannot be asked, the next full listing tells.
func TestStoryUnknownOutcomeByCensus(t *testing.T) {
	mute := func(p *memory.Place, _ *policy.Policy) { p.NoFind = true }
	t.Parallel()
	tell(t, two(mute)(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")),
		trouble("target", "after", "create", 1, class(connector.Transient)),
		synced(), later(time.Minute), synced(),
		want("target", "people", member("A", "a@example.org")),
		rowsWhere(1, `sync_record where system = 'target' and uncertain_until is null and external_id is not null and quarantine = ''`),
		quiet(),
		// It made nothing: seen in a later full listing.
		put("source", "members", "B", member("B", "b@example.org")),
		trouble("target", "before", "create", 1, class(connector.Transient)),
		synced(), later(2 * time.Hour), synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
		quiet(),
	})
}

// Where it can neither be asked nor listed, a person must look; nothing is
// made twice meanwhile.
func TestStoryUnknownOutcomeForAPerson(t *testing.T) {
	blind := func(p *memory.Place, _ *policy.Policy) { p.NoFind, p.Unlisted, p.IdempotentCreate = true, true, false }
	t.Parallel()
	tell(t, two(blind)(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")),
		synced(),
		want("target", "people"), // neither a full listing nor a key: it waits
		rowsWhere(1, `sync_record where system = 'target' and desired_version > applied_version`),
		sql(`update sync_record set uncertain_until = '2026-01-01' where system = 'target'`),
		synced(),
		rowsWhere(1, `sync_record where system = 'target' and quarantine <> '' and uncertain_until is not null`),
		later(48 * time.Hour), synced(),
		want("target", "people"),
		rowsWhere(1, `sync_record where system = 'target' and quarantine <> '' and uncertain_until is not null`),
	})
}

// The person goes while the outcome of the create is unknown: what it made is
// let go, what it did not make is not made.
func TestStoryGoneBeforeItIsKnown(t *testing.T) {
	remove := func(_ *memory.Place, p *policy.Policy) {
		p.OnDelete = []policy.OnDelete{{System: "target", Action: policy.Delete}}
	}
	for name, when := range map[string]string{"made": "after", "not made": "before"} {
		t.Run(name, func(t *testing.T) {
			story(t, two(remove),
				put("source", "members", "A", member("A", "a@example.org")),
				trouble("target", when, "create", 1, class(connector.Transient)),
				synced(),
				drop("source", "members", code("A"), record.Removed),
				later(time.Minute), synced(),
				want("target", "people"),
				rowsWhere(0, `sync_record where system = 'target' and entity is not null`),
				quiet(),
			)
		})
	}
	t.Run("set", func(t *testing.T) {
		story(t, two(),
			put("source", "members", "A", member("A", "a@example.org")),
			trouble("target", "before", "create", 1, class(connector.Transient)),
			synced(),
			drop("source", "members", code("A"), record.Removed),
			later(time.Minute), synced(),
			want("target", "people", record.Fields{fCode: "A", fFormer: "true"}), // it was made in the same run
			quiet(),
		)
	})
	t.Run("never sent", func(t *testing.T) {
		story(t, two(),
			put("source", "members", "A", member("A", "a@example.org")),
			trouble("target", "before", "create", 1, class(connector.Denied)),
			failing(connector.Denied),
			drop("source", "members", code("A"), record.Removed),
			synced(),
			want("target", "people"),
			rowsWhere(0, `sync_record where system = 'target'`),
			rowsWhere(0, `plan_row where state = 'pending'`),
			quiet(),
		)
	})
}

// The person returns before the release is carried out.
func TestStoryReturnBeforeRemoval(t *testing.T) {
	remove := func(_ *memory.Place, p *policy.Policy) {
		p.OnDelete = []policy.OnDelete{{System: "target", Action: policy.Delete}}
	}
	story(t, two(remove),
		put("source", "members", "A", member("A", "a@example.org")),
		synced(),
		drop("source", "members", code("A"), record.Removed),
		trouble("target", "before", "delete", 1, class(connector.Denied)),
		failing(connector.Denied),
		put("source", "members", "A", member("A", "b@example.org")),
		synced(),
		want("target", "people", member("A", "b@example.org")),
		rowsWhere(1, `plan_row where op = 'remove' and state = 'superseded'`),
		quiet(),
	)
}

// What changes while its write is on its way is written after it.
func TestStoryP329ChangedInFlight(t *testing.T) {
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")),
		synced(),
		put("source", "members", "A", mail("b@example.org")),
		func(s *stage) {
			once := false
			s.By["target"].Fail = s.Fate(func(when, op string) error {
				if when == "before" && op == "update" && !once {
					once = true
					sql(`update entity set fields = fields || '{"mail": "c@example.org"}', version = version + 1, planned_version = version + 1`)(s)
					sql(`update sync_record set desired_version = desired_version + 1, pending_op = 'put' where system = 'target'`)(s)
				}
				return nil
			})
		},
		synced(), synced(),
		want("target", "people", member("A", "c@example.org")),
		rowsWhere(0, `sync_record where desired_version > applied_version`),
	)
}

func TestStoryP3212Stale(t *testing.T) {
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")),
		synced(),
		put("source", "members", "A", mail("b@example.org")),
		func(s *stage) {
			once := false
			s.By["target"].Fail = s.Fate(func(when, op string) error {
				if when == "before" && op == "update" && !once {
					once = true
					s.By["target"].Put("people", s.ID("target", "people", code("A")), mail("mine@example.org"))
				}
				return nil
			})
		},
		synced(), // the record was not as believed: read and decided again
		want("target", "people", mail("mine@example.org")),
		later(2*time.Minute), synced(), conflicts(1),
		want("target", "people", member("A", "b@example.org")),
		quiet(),
	)
}

func TestStoryBatch(t *testing.T) {
	batch := func(p *memory.Place, _ *policy.Policy) {
		p.Batch = 3
		p.Accepts = nil
	}
	poisoned := func() cast {
		c := two(batch)()
		refuse := func(f record.Fields) error {
			if f[fMail] == "poison@example.org" {
				return &connector.Error{Class: connector.Rejected, System: "target", Op: "write", Field: fMail}
			}
			return nil
		}
		c.Systems[1].Places[0].Poison, c.Systems[1].Places[0].RefuseUpdate = refuse, refuse
		return c
	}
	story(t, poisoned,
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "poison@example.org")),
		put("source", "members", "C", member("C", "c@example.org")),
		put("source", "members", "D", member("D", "d@example.org")),
		synced(), later(time.Minute), synced(),
		want("target", "people", member("A", "a@example.org"), member("B", ""), member("C", "c@example.org"), member("D", "d@example.org")),
		rowsWhere(1, `sync_record where held ->> 'mail' like '%field mail%'`),
		put("source", "members", "B", mail("b@example.org")),
		synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org"), member("C", "c@example.org"), member("D", "d@example.org")),
		quiet(),
	)
}
