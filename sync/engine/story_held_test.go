package engine_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// picky has the target refuse an address that holds "bad", as the connector knows
// beforehand or as the system answers.
func picky(beforehand bool) func(*memory.Place, *policy.Policy) {
	refuse := func(f record.Fields) error {
		if f[fMail] == "bad" {
			return &connector.Error{Class: connector.Rejected, System: "target", Op: "write", Field: fMail, Why: "not an address"}
		}
		return nil
	}
	return func(p *memory.Place, _ *policy.Policy) {
		p.RefuseUpdate = refuse // also of one that a broken-off create has made
		if p.Poison = refuse; beforehand {
			p.Accepts = refuse
		}
	}
}

// A field that is refused is held; the rest of the record is made and goes on. The
// field is written when its value changes.
func TestStoryRefusedFieldIsHeld(t *testing.T) {
	for name, beforehand := range map[string]bool{"answered": false, "known beforehand": true} {
		t.Run(name, func(t *testing.T) {
			story(t, two(picky(beforehand)),
				put("source", "members", "A", member("A", "bad")),
				synced(),
				want("target", "people", member("A", "")),
				rowsWhere(1, `sync_record where system = 'target' and held ? 'mail' and quarantine = ''`),
				quiet(),
				put("source", "members", "A", record.Fields{fName: "New"}),
				synced(),
				want("target", "people", record.Fields{fCode: "A", fName: "New", fMail: ""}),
				rowsWhere(1, `sync_record where system = 'target' and held ? 'mail' and quarantine = ''`),
				quiet(),
				put("source", "members", "A", mail("a@example.org")),
				synced(),
				want("target", "people", record.Fields{fCode: "A", fName: "New", fMail: "a@example.org"}),
				rowsWhere(0, `sync_record where held <> '{}' or desired_version > applied_version`),
				quiet(), conflicts(0),
			)
		})
	}
}

// What was refused is forgotten when it is no longer wanted: nobody is told of it until
// it would have been tried again.
func TestStoryRefusedFieldIsTakenBack(t *testing.T) {
	for name, beforehand := range map[string]bool{"answered": false, "known beforehand": true} {
		t.Run(name, func(t *testing.T) {
			story(t, two(picky(beforehand)),
				put("source", "members", "A", member("A", "a@example.org")),
				synced(),
				put("source", "members", "A", mail("bad")),
				synced(),
				rowsWhere(1, `sync_record where system = 'target' and held ? 'mail'`),
				put("source", "members", "A", mail("a@example.org")),
				synced(),
				want("target", "people", member("A", "a@example.org")),
				rowsWhere(0, `sync_record where held <> '{}' or desired_version > applied_version`),
				quiet(), conflicts(0),
			)
		})
	}
}

// A field without which no record can be made holds the record.
func TestStoryRequiredFieldIsRefused(t *testing.T) {
	needs := func(p *memory.Place, page *policy.Policy) {
		picky(false)(p, page)
		p.Required = []record.Field{fMail}
	}
	story(t, two(needs),
		put("source", "members", "A", member("A", "bad")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(),
		want("target", "people", member("B", "b@example.org")),
		rowsWhere(1, `sync_record where quarantine like '%field mail%'`),
		quiet(),
	)
}

// The address changes to one that the target refuses, and the person opts out in the
// same or a later cycle: the opt-out arrives, at the address that stands there. An
// opt-in waits with its address.
func TestStoryConsentAndRefusedAddress(t *testing.T) {
	const state record.Field = "state"
	consents := func() cast {
		c := two(func(p *memory.Place, page *policy.Policy) {
			p.Reads = append([]record.Field{state}, fields...)
			p.Writes = p.Reads
			p.RefuseUpdate = func(f record.Fields) error {
				if f[fMail] == "bad" {
					return &connector.Error{Class: connector.Rejected, System: "target", Op: "write", Field: fMail, Why: "not an address"}
				}
				return nil
			}
			page.Fields[state] = policy.Strictest("out", "in").For(fMail)
		})()
		c.Systems[0].Places[0].Reads = append([]record.Field{state}, fields...)
		return c
	}
	made := []deed{
		put("source", "members", "A", member("A", "a@example.org")), put("source", "members", "A", record.Fields{state: "in"}),
		synced(), want("target", "people", record.Fields{fMail: "a@example.org", state: "in"}), quiet(),
	}
	told := func(name string, deeds ...deed) {
		t.Run(name, func(t *testing.T) { story(t, consents, append(append([]deed{}, made...), deeds...)...) })
	}
	told("the same cycle",
		put("source", "members", "A", record.Fields{fMail: "bad", state: "out"}),
		synced(), want("target", "people", record.Fields{fMail: "a@example.org", state: "out"}), quiet())
	told("a later cycle",
		put("source", "members", "A", record.Fields{fMail: "bad"}),
		synced(), want("target", "people", record.Fields{fMail: "a@example.org", state: "in"}), quiet(),
		put("source", "members", "A", record.Fields{state: "out"}),
		synced(), want("target", "people", record.Fields{fMail: "a@example.org", state: "out"}), quiet())
	told("tried again", // and refused again
		put("source", "members", "A", record.Fields{fMail: "bad"}),
		synced(), later(2*time.Minute), synced(), later(2*time.Hour), synced(),
		want("target", "people", record.Fields{fMail: "a@example.org", state: "in"}), quiet())
}

// A value that another record has: the record is made without it, and goes on.
func TestStoryMadeWithoutATakenValue(t *testing.T) {
	one := func(p *memory.Place, _ *policy.Policy) { p.Unique = []record.Field{fMail} }
	story(t, two(one),
		put("source", "members", "A", member("A", "a@example.org")), synced(),
		put("source", "members", "B", member("B", "a@example.org")),
		synced(), want("target", "people", member("A", "a@example.org"), member("B", "")),
		synced(), quiet(), // after a crash it learns here what it had made
		put("source", "members", "B", record.Fields{fName: "New"}),
		synced(), want("target", "people", member("A", "a@example.org"), record.Fields{fCode: "B", fName: "New", fMail: ""}), quiet(),
	)
}

// What a system has answered and not taken is held, and told, as what it refuses.
func TestStoryP3211AnsweredAndNotTaken(t *testing.T) {
	ignoring := func(fields ...record.Field) deed {
		return func(s *stage) { s.By["target"].Places[0].Ignores = fields }
	}
	held := func(n int64) deed {
		return rowsWhere(n, `sync_record where held ->> 'mail' like '%not taken the value of field mail%'`)
	}
	story(t, two(),
		ignoring(fMail),
		put("source", "members", "A", member("A", "a@example.org")), synced(),
		want("target", "people", member("A", "")), held(1), quiet(),
		ignoring(), later(2*time.Minute), synced(),
		want("target", "people", member("A", "a@example.org")), held(0), quiet(),
		ignoring(fMail),
		put("source", "members", "A", record.Fields{fMail: "b@example.org", fName: "Other"}), synced(),
		want("target", "people", record.Fields{fCode: "A", fName: "Other", fMail: "a@example.org", fFormer: "false"}), held(1), quiet(),
		ignoring(), later(2*time.Minute), synced(),
		want("target", "people", record.Fields{fCode: "A", fName: "Other", fMail: "b@example.org", fFormer: "false"}), held(0), quiet(),
	)
}

// A create whose answer shows nothing of what was sent stops the write at the first
// record, which is ours and is not made again.
func TestStoryMuteAnswer(t *testing.T) {
	silent := func(is bool) deed { return func(s *stage) { s.By["target"].Places[0].Silent = is } }
	t.Parallel()
	tell(t, two()(), 0, []deed{
		silent(true),
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		failing(connector.Drifted),
		want("target", "people", member("A", "a@example.org")),
		silent(false), synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")), quiet(),
	})
}
