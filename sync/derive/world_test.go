package derive_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// member is a living member called Voornaam-<code> with more fields as pairs
// of name and value.
func member(code string, more ...string) record.Entity {
	f := record.Fields{
		person.RelationCode: code,
		person.FirstName:    "Voornaam-" + code,
		person.Infix:        "van",
		person.LastName:     "Test",
		person.BirthDate:    "2012-05-17",
		person.Street:       "Straat " + code,
		person.UnionTeams:   "Team " + code,
		person.AgeClass:     "Onder 13",
		person.Mobile1:      "+31600000001",
	}
	for i := 0; i+1 < len(more); i += 2 {
		f[record.Field(more[i])] = more[i+1]
	}
	return record.Entity{Kind: person.Kind, Key: code, Fields: f}
}

func fullName(code string) string { return "Voornaam-" + code + " van Test" }

// world makes groups of persons as the engine does, and remembers what was
// made.
type world struct {
	rule      derive.Rule
	persons   []record.Entity
	made      map[string][]record.Entity // by group
	unmanaged map[string][]derive.Unmanaged
}

func newWorld(rule derive.Rule, persons ...record.Entity) *world {
	return &world{
		rule: rule, persons: persons,
		made: map[string][]record.Entity{}, unmanaged: map[string][]derive.Unmanaged{},
	}
}

func (w *world) groups() map[string][]record.Entity {
	out := map[string][]record.Entity{}
	for g := range w.made {
		out[g] = nil
	}
	for g := range w.unmanaged {
		out[g] = nil
	}
	for _, p := range w.persons {
		for _, g := range w.rule.Groups(p) {
			out[g] = append(out[g], p)
		}
	}
	return out
}

// derive makes every group once and returns the entities made, by kind and
// key, and the aliases.
func (w *world) derive(t testing.TB) (map[string]record.Fields, []derive.Alias) {
	t.Helper()
	out := map[string]record.Fields{}
	var aliases []derive.Alias
	groups := w.groups()
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		made := w.rule.Make(derive.Group{
			Key: key, Members: groups[key], Before: w.made[key], Unmanaged: w.unmanaged[key],
		})
		before := map[string]record.Entity{}
		for _, e := range w.made[key] {
			before[string(e.Kind)+" "+e.Key] = e
		}
		w.made[key] = nil
		for _, e := range made.Entities {
			name := string(e.Kind) + " " + e.Key
			if _, twice := out[name]; twice || e.Key == "" {
				t.Errorf("group %s: the entity %q is made twice or has no key", key, e.Key)
			}
			if !slices.Contains(w.rule.Makes, e.Kind) {
				t.Errorf("the rule makes a %s unannounced", e.Kind)
			}
			out[name] = e.Fields.Clone()
			fields := before[name].Fields.Clone() // what others decided stays
			maps.Copy(fields, e.Fields)
			w.made[key] = append(w.made[key], record.Entity{Kind: e.Kind, Key: e.Key, Fields: fields})
		}
		aliases = append(aliases, made.Aliases...)
	}
	return out, aliases
}

// set changes a field of an entity made before, as a system would.
func (w *world) set(t testing.TB, key string, f record.Field, value string) {
	t.Helper()
	for _, made := range w.made {
		for _, e := range made {
			if e.Key == key {
				e.Fields[f] = value
				return
			}
		}
	}
	t.Fatalf("there is no entity %q", key)
}

func keys(made map[string]record.Fields) string {
	return strings.Join(slices.Sorted(maps.Keys(made)), "\n")
}

// wantFields checks some fields; a value of absent wants no such field.
func wantFields(t *testing.T, got, want record.Fields) {
	t.Helper()
	if got == nil {
		t.Fatal("the entity was not made")
	}
	for _, f := range want.Names() {
		v, ok := got[f]
		if want[f] == absent {
			if ok {
				t.Errorf("%s = %q, want it absent", f, v)
			}
		} else if !ok || v != want[f] {
			t.Errorf("%s = %q (present %v), want %q", f, v, ok, want[f])
		}
	}
}

const absent = "\x00absent"

// madeOf is what a rule makes of the group of this key, of those who are in a group at all.
func madeOf(rule derive.Rule, key string, all, before []record.Entity) []derive.Entity {
	g := derive.Group{Key: key, Before: before}
	for _, e := range all {
		if len(rule.Groups(e)) > 0 {
			g.Members = append(g.Members, e)
		}
	}
	return rule.Make(g).Entities
}
