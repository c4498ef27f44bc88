package derive_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/committee"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/work"
)

func does(code string, all ...person.Function) record.Entity {
	return member(code, string(person.Functions), person.FunctionSet(all))
}

func now(committee, role, start string) person.Function {
	return person.Function{Committee: committee, Role: role, Start: start, Current: true}
}

func TestCommittees(t *testing.T) {
	t.Parallel()
	w := newWorld(derive.Committees(),
		does("B2", now("Jeugdcommissie", "Lid", "2020-01-01"), now("Kantine", "Lid", "")), does("C3", now("jeugdcommissie ", "Voorzitter", "")), member("D4"))
	made, _ := w.derive(t)
	names := map[string]string{}
	for key, f := range made {
		names[key] = f[committee.Name]
	}
	if want := map[string]string{"club.committee jeugdcommissie": "Jeugdcommissie", "club.committee kantine": "Kantine"}; !maps.Equal(names, want) {
		t.Fatalf("%v", names)
	}
	w.persons = []record.Entity{does("C3", now("JEUGDCOMMISSIE", "Voorzitter", ""))}
	made, _ = w.derive(t)
	if n := made["club.committee jeugdcommissie"][committee.Name]; n != "JEUGDCOMMISSIE" {
		t.Errorf("nobody writes the name as before, and it is %q", n)
	}
	if n := made["club.committee kantine"][committee.Name]; n != "Kantine" {
		t.Errorf("a committee that nobody is in any more is named %q", n)
	}
}

// TestB18B19Work: several roles in one committee are several rows (weakness B19); what is not
// shown any more is ended, without a day that nobody has named (B18), and stays so; the
// last one that ends is told, too; a leaver's work ends.
func TestB18B19Work(t *testing.T) {
	t.Parallel()
	w := newWorld(derive.Work(), does("B2", now("Kantine", "Lid", "2020-01-01"), now("Kantine", "Voorzitter", "2020-01-01")), member("D4"))
	rows := func() string {
		t.Helper()
		made, _ := w.derive(t)
		if len(made) != 1 {
			t.Fatalf("%d members have work", len(made))
		}
		all := record.SetMembers(made[string(work.Kind)+" B2"][work.Functions])
		for i := range all {
			all[i] = strings.ReplaceAll(all[i], "\t", "|")
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	const memberRow, chair = "kantine|Lid|2020-01-01||", "kantine|Voorzitter|2020-01-01||"
	if got := rows(); got != memberRow+"current "+chair+"current" {
		t.Errorf("two roles: %s", got)
	}
	w.persons[0] = does("B2", now("Kantine", "Lid", "2020-01-01"))
	if got := rows(); got != memberRow+"current "+chair+"ended" {
		t.Errorf("one ended: %s", got)
	}
	w.persons[0] = does("B2", now("Kantine", "Lid", "2026-01-01"), person.Function{Committee: "Kantine", Role: "Voorzitter", Start: "2020-01-01", End: "2024-06-30"})
	if got := rows(); got != memberRow+"ended kantine|Lid|2026-01-01||current kantine|Voorzitter|2020-01-01|2024-06-30|ended" {
		t.Errorf("begun anew, and an end with its day: %s", got)
	}
	w.persons = nil
	if got := rows(); strings.Contains(got, "current") || strings.Count(got, "ended") != 3 {
		t.Errorf("a leaver: %s", got)
	}
}
