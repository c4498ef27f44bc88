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

// two is a source and a target with people, read in that order.
func two(change ...func(*memory.Place, *policy.Policy)) func() cast {
	return func() cast {
		place := memory.Place{Name: "people", Kind: kPerson, Reads: fields, Writes: fields, Key: []record.Field{fCode}, Delete: true}
		page := people()
		for _, c := range change {
			c(&place, page)
		}
		source := memory.New("source", memory.Place{Name: "members", Kind: kPerson, Reads: fields, ReadOnly: true})
		target := memory.New("target", place)
		reads := []step.Read{{System: "source", Place: "members", View: "all", Needed: true}}
		if !place.Unlisted {
			reads = append(reads, step.Read{System: "target", Place: "people", View: "all", Needed: true})
		}
		return cast{
			Policies: policy.Set{page}, Systems: []*memory.System{source, target},
			Pipeline: step.Pipeline{Name: "people", Family: "test", Reads: reads, Writes: []step.Write{{System: "target", Place: "people"}}},
		}
	}
}

func member(code, mail string) record.Fields {
	return record.Fields{fCode: code, fName: "Name " + code, fMail: mail, fFormer: "false"}
}

func mail(v string) record.Fields { return record.Fields{fMail: v} }
func code(v string) record.Fields { return record.Fields{fCode: v} }

func TestStoryTravel(t *testing.T) {
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(), quiet(),
		// An edit at the source, one at the target, and a clear.
		put("source", "members", "A", mail("a2@example.org")),
		edit("target", "people", code("B"), mail("b2@example.org")),
		synced(),
		want("target", "people", member("A", "a2@example.org"), member("B", "b2@example.org")),
		quiet(),
		put("source", "members", "A", mail("")),
		synced(),
		want("target", "people", member("A", ""), member("B", "b2@example.org")),
		quiet(),
		// Where it may not be edited it is put back, and reported.
		edit("target", "people", code("A"), record.Fields{fName: "Somebody"}),
		synced(),
		want("target", "people", member("A", ""), member("B", "b2@example.org")),
		quiet(),
	)
}

func TestStoryAbsentIsNotEmpty(t *testing.T) {
	story(t, two(),
		put("source", "members", "A", record.Fields{fCode: "A", fName: "Name A"}), // nothing is known of the mail
		synced(),
		edit("target", "people", code("A"), mail("kept@example.org")),
		put("source", "members", "A", record.Fields{fName: "Other"}),
		synced(),
		want("target", "people", record.Fields{fCode: "A", fName: "Other", fMail: "kept@example.org"}),
		quiet(),
		put("source", "members", "A", mail("")), // never agreed with: it wins against nothing
		synced(),
		want("target", "people", record.Fields{fCode: "A", fName: "Other", fMail: "kept@example.org"}),
		quiet(),
	)
}

func TestStoryOwnWay(t *testing.T) {
	upper := func(p *memory.Place, _ *policy.Policy) {
		p.Store = func(f record.Field, v string) string {
			if f == fName {
				return "~" + v
			}
			return v
		}
	}
	story(t, two(upper),
		put("source", "members", "A", member("A", "a@example.org")),
		synced(), quiet(),
		put("source", "members", "A", record.Fields{fName: "New"}),
		synced(),
		want("target", "people", record.Fields{fCode: "A", fName: "~New"}),
		quiet(),
	)
}

// The answer of a write shows what somebody else has changed meanwhile: it is
// taken in, not lost.
func TestStoryEditBetweenReadAndWrite(t *testing.T) {
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")),
		synced(),
		put("source", "members", "A", record.Fields{fName: "New"}),
		func(s *stage) {
			done := false
			s.By["target"].Fail = s.Fate(func(when, op string) error {
				if when == "before" && op == "update" && !done {
					done = true
					id := s.ID("target", "people", code("A"))
					s.By["target"].Put("people", id, mail("mine@example.org"))
				}
				return nil
			})
		},
		synced(), synced(),
		want("target", "people", record.Fields{fName: "New", fMail: "mine@example.org"}),
		rowsWhere(1, `entity where fields ->> 'mail' = 'mine@example.org'`),
		quiet(),
	)
}

// A listing that is old by one reading is no edit.
func TestStoryOldReading(t *testing.T) {
	t.Parallel()
	end, _ := tell(t, two()(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")),
		synced(),
		put("source", "members", "A", mail("b@example.org")),
		synced(),
		edit("target", "people", code("A"), mail("a@example.org")), // shows what stood there before our write
		synced(),
		rowsWhere(1, `entity where fields ->> 'mail' = 'b@example.org'`),
		edit("target", "people", code("A"), mail("b@example.org")),
		quiet(),
		// Shown twice it is meant.
		edit("target", "people", code("A"), mail("a@example.org")),
		synced(), synced(),
		rowsWhere(1, `entity where fields ->> 'mail' = 'a@example.org'`),
		quiet(),
	})
	_ = end
}

func TestStoryConflicts(t *testing.T) {
	ask := func(_ *memory.Place, p *policy.Policy) {
		p.Fields[fMail] = policy.Shared("source", "target").AskAPerson()
	}
	story(t, two(ask),
		put("source", "members", "A", member("A", "a@example.org")),
		synced(),
		put("source", "members", "A", mail("ours@example.org")),
		synced(),
		edit("target", "people", code("A"), mail("theirs@example.org")),
		sql(`update entity set fields = fields || '{"mail": "hub@example.org"}'`),
		synced(), conflicts(1),
		want("target", "people", mail("theirs@example.org")), // neither is written
		rowsWhere(1, `entity where fields ->> 'mail' = 'hub@example.org'`),
		rowsWhere(1, `conflict where resolved_on is null`),
		quiet(),
		put("source", "members", "A", record.Fields{fName: "Other"}), // other fields go on
		synced(), conflicts(1),
		want("target", "people", record.Fields{fName: "Other", fMail: "theirs@example.org"}),
		quiet(),
	)
}

// Two systems that change a field in turn do so for a while; then it stays as it is, the
// rest goes on, and a person is asked.
func TestStoryFlapping(t *testing.T) {
	deeds := []deed{put("source", "members", "A", member("A", "a@example.org")), synced()}
	for i := range 3 {
		deeds = append(deeds,
			edit("target", "people", code("A"), mail(fmt.Sprintf("theirs%d@example.org", i))), synced(),
			put("source", "members", "A", mail(fmt.Sprintf("ours%d@example.org", i))), synced(),
		)
	}
	story(t, two(), append(deeds,
		rowsWhere(1, `entity where fields ->> 'mail' = 'theirs2@example.org'`),
		rowsWhere(1, `conflict where resolved_on is null and why = 'flapping' and system = 'source' and won_by = ''`),
		want("target", "people", mail("theirs2@example.org")),
		quiet(),
		put("source", "members", "A", record.Fields{fName: "Other"}),
		synced(),
		want("target", "people", record.Fields{fName: "Other", fMail: "theirs2@example.org"}),
		quiet(),
		sql(`update entity set fields = fields || '{"mail": "ours2@example.org"}', provenance = provenance || '{"mail": ["hub", "2026-01-01T00:00:00Z"]}',
			version = version + 1`), // as a person resolves it
		synced(),
		want("target", "people", mail("ours2@example.org")),
		quiet(),
	)...)
}

func TestStoryFormerAndReturn(t *testing.T) {
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(),
		drop("source", "members", code("A"), ""),
		synced(),
		want("target", "people", record.Fields{fCode: "A", fFormer: "false"}, code("B")), // one full listing is not enough
		later(2*time.Hour), synced(),
		want("target", "people", record.Fields{fCode: "A", fFormer: "true"}, code("B")),
		quiet(),
		put("source", "members", "A", member("A", "new@example.org")),
		synced(),
		want("target", "people", member("A", "new@example.org"), member("B", "b@example.org")),
		quiet(),
	)
}

// The source says nothing of the field that marks the former.
func TestStoryReturnUndoesWhatWasSet(t *testing.T) {
	unsaid := func(_ *memory.Place, p *policy.Policy) { p.Fields[fFormer] = policy.Owned(record.Hub) }
	story(t, two(unsaid),
		put("source", "members", "A", member("A", "a@example.org").Only([]record.Field{fCode, fName})),
		synced(),
		drop("source", "members", code("A"), record.Removed), // the system's own word: at once
		synced(),
		want("target", "people", record.Fields{fCode: "A", fFormer: "true"}),
		quiet(),
		put("source", "members", "A", code("A")),
		synced(),
		want("target", "people", record.Fields{fCode: "A", fFormer: ""}),
		quiet(),
	)
}

// Leavers by reason, and what the person has before: a detached record is
// recognised when the person returns.
func TestStoryLeaversByReason(t *testing.T) {
	byReason := func(_ *memory.Place, p *policy.Policy) {
		p.OnDelete = []policy.OnDelete{
			{System: "target", Reason: "died", Action: policy.SetFields, Fields: record.Fields{fFormer: "died"}},
			{System: "target", Reason: "moved", Action: policy.Delete},
			{System: "target", Action: policy.Detach},
		}
	}
	story(t, two(byReason),
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		put("source", "members", "C", member("C", "c@example.org")),
		synced(),
		drop("source", "members", code("A"), "died"),
		drop("source", "members", code("B"), "moved"),
		drop("source", "members", code("C"), "other"),
		synced(),
		want("target", "people", record.Fields{fCode: "A", fFormer: "died"}, member("C", "c@example.org")),
		quiet(),
		put("source", "members", "B", member("B", "b@example.org")),
		put("source", "members", "C", member("C", "c2@example.org")),
		synced(),
		want("target", "people", record.Fields{fCode: "A", fFormer: "died"}, member("B", "b@example.org"), member("C", "c2@example.org")),
		quiet(),
		rowsWhere(0, `plan_row where state in ('planned', 'pending')`),
	)
}

func TestStorySuccessor(t *testing.T) {
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(),
		// Free: somebody made a copy at the target and removed the first.
		func(s *stage) {
			target := s.By["target"]
			id := s.ID("target", "people", code("A"))
			target.Put("people", "2000000", target.All("people")[id])
			target.Merge("people", id, "2000000")
		},
		synced(),
		put("source", "members", "A", mail("a2@example.org")),
		synced(),
		want("target", "people", member("A", "a2@example.org"), member("B", "b@example.org")),
		rowsWhere(1, `sync_record where external_id = '2000000' and entity is not null`),
		quiet(),
		// Taken: at the source two members are one.
		func(s *stage) { s.By["source"].Merge("members", "A", "B") },
		synced(),
		rowsWhere(1, `entity_alias where from_key = 'A' and to_key = 'B'`),
		rowsWhere(1, `entity where deleted = 'merged'`),
		quiet(),
	)
}

func TestStoryH6GoneAtTheTarget(t *testing.T) {
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")),
		synced(),
		drop("target", "people", code("A"), record.Removed),
		synced(), // made anew, once
		want("target", "people", member("A", "a@example.org")),
		quiet(),
		drop("target", "people", code("A"), record.Removed),
		synced(), quiet(),
		want("target", "people"), // a second time in a day it is left
		rowsWhere(1, `sync_record where system = 'target' and quarantine <> '' and entity is not null`),
		put("source", "members", "A", mail("b@example.org")), // until something changes
		synced(),
		want("target", "people", member("A", "b@example.org")),
		quiet(),
	)
}

func TestStoryGoneAtAnUpdate(t *testing.T) {
	unlisted := func(p *memory.Place, _ *policy.Policy) { p.Unlisted, p.IdempotentCreate = true, true }
	story(t, two(unlisted),
		put("source", "members", "A", member("A", "a@example.org")),
		synced(),
		drop("target", "people", code("A"), ""), // nobody tells us
		put("source", "members", "A", mail("b@example.org")),
		synced(), synced(),
		want("target", "people", member("A", "b@example.org")),
		quiet(),
		drop("target", "people", code("A"), ""),
		put("source", "members", "A", mail("c@example.org")),
		synced(), quiet(),
		want("target", "people"),
	)
}

func TestStoryTwiceAtTheTarget(t *testing.T) {
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")),
		synced(),
		put("target", "people", "2000000", member("A", "double@example.org")),
		synced(),
		want("target", "people", member("A", "a@example.org"), member("A", "double@example.org")),
		rowsWhere(1, `sync_record where external_id = '2000000' and entity is null and quarantine <> ''`),
		quiet(),
	)
}

func TestStoryRefusedThenTaken(t *testing.T) {
	refuse := func(p *memory.Place, _ *policy.Policy) {
		p.Accepts = func(f record.Fields) error {
			if f[fMail] == "" {
				return &connector.Error{Class: connector.Rejected, System: "target", Op: "take", Field: fMail, Why: "empty"}
			}
			return nil
		}
	}
	story(t, two(refuse),
		put("source", "members", "A", member("A", "")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(),
		want("target", "people", member("B", "b@example.org")),
		rowsWhere(1, `sync_record where quarantine <> ''`),
		quiet(),
		put("source", "members", "A", mail("a@example.org")),
		synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
		rowsWhere(0, `sync_record where quarantine <> ''`),
		quiet(),
	)
}

// A member's code changes at the source, and somebody makes the record at the target
// anew under the new one: it is taken, and none is made beside it.
func TestStoryMadeAnewUnderANewCode(t *testing.T) {
	t.Parallel()
	tell(t, two()(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")), synced(),
		put("source", "members", "A", code("A2")), synced(),
		func(s *stage) {
			for id, f := range s.By["target"].All("people") {
				if f[fCode] == "A2" {
					s.By["target"].Drop("people", id, "")
				}
			}
		},
		put("target", "people", "77", member("A2", "a@example.org")),
		synced(), later(2 * time.Hour), synced(),
		func(s *stage) {
			if n := len(s.By["target"].All("people")); n != 2 {
				s.T.Errorf("the target has %d records, want 2", n)
			}
		},
		synced(), quiet(),
	})
}

// The same where only another run has read what somebody has made by hand, and a plan
// from before is approved.
func TestStoryMadeByHandUnderANewCode(t *testing.T) {
	t.Parallel()
	for _, other := range []deed{elsewhere, planned(), synced()} {
		var old plan0
		tell(t, two(func(p *memory.Place, _ *policy.Policy) {
			p.NoFind, p.Required = true, []record.Field{fMail}
			p.Accepts = func(want record.Fields) error {
				if want[fMail] == "" {
					return &connector.Error{Class: connector.Rejected, System: "target", Op: "accept", Field: fMail, Why: "no address"}
				}
				return nil
			}
		})(), 0, []deed{
			put("source", "members", "A", member("A", "")),
			put("source", "members", "B", member("B", "b@example.org")), synced(),
			put("source", "members", "A", code("A2")), synced(),
			put("source", "members", "A", mail("a@example.org")), planned(), kept(&old),
			put("target", "people", "77", member("A2", "hand@example.org")),
			other,
			func(s *stage) {
				s.LastRun = old.run
				_ = s.Approve(old.hash) // it may be out of date by now
			},
			synced(), synced(),
			func(s *stage) {
				if n := len(s.By["target"].All("people")); n != 2 {
					s.T.Errorf("the target has %d records, want 2", n)
				}
			},
		})
	}
}

// What was shown under the new code and is gone again stops no create.
func TestStoryGoneAgainUnderANewCode(t *testing.T) {
	t.Parallel()
	tell(t, two(func(p *memory.Place, _ *policy.Policy) { p.NoFind = true })(), 0, []deed{
		put("source", "members", "B", member("B", "b@example.org")), synced(),
		sql(`insert into shown (listing, external_id, present, key, reading) select id, '77', true, 'A2', 1 from listing where system = 'target'`),
		sql(`insert into entity (kind, key, fields, planned_version) values ('test.person', 'A', '{"code": "A2", "name": "Name A2", "mail": "a@example.org", "former": "false"}', 0)`),
		put("source", "members", "A", member("A2", "a@example.org")),
		synced(), synced(),
		func(s *stage) {
			if n := len(s.By["target"].All("people")); n < 2 {
				s.T.Errorf("the target has %d records: none is made", n)
			}
		},
	})
}

// A code that a member had for a while, and has no longer, is that of whoever gets it
// next.
func TestStoryCodeOfAnotherLater(t *testing.T) {
	t.Parallel()
	tell(t, two()(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")), synced(),
		put("source", "members", "A", code("A2")), synced(),
		put("source", "members", "A", code("A3")), synced(),
		put("source", "members", "N", member("A2", "n@example.org")), synced(),
		want("target", "people", record.Fields{fCode: "A3", fMail: "a@example.org"}, member("A2", "n@example.org")),
		rowsWhere(0, `conflict`),
		quiet(),
	})
}
