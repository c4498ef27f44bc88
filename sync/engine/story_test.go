package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

const (
	kPerson record.Kind  = "test.person"
	fCode   record.Field = "code"
	fName   record.Field = "name"
	fMail   record.Field = "mail"
	fFormer record.Field = "former"
)

func people() *policy.Policy {
	return &policy.Policy{
		Kind: kPerson, KeyFields: []record.Field{fCode}, Key: func(f record.Fields) string { return f[fCode] },
		Sources: []record.System{"source"},
		Targets: []policy.Target{policy.TargetAt("target", "people")},
		Fields: map[record.Field]policy.Rule{
			fCode: policy.Owned("source"), fName: policy.Owned("source"), fMail: policy.Shared("source", "target"),
			fFormer: policy.Owned("source"),
		},
		OnDelete: []policy.OnDelete{{System: "target", Action: policy.SetFields, Fields: record.Fields{fFormer: "true"}}},
	}
}

var fields = []record.Field{fCode, fFormer, fMail, fName}

func pair(t *testing.T) (*rig, *memory.System, *memory.System) {
	t.Helper()
	source := memory.New("source", memory.Place{Name: "members", Kind: kPerson, Reads: fields, ReadOnly: true})
	target := memory.New("target", memory.Place{Name: "people", Kind: kPerson, Reads: fields, Writes: fields, Key: []record.Field{fCode}})
	p := step.Pipeline{
		Name: "people", Family: "test",
		Reads: []step.Read{
			{System: "source", Place: "members", View: "all", Needed: true},
			{System: "target", Place: "people", View: "all", Needed: true},
		},
		Writes: []step.Write{{System: "target", Place: "people"}},
	}
	return enginetest.NewRig(t, policy.Set{people()}, nil, p, source, target), source, target
}

func fill(s *memory.System, n int) (ids []record.ExternalID) {
	for i := range n {
		code := fmt.Sprintf("P%04d", i)
		ids = append(ids, s.Put("members", record.ExternalID(code), record.Fields{
			fCode: code, fName: "Name " + code, fMail: code + "@example.org", fFormer: "false",
		}))
	}
	return ids
}

// equal wants the target to hold the source's living records, field by field.
func equal(t *testing.T, source, target *memory.System) {
	t.Helper()
	want, got := source.All("members"), map[string]record.Fields{}
	for _, f := range target.All("people") {
		if f[fFormer] == "true" {
			continue
		}
		if got[f[fCode]] != nil {
			t.Errorf("a record is there twice")
		}
		got[f[fCode]] = f
	}
	if len(got) != len(want) {
		t.Errorf("the target holds %d records, want %d", len(got), len(want))
	}
	for id, f := range want {
		for name, v := range f {
			if got[string(id)][name] != v {
				t.Errorf("record %s differs in %s", id, name)
			}
		}
	}
}

func TestFillAndQuiet(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	fill(source, 300)
	sum := r.MustSync()
	equal(t, source, target)
	if c := sum["write target people test.person"]; c.Created != 300 {
		t.Fatalf("created %d, want 300: %+v", c.Created, sum)
	}
	r.WantQuiet(source, target)
}

func TestEditsTravel(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	ids := fill(source, 20)
	r.MustSync()
	source.Put("members", ids[3], record.Fields{fMail: "new@example.org"})
	source.Put("members", ids[4], record.Fields{fMail: ""})
	r.MustSync()
	equal(t, source, target)
	r.WantQuiet(source, target)
}

func TestLeavers(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	ids := fill(source, 100)
	r.MustSync()
	for _, id := range ids[:3] {
		source.Drop("members", id, "")
	}
	r.MustSync()
	if n := former(target); n != 0 {
		t.Fatalf("%d are former after one census, want 0", n)
	}
	r.MustSync()
	if n := former(target); n != 0 {
		t.Fatalf("%d are former after two censuses at once, want 0", n)
	}
	r.Pass(2 * time.Hour)
	r.MustSync()
	if n := former(target); n != 3 {
		t.Fatalf("%d are former after two honest censuses, want 3", n)
	}
	r.WantQuiet(source, target)
	fill(source, 1) // one comes back
	r.MustSync()
	if n := former(target); n != 2 {
		t.Fatalf("%d are former after a return, want 2", n)
	}
	r.WantQuiet(source, target)
	for _, id := range ids[50:] {
		source.Drop("members", id, "")
	}
	before := r.Rows()
	r.MustSync()
	r.Pass(2 * time.Hour)
	r.MustSync() // no count is stated: half a listing proves nothing
	if n := former(target); n != 2 {
		t.Fatalf("%d are former after half a listing, want 2", n)
	}
	_ = before
}

func former(s *memory.System) (n int) {
	for _, f := range s.All("people") {
		if f[fFormer] == "true" {
			n++
		}
	}
	return n
}

func TestFirstSync(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	fill(source, 50)
	for id, f := range source.All("members") {
		if id != "P0007" {
			target.Put("people", "", record.Fields{fCode: f[fCode], fName: "old", fMail: f[fMail], fFormer: ""})
		}
	}
	r.WantStop(step.GuardStopped, "FIRST_SYNC")
	if target.Writes != 0 {
		t.Fatal("a first meeting has written")
	}
	hash, err := r.Engine.PlanHash(t.Context(), r.LastRun)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Approve(hash); err != nil {
		t.Fatal(err)
	}
	equal(t, source, target)
	r.WantQuiet(source, target)
}

func TestConflictIsKept(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	ids := fill(source, 20)
	r.MustSync()
	var remote record.ExternalID
	for id, f := range target.All("people") {
		if f[fCode] == string(ids[5]) {
			remote = id
		}
	}
	target.Put("people", remote, record.Fields{fMail: "kept@example.org"})
	r.MustSync()
	if got := target.All("people")[remote][fMail]; got != "kept@example.org" {
		t.Fatalf("an edit at the target was lost")
	}
	target.Put("people", remote, record.Fields{fMail: "theirs@example.org", fName: "not theirs"})
	source.Put("members", ids[5], record.Fields{fMail: "ours@example.org"})
	r.MustSync()
	if got := target.All("people")[remote]; got[fMail] != "ours@example.org" || got[fName] != "Name P0005" {
		t.Fatalf("the conflict was not settled by order")
	}
	var n int
	if err := r.Pool.QueryRow(t.Context(), `select count(*) from conflict`).Scan(&n); err != nil || n != 3 {
		t.Fatalf("%d conflicts are kept (%v), want 3: the name, the mail that lost, and the one before it", n, err)
	}
	r.WantQuiet(target)
}
