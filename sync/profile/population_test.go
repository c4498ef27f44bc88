package profile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/profile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

var digest = profile.NewDigest([16]byte{1, 2, 3})

// wire is what a source of the tests calls the fields. One key makes two.
var wire = map[string][]record.Field{
	"PublicPersonId": {person.RelationCode}, "FirstName": {person.FirstName}, "Infix": {person.Infix},
	"LastName": {person.LastName}, "Gender": {person.Gender}, "DateOfBirth": {person.BirthDate},
	"Email": {person.Email1}, "Email2": {person.Email2}, "Mobile": {person.Mobile1},
	"Street": {person.Street}, "HouseNumber": {person.HouseNumber, person.HouseNumberExt},
	"ZipCode": {person.PostalCode}, "City": {person.City}, "Country": {person.CountryCode},
	"MemberSince": {person.MemberSince}, "RelationEnd": {person.MemberUntil}, "MemberType": {person.MemberType},
	"AgeClass": {person.AgeClass}, "Activity": {person.GameActivity}, "Teams": {person.UnionTeams},
	"NameParent1": {person.Parent1Name}, "EmailParent1": {person.Parent1Email}, "PhoneParent1": {person.Parent1Phone},
	"Volunteer": {person.Volunteer},
}

var subject = func() profile.Subject {
	var fields []record.Field
	for _, made := range wire {
		fields = append(fields, made...)
	}
	return profile.SubjectOf(fields, wire, policy.ClubPerson(), policy.ClubFamily())
}()

// club is n invented people. Every third is a child with a parent; every fourth
// has an infix; four have a second address.
func club(n int) []record.Fields {
	starts := []string{"Ba", "Ke", "Li", "Mo", "Nu", "Ro", "Sa"}
	middles := []string{"la", "re", "mi", "do", "tu"}
	ends := []string{"n", "s", "k", "m"}
	name := func(i int) string { return starts[i%7] + middles[i/7%5] + ends[i/35%4] }
	at := func(i int, of ...string) string { return of[i%len(of)] }
	out := make([]record.Fields, n)
	for i := range out {
		f := record.Fields{
			person.RelationCode: fmt.Sprintf("AB%04dC", i), person.FirstName: name(i*3 + 1), person.Infix: "",
			person.LastName: name(i*11+5) + "sma", person.Gender: at(i, "male", "female"),
			person.BirthDate: fmt.Sprintf("%d-%02d-%02d", 1950+i%60, 1+i%12, 1+i*7%28),
			person.Email1:    fmt.Sprintf("p%d@example.org", i), person.Email2: "", person.Mobile1: fmt.Sprintf("+316100%05d", i),
			person.Street: name(i*5) + "straat", person.HouseNumber: fmt.Sprint(1 + i%90), person.HouseNumberExt: "",
			person.PostalCode: fmt.Sprintf("%d AB", 1000+i), person.City: at(i/2, "Leiden", "Delft", "Gouda", "Breda", "Assen"),
			person.CountryCode: "NL", person.MemberSince: fmt.Sprintf("%d-07-01", 1990+i%30), person.MemberUntil: "",
			person.MemberType: at(i, "Verenigingslid", "Recreant", "Verenigingslid"), person.AgeClass: at(i, "Senioren", "JO13", "JO11"),
			person.GameActivity: at(i, "Veld", "Zaal"), person.UnionTeams: at(i, "Team 1", "Team 2", "Team 3", "Team 4"),
			person.Parent1Name: "", person.Parent1Email: "", person.Parent1Phone: "", person.Volunteer: at(i/3, "false", "false", "true"),
		}
		if i%4 == 0 {
			f[person.Infix] = at(i/4, "van", "de", "van der")
		}
		if i%30 == 7 {
			f[person.Email2] = fmt.Sprintf("q%d@example.org", i)
		}
		if i%3 == 0 {
			f[person.Parent1Name] = name(i+50) + " " + name(i*2) + "stra"
			f[person.Parent1Email] = fmt.Sprintf("ouder%d@example.org", i)
			f[person.Parent1Phone] = fmt.Sprintf("+316200%05d", i)
		}
		out[i] = f
	}
	return out
}

func id(i int) record.ExternalID { return record.ExternalID(fmt.Sprintf("id-%d", i)) }

func copied(all []record.Fields) []record.Fields {
	out := make([]record.Fields, len(all))
	for i, f := range all {
		out[i] = f.Clone()
	}
	return out
}

// keysOf are the keys on the wire that make the fields of a record.
func keysOf(f record.Fields) []string {
	var out []string
	for k, made := range wire {
		if _, ok := f[made[0]]; ok {
			out = append(out, k)
		}
	}
	return out
}

// compare takes a reading in: of good, which may be shorter, and now.
func compare(good, now []record.Fields) *profile.Comparer {
	c := profile.NewComparer(subject, profile.DefaultSettings(), digest, nil)
	for i, f := range now {
		if i < len(good) {
			c.Pair(id(i), good[i], f, keysOf(f))
		} else {
			c.Add(f, keysOf(f))
		}
	}
	return c
}

// goodOf is what three good readings of a club lead to.
func goodOf(all []record.Fields) profile.Good {
	var g profile.Good
	for range 3 {
		g = g.Move(subject, "good", compare(all, all).Profile(), nil)
	}
	return g
}

// judged is what becomes of a reading.
type judged struct {
	t     *testing.T
	good  []record.Fields
	now   []record.Fields
	found []profile.Finding
	held  *profile.Held
}

// judge compares a club with a reading of it that change makes.
func judge(t *testing.T, good []record.Fields, change func(now []record.Fields) []record.Fields) judged {
	t.Helper()
	now := change(copied(good))
	found := compare(good, now).Findings(goodOf(good))
	for _, f := range found {
		for _, r := range now {
			for n, v := range r {
				if len(v) > 4 && n != person.MemberType && strings.Contains(f.Text, v) {
					t.Errorf("%s has a value in its text: %s", f.Cause, f.Text)
				}
			}
		}
	}
	return judged{t, good, now, found, profile.NewHeld(subject, digest, found)}
}

// each makes a change of the records.
func each(change func(i int, f record.Fields)) func([]record.Fields) []record.Fields {
	return func(now []record.Fields) []record.Fields {
		for i, f := range now {
			change(i, f)
		}
		return now
	}
}

// first makes a change of the first n.
func first(n int, change func(i int, f record.Fields)) func([]record.Fields) []record.Fields {
	return each(func(i int, f record.Fields) {
		if i < n {
			change(i, f)
		}
	})
}

func (j judged) causes() []profile.Cause {
	var out []profile.Cause
	for _, f := range j.found {
		out = append(out, f.Cause)
	}
	return out
}

func (j judged) want(causes ...profile.Cause) judged {
	j.t.Helper()
	if got := j.causes(); !slices.Equal(got, causes) {
		j.t.Errorf("findings %v, want %v", got, causes)
		for _, f := range j.found {
			j.t.Logf("%s %v: %s", f.Cause, f.Fields, f.Text)
		}
	}
	return j
}

// holds are the fields of a record that are held.
func (j judged) holds(i int) []record.Field {
	var good record.Fields
	if i < len(j.good) {
		good = j.good[i]
	}
	var out []record.Field
	for _, h := range j.held.Hold(id(i), good, j.now[i]) {
		out = append(out, h.Field)
	}
	return out
}

// taken are the records of which a change of one of the fields is taken.
func (j judged) taken(fields ...record.Field) []int {
	var out []int
	for i := range j.now {
		held := j.holds(i)
		for _, f := range fields {
			v, shown := j.now[i][f]
			if shown && i < len(j.good) && v != j.good[i][f] && !slices.Contains(held, f) {
				out = append(out, i)
				break
			}
		}
	}
	return out
}

// nothing expects that no change of the fields is taken.
func (j judged) nothing(fields ...record.Field) judged {
	j.t.Helper()
	if got := j.taken(fields...); len(got) > 0 {
		j.t.Errorf("%v is taken from the records %v", fields, got)
	}
	return j
}
