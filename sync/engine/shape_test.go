package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// shaped is the pair, with a target whose site lacks a field.
func shaped(t *testing.T) (*rig, *memory.System, *memory.System) {
	t.Helper()
	r, source, target := pair(t)
	target.Lacks = []record.Field{fFormer}
	for i := range 5 {
		id := fmt.Sprintf("P%d", i)
		source.Put("members", record.ExternalID(id), record.Fields{fCode: id, fName: "Noor", fMail: id + "@example.org", fFormer: "false"})
	}
	return r, source, target
}

// holdingField is how many records of the target have a value in a field.
func holdingField(target *memory.System, f record.Field) (n int) {
	for _, rec := range target.All("people") {
		if rec[f] != "" {
			n++
		}
	}
	return n
}

// A field that the site has no place for is neither written nor missed, from the
// first run on, and in a process that begins later.
func TestShapeCutsWhatIsWritten(t *testing.T) {
	t.Parallel()
	r, source, target := shaped(t)
	r.MustSync()
	if n := holdingField(target, fFormer); n != 0 || len(target.All("people")) != 5 {
		t.Fatalf("%d of %d records have the field that the site lacks", n, len(target.All("people")))
	}
	if n := r.Count(`select count(*) from sync_record where system = 'target' and held <> '{}'`); n != 0 {
		t.Errorf("%d records hold something back", n)
	}
	r.WantQuiet(source, target)
	r.Start(policy.Set{people()}, nil, source, target)
	if err := engine.TakeShapes(t.Context(), r.Engine); err != nil {
		t.Fatal(err)
	}
	if c := r.Engine.Collections("target")[0]; len(c.Writes) != len(fields)-1 {
		t.Errorf("a new process offers %v before it has asked the site", c.Writes)
	}
	r.WantQuiet(source, target)
}

// A site that is not as it was stops the run, before anything is read or written,
// until it is as before or a person has accepted it.
func TestShapeChanges(t *testing.T) {
	t.Parallel()
	r, source, target := shaped(t)
	r.MustSync()
	writes := target.Writes
	drifted := func() {
		t.Helper()
		source.Put("members", "P1", record.Fields{fCode: "P1", fName: "Noor", fFormer: "false"})
		_, err := r.Sync()
		stop, ok := errors.AsType[*step.Stop](err)
		if !ok || stop.Outcome != step.Drifted || stop.Reason != "SHAPE_CHANGED" || !strings.Contains(stop.Detail, string(fMail)) {
			t.Fatalf("the run ends with %v", err)
		}
		if target.Writes != writes {
			t.Fatalf("%d writes to a site of another shape", target.Writes-writes)
		}
		if n := r.Count(`select count(*) from reading_finding where finding->>'cause' = 'SHAPE_CHANGED'`); n != 1 {
			t.Fatalf("%d findings, want one", n)
		}
	}
	target.Lacks = []record.Field{fMail}
	drifted()
	drifted()
	target.Lacks = []record.Field{fFormer} // the theme was put back
	r.MustSync()
	writes = target.Writes
	if n := r.Count(`select count(*) from reading_finding`); n != 0 {
		t.Fatalf("%d findings of a site that is as it was", n)
	}
	target.Lacks = []record.Field{fMail}
	drifted()
	var id string
	if err := r.Pool.QueryRow(t.Context(), `select id from reading_finding`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	if err := r.Store.AcceptChange(t.Context(), id, store.Actor{Name: "olga"}, "the theme is newer", r.Clock()); err != nil {
		t.Fatal(err)
	}
	target.Lacks = []record.Field{fMail, fName} // what was accepted was another one
	writes = target.Writes
	if _, err := r.Sync(); err == nil || target.Writes != writes {
		t.Fatalf("a shape that nobody has accepted: %v", err)
	}
	target.Lacks = []record.Field{fMail}
	r.MustSync()
	if n := holdingField(target, fFormer); n != 5 {
		t.Errorf("%d records have the field that the site has now, want 5", n)
	}
	if n := r.Count(`select count(*) from reading_finding`); n != 0 {
		t.Errorf("%d findings after the change was taken", n)
	}
	r.WantQuiet(source, target)
}
