package engine_test

import (
	"errors"
	"testing"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

const fParent record.Field = "parent"

// TestReferenceToWhatIsUnderWay: a record that refers to another whose create
// was broken off is not written before it is known what came of that. So it is
// written once, and whole.
func TestReferenceToWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	page := people()
	page.Fields[fParent] = policy.Owned("source")
	policies := policy.Set{page}
	all := append([]record.Field{fParent}, fields...)
	source := memory.New("source", memory.Place{Name: "members", Kind: kPerson, Reads: all, ReadOnly: true})
	target := memory.New("target", memory.Place{
		Name: "people", Kind: kPerson, Reads: all, Writes: all, Key: []record.Field{fCode},
		Refs: map[record.Field]connector.Ref{fParent: {Kind: kPerson}},
	})
	p := step.Pipeline{
		Name: "people", Family: "test",
		Reads: []step.Read{
			{System: "source", Place: "members", View: "all", Needed: true},
			{System: "target", Place: "people", View: "all", Needed: true},
		},
		Writes: []step.Write{{System: "target", Place: "people"}},
	}
	r := enginetest.NewRig(t, policies, nil, p, source, target)
	ids := fill(source, 6)
	for i, id := range ids {
		parent := "" // the first one is everybody's
		if i > 0 {
			parent = string(ids[0])
		}
		source.Put("members", id, record.Fields{fParent: parent})
	}

	crashed := false
	target.Fail = func(when, op string) error {
		if when == "after" && op == "create" && !crashed {
			crashed = true
			return memory.ErrCrash
		}
		return nil
	}
	if _, err := r.Sync(); !errors.Is(err, memory.ErrCrash) {
		t.Fatalf("the run ended with %v, want a crash", err)
	}
	r.Start(policies, nil, source, target)
	if err := r.GoOn(); err != nil {
		t.Fatal(err)
	}
	records := target.All("people")
	var first record.ExternalID
	for id, f := range records {
		if f[fCode] == string(ids[0]) {
			first = id
		}
	}
	if len(records) != len(ids) || target.Writes != len(ids) {
		t.Errorf("%d records after %d writes, want %d", len(records), target.Writes, len(ids))
	}
	for _, f := range records {
		if f[fCode] != string(ids[0]) && f[fParent] != string(first) {
			t.Errorf("a record refers to %q, want %q", f[fParent], first)
		}
	}
	r.WantQuiet(source, target)
}

// TestReferencesAreReadBack: a target that was only written to is read for the first time.
// It shows references by its own ids, which is what was written: nothing is held.
func TestReferencesAreReadBack(t *testing.T) {
	t.Parallel()
	page := people()
	page.Fields[fParent] = policy.Owned("source")
	all := append([]record.Field{fParent}, fields...)
	source := memory.New("source", memory.Place{Name: "members", Kind: kPerson, Reads: all, ReadOnly: true})
	target := memory.New("target", memory.Place{
		Name: "people", Kind: kPerson, Reads: all, Writes: all, Key: []record.Field{fCode}, IdempotentCreate: true,
		Refs: map[record.Field]connector.Ref{fParent: {Kind: kPerson}},
	})
	p := step.Pipeline{
		Name: "people", Family: "test",
		Reads: []step.Read{
			{System: "source", Place: "members", View: "all", Needed: true},
			{System: "target", Place: "people", View: "all", Needed: true},
		},
		Writes: []step.Write{{System: "target", Place: "people"}},
	}
	r := enginetest.NewRig(t, policy.Set{page}, nil, p, source, target)
	r.Pipeline.Reads = p.Reads[:1]
	ids := fill(source, 30)
	for _, id := range ids[1:] {
		source.Put("members", id, record.Fields{fParent: string(ids[0])})
	}
	r.MustSync()
	r.Pipeline.Reads = p.Reads
	r.MustSync()
	if held := r.Notes[step.PartialNote]; held != "" {
		t.Errorf("the reading of what we have written is %s: %v", held, r.Notes)
	}
	r.WantQuiet(source, target)
}
