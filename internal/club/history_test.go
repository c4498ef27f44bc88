package club_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/step"
)

// played gives a member a history in teams: number, role, start, end.
func (w *world) played(code string, all ...string) {
	w.t.Helper()
	var set []person.Function
	for _, row := range all {
		c := strings.Split(row, "|")
		set = append(set, person.Function{Committee: c[0], Role: c[1], Start: c[2], End: c[3], Current: c[3] == ""})
	}
	w.member(code, string(person.History), person.FunctionSet(set))
}

// The history of members gives the rows that a roster has made their starts: they are there
// once, with what people have written into them, and beside rows that people have made. A row
// that gets an end is the same row (weakness 3.2.17), and no row is known by its place
// (3.2.16, B17). The second time nothing is written.
func TestB17P3216PlayerHistory(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, code := range []string{"M1", "M2", "M3"} {
		w.member(code)
	}
	w.team("T0000000001", "JO12-1", "M1 Teamspeler", "M2 Keeper")
	w.team("T0000000002", "Zaal 1", "M2 Teamspeler")
	w.cycle("people", "teams")
	id := w.site().ids["M1"]
	w.control(w.rondo, "POST", fmt.Sprintf("/people/%d/work", id), map[string]any{"entity_type": "team", "job_title": "Trainer"}, nil)
	theirs := w.site().work["M1"][0]
	rows, _ := w.site().fields["M1"]["work_history"].([]any)
	for _, r := range rows {
		if row, _ := r.(map[string]any); row["job_title"] == "Teamspeler" {
			row["description"] = "aanvoerder"
		}
	}
	w.control(w.rondo, "PATCH", fmt.Sprintf("/people/%d", id), map[string]any{"fields": map[string]any{"work_history": stripped(rows)}}, nil)
	w.cycle("people")
	w.writes()

	w.played("M1", "T0000000001|Teamspeler|2024-08-01|", "T0000000002|Teamspeler|2020-08-01|2022-06-30")
	w.played("M2", "T0000000001|Keeper|2025-08-01|", "T0000000009|Keeper|2019-08-01|2020-06-30") // of a team that is not there yet
	w.played("M3")
	w.cycle("player-history")
	want := map[string]string{
		"M1": theirs + " & JO12-1|Teamspeler|2024-08-01||true & Zaal 1|Teamspeler|2020-08-01|2022-06-30|false",
		"M2": "JO12-1|Keeper|2025-08-01||true & Zaal 1|Teamspeler|||true",
	}
	w.wantWork("the histories are read", want)
	if n := w.writes(); n["people"] != 2 || len(n) != 1 {
		t.Errorf("written %v", n)
	}
	if !strings.Contains(fmt.Sprint(w.site().fields["M1"]["work_history"]), "aanvoerder") {
		t.Error("what people wrote into a row is gone: it was made anew")
	}
	for _, name := range []string{"player-history", "teams", "people", "scan-rondoclub", "player-history"} {
		if sum := w.cycle(name); sum != (step.Counter{}) || len(w.writes()) > 0 {
			t.Errorf("%s once more: %+v", name, sum)
		}
	}

	w.team("T0000000001", "JO12-1", "M2 Keeper")
	w.cycle("teams")
	want["M1"] = strings.Replace(want["M1"], "2024-08-01||true", "2024-08-01||false", 1)
	w.wantWork("a roster shows one no more", want)
	w.played("M1", "T0000000001|Teamspeler|2024-08-01|2026-10-31", "T0000000002|Teamspeler|2020-08-01|2022-06-30")
	w.cycle("player-history")
	want["M1"] = strings.Replace(want["M1"], "2024-08-01||false", "2024-08-01|2026-10-31|false", 1)
	w.wantWork("and the history the day", want)
	w.team("T0000000009", "JO9-9")
	w.cycle("teams")
	want["M2"] = "JO12-1|Keeper|2025-08-01||true & JO9-9|Keeper|2019-08-01|2020-06-30|false & Zaal 1|Teamspeler|||true"
	w.wantWork("the team is there by now", want)
	w.writes()
	if sum := w.cycle("player-history", "teams"); sum != (step.Counter{}) || len(w.writes()) > 0 {
		t.Errorf("once more: %+v", sum)
	}
}

// stripped are rows without what the site only shows, and without empty days, which it does
// not take.
func stripped(rows []any) []any {
	for _, r := range rows {
		row, _ := r.(map[string]any)
		maps.DeleteFunc(row, func(key string, v any) bool { return key == "entity_type" || v == "" })
	}
	return rows
}
