package engine_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// p are the fields of the members of a club.
var p = struct {
	AgeClass, BirthDate, City, Email1, Email2, FirstName, FormerMember, Gender, HouseNumber, Infix, LastName, MemberSince, Mobile1, Parent1Email, Parent1Name, PostalCode, RelationCode, Street, UnionTeams record.Field
}{
	AgeClass:     "age_class",
	BirthDate:    "birth_date",
	City:         "city",
	Email1:       "email_1",
	Email2:       "email_2",
	FirstName:    "first_name",
	FormerMember: "former_member",
	Gender:       "gender",
	HouseNumber:  "house_number",
	Infix:        "infix",
	LastName:     "last_name",
	MemberSince:  "member_since",
	Mobile1:      "mobile_1",
	Parent1Email: "parent_1_email",
	Parent1Name:  "parent_1_name",
	PostalCode:   "postal_code",
	RelationCode: "relation_code",
	Street:       "street",
	UnionTeams:   "union_teams",
}

var clubFields = []record.Field{
	p.RelationCode, p.FirstName, p.Infix, p.LastName, p.Gender, p.BirthDate, p.Email1, p.Email2,
	p.Mobile1, p.Street, p.HouseNumber, p.PostalCode, p.City, p.MemberSince, p.AgeClass, p.UnionTeams,
	p.Parent1Name, p.Parent1Email, p.FormerMember,
}

// clubPage decides at the source, and says what names somebody, what belongs
// together and what changes for all at the turn of the season.
func clubPage() *policy.Policy {
	rules := map[record.Field]policy.Rule{}
	for _, f := range clubFields {
		rules[f] = policy.Owned("source")
	}
	return &policy.Policy{
		Kind: kPerson, KeyFields: []record.Field{p.RelationCode}, Key: func(f record.Fields) string { return f[p.RelationCode] },
		Sources: []record.System{"source"}, Targets: []policy.Target{policy.TargetAt("target", "people")}, Fields: rules,
		Identity: []record.Field{p.FirstName, p.LastName, p.BirthDate, p.Gender},
		Groups: [][]record.Field{
			{p.FirstName, p.Infix, p.LastName}, {p.Street, p.HouseNumber, p.PostalCode, p.City}, {p.Parent1Name, p.Parent1Email},
		},
		MovesForAll: []record.Field{p.AgeClass, p.UnionTeams},
		OnDelete:    []policy.OnDelete{{System: "target", Action: policy.SetFields, Fields: record.Fields{p.FormerMember: "true"}}},
	}
}

// club120 is a source of 120 invented members and a target of them, with the
// policy of clubPage.
func club120() cast {
	source := memory.New("source", memory.Place{Name: "members", Kind: kPerson, Reads: clubFields, ReadOnly: true})
	target := memory.New("target", memory.Place{
		Name: "people", Kind: kPerson, Reads: clubFields, Writes: clubFields, Key: []record.Field{p.RelationCode},
	})
	source.States, target.States = true, true
	return cast{
		Policies: policy.Set{clubPage()}, Systems: []*memory.System{source, target},
		Pipeline: step.Pipeline{
			Name: "people", Family: "test",
			Reads: []step.Read{
				{System: "source", Place: "members", View: "all", Needed: true}, {System: "target", Place: "people", View: "all", Needed: true},
			},
			Writes: []step.Write{{System: "target", Place: "people"}},
		},
	}
}

func invented(i int) record.Fields {
	first := []string{"Anna", "Bram", "Cato", "Daan", "Emma", "Finn", "Gijs", "Hanna"}
	at := func(of ...string) string { return of[i%len(of)] }
	f := record.Fields{
		p.RelationCode: fmt.Sprintf("AB%04dC", i), p.FirstName: first[i%8] + string(rune('a'+i/8)), p.Infix: at("", "van", "", "de"),
		p.LastName: fmt.Sprintf("Test%csma", 'a'+i%26), p.Gender: at("male", "female"),
		p.BirthDate: fmt.Sprintf("%d-%02d-%02d", 1950+i%60, 1+i%12, 1+i*7%28), p.Email1: fmt.Sprintf("p%d@example.org", i), p.Email2: "",
		p.Mobile1: fmt.Sprintf("+316100%05d", i), p.Street: fmt.Sprintf("Straat%d", i%40), p.HouseNumber: strconv.Itoa(1 + i%90),
		p.PostalCode: fmt.Sprintf("%d AB", 1000+i), p.City: at("Leiden", "Delft", "Gouda", "Breda", "Assen"),
		p.MemberSince: fmt.Sprintf("%d-07-01", 1990+i%30), p.AgeClass: at("Senioren", "JO13", "JO11"), p.UnionTeams: at("Team 1", "Team 2", "Team 3"),
		p.Parent1Name: "", p.Parent1Email: "", p.FormerMember: "false",
	}
	if i%3 == 0 {
		f[p.Parent1Name], f[p.Parent1Email] = fmt.Sprintf("Ouder %d", i), fmt.Sprintf("ouder%d@example.org", i)
	}
	if i%30 == 7 {
		f[p.Email2] = fmt.Sprintf("q%d@example.org", i)
	}
	return f
}

// enrolled makes so many members.
func enrolled(n int) deed {
	return func(s *stage) {
		for i := range n {
			f := invented(i)
			s.By["source"].Put("members", record.ExternalID(f[p.RelationCode]), f)
		}
	}
}

// exported lists the members otherwise than they are.
func exported(change func(i int, f record.Fields)) deed {
	return shows("source", func(id record.ExternalID, f record.Fields) record.Fields {
		i, _ := strconv.Atoi(string(id[2:6]))
		change(i, f)
		return f
	})
}

// stand wants the target's members to have these fields as they were, but for
// those that changed says.
func stand(fields ...record.Field) deed {
	return func(s *stage) {
		s.T.Helper()
		wrong := 0
		for _, f := range s.By["target"].All("people") {
			i, _ := strconv.Atoi(f[p.RelationCode][2:6])
			for _, name := range fields {
				if f[name] != invented(i)[name] {
					wrong++
				}
			}
		}
		if wrong > 0 {
			s.T.Errorf("%d values of %v are not as they were", wrong, fields)
		}
	}
}

func upto(n int, f func(f record.Fields)) func(int, record.Fields) {
	return func(i int, r record.Fields) {
		if i < n {
			f(r)
		}
	}
}

// A reading that is whole, but wrong: nothing of it is written, all else goes on,
// and a good reading afterwards finds nothing to do.
func TestStoryWholeButWrong(t *testing.T) {
	t.Parallel()
	set := func(f record.Field, v string) func(record.Fields) { return func(r record.Fields) { r[f] = v } }
	drop := func(f record.Field) func(int, record.Fields) { return func(_ int, r record.Fields) { delete(r, f) } }
	for name, c := range map[string]struct {
		field  record.Field
		change func(int, record.Fields)
		why    string
	}{
		"renamed: ZipCode":     {p.PostalCode, drop(p.PostalCode), "FIELDS_HELD"},
		"renamed: Infix":       {p.Infix, drop(p.Infix), "FIELDS_HELD"},
		"renamed: NameParent1": {p.Parent1Name, drop(p.Parent1Name), "FIELDS_HELD"},
		"initials":             {p.FirstName, upto(30, func(f record.Fields) { f[p.FirstName] = f[p.FirstName][:1] + "." }), "FIELDS_HELD"},
		"masked":               {p.LastName, upto(30, set(p.LastName, "Afgeschermd")), "FIELDS_HELD"},
		"gender": {p.Gender, upto(30, func(f record.Fields) {
			f[p.Gender] = map[string]string{"male": "female", "female": "male"}[f[p.Gender]]
		}), "FIELDS_HELD"},
		"day and month": {p.BirthDate, func(_ int, f record.Fields) {
			if b := f[p.BirthDate]; b[8:] <= "12" {
				f[p.BirthDate] = b[:5] + b[8:] + "-" + b[5:7]
			}
		}, "FIELDS_HELD"},
		"births in 2090": {p.BirthDate, upto(30, func(f record.Fields) { f[p.BirthDate] = "2090" + f[p.BirthDate][4:] }), "FIELDS_HELD"},
		"null":           {p.City, upto(11, set(p.City, "null")), "FIELDS_HELD"},
		"an object":      {p.Street, upto(40, set(p.Street, "[object Object]")), "FIELDS_HELD"},
		"undefined":      {p.Mobile1, upto(20, set(p.Mobile1, "undefined")), "FIELDS_HELD"},
		"emptied, 4":     {p.Email2, func(_ int, f record.Fields) { f[p.Email2] = "" }, "FIELDS_HELD"},
		"a parent word": {p.Parent1Name, upto(40, func(f record.Fields) {
			if f[p.Parent1Name] != "" {
				f[p.Parent1Name] = "Ouder/verzorger"
			}
		}), "FIELDS_HELD"},
		"the next child's parent": {p.Parent1Name, func(i int, f record.Fields) {
			if i%3 == 0 && i < 60 {
				f[p.Parent1Name] = invented(i + 3)[p.Parent1Name]
			}
		}, "FIELDS_HELD"},
		"two rows swapped": {p.FirstName, func(i int, f record.Fields) {
			if i < 2 {
				code := f[p.RelationCode]
				for k, v := range invented(1 - i) {
					f[k] = v
				}
				f[p.RelationCode] = code
			}
		}, "IDENTITY_CHANGED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other, fresh := p.Mobile1, "+31612345678"
			if c.field == other {
				other, fresh = p.Email1, "new77@example.org"
			}
			tell(t, club120(), 0, []deed{
				enrolled(120), synced(), quiet(), quiet(), quiet(),
				exported(func(i int, f record.Fields) {
					c.change(i, f)
					if i == 77 {
						f[other] = fresh
					}
				}),
				synced(), noted("partial", c.why), stand(c.field),
				rowsWhere(1, `entity where fields->>'`+string(other)+`' = '`+fresh+`'`), // all else goes on
				later(2 * time.Hour), synced(), noted("partial", c.why), stand(c.field),
				later(2 * time.Hour), quiet(), // held, and nothing is written
				showsAll("source"), func(s *stage) { s.By["source"].States = true },
				synced(), noted("partial", ""), stand(c.field, other), quiet(),
			})
		})
	}
}

// Two rows that have each other's ids, whatever names the persons: neither is
// taken before it is confirmed, and nobody becomes the other.
func TestStoryIdsOfTwoRowsSwapped(t *testing.T) {
	t.Parallel()
	enrol := func(of func(i int) int) deed {
		return func(s *stage) {
			for i := range 120 {
				s.By["source"].Put("members", record.ExternalID(fmt.Sprintf("id-%04d", i)), invented(of(i)))
			}
		}
	}
	right := func(i int) int { return i }
	swapped := func(i int) int {
		if i < 2 {
			return 1 - i
		}
		return i
	}
	all := []record.Field{p.FirstName, p.LastName, p.BirthDate, p.Email1, p.Mobile1, p.Street}
	tell(t, club120(), 0, []deed{
		enrol(right), synced(), quiet(), quiet(),
		enrol(swapped), synced(), noted("partial", "IDENTITY_CHANGED"), stand(all...), rowsWhere(120, `entity where deleted = ''`), quiet(),
		later(2 * time.Hour), synced(), stand(all...), rowsWhere(120, `entity where deleted = ''`),
		enrol(right), synced(), noted("partial", ""), stand(all...), rowsWhere(120, `entity where deleted = ''`), quiet(),
	})
}

// A reading that is not even whole is held against the good one all the same, and
// does not become good itself.
func TestStoryWrongAndNotWhole(t *testing.T) {
	t.Parallel()
	stated := func(n int) deed { return func(s *stage) { s.By["source"].Stated = n } }
	tell(t, club120(), 0, []deed{
		enrolled(120), synced(), quiet(), quiet(), quiet(),
		exported(func(i int, f record.Fields) {
			if i < 30 {
				f[p.FirstName] = f[p.FirstName][:1] + "."
			}
			if i == 77 {
				f[p.Mobile1] = "+31612345678"
			}
		}),
		stated(200), synced(), stand(p.FirstName),
		rowsWhere(1, `entity where fields->>'mobile_1' = '+31612345678'`),
		later(2 * time.Hour), synced(), stand(p.FirstName),
		stated(0), later(2 * time.Hour), synced(), noted("partial", "FIELDS_HELD"), stand(p.FirstName),
		showsAll("source"), func(s *stage) { s.By["source"].States = true },
		synced(), noted("partial", ""), stand(p.FirstName, p.Mobile1), quiet(),
	})
}

// A member who is new in a reading of which a name is held is not made before a
// good reading shows them.
func TestStoryNewcomerInAHeldReading(t *testing.T) {
	t.Parallel()
	tell(t, club120(), 0, []deed{
		enrolled(120), synced(), quiet(), quiet(), quiet(),
		enrolled(122),
		exported(func(_ int, f record.Fields) { delete(f, p.Infix); f[p.LastName] = "x" + f[p.LastName] }),
		synced(), noted("partial", "FIELDS_HELD"), holding("target", 120),
		showsAll("source"), synced(), holding("target", 122), quiet(),
	})
}

// Ordinary life makes no noise.
func TestStoryOrdinaryReadings(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]deed{
		"four names are corrected": exported(upto(4, func(f record.Fields) { f[p.LastName] += "-Jansen" })),
		"the turn of the season": exported(func(i int, f record.Fields) {
			f[p.AgeClass], f[p.UnionTeams] = "O"+strconv.Itoa(i%9), "Team "+strconv.Itoa(i%11)
		}),
		"ten move house": exported(upto(10, func(f record.Fields) {
			f[p.Street], f[p.HouseNumber] = "Nieuwe "+f[p.Street], f[p.HouseNumber]+"1"
		})),
		"twenty are new": enrolled(140),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tell(t, club120(), 0, []deed{
				enrolled(120), synced(), quiet(), quiet(), quiet(),
				func(s *stage) { s.Override = []string{"TOO_MANY_CHANGED"} },
				change, synced(), noted("partial", ""), rowsWhere(0, `reading_finding`), quiet(),
			})
		})
	}
}

// Once a person has said that this is how it is now, it is taken; another finding
// asks again.
func TestStoryAcceptedChange(t *testing.T) {
	t.Parallel()
	renamed := func(n int) deed { return exported(upto(n, func(f record.Fields) { f[p.FirstName] += "-Lou" })) }
	accept := func(s *stage) {
		var id string
		err := s.Pool.QueryRow(s.T.Context(), `select id from reading_finding`).Scan(&id)
		if err == nil {
			err = s.Store.AcceptChange(s.T.Context(), id, store.Actor{Name: "olga"}, "they asked for it", s.Clock())
		}
		if err != nil {
			s.T.Error(err)
		}
	}
	tell(t, club120(), 0, []deed{
		enrolled(120), synced(), quiet(), quiet(), quiet(),
		renamed(20), synced(), rowsWhere(0, `entity where fields->>'first_name' like '%-Lou'`), rowsWhere(1, `reading_finding`),
		accept, renamed(21), synced(), // one more: that was not accepted
		rowsWhere(0, `entity where fields->>'first_name' like '%-Lou'`), noted("partial", "FIELDS_HELD"),
		accept, synced(), noted("partial", ""), rowsWhere(21, `entity where fields->>'first_name' like '%-Lou'`),
		synced(), rowsWhere(0, `reading_finding`), quiet(),
		rowsWhere(2, `audit where action = 'AcceptChange'`),
	})
	// No limit stops what was accepted, here or at the target.
	tell(t, club120(), 0, []deed{
		enrolled(120), synced(), quiet(), quiet(), quiet(),
		renamed(90), synced(), accept, synced(), noted("partial", ""),
		rowsWhere(90, `entity where fields->>'first_name' like '%-Lou'`),
		rowsWhere(90, `sync_record where system = 'target' and remote->>'first_name' like '%-Lou'`), quiet(),
	})
}
