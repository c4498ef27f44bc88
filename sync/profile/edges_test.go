package profile_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/sync/profile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// set gives a field of the first n records the value; one that ends in a star
// is another in each.
func set(n int, f record.Field, value string) func([]record.Fields) []record.Fields {
	return first(n, func(i int, r record.Fields) {
		if value == "" || value[len(value)-1] != '*' {
			r[f] = value
			return
		}
		r[f] = value[:len(value)-1] + string(rune('a'+i))
	})
}

// TestEdges has each row of the table at both sides of its edge.
func TestEdges(t *testing.T) {
	t.Parallel()
	// Only the first n have a phone; the first of records live in each city.
	phones := func(size, n int) []record.Fields {
		return each(func(i int, f record.Fields) {
			if i >= n {
				f[person.Mobile1] = ""
			}
		})(club(size))
	}
	cities := func(size, of int) []record.Fields {
		return each(func(i int, f record.Fields) {
			f[person.City] = fmt.Sprintf("Plaats %c", 'a'+rune(i%of))
			if i >= of*8 {
				f[person.City] = ""
			}
		})(club(size))
	}
	none := func(now []record.Fields) []record.Fields { return now }
	for _, c := range []struct {
		name   string
		good   []record.Fields
		change func([]record.Fields) []record.Fields
		want   []profile.Cause
	}{
		{"nothing", club(120), none, nil},
		{"no records", nil, none, nil},

		{"3 values, none left", phones(120, 3), set(3, person.Mobile1, ""), []profile.Cause{profile.NoneLeft}},
		{"4 values, one left", phones(120, 4), set(3, person.Mobile1, ""), nil},
		{"2 values, none left", phones(120, 2), set(2, person.Mobile1, ""), []profile.Cause{profile.NoneLeft, profile.NoneLeft}},
		{"no values", phones(120, 0), set(3, person.Mobile1, ""), nil},
		{"3 values, none shown", phones(120, 3), first(3, func(_ int, f record.Fields) { delete(f, person.Mobile1) }), []profile.Cause{profile.NoneLeft}},
		{"2 values, none shown", phones(120, 2), first(2, func(_ int, f record.Fields) { delete(f, person.Mobile1) }), nil},

		// Values that are not shown any more change nothing, but are not there.
		{"20 points fewer", club(120), first(24, func(_ int, f record.Fields) { delete(f, person.City) }), nil},
		{"more than 20 points fewer", club(120), first(25, func(_ int, f record.Fields) { delete(f, person.City) }), []profile.Cause{profile.FilledShare}},
		{"40 points and 5 records", phones(10, 6), first(5, func(_ int, f record.Fields) { delete(f, person.Mobile1) }), nil},
		{"60 points and 6 records", phones(10, 7), first(6, func(_ int, f record.Fields) { delete(f, person.Mobile1) }), []profile.Cause{profile.FilledShare}},
		{"more than 20 points more", club(120), set(30, person.Email2, "q@example.org*"), []profile.Cause{profile.FilledShare}},

		{"half of the values", cities(400, 4), each(func(_ int, f record.Fields) {
			if v := f[person.City]; v == "Plaats c" || v == "Plaats d" {
				f[person.City] = "Plaats a"
			}
		}), nil},
		{"below half of the values", cities(400, 5), each(func(_ int, f record.Fields) {
			if v := f[person.City]; v == "Plaats c" || v == "Plaats d" || v == "Plaats e" {
				f[person.City] = "Plaats a"
			}
		}), []profile.Cause{profile.DistinctValues}},
		{"three values become one, in 5 records", phones(120, 6), first(6, func(i int, f record.Fields) { f[person.Mobile1] = "+31610000000" }), nil},

		{"half of the phones are words", phones(120, 12), set(6, person.Mobile1, "geen*"), nil},
		{"most of the phones are words", phones(120, 13), set(7, person.Mobile1, "geen*"), []profile.Cause{profile.FormatChanged}},
		{"most of a few phones are words", phones(120, 9), set(5, person.Mobile1, "geen*"), nil},

		{"one value in 5 %", club(120), set(6, person.Street, "Afgeschermd"), nil},
		{"one value in more than 5 %", club(120), set(7, person.Street, "Afgeschermd"), []profile.Cause{profile.OneValue}},
		{"one value in 5 of 20", club(20), set(5, person.Street, "Afgeschermd"), nil},
		{"one value in 6 of 60", club(60), set(6, person.Street, "Afgeschermd"), []profile.Cause{profile.OneValue}},
		{"one value in 10 of 200", club(200), set(10, person.Street, "0000-00-00"), nil},
		{"one value in 11 of 200", club(200), set(11, person.Street, "0000-00-00"), []profile.Cause{profile.OneValue}},
		{"a known one in place of three", club(200), set(14, person.City, "Leiden"), []profile.Cause{profile.OneValue}},
		{"a known one in place of two", club(200), first(15, func(_ int, f record.Fields) { f[person.MemberType] = "Recreant" }), nil},
		{"more volunteers", club(200), first(20, func(_ int, f record.Fields) { f[person.Volunteer] = "true" }), nil},
		{"many leave on one day", club(200), set(20, person.MemberUntil, "2027-06-30"), nil},
		{"null in all 6 empty ones", phones(120, 114), each(func(_ int, f record.Fields) { f[person.Mobile1] = cmpOr(f[person.Mobile1], "null") }), []profile.Cause{profile.OneValue}},
		{"null in all 5 empty ones", phones(120, 115), each(func(_ int, f record.Fields) { f[person.Mobile1] = cmpOr(f[person.Mobile1], "null") }), nil},

		{"changed in 10 %", club(120), set(12, person.Street, "Pad *"), nil},
		{"changed in more than 10 %", club(120), set(13, person.Street, "Pad *"), []profile.Cause{profile.ManyChanged}},
		{"changed in 20 of 200", club(200), set(20, person.Street, "Pad *"), nil},
		{"changed in 21 of 200", club(200), set(21, person.Street, "Pad *"), []profile.Cause{profile.ManyChanged}},
		{"changed in 5 of 5", club(5), set(5, person.Street, "Pad *"), nil},
		{"changed in 6 of 6", club(6), set(6, person.Street, "Pad *"), []profile.Cause{profile.ManyChanged}},

		{"names of 5", club(120), set(5, person.LastName, "Anders*"), nil},
		{"names of 6", club(120), set(6, person.LastName, "Anders*"), []profile.Cause{profile.IdentityMoved}},
		{"names of 2 %", club(400), set(8, person.LastName, "Anders*"), nil},
		{"names of more than 2 %", club(400), set(9, person.LastName, "Anders*"), []profile.Cause{profile.IdentityMoved}},
		{"a first and five last names", club(120), func(now []record.Fields) []record.Fields {
			now[9][person.FirstName] = "Anders"
			return set(5, person.LastName, "Anders*")(now)
		}, []profile.Cause{profile.IdentityMoved}},
		{"names that are one value", club(120), set(12, person.LastName, "Afgeschermd"), []profile.Cause{profile.IdentityMoved}},
		{"birth dates come in", each(func(i int, f record.Fields) {
			if i < 12 {
				f[person.BirthDate] = ""
			}
		})(club(120)), first(12, func(i int, f record.Fields) { f[person.BirthDate] = fmt.Sprintf("1990-01-%02d", 1+i) }), nil},

		{"teams, age classes and activity of all", club(120), each(func(_ int, f record.Fields) {
			f[person.UnionTeams], f[person.AgeClass], f[person.GameActivity] = "Team 9", "JO12", "Zaal"
		}), nil},
		{"no teams at all", club(120), each(func(_ int, f record.Fields) { f[person.UnionTeams] = "" }), []profile.Cause{profile.NoneLeft}},
		{"no key of teams", club(120), each(func(_ int, f record.Fields) { delete(f, person.UnionTeams) }), []profile.Cause{profile.KeyMissing}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			judge(t, c.good, c.change).want(c.want...)
		})
	}
}

// TestSomebodyElseEdges: when all that says who a record is has changed.
func TestSomebodyElseEdges(t *testing.T) {
	t.Parallel()
	base := record.Fields{person.FirstName: "Kees", person.LastName: "Bakker", person.BirthDate: "1980-01-02", person.Gender: "male"}
	for _, c := range []struct {
		name      string
		good, now record.Fields // over base; "-" is not carried
		want      bool
	}{
		{"all four", nil, record.Fields{person.FirstName: "Ans", person.LastName: "Smit", person.BirthDate: "1990-03-04", person.Gender: "female"}, true},
		{"all but the gender", nil, record.Fields{person.FirstName: "Jan", person.LastName: "Smit", person.BirthDate: "1990-03-04"}, true},
		{"both names", nil, record.Fields{person.FirstName: "Jan", person.LastName: "Smit"}, false},
		{"first name and gender", nil, record.Fields{person.FirstName: "Ans", person.Gender: "female"}, false},
		{
			"three carried, all",
			record.Fields{person.Gender: "-"},
			record.Fields{person.Gender: "-", person.FirstName: "Jan", person.LastName: "Smit", person.BirthDate: "1990-03-04"},
			true,
		},
		{
			"three carried, two of them",
			record.Fields{person.Gender: "-"},
			record.Fields{person.Gender: "-", person.FirstName: "Jan", person.LastName: "Smit"},
			false,
		},
		{
			"three carried, two filled",
			record.Fields{person.Gender: "-", person.BirthDate: ""},
			record.Fields{person.Gender: "-", person.BirthDate: "", person.FirstName: "Jan", person.LastName: "Smit"},
			true,
		},
		{
			"three carried, one filled",
			record.Fields{person.Gender: "-", person.BirthDate: "", person.LastName: ""},
			record.Fields{person.Gender: "-", person.BirthDate: "", person.LastName: "", person.FirstName: "Jan"},
			false,
		},
		{
			"nobody any more", nil,
			record.Fields{person.FirstName: "", person.LastName: "", person.BirthDate: "", person.Gender: ""},
			true,
		},
		{
			"nothing but another name", nil,
			record.Fields{person.FirstName: "Onbekend", person.LastName: "", person.BirthDate: "", person.Gender: ""},
			true,
		},
		{
			"nothing but the own last name", nil,
			record.Fields{person.FirstName: "", person.BirthDate: "", person.Gender: ""},
			false,
		},
		{
			"the only name is emptied",
			record.Fields{person.Gender: "", person.BirthDate: "", person.LastName: ""},
			record.Fields{person.Gender: "", person.BirthDate: "", person.LastName: "", person.FirstName: ""},
			false,
		},
		{
			"two carried",
			record.Fields{person.Gender: "-", person.BirthDate: "-"},
			record.Fields{person.Gender: "-", person.BirthDate: "-", person.FirstName: "Jan", person.LastName: "Smit"},
			false,
		},
	} {
		over := func(top record.Fields) record.Fields {
			out := base.Clone()
			for f, v := range top {
				if out[f] = v; v == "-" {
					delete(out, f)
				}
			}
			return out
		}
		cmp := profile.NewComparer(subject, profile.DefaultSettings(), digest, nil)
		cmp.Pair("one", over(c.good), over(c.now), nil)
		found := cmp.Findings(profile.Good{})
		other := func(f profile.Finding) bool { return f.Cause == profile.SomebodyElse }
		if got := slices.ContainsFunc(found, other); got != c.want {
			t.Errorf("%s: %v", c.name, found)
		}
	}
}

// TestAskedOnce: where names change in many records, those that show somebody
// else have one finding together.
func TestAskedOnce(t *testing.T) {
	t.Parallel()
	judge(t, club(120), func(now []record.Fields) []record.Fields {
		now = set(4, person.LastName, "Anders*")(now)
		now[50], now[52] = now[52], now[50]
		now[60], now[63] = now[63], now[60]
		return now
	}).want(profile.SomebodyElse, profile.IdentityMoved)
	judge(t, club(400), func(now []record.Fields) []record.Fields {
		now = set(4, person.LastName, "Anders*")(now)
		now[50], now[52] = now[52], now[50]
		now[60], now[63] = now[63], now[60]
		return now
	}).want(profile.SomebodyElse, profile.SomebodyElse, profile.SomebodyElse, profile.SomebodyElse)
}
