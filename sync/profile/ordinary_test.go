package profile_test

import (
	"fmt"
	"testing"

	"github.com/touchline-sync/touchline/sync/profile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// TestOrdinaryLife makes no noise: no finding, and so nothing is held.
func TestOrdinaryLife(t *testing.T) {
	t.Parallel()
	same := func(now []record.Fields) []record.Fields { return now }
	for name, c := range map[string]struct {
		good   []record.Fields
		change func([]record.Fields) []record.Fields
	}{
		"the secretary corrects four names": {club(40), first(4, func(i int, f record.Fields) {
			f[person.FirstName] += "a"
			f[person.LastName] = fmt.Sprint("Nieuw", 'a'+rune(i))
		})},
		"two twins get their own names": {club(40), func(now []record.Fields) []record.Fields {
			now[3][person.FirstName], now[4][person.FirstName] = now[4][person.FirstName], now[3][person.FirstName]
			return now
		}},
		"somebody marries": {club(40), first(1, func(_ int, f record.Fields) {
			f[person.LastName], f[person.Infix], f[person.Email1] = "Bruid", "de", "bruid@example.org"
		})},
		"the turn of the season": {club(400), each(func(i int, f record.Fields) {
			f[person.UnionTeams] = fmt.Sprint("Team ", i%9)
			f[person.AgeClass] = "JO12"
			f[person.GameActivity] = "Zaal"
		})},
		"registration day": {club(400), func(now []record.Fields) []record.Fields {
			for _, f := range club(460)[400:] {
				f[person.Email2], f[person.FirstName] = "nieuw@example.org", "Nieuw"
				now = append(now, f)
			}
			return now
		}},
		"half of the club is new": {club(40), func(now []record.Fields) []record.Fields {
			return append(now, club(120)[40:]...)
		}},
		"ten people exchange addresses": {club(120), func(now []record.Fields) []record.Fields {
			address := []record.Field{person.Street, person.HouseNumber, person.PostalCode, person.City, person.Email1}
			for i := 0; i < 10; i += 2 {
				for _, f := range address {
					now[i][f], now[i+1][f] = now[i+1][f], now[i][f]
				}
			}
			return now
		}},
		"five new phones in a club of eight": {club(8), set(5, person.Mobile1, "+3169999999*")},
		"the first reading after a load":     {club(120), same},
		"nobody has a second address": {
			each(func(_ int, f record.Fields) { f[person.Email2] = "" })(club(120)),
			set(4, person.Email2, "q@example.org*"),
		},
		"five more photos":    {club(120), set(5, person.MemberSince, "2027-01-09")},
		"eight stop on a day": {club(200), set(8, person.MemberUntil, "2027-06-30")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if j := judge(t, c.good, c.change).want(); !j.held.Empty() {
				t.Error("something is held")
			}
		})
	}
}

// TestNewRecords: of a new record what is held in all takes no part, nor what
// is in a group with it, nor a placeholder that is found.
func TestNewRecords(t *testing.T) {
	t.Parallel()
	newcomers := func(now []record.Fields) []record.Fields { return append(now, club(123)[120:]...) }
	j := judge(t, club(120), func(now []record.Fields) []record.Fields {
		return newcomers(set(30, person.FirstName, "J.*")(now))
	}).want(profile.ManyChanged)
	if got := fmt.Sprint(j.holds(121)); got != "[first_name infix last_name]" {
		t.Errorf("held of a new record: %s", got)
	}
	j = judge(t, club(120), func(now []record.Fields) []record.Fields {
		now = newcomers(set(7, person.Street, "Afgeschermd")(now))
		now[121][person.Street] = "Afgeschermd"
		return now
	}).want(profile.OneValue)
	if a, b := len(j.holds(120)), len(j.holds(121)); a != 0 || b == 0 {
		t.Errorf("%d and %d fields are held of new records", a, b)
	}
}

// TestManyOptIns: a few who opt in again where they decide are believed; where many do
// at once none is until a person has looked, and who opts out with them is out.
func TestManyOptIns(t *testing.T) {
	t.Parallel()
	const state record.Field = "state"
	s := subject
	s.Fields, s.Identity, s.Groups = []record.Field{state}, nil, nil
	s.Consents = map[record.Field][]string{state: {"unsubscribed", "cleaned", "active"}}
	reading := func(again int, opt ...record.Field) (*profile.Held, []profile.Finding) {
		s.OptIns = opt
		c := profile.NewComparer(s, profile.DefaultSettings(), digest, nil)
		for i := range 1000 {
			was, is := "active", "active"
			if i < 50 {
				was, is = "unsubscribed", "unsubscribed"
			}
			if i < again {
				is = "active"
			}
			c.Pair(id(i), record.Fields{state: was}, record.Fields{state: is}, nil)
		}
		c.Pair("out", record.Fields{state: "active"}, record.Fields{state: "unsubscribed"}, nil)
		found := c.Findings(profile.Good{})
		return profile.NewHeld(s, digest, found), found
	}
	back, out := record.Fields{state: "active"}, record.Fields{state: "unsubscribed"}
	if _, found := reading(5, state); len(found) > 0 {
		t.Errorf("5 of 50 opt in again: %v", found)
	}
	h, found := reading(6, state)
	if len(found) != 1 || found[0].Records != 6 || len(h.Hold(id(0), out, back)) != 1 || len(h.Hold("out", back, out)) != 0 {
		t.Errorf("6 of 50 opt in again: %v", found)
	}
	if _, found := reading(50); len(found) > 0 {
		t.Errorf("where nobody may loosen it: %v", found)
	}
}

// TestConsent: one stricter consent after the other acts, whatever else is held
// of the record; of a looser one nothing is taken from a record that shows
// somebody else; one reading that changes many is held.
func TestConsent(t *testing.T) {
	t.Parallel()
	const consent record.Field = "consent"
	s := subject
	s.Fields = append([]record.Field{}, "birth_date", "consent", "first_name", "last_name")
	s.Identity = []record.Field{"first_name", "last_name", "birth_date"}
	s.Groups, s.Consents = nil, map[record.Field][]string{consent: {"bounced", "opted_out"}}
	member := func(i int, consent string) record.Fields {
		return record.Fields{
			"first_name": fmt.Sprint("F", i), "last_name": fmt.Sprint("L", i), "birth_date": fmt.Sprint("19", i+10), "consent": consent,
		}
	}
	reading := func(out int) (*profile.Held, []profile.Finding) {
		c := profile.NewComparer(s, profile.DefaultSettings(), digest, nil)
		for i := range 100 {
			now := member(i, "opted_in")
			if i < out {
				now = member(i, "opted_out")
			}
			c.Pair(id(i), member(i, "opted_in"), now, nil)
		}
		// Two records show somebody else; one opts out with that, one opts in.
		c.Pair("x", member(500, "opted_in"), member(501, "opted_out"), nil)
		c.Pair("y", member(502, "opted_out"), member(503, "opted_in"), nil)
		found := c.Findings(profile.Good{})
		return profile.NewHeld(s, digest, found), found
	}
	h, found := reading(8)
	if len(found) != 2 {
		t.Errorf("8 of 102 opt out: %v", found)
	}
	if got := len(h.Hold("x", member(500, "opted_in"), member(501, "opted_out"))); got != 3 {
		t.Errorf("%d fields are held of the one who opts out", got)
	}
	if got := len(h.Hold("y", member(502, "opted_out"), member(503, "opted_in"))); got != 4 {
		t.Errorf("%d fields are held of the one who opts in", got)
	}
	h, _ = reading(9)
	if got := h.Hold(id(0), member(0, "opted_in"), member(0, "opted_out")); len(got) != 1 || got[0].Cause != profile.ManyChanged {
		t.Errorf("11 of 102 consents change: held is %v", got)
	}
}
