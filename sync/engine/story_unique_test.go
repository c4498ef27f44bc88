package engine_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// A place where only one record may hold an address: two exchange theirs, three
// pass theirs on in a ring, a new one takes the address of one who left, and a
// record of somebody else's is never made to give way.
func TestStoryUniqueValues(t *testing.T) {
	one := two(func(p *memory.Place, page *policy.Policy) {
		p.Unique, p.Delete = []record.Field{fMail}, false
		page.OnDelete = []policy.OnDelete{{System: "target", Action: policy.SetFields, Fields: record.Fields{fFormer: "true"}}}
	})
	story(t, one,
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		put("source", "members", "C", member("C", "c@example.org")),
		synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org"), member("C", "c@example.org")),
		put("source", "members", "A", mail("b@example.org")),
		put("source", "members", "B", mail("a@example.org")),
		synced(),
		want("target", "people", member("A", "b@example.org"), member("B", "a@example.org"), member("C", "c@example.org")),
		quiet(), conflicts(0),
		put("source", "members", "A", mail("a@example.org")),
		put("source", "members", "B", mail("c@example.org")),
		put("source", "members", "C", mail("b@example.org")),
		synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "c@example.org"), member("C", "b@example.org")),
		quiet(), conflicts(0),
		drop("source", "members", member("C", "b@example.org"), "removed"),
		synced(),
		put("source", "members", "D", member("D", "b@example.org")),
		synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "c@example.org"), mail(""), member("D", "b@example.org")),
		synced(), // after a crash it learns here what it had released
		quiet(), conflicts(0),
		put("target", "people", "77", member("X", "x@example.org")),
		synced(),
		put("source", "members", "D", mail("x@example.org")),
		synced(),
		rowsWhere(1, `sync_record where held ->> 'mail' like '%another record%'`),
		want("target", "people", member("A", "a@example.org"), member("B", "c@example.org"), mail(""), member("D", "b@example.org"), member("X", "x@example.org")),
		quiet(),
	)
}

// A record that is to give up a value was merged into another meanwhile: it goes on
// there, and nobody is made anew beside it.
func TestStoryMergedWithTheValue(t *testing.T) {
	t.Parallel()
	one := two(func(p *memory.Place, _ *policy.Policy) { p.Unique = []record.Field{fMail} })
	tell(t, one(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(),
		func(s *stage) {
			other := s.By["target"].Put("people", "", record.Fields{fCode: "", fName: "Name B", fMail: "b@example.org", fFormer: ""})
			s.By["target"].MergeUnlisted("people", s.ID("target", "people", code("B")), other)
		},
		put("source", "members", "A", mail("b@example.org")),
		put("source", "members", "B", mail("a@example.org")),
		synced(), later(25 * time.Hour), synced(),
		want("target", "people", member("A", "b@example.org"), member("B", "a@example.org")), quiet(),
	})
}
