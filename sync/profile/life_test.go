package profile_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/profile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// through sends something through JSON, as a database keeps it.
func through[T any](t *testing.T, in T) T {
	t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out T
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// without is the club without a key.
func without(all []record.Fields, fields ...record.Field) []record.Fields {
	return each(func(_ int, f record.Fields) {
		for _, n := range fields {
			delete(f, n)
		}
	})(copied(all))
}

// TestKeyReadings: a key must have been in every row of the last three good
// readings, or of all when there were fewer.
func TestKeyReadings(t *testing.T) {
	t.Parallel()
	all := club(120)
	some := copied(all)
	delete(some[3], person.MemberUntil)
	gone := without(all, person.MemberUntil)
	for _, c := range []struct {
		readings [][]record.Fields
		held     bool
	}{
		{nil, false},
		{[][]record.Fields{all}, true},
		{[][]record.Fields{some}, false},
		{[][]record.Fields{some, all, all}, false},
		{[][]record.Fields{some, all, all, all}, true},
		{[][]record.Fields{all, all, all, some}, false},
		{[][]record.Fields{all, all, some, all}, false},
	} {
		var g profile.Good
		for _, r := range c.readings {
			g = g.Move(subject, "r", compare(all, r).Profile(), nil)
		}
		found := compare(all, gone).Findings(through(t, g))
		if held := len(found) == 1 && found[0].Cause == profile.KeyMissing; held != c.held || len(found) > 1 {
			t.Errorf("%d readings: %v", len(c.readings), found)
		}
	}
}

// TestUntilGoodAgain: what is held stays held, reading after reading, until one
// is like the good one again, and then nothing is left of it.
func TestUntilGoodAgain(t *testing.T) {
	t.Parallel()
	all := club(120)
	good := profile.Good{}.Move(subject, "good", compare(nil, all).Profile(), nil)
	bad := set(30, person.FirstName, "J.*")(without(all, person.MemberUntil))
	var last []profile.Finding
	for range 5 {
		c := compare(all, bad)
		found := c.Findings(good)
		if last != nil && !reflect.DeepEqual(found, last) {
			t.Errorf("the same reading gives %v after %v", found, last)
		}
		last = found
		held := profile.NewHeld(subject, digest, through(t, found))
		if got := held.Fields(); !slices.Equal(got, []record.Field{person.FirstName, person.MemberUntil}) {
			t.Fatalf("held is %v", got)
		}
		good = through(t, good.Move(subject, "bad", c.Profile(), held.Fields()))
		if p := good.Fields[person.FirstName]; p.Reading != "good" {
			t.Fatal("the good reading of a held field has moved")
		}
	}
	if p := good.Fields[person.LastName]; p.Reading != "bad" {
		t.Error("the good reading of a field that is not held has not moved")
	}
	if found := compare(all, all).Findings(good); len(found) > 0 {
		t.Errorf("a reading like the good one: %v", found)
	}
}

// TestAccept: what a person has accepted is not found again; another thing is.
func TestAccept(t *testing.T) {
	t.Parallel()
	all := club(120)
	now := without(all, person.MemberUntil, person.Email2)
	c := compare(all, now)
	good := goodOf(all)
	found := c.Findings(good)
	if len(found) != 2 {
		t.Fatalf("found %v", found)
	}
	for _, f := range found {
		if f.Key == "Email2" {
			good = good.Accept(f, "seen", c.Profile())
		}
	}
	found = compare(all, now).Findings(good)
	if len(found) != 1 || found[0].Key != "RelationEnd" {
		t.Errorf("after a yes to one of two: %v", found)
	}

	// The values of one finding are let go by its id, and by no other's.
	wrong := set(30, person.FirstName, "J.*")(copied(all))
	seen := compare(all, wrong).Findings(goodOf(all))
	if held := profile.NewHeld(subject, digest, seen, seen[0].ID); !held.Empty() {
		t.Error("accepted, and still held")
	}
	wrong[40][person.FirstName] = "J.Q."
	again := compare(all, wrong).Findings(goodOf(all))
	if held := profile.NewHeld(subject, digest, again, seen[0].ID); held.Empty() {
		t.Error("another finding is accepted as well")
	}
	// Held values that were accepted are good values.
	if rest := compare(wrong, wrong).Findings(goodOf(all)); len(rest) > 0 {
		t.Errorf("after the values are taken: %v", rest)
	}
}

// TestSecondReading: the last two values of a field wait, each for itself; the
// ids of the first reading let them go in the second.
func TestSecondReading(t *testing.T) {
	t.Parallel()
	all := each(func(i int, f record.Fields) {
		if f[person.Email2] = ""; i < 2 {
			f[person.Email2] = fmt.Sprintf("q%d@example.org", i)
		}
	})(club(120))
	gone := set(2, person.Email2, "")(copied(all))
	found := compare(all, gone).Findings(goodOf(all))
	held := profile.NewHeld(subject, digest, found)
	for i := range all {
		got := held.Hold(id(i), all[i], gone[i])
		if waits := len(got) == 1 && got[0].Wait && got[0].Field == person.Email2; waits != (i < 2) {
			t.Errorf("record %d: %v", i, got)
		}
	}
	if len(held.Fields()) > 0 {
		t.Error("the field is held in all records")
	}
	var ids []string
	for _, f := range found {
		ids = append(ids, f.ID)
	}
	if held = profile.NewHeld(subject, digest, compare(all, gone).Findings(goodOf(all)), ids...); !held.Empty() {
		t.Error("a second reading does not let go")
	}
}

// TestSlices: a reading in several slices, its state kept as JSON between them,
// finds what it finds in one.
func TestSlices(t *testing.T) {
	t.Parallel()
	all := club(400)
	now := set(90, person.Street, "Afgeschermd")(set(30, person.LastName, "Anders*")(copied(all)))
	now[250], now[251] = now[251], now[250]
	want := compare(all, now)
	var state *profile.State
	for at := 0; at < len(now); at += 100 {
		c := profile.NewComparer(subject, profile.DefaultSettings(), digest, state)
		for i := at; i < at+100; i++ {
			c.Pair(id(i), all[i], now[i], keysOf(now[i]))
		}
		state = through(t, c.State())
	}
	got := profile.NewComparer(subject, profile.DefaultSettings(), digest, state)
	if a, b := got.Findings(goodOf(all)), want.Findings(goodOf(all)); !reflect.DeepEqual(a, b) || len(a) < 3 {
		t.Errorf("in slices %v, in one %v", a, b)
	}
	if !reflect.DeepEqual(got.Profile(), want.Profile()) {
		t.Error("the profiles differ")
	}
}

// TestProfile: what a stored profile says, and that it has no value in it.
func TestProfile(t *testing.T) {
	t.Parallel()
	all := club(120)
	p := compare(nil, all).Profile()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		for n, v := range f {
			if len(v) > 5 && strings.Contains(string(b), v) {
				t.Fatalf("a value of %s is in the profile", n)
			}
		}
	}
	if !reflect.DeepEqual(through(t, p), p) {
		t.Error("is another after JSON")
	}
	gender, infix, mail := p.Fields[person.Gender], p.Fields[person.Infix], p.Fields[person.Email1]
	if gender.Rows != 120 || gender.Filled != 120 || gender.Distinct != 2 || len(gender.Top) != 2 || gender.Top[0].Count != 60 {
		t.Errorf("gender: %+v", gender)
	}
	if gender.Shortest != 4 || gender.Longest != 6 || gender.Formats[profile.Letters] != 120 {
		t.Errorf("gender: %+v", gender)
	}
	if infix.Filled != 30 || infix.Distinct != 3 || infix.Shortest != 2 {
		t.Errorf("infix: %+v", infix)
	}
	if mail.Distinct != 120 || mail.Formats[profile.Email] != 120 || len(mail.Top) != 32 {
		t.Errorf("e-mail: %+v", mail)
	}
	if p.Rows != 120 || p.Keys["ZipCode"] != 120 || p.Keys["Nothing"] != 0 {
		t.Errorf("keys: %v", p.Keys)
	}
}
