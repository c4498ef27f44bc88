package engine_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// A place whose records do not show our key proves nobody's absence by a listing: each
// record is looked for before it is made, however many there are, and one that is there
// is taken over. So it is after a create of which the answer was lost. What it is looked
// for by has references by the ids that are known there.
func TestPlaceWithoutKeys(t *testing.T) {
	t.Parallel()
	shown := []record.Field{fName, fMail, fFormer, fParent}
	source := memory.New("source", memory.Place{Name: "members", Kind: kPerson, Reads: append([]record.Field{fParent}, fields...), ReadOnly: true})
	target := memory.New("target", memory.Place{
		Name: "people", Kind: kPerson, Reads: shown, Writes: shown, Key: []record.Field{fName, fParent},
		Refs: map[record.Field]connector.Ref{fParent: {Kind: kPerson, Required: true}},
	})
	page := people()
	page.Fields[fParent] = policy.Owned("source")
	policies := policy.Set{page}
	r := enginetest.NewRig(t, policies, nil, step.Pipeline{
		Name: "people", Family: "test",
		Reads: []step.Read{
			{System: "source", Place: "members", View: "all", Needed: true}, {System: "target", Place: "people", View: "all", Needed: true},
		},
		Writes: []step.Write{{System: "target", Place: "people"}},
	}, source, target)
	const many = 132
	fill(source, 110)
	r.MustSync()
	var first string // who is everybody's parent from now on, as the target knows it
	for id, f := range target.All("people") {
		if f[fName] == "Name P0000" {
			first = string(id)
		}
	}
	for _, id := range fill(source, many)[110:] {
		source.Put("members", id, record.Fields{fParent: "P0000"})
	}
	for i := 110; i < 113; i++ { // who have come by themselves
		target.Put("people", record.ExternalID(fmt.Sprintf("own-%d", i)), record.Fields{
			fName: fmt.Sprintf("Name P%04d", i), fMail: "", fFormer: "", fParent: first,
		})
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
	r.Pass(time.Hour)
	r.MustSync()
	seen := map[string]bool{}
	for id, f := range target.All("people") {
		if seen[f[fName]] || f[fMail] == "" {
			t.Errorf("%s is there twice, or was not taken over", id)
		}
		seen[f[fName]] = true
	}
	if len(seen) != many {
		t.Errorf("%d records, want %d", len(seen), many)
	}
	r.WantQuiet(source, target)
}

// A system that finds somebody who may be the one that is sought needs a person, but not
// where that one is known to be another's: two of one name are both made, and one who is
// there by themselves is still asked about.
func TestWhoMayBeItIsAnother(t *testing.T) {
	t.Parallel()
	shown := []record.Field{fName, fMail, fFormer}
	source := memory.New("source", memory.Place{Name: "members", Kind: kPerson, Reads: fields, ReadOnly: true})
	target := memory.New("target", memory.Place{Name: "people", Kind: kPerson, Reads: shown, Writes: shown, Key: []record.Field{fName}})
	policies := policy.Set{people()}
	r := enginetest.NewRig(t, policies, nil, step.Pipeline{
		Name: "people", Family: "test",
		Reads: []step.Read{
			{System: "source", Place: "members", View: "all", Needed: true}, {System: "target", Place: "people", View: "all", Needed: true},
		},
		Writes: []step.Write{{System: "target", Place: "people"}},
	}, source, target)
	fill(source, 1)
	r.MustSync()
	maybe := slices.Collect(maps.Keys(target.All("people")))
	target.Fail = func(when, op string) error {
		if when == "before" && op == "find" {
			return &connector.Error{Class: connector.Rejected, System: "target", Op: "find", Why: "somebody may be the same", Maybe: maybe}
		}
		return nil
	}
	fill(source, 2)
	r.MustSync()
	if n := len(target.All("people")); n != 2 {
		t.Errorf("%d records are there, want both of one name", n)
	}

	target.Put("people", "own", record.Fields{fName: "Somebody", fMail: "somebody@example.org"})
	maybe = append(maybe, "own")
	fill(source, 3)
	if _, err := r.Sync(); err != nil {
		t.Fatal(err)
	}
	if n := r.Count(`select count(*) from sync_record where system = 'target' and quarantine <> '' and external_id is null`); n != 1 {
		t.Errorf("%d records wait for a person, want one", n)
	}
	if n := len(target.All("people")); n != 3 {
		t.Errorf("%d records are there, want none made beside somebody who may be the same", n)
	}
}
