package club_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/record/invoice"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/step"
)

// invoices gives a member a city for invoices, or none.
func (w *world) invoices(code, city string) {
	w.t.Helper()
	var more []string
	for _, f := range invoice.Fields {
		v := ""
		if f == person.InvoiceCity {
			v = city
		}
		more = append(more, string(f), v)
	}
	w.member(code, more...)
}

// invoiced are the cities of the rows labelled Factuur at Rondo Club, by relation code.
func (w *world) invoiced() string {
	w.t.Helper()
	var out []string
	for code, fields := range w.site().fields {
		rows, _ := fields["addresses"].([]any)
		for _, r := range rows {
			if row, _ := r.(map[string]any); row["address_label"] == "Factuur" {
				out = append(out, fmt.Sprint(code, " ", row["city"]))
			}
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// byHand gives somebody at Rondo Club a row for invoices that people have made.
func (w *world) byHand(code, city string) {
	w.t.Helper()
	at := w.site()
	rows, _ := at.fields[code]["addresses"].([]any)
	rows = slices.DeleteFunc(slices.Clone(rows), func(r any) bool { return r.(map[string]any)["address_label"] == "Factuur" })
	rows = append(rows, map[string]any{"address_label": "Factuur", "city": city})
	w.control(w.rondo, "PATCH", fmt.Sprintf("/people/%d", at.ids[code]), map[string]any{"fields": map[string]any{"addresses": rows}}, nil)
}

// The address for invoices reaches Rondo Club, is put back when it is changed there, and is
// taken away when it is the member's own again. What people have put there of who has none at
// Sportlink stays, as does that of who has left. When nothing has changed nothing is written.
func TestAddressesForInvoices(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for i := range 12 {
		w.member(fmt.Sprintf("M%d", i+1))
	}
	w.cycle("people")
	w.byHand("M4", "Handstad")
	want := func(when, rows string) {
		t.Helper()
		if got := w.invoiced(); got != rows {
			t.Errorf("%s: %s, want %s", when, got, rows)
		}
		if sum := w.cycle("functions-full", "people", "functions-full"); sum != (step.Counter{}) {
			t.Errorf("%s, once more: %+v", when, sum)
		}
	}
	w.cycle("functions-full")
	want("not asked for", "M4 Handstad")
	for i := range 12 {
		w.invoices(fmt.Sprintf("M%d", i+1), "")
	}
	w.invoices("M1", "Havenstad")
	w.invoices("M2", "Waterstad")
	w.invoices("M3", "Bergstad")
	w.cycle("functions-full")
	want("asked for", "M1 Havenstad, M2 Waterstad, M3 Bergstad, M4 Handstad")

	w.byHand("M1", "Elders")
	w.cycle("functions-full")
	want("changed at the site", "M1 Havenstad, M2 Waterstad, M3 Bergstad, M4 Handstad")
	w.invoices("M1", "Nieuwstad")
	w.invoices("M2", "")
	w.cycle("functions-full")
	want("changed, and their own again", "M1 Nieuwstad, M3 Bergstad, M4 Handstad")
	w.invoices("M2", "Oudstad")
	w.cycle("functions-full")
	want("another again", "M1 Nieuwstad, M2 Oudstad, M3 Bergstad, M4 Handstad")

	w.member("M3", string(person.FormerMember), "true")
	w.cycle("people", "former-members", "functions-full")
	want("left", "M1 Nieuwstad, M2 Oudstad, M3 Bergstad, M4 Handstad")
	w.member("M3", string(person.FormerMember), "false")
	w.invoices("M3", "")
	w.cycle("people", "functions-full")
	want("returned, without one", "M1 Nieuwstad, M2 Oudstad, M4 Handstad")
}
