package engine_test

import (
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// TestUnreadableField: a field that cannot be read takes no part, on either
// side, and no other field waits for it. Another form of a value is no edit. A
// record without a usable key is a fault, and the others go on.
func TestUnreadableField(t *testing.T) {
	t.Parallel()
	types := record.Types{
		fCode: {Class: record.ClassIdentifier}, fName: {Class: record.ClassText, Fold: true},
		fMail: {Class: record.ClassEmail}, fFormer: {Class: record.ClassFlag},
	}
	key := []record.Field{fCode}
	source := memory.New("source", memory.Place{Name: "members", Kind: kPerson, Reads: fields, ReadOnly: true, Types: types, Key: key})
	target := memory.New("target", memory.Place{Name: "people", Kind: kPerson, Reads: fields, Writes: fields, Key: key, Types: types})
	r := enginetest.NewRig(t, policy.Set{people()}, nil, step.Pipeline{
		Name: "people", Family: "test",
		Reads: []step.Read{
			{System: "source", Place: "members", View: "all", Needed: true},
			{System: "target", Place: "people", View: "all", Needed: true},
		},
		Writes: []step.Write{{System: "target", Place: "people"}},
	}, source, target)
	ids := fill(source, 10)
	r.MustSync()
	r.WantQuiet(source, target)
	at := func(code string) (record.ExternalID, record.Fields) {
		for id, f := range target.All("people") {
			if f[fCode] == code {
				return id, f
			}
		}
		t.Fatalf("%s is not at the target", code)
		return "", nil
	}

	source.Put("members", ids[3], record.Fields{fMail: "none", fName: "New  Name"})
	source.Put("members", ids[4], record.Fields{fMail: " p0004@EXAMPLE.org\r"})
	r.MustSync()
	r.WantQuiet(source, target)
	if _, f := at("P0003"); f[fMail] != "p0003@example.org" || f[fName] != "New Name" {
		t.Errorf("with an address that cannot be read: %q", f)
	}
	if _, f := at("P0004"); f[fMail] != "p0004@example.org" {
		t.Errorf("with other letters: %q", f[fMail])
	}

	five, _ := at("P0005")
	target.Put("people", five, record.Fields{fMail: "****"})
	six, _ := at("P0006")
	target.Put("people", six, record.Fields{fMail: "P0006@Example.org"})
	writes := target.Writes
	r.MustSync()
	r.WantQuiet(source, target)
	if target.Writes != writes {
		t.Errorf("%d writes after hand edits of the form alone", target.Writes-writes)
	}

	long := strings.Repeat("P", 6000)
	source.Put("members", "long", record.Fields{fCode: long, fName: "Long", fMail: "long@example.org", fFormer: "false"})
	source.Put("members", ids[3], record.Fields{fMail: "mended@example.org"})
	sum := r.MustSync()
	if _, f := at("P0003"); f[fMail] != "mended@example.org" {
		t.Errorf("once it can be read: %q", f[fMail])
	}
	if c := sum["read source members test.person"]; len(target.All("people")) != 10 || c.Faults == 0 {
		t.Errorf("a key of 6,000 letters: %d records, %+v", len(target.All("people")), sum)
	}
}

// A record with an id or a key that no index takes is a fault of its own; all
// others go on.
func TestStoryTooLongToBeStored(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A", 6000)
	tell(t, two()(), 0, []deed{
		put("source", "members", long, member("L", "l@example.org")),
		put("source", "members", "K", member(long, "k@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(), want("target", "people", member("B", "b@example.org")),
		put("source", "members", "C", member("C", "c@example.org")),
		synced(), want("target", "people", member("B", "b@example.org"), member("C", "c@example.org")),
		quiet(),
	})
}
