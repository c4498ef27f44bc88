package engine_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

const (
	kBill record.Kind  = "test.bill"
	fDue  record.Field = "due"
	fPaid record.Field = "paid"
)

// billed is people, and what they owe by another source: a part of their records.
func billed() cast {
	persons, bills := []record.Field{fCode, fName}, []record.Field{fDue, fPaid}
	source := memory.New("source", memory.Place{Name: "members", Kind: kPerson, Reads: persons, ReadOnly: true})
	billing := memory.New("billing", memory.Place{Name: "bills", Kind: kBill, Reads: append([]record.Field{fCode}, bills...), ReadOnly: true})
	target := memory.New("target", memory.Place{
		Name: "people", Kind: kPerson, Key: []record.Field{fCode}, Reads: persons, Writes: persons,
		Required: []record.Field{fName}, Parts: []memory.Part{{Kind: kBill, Reads: bills, Writes: bills}},
	})
	byCode := func(f record.Fields) string { return f[fCode] }
	return cast{
		Systems: []*memory.System{source, billing, target},
		Policies: policy.Set{
			{
				Kind: kPerson, KeyFields: []record.Field{fCode}, Key: byCode, Sources: []record.System{"source"},
				Targets: []policy.Target{policy.TargetAt("target", "people")},
				Fields:  map[record.Field]policy.Rule{fCode: policy.Owned("source"), fName: policy.Owned("source")},
			},
			{
				Kind: kBill, KeyFields: []record.Field{fCode}, Key: byCode, Sources: []record.System{"billing"},
				Targets:  []policy.Target{policy.TargetAt("target", "people")},
				Fields:   map[record.Field]policy.Rule{fDue: policy.Owned("billing"), fPaid: policy.Owned("billing")},
				OnDelete: []policy.OnDelete{{System: "target", Action: policy.Empty}},
			},
		},
		Pipeline: step.Pipeline{
			Name: "bills", Family: "test",
			Reads: []step.Read{
				{System: "source", Place: "members", View: "all", Needed: true},
				{System: "billing", Place: "bills", View: "all", Needed: true},
				{System: "target", Place: "people", View: "all", Needed: true},
			},
			Writes: []step.Write{{System: "target", Place: "people"}},
		},
	}
}

func bill(id, due string) record.Fields { return record.Fields{fCode: id, fDue: due} }

// nothingIsDue wants nothing to be left for a later run.
func nothingIsDue(s *stage) {
	s.T.Helper()
	if n := s.Count(`select count(*) from sync_record where desired_version > applied_version`); n != 0 {
		s.T.Errorf("%d records are still to be told something", n)
	}
}

// A source of its own tells of what is a part of another's record. Whom the place does
// not hold is left out, is nobody's debt, and is told as soon as the record is there.
// When the source shows it no longer, what was agreed on is emptied, and nothing else.
func TestStoryPartOfAnothersRecord(t *testing.T) {
	story(t, billed,
		put("source", "members", "A", child("A", "")), put("source", "members", "B", child("B", "")),
		put("billing", "bills", "A", bill("A", "10")), put("billing", "bills", "X", bill("X", "99")),
		synced(),
		want("target", "people", bill("A", "10"), record.Fields{fCode: "B", fDue: ""}), nothingIsDue,
		quiet(),
		edit("target", "people", code("A"), record.Fields{fPaid: "typed in"}), synced(),
		put("source", "members", "X", child("X", "")), synced(),
		want("target", "people", bill("A", "10"), code("B"), bill("X", "99")), nothingIsDue,
		quiet(),
		drop("billing", "bills", code("A"), ""), later(2*time.Hour), synced(),
		want("target", "people", bill("A", "10"), code("B"), bill("X", "99")),
		later(2*time.Hour), synced(),
		want("target", "people", record.Fields{fCode: "A", fName: "Name A", fDue: "", fPaid: "typed in"}, code("B"), bill("X", "99")),
		quiet(),
		put("billing", "bills", "A", bill("A", "12")), synced(),
		want("target", "people", bill("A", "12"), code("B"), bill("X", "99")), nothingIsDue,
		quiet(),
	)
}
