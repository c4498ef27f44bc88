package engine_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

const (
	kPhoto record.Kind  = "test.photo"
	fMark  record.Field = "mark"
	fPhoto record.Field = "photo"
)

// album is a source with a listing of members that says when a photo has changed, and a
// tab of each for the photo itself; and a target that keeps photos its own way.
type album struct {
	*rig
	source, target *memory.System
	asked          int // tabs that were opened
	policies       policy.Set
}

func newAlbum(t *testing.T, change ...func(*policy.Policy)) *album {
	t.Helper()
	members := people()
	members.Fields[fMark] = policy.Owned("source")
	photos := &policy.Policy{
		Kind: kPhoto, KeyFields: []record.Field{fCode}, Key: members.Key, Sources: []record.System{"source"},
		Targets: []policy.Target{policy.TargetAt("target", "people")},
		Fields:  map[record.Field]policy.Rule{fMark: policy.Owned("source"), fPhoto: policy.Owned("source")},
	}
	for _, c := range change {
		c(photos)
	}
	blob := record.Types{fPhoto: {Class: record.ClassBlob}}
	a := &album{
		source: memory.New("source",
			memory.Place{Name: "members", Kind: kPerson, Reads: append(slices.Clone(fields), fMark), ReadOnly: true},
			memory.Place{Name: "tabs", Kind: kPhoto, Reads: []record.Field{fCode, fMark, fPhoto}, Types: blob, ReadOnly: true, Unlisted: true}),
		target: memory.New("target", memory.Place{
			Name: "people", Kind: kPerson, Reads: fields, Writes: fields, Key: []record.Field{fCode}, Types: blob,
			Parts: []memory.Part{{Kind: kPhoto, Reads: []record.Field{fPhoto}, Writes: []record.Field{fPhoto}}},
			Store: func(f record.Field, v string) string {
				if f == fPhoto && record.IsBlob(v) {
					return record.BlobThere(v[7:15])
				}
				return v
			},
		}),
		policies: policy.Set{members, photos},
	}
	a.rig = enginetest.NewRig(t, a.policies, nil, step.Pipeline{
		Name: "people", Family: "test",
		Reads: []step.Read{
			{System: "source", Place: "members", Select: step.All, Needed: true},
			{System: "source", Place: "tabs", Select: step.Following("members", "all", fMark)},
			{System: "target", Place: "people", Select: step.All, Needed: true},
		},
		Writes: []step.Write{{System: "target", Place: "people"}},
	}, a.source, a.target)
	a.source.Fail = func(when, op string) error {
		if when == "before" && op == "get" {
			a.asked++
		}
		return nil
	}
	return a
}

// member puts a member; the mark is that of the photo on the tab.
func (a *album) member(n int, mark, photo string) {
	code := fmt.Sprintf("P%04d", n)
	a.source.Put("members", record.ExternalID(code), record.Fields{fCode: code, fName: "Name " + code, fMail: "", fFormer: "false", fMark: mark})
	if photo != "" {
		photo = record.BlobOf([]byte(photo))
	}
	a.source.Put("tabs", record.ExternalID(code), record.Fields{fCode: code, fMark: mark, fPhoto: photo})
}

// shows wants the photos at the target, by code.
func (a *album) shows(want map[string]string) {
	a.T.Helper()
	got := map[string]string{}
	for _, f := range a.target.All("people") {
		if f[fPhoto] != "" {
			got[f[fCode]] = f[fPhoto]
		}
	}
	for code, photo := range want {
		want[code] = record.BlobThere(record.BlobOf([]byte(photo))[7:15])
	}
	if !maps.Equal(got, want) {
		a.T.Errorf("the target shows %v, want %v", got, want)
	}
}

func (a *album) opened(want int) {
	a.T.Helper()
	if a.asked != want {
		a.T.Errorf("%d tabs were opened, want %d", a.asked, want)
	}
	a.asked = 0
}

// Only the tabs of those are opened whose mark differs from what was read with the photo;
// what the target keeps its own way is told once.
func TestFollowing(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	for n, mark := range []string{"1", "", "1", "1", ""} {
		a.member(n, mark, map[string]string{"1": fmt.Sprint("photo ", n)}[mark])
	}
	a.MustSync()
	a.opened(3)
	a.shows(map[string]string{"P0000": "photo 0", "P0002": "photo 2", "P0003": "photo 3"})
	calls := a.target.Calls
	a.WantQuiet(a.source, a.target)
	a.opened(0)
	if a.target.Calls != calls+1 { // the listing
		t.Errorf("%d calls in a quiet run", a.target.Calls-calls)
	}

	a.member(0, "2", "another")
	a.member(1, "2", "the first")
	a.member(2, "", "")
	a.source.Put("members", "P0003", record.Fields{fName: "Other"})
	a.MustSync()
	a.opened(3)
	a.shows(map[string]string{"P0000": "another", "P0001": "the first", "P0003": "photo 3"})
	a.WantQuiet(a.source, a.target)
	a.opened(0)

	// Somebody else's is put back, and the tab is not opened for it.
	a.target.Put("people", a.idOf("P0003"), record.Fields{fPhoto: record.BlobThere("by hand")})
	a.MustSync()
	a.opened(0)
	a.shows(map[string]string{"P0000": "another", "P0001": "the first", "P0003": "photo 3"})
	a.WantQuiet(a.source, a.target)
}

func (a *album) idOf(code string) record.ExternalID {
	a.T.Helper()
	for id, f := range a.target.All("people") {
		if f[fCode] == code {
			return id
		}
	}
	a.T.Fatalf("no person %s", code)
	return ""
}

// What cannot be read is not taken away, is told, and is asked for again as long as its
// mark is as unknown as it.
func TestH4FollowingUnreadable(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	a.member(0, "1", "photo 0")
	a.MustSync()
	a.opened(1)
	a.member(0, "2", "")
	a.source.Put("tabs", "P0000", record.Fields{fPhoto: "what is this", fMark: "1"}) // the mark is of what was read
	for range 2 {
		sum := a.MustSync()
		a.opened(1)
		if c := sum["read source tabs test.photo"]; c.Held != 1 || c.Faults != 1 {
			t.Errorf("counted as %+v", c)
		}
		a.shows(map[string]string{"P0000": "photo 0"})
	}
	a.source.Put("tabs", "P0000", record.Fields{fMark: "2"}) // never to be read, as the system says
	a.MustSync()
	a.opened(1)
	a.MustSync()
	a.opened(0)
	a.shows(map[string]string{"P0000": "photo 0"})
	if n := a.Count(`select count(*) from entity where kind = 'test.photo' and fields ->> 'photo' <> ''`); n != 1 {
		t.Error("the hub has lost the photo")
	}
}

// A reading that breaks off takes part with nothing, and the run goes on; the next one
// reads all of it.
func TestH2FollowingBreaksOff(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	for n := range 4 {
		a.member(n, "1", fmt.Sprint("photo ", n))
	}
	fail := true
	a.source.Fail = func(when, op string) error {
		if when == "before" && op == "get" {
			if a.asked++; a.asked > 2 && fail {
				return &connector.Error{Class: connector.Denied, System: "source", Op: "get", Why: "signed out"}
			}
		}
		return nil
	}
	a.MustSync()
	a.shows(map[string]string{})
	if n := a.Count(`select count(*) from entity where kind = 'test.person'`); n != 4 {
		t.Errorf("%d members, want 4", n)
	}
	fail, a.asked = false, 0
	a.MustSync()
	a.opened(4)
	a.shows(map[string]string{"P0000": "photo 0", "P0001": "photo 1", "P0002": "photo 2", "P0003": "photo 3"})
	a.WantQuiet(a.source, a.target)
}

// Photos that are emptied in great number stop the run, and nothing is taken away; where
// the listing itself has lost all marks it is not even believed.
func TestFollowingEmptied(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	for n := range 40 {
		a.member(n, "1", fmt.Sprint("photo ", n))
	}
	a.MustSync()
	a.opened(40)
	for n := range 40 {
		a.member(n, "", "")
	}
	writes := a.target.Writes
	a.MustSync()
	a.opened(0)
	a.member(0, "1", "photo 0")
	a.TakesMany = true
	a.Start(a.policies, nil, a.source, a.target)
	a.WantStop(step.GuardStopped, "TOO_MANY_EMPTIED")
	a.opened(39)
	if a.target.Writes != writes {
		t.Error("photos were taken away")
	}
}
