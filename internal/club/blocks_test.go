package club_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/record/person"
)

// blocks is what the timeline of a member says of the block, in order: "ingesteld opgeheven".
func (w *world) blocks(code string) string {
	w.t.Helper()
	var out []string
	all, _ := w.timelines()
	for _, a := range all[code] {
		if a.Type != "financial_block_change" {
			w.t.Errorf("told is %+v", a)
		}
		text, _, _ := strings.Cut(strings.TrimPrefix(a.Content, "<strong>Financiële blokkade "), "</strong>")
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// blocked says whether Sportlink shows a block of a member, and that it has changed.
func (w *world) blocked(code, is string) {
	w.t.Helper()
	w.member(code, string(person.FinancialBlock), is, string(person.ChangedOn), w.now().Format(time.DateOnly))
}

// B20, B23, 3.2.19: a block that is set, or lifted, in Sportlink or at Rondo Club, is one
// activity each time, and reaches Rondo Club; how it stood at first is none. Nothing of what
// was told is compared, or told again.
func TestB23BlockIsTold(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for code, is := range map[string]string{"M1": "false", "M2": "true", "M3": "false"} {
		w.blocked(code, is)
	}
	w.member("M4") // of whom nobody has said anything
	w.cycle("people", "functions-full")
	if _, n := w.timelines(); n != 0 {
		t.Fatalf("%d activities of what nobody has changed", n)
	}
	w.blocked("M1", "true")
	w.blocked("M2", "false")
	if sum := w.cycle("functions"); sum.Created != 2 || sum.Failed+sum.Quarantined > 0 {
		t.Errorf("two changes: %+v", sum)
	}
	at := w.site()
	if at.fields["M1"]["financiele_blokkade"] != true || at.fields["M2"]["financiele_blokkade"] != false {
		t.Errorf("the blocks are %v, %v", at.fields["M1"]["financiele_blokkade"], at.fields["M2"]["financiele_blokkade"])
	}
	w.control(w.rondo, "PATCH", fmt.Sprintf("/people/%d", at.ids["M3"]), map[string]any{"fields": map[string]any{"financiele_blokkade": true}}, nil)
	w.cycle("functions")
	for code, want := range map[string]string{"M1": "ingesteld", "M2": "opgeheven", "M3": "ingesteld", "M4": ""} {
		if got := w.blocks(code); got != want {
			t.Errorf("%s: told is %q, want %q", code, got, want)
		}
	}
	all, _ := w.timelines()
	w.control(w.rondo, "PATCH", fmt.Sprintf("/activities/%d", all["M1"][0].ID), map[string]any{"content": "<strong>Financiële blokkade ingesteld</strong> (gebeld)"}, nil)
	w.control(w.rondo, "DELETE", fmt.Sprintf("/activities/%d", all["M2"][0].ID), nil, nil)
	w.start()
	w.calm("functions-full", "people", "functions", "conversations", "scan-rondoclub")
	w.blocked("M1", "false")
	w.blocked("M2", "true")
	w.cycle("functions")
	for code, want := range map[string]string{"M1": "ingesteld opgeheven", "M2": "ingesteld", "M3": "ingesteld"} {
		if got := w.blocks(code); got != want {
			t.Errorf("%s: told is %q at last, want %q", code, got, want)
		}
	}
	w.calm("functions-full", "functions")
}

// An answer that is lost, and a process that dies, tell it once; what may have changed while
// somebody was no member is not told.
func TestBlockIsToldOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.blocked("M1", "false")
	w.blocked("M2", "false")
	w.cycle("people", "functions-full")
	w.control(w.rondo, "POST", "/faults", map[string]any{
		"times": 1, "match": map[string]any{"method": "POST", "path": "*/activities"}, "do": map[string]any{"kind": "drop-after"},
	}, nil)
	w.blocked("M1", "true")
	for range 3 {
		if _, err := w.run("functions"); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Hour)
		w.start()
	}
	if got := w.blocks("M1"); got != "ingesteld" {
		t.Errorf("told is %q", got)
	}
	w.sportlink.Drop("members", "M2", "")
	for range 2 {
		w.pass(24 * time.Hour)
		w.cycle("people")
	}
	w.blocked("M2", "true")
	w.cycle("people", "functions")
	if got := w.blocks("M2"); got != "" {
		t.Errorf("of what may have changed while they were away: %q", got)
	}
	w.blocked("M2", "false")
	w.cycle("functions")
	if got := w.blocks("M2"); got != "opgeheven" {
		t.Errorf("once they were back: %q", got)
	}
	w.calm("functions-full", "functions")
}
