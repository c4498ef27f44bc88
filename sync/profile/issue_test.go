package profile_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/sync/profile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// TestKeyRenamed: one key is renamed for all: its field is held, everything
// else goes on, but for the changes of its group.
func TestKeyRenamed(t *testing.T) {
	t.Parallel()
	for key, fields := range wire {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			j := judge(t, club(120), each(func(i int, r record.Fields) {
				if i == 5 {
					r[person.Mobile1] = "+31699999999"
					r[person.Street] = "Nieuwstraat"
				}
				for _, f := range fields {
					delete(r, f)
				}
			})).want(profile.KeyMissing)
			if got := j.found[0].Fields; !slices.Equal(got, fields) || j.found[0].Key != key {
				t.Errorf("holds %v by %q", got, j.found[0].Key)
			}
			if got := j.taken(person.Mobile1); key != "Mobile" && !slices.Equal(got, []int{5}) {
				t.Errorf("the new number is taken from %v", got)
			}
			address := slices.Contains([]string{"ZipCode", "City", "Country", "HouseNumber", "Street"}, key)
			if got := j.taken(person.Street); address == (len(got) > 0) {
				t.Errorf("the new street is taken from %v", got)
			}
			if j.held.Believed(id(9), j.good[9], j.now[9]) {
				t.Error("a record without the field is taken for settled")
			}
		})
	}
}

// TestWholeButWrong plays the readings: nothing of them is taken.
func TestWholeButWrong(t *testing.T) {
	t.Parallel()
	for _, n := range []int{120, 200} {
		for name, c := range map[string]struct {
			field  record.Field
			change func([]record.Fields) []record.Fields
		}{
			"initials": {person.FirstName, first(30, func(_ int, f record.Fields) { f[person.FirstName] = f[person.FirstName][:1] + "." })},
			"masked":   {person.LastName, first(30, func(_ int, f record.Fields) { f[person.LastName] = "Afgeschermd" })},
			"gender": {person.Gender, first(30, func(_ int, f record.Fields) {
				f[person.Gender] = map[string]string{"male": "female", "female": "male"}[f[person.Gender]]
			})},
			"day and month": {person.BirthDate, each(func(_ int, f record.Fields) {
				if b := f[person.BirthDate]; b[8:] <= "12" {
					f[person.BirthDate] = b[:5] + b[8:] + "-" + b[5:7]
				}
			})},
			"2090":          {person.BirthDate, first(30, func(_ int, f record.Fields) { f[person.BirthDate] = "2090" + f[person.BirthDate][4:] })},
			"2090 unread":   {person.BirthDate, first(60, func(_ int, f record.Fields) { delete(f, person.BirthDate) })},
			"0000":          {person.BirthDate, first(12, func(_ int, f record.Fields) { f[person.BirthDate] = "0000-00-00" })},
			"null infix":    {person.Infix, each(func(_ int, f record.Fields) { f[person.Infix] = cmpOr(f[person.Infix], "null") })},
			"null city":     {person.City, first(11, func(_ int, f record.Fields) { f[person.City] = "null" })},
			"object":        {person.Street, first(40, func(_ int, f record.Fields) { f[person.Street] = "[object Object]" })},
			"undefined":     {person.Mobile1, first(20, func(_ int, f record.Fields) { f[person.Mobile1] = "undefined" })},
			"second e-mail": {person.Email2, each(func(_ int, f record.Fields) { f[person.Email2] = "" })},
			"parent word": {person.Parent1Name, first(30, func(_ int, f record.Fields) {
				if f[person.Parent1Name] != "" {
					f[person.Parent1Name] = "Ouder/verzorger"
				}
			})},
			"lower case": {person.FirstName, each(func(_ int, f record.Fields) { f[person.FirstName] = "x" + f[person.FirstName] })},
		} {
			t.Run(fmt.Sprint(name, " of ", n), func(t *testing.T) {
				t.Parallel()
				j := judge(t, club(n), c.change).nothing(c.field)
				if len(j.found) == 0 {
					t.Error("nothing is found")
				}
				if got := j.taken(j.held.Fields()...); len(got) > 0 {
					t.Errorf("%v is taken from %v", j.held.Fields(), got)
				}
			})
		}
	}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// TestParentsOfTheNextChild: the parents of 20 children stand at the next one.
// None of it is taken, also no address beside the name of another.
func TestParentsOfTheNextChild(t *testing.T) {
	t.Parallel()
	parent := []record.Field{person.Parent1Name, person.Parent1Email, person.Parent1Phone}
	j := judge(t, club(120), func(now []record.Fields) []record.Fields {
		last := now[57].Only(parent)
		for i := 57; i > 0; i -= 3 {
			for _, f := range parent {
				now[i][f] = now[i-3][f]
			}
		}
		for f, v := range last {
			now[0][f] = v
		}
		return now
	})
	j.want(profile.ManyChanged, profile.ManyChanged, profile.ManyChanged).nothing(parent...)
}

// TestParentsGroup: the name of ten parents is a word, held in these ten; a new
// address of one of these parents waits with it, that of another does not.
func TestParentsGroup(t *testing.T) {
	t.Parallel()
	j := judge(t, club(120), first(30, func(i int, f record.Fields) {
		if i%3 == 0 {
			f[person.Parent1Name] = "Ouder/verzorger"
		}
		if i == 6 {
			f[person.Parent1Email] = "nieuw@example.org"
		}
	}))
	j.now[33][person.Parent1Email] = "ander@example.org"
	j.want(profile.OneValue).nothing(person.Parent1Name)
	if got := j.taken(person.Parent1Email); !slices.Equal(got, []int{33}) {
		t.Errorf("the address is taken from %v", got)
	}
	if fields := j.held.Fields(); len(fields) != 0 {
		t.Errorf("%v is held in all", fields)
	}
}

// TestSwapped: everything but the id changes places between two rows, of
// strangers and of brothers. Both wait, whole, and nobody else.
func TestSwapped(t *testing.T) {
	t.Parallel()
	brothers := club(120)
	brothers[9][person.LastName], brothers[9][person.Gender] = brothers[7][person.LastName], brothers[7][person.Gender]
	sister := club(120)
	sister[8][person.LastName] = sister[7][person.LastName]
	unborn := club(120)
	unborn[7][person.BirthDate] = ""
	for name, c := range map[string]struct {
		good []record.Fields
		with int
	}{
		"strangers": {club(120), 8}, "of one gender": {club(120), 9}, "brothers": {brothers, 9},
		"brother and sister": {sister, 8}, "one without a birth date": {unborn, 9},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := judge(t, c.good, func(now []record.Fields) []record.Fields {
				now[7], now[c.with] = now[c.with], now[7]
				now[20][person.FirstName] = "Anders"
				return now
			}).want(profile.SomebodyElse, profile.SomebodyElse)
			if got := j.taken(subject.Fields...); !slices.Equal(got, []int{20}) {
				t.Errorf("a change is taken from %v", got)
			}
			for i := range j.now {
				settled := j.held.Believed(id(i), j.good[i], j.now[i])
				if moved := i == 7 || i == c.with; settled == moved {
					t.Errorf("record %d: settled %v", i, settled)
				}
			}
			// A person says yes to one of the two.
			one := profile.NewHeld(subject, digest, j.found, j.found[0].ID)
			a, b := one.Hold(id(7), j.good[7], j.now[7]), one.Hold(id(c.with), j.good[c.with], j.now[c.with])
			if (len(a) == 0) == (len(b) == 0) {
				t.Errorf("%d and %d fields are held after one yes", len(a), len(b))
			}
		})
	}
}

// TestManySwapped: the rows of 30 people move on by one. One question for all.
func TestManySwapped(t *testing.T) {
	t.Parallel()
	j := judge(t, club(1000), func(now []record.Fields) []record.Fields {
		last := now[29]
		copy(now[1:30], now[:29])
		now[0] = last
		return now
	}).want(profile.SomebodyElse, profile.IdentityMoved).nothing(subject.Fields...)
	if j.found[0].Records != 30 || j.found[1].Records != 30 {
		t.Errorf("%d and %d records", j.found[0].Records, j.found[1].Records)
	}
}
