package club_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/step"
)

// site is what stands at Rondo Club.
type site struct {
	work   map[string][]string // rows of work by relation code, sorted
	fields map[string]map[string]any
	ids    map[string]int
	groups []string
}

func (w *world) site() site {
	w.t.Helper()
	var dump struct {
		People []struct {
			ID     int
			Fields map[string]any
		}
		Groups []struct {
			ID   int
			Name string
		}
	}
	w.control(w.rondo, "GET", "/dump", nil, &dump)
	out := site{work: map[string][]string{}, fields: map[string]map[string]any{}, ids: map[string]int{}}
	names := map[int]string{}
	for _, g := range dump.Groups {
		names[g.ID] = g.Name
		out.groups = append(out.groups, g.Name)
	}
	slices.Sort(out.groups)
	for _, p := range dump.People {
		code := fmt.Sprint(p.Fields["knvb_id"])
		out.fields[code], out.ids[code] = p.Fields, p.ID
		rows, _ := p.Fields["work_history"].([]any)
		for _, r := range rows {
			row, _ := r.(map[string]any)
			id, _ := row["team_id"].(float64)
			out.work[code] = append(out.work[code], fmt.Sprint(names[int(id)], "|", row["job_title"], "|", row["start_date"], "|", row["end_date"], "|", row["is_current"]))
			slices.Sort(out.work[code])
		}
	}
	return out
}

// wantWork fails the test unless the work at Rondo Club is this, by relation code.
func (w *world) wantWork(when string, want map[string]string) {
	w.t.Helper()
	is := map[string]string{}
	for code, rows := range w.site().work {
		is[code] = strings.Join(rows, " & ")
	}
	if !maps.Equal(is, want) {
		w.t.Errorf("%s: the work is\n%v\nwant\n%v", when, is, want)
	}
}

// does gives a member functions: committee, role, start, end.
func (w *world) does(code string, all ...string) {
	w.t.Helper()
	var set []person.Function
	for _, row := range all {
		c := strings.Split(row, "|")
		set = append(set, person.Function{Committee: c[0], Role: c[1], Start: c[2], End: c[3], Current: c[3] == ""})
	}
	w.member(code, string(person.Functions), person.FunctionSet(set), string(person.ChangedOn), w.now().Format("2006-01-02"))
}

// writes counts what Rondo Club has accepted since it was asked last, by collection.
func (w *world) writes() map[string]int {
	w.t.Helper()
	var all []struct {
		Seq        int
		Collection string
	}
	w.control(w.rondo, "GET", fmt.Sprintf("/writes?since=%d", w.seen["writes"]), nil, &all)
	out := map[string]int{}
	for _, c := range all {
		w.seen["writes"] = max(w.seen["writes"], c.Seq)
		out[c.Collection]++
	}
	return out
}

// Functions become committees and the work of people: several roles in one committee, one
// write a person, however many kinds change. The second time nothing is written.
func TestB19B29P3218P3221Functions(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.does("M1", "Jeugdcommissie|Lid|2020-08-01|", "Jeugdcommissie|Voorzitter|2020-08-01|", "Verenigingsbreed|Secretaris||")
	w.does("M2", "jeugdcommissie|Lid|2019-01-01|2022-06-30", "Bar & keuken|Lid|2024-08-01|")
	w.member("M3", string(person.VOGDate), "2024-02-29", string(person.FinancialBlock), "true")
	w.member("M4")
	w.cycle("people")
	w.writes()
	if sum := w.cycle("functions-full"); sum.Failed+sum.Quarantined+sum.Held > 0 {
		t.Fatalf("%+v", sum)
	}
	want := map[string]string{
		"M1": "Jeugdcommissie|Lid|2020-08-01||true & Jeugdcommissie|Voorzitter|2020-08-01||true & Verenigingsbreed|Secretaris|||true",
		"M2": "Bar & keuken|Lid|2024-08-01||true & Jeugdcommissie|Lid|2019-01-01|2022-06-30|false",
	}
	w.wantWork("first", want)
	at := w.site()
	if got := strings.Join(at.groups, ", "); got != "Bar & keuken, JO11-2, Jeugdcommissie, Verenigingsbreed" {
		t.Errorf("groups: %s", got) // the one that people had made is taken for ours
	}
	if at.fields["M3"]["datum_vog"] != "2024-02-29" || at.fields["M3"]["financiele_blokkade"] != true || at.fields["M4"]["financiele_blokkade"] != false {
		t.Errorf("the certificate is %v, the blocks %v, %v", at.fields["M3"]["datum_vog"], at.fields["M3"]["financiele_blokkade"], at.fields["M4"]["financiele_blokkade"])
	}
	if n := w.writes(); n["people"] > 3 || n["groups"] != 2 {
		t.Errorf("written %v", n)
	}
	w.cycle("people") // who is a volunteer by now is read, also of whom nothing but the work was written
	var volunteers string
	if err := w.pool.QueryRow(t.Context(), `select coalesce(string_agg(key, ' ' order by key), '') from entity where kind = 'club.person' and fields ->> 'volunteer' = 'true'`).Scan(&volunteers); err != nil || volunteers != "M1 M2" {
		t.Errorf("volunteers %q, %v", volunteers, err)
	}
	w.writes()
	for _, name := range []string{"functions-full", "functions", "people", "scan-rondoclub"} {
		if sum := w.cycle(name); sum != (step.Counter{}) || len(w.writes()) > 0 {
			t.Errorf("%s once more: %+v", name, sum)
		}
	}
}

// What people have entered stays. A visit of some members adds, and ends what is said to
// have ended; only a reading of all ends what is not shown any more, the last function of
// somebody as well. Whoever leaves has no function any more.
func TestB18P3219H1H3FunctionsEnd(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.does("M1", "Bar|Lid|2020-08-01|", "Bar|Voorzitter|2020-08-01|")
	w.does("M2", "Bar|Lid|2021-08-01|")
	w.member("M3")
	w.cycle("people", "functions-full", "people")
	w.control(w.rondo, "POST", fmt.Sprintf("/people/%d/work", w.site().ids["M1"]), map[string]any{"entity_type": "team", "job_title": "Trainer"}, nil)
	w.control(w.rondo, "POST", "/commissies", map[string]any{"name": "Van henzelf"}, nil)
	theirs := w.site().work["M1"][2]

	w.does("M1", "Bar|Voorzitter|2020-08-01|2026-06-30", "Hal|Lid|2026-08-01|")
	w.does("M2")
	w.writes()
	w.cycle("functions")
	want := map[string]string{
		"M1": "Bar|Lid|2020-08-01||true & Bar|Voorzitter|2020-08-01|2026-06-30|false & Hal|Lid|2026-08-01||true & " + theirs,
		"M2": "Bar|Lid|2021-08-01||true",
	}
	w.wantWork("after a visit", want)
	if n := w.writes(); n["people"] != 1 || n["groups"] != 1 {
		t.Errorf("written %v", n)
	}
	w.cycle("functions-full")
	want["M1"] = strings.Replace(want["M1"], "Bar|Lid|2020-08-01||true", "Bar|Lid|2020-08-01||false", 1)
	want["M2"] = "Bar|Lid|2021-08-01||false"
	w.wantWork("after all were read", want)
	w.writes()
	if sum := w.cycle("functions-full", "functions"); sum != (step.Counter{}) || len(w.writes()) > 0 {
		t.Errorf("once more: %+v", sum)
	}
	w.does("M2", "Bar|Lid|2021-08-01|")
	w.cycle("functions")
	want["M2"] = "Bar|Lid|2021-08-01||true"
	w.wantWork("shown again", want)
	if got := strings.Join(w.site().groups, ", "); got != "Bar, Hal, JO11-2, Jeugdcommissie, Van henzelf" {
		t.Errorf("groups: %s", got)
	}
}

// A visit shows less than the list: neither it nor the list after it writes a row of
// a member of whom there is no news, also of one who is new or has changed just before.
func TestVisitsWithoutNews(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.does("M1", "Bar|Lid|2020-08-01|")
	w.does("M2", "Bar|Lid|2021-08-01|")
	w.member("M3")
	quiet := func(when string, names ...string) {
		t.Helper()
		for _, name := range names {
			before := w.rows()
			w.cycle(name)
			if after := w.rows(); !maps.Equal(before, after) {
				t.Errorf("%s: %s writes rows: %v, then %v", when, name, before, after)
			}
		}
	}
	w.cycle("people", "functions", "people")
	quiet("visited first", "functions", "functions-full", "functions", "people")
	w.member("M1", string(person.FirstName), "Anders", string(person.ChangedOn), w.now().Format("2006-01-02"))
	w.does("M2", "Bar|Lid|2021-08-01|", "Hal|Lid|2026-08-01|")
	w.cycle("people", "functions", "people")
	quiet("something new", "functions", "people", "functions-full", "functions")
	w.does("M4", "Bar|Lid|2022-08-01|")
	for range 2 {
		if _, err := w.run("individual", "M4"); err != nil {
			t.Fatal(err)
		}
	}
	before := w.rows()
	if _, err := w.run("individual", "M4"); err != nil {
		t.Fatal(err)
	}
	if after := w.rows(); !maps.Equal(before, after) {
		t.Errorf("individual once more writes rows: %v, then %v", before, after)
	}
}
