package rondoclub_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/rondoclub"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/contribution"
	"github.com/touchline-sync/touchline/sync/record/invoice"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/photo"
	"github.com/touchline-sync/touchline/sync/record/work"
)

// Figures are numbers of euros there and cents here, and are read back; null takes one
// away. Writes of them are apart, others are not.
func TestContributions(t *testing.T) {
	t.Parallel()
	for _, theme := range []string{rondosim.Fields, rondosim.ACF} {
		t.Run(theme, func(t *testing.T) {
			t.Parallel()
			b := setup(t, rondosim.Options{Theme: theme})
			item := b.create(zoe())
			set := record.Fields{"balance_2025": "-1250", "total_2025": "10005", "status_2025": "open", "balance_2024": "0", "total_2024": "7"}
			if got := b.update(item.ID, set).Fields.Only(set.Names()); !maps.Equal(got, set) {
				t.Errorf("read back as %v", got)
			}
			first := b.host.Now()
			b.update(item.ID, record.Fields{"total_2023": "500"})
			if d := b.host.Now().Sub(first); d < rondoclub.DefaultContributionDelay {
				t.Errorf("the second write is %s after the first", d)
			}
			fields, _ := b.stored(item.ID)["fields"].(object)
			if fields["_nikki_2025_saldo"] != -12.5 || fields["_nikki_2025_total"] != 100.05 || fields["_nikki_2024_total"] != 0.07 || fields["_nikki_2025_status"] != "Open" {
				t.Errorf("stored as %v, %v, %v", fields["_nikki_2025_saldo"], fields["_nikki_2025_total"], fields["_nikki_2025_status"])
			}
			writes := len(b.kit.Writes(0))
			b.update(item.ID, set)
			if n := len(b.kit.Writes(0)) - writes; n != 0 {
				t.Errorf("%d writes of what stands there", n)
			}
			emptied := record.Fields{"balance_2025": "", "status_2025": ""}
			if got := b.update(item.ID, emptied).Fields; got["balance_2025"] != "" || got["status_2025"] != "" || got["total_2025"] != "10005" {
				t.Errorf("emptied as %v", got.Only(set.Names()))
			}
			b.get(item.ID)
			first = b.host.Now()
			b.update(item.ID, record.Fields{"first_name": "Zoé"})
			b.update(item.ID, record.Fields{"first_name": "Zoë"})
			if d := b.host.Now().Sub(first); d > 100*time.Millisecond {
				t.Errorf("another write is followed by %s", d)
			}
		})
	}
}

// unsaid are the fields of somebody of whom nothing is said but who they are: of
// contributions, of work, of invoices, of what the club must know for it, and of the photo.
func unsaid() record.Fields {
	out := record.Fields{work.Functions: "", work.TeamFunctions: "", person.VOGDate: "", person.FinancialBlock: "false", photo.Photo: ""}
	for _, y := range contribution.Years() {
		if y.Number <= 2025 {
			out[y.Total], out[y.Balance], out[y.Status] = "", "", ""
		}
	}
	for _, f := range invoice.Fields {
		out[f] = ""
	}
	return out
}

// What other programs have stored is read to the cent, or not at all.
func TestFiguresOfOthers(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	item := b.create(zoe())
	b.control("PATCH", "/people/"+string(item.ID), object{"fields": object{
		"_nikki_2025_saldo": 170.10000000000002, "_nikki_2025_total": 12.345, "_nikki_2025_status": "Onbekend", "_nikki_2024_saldo": -0.001e-3,
	}}, nil)
	got, err := b.people.Get(b.ctx(), item.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Fields["balance_2025"] != "17010" || got.Fields["balance_2024"] != "0" {
		t.Errorf("%v", got.Fields.Only([]record.Field{"balance_2025", "balance_2024"}))
	}
	for _, f := range []record.Field{"total_2025", "status_2025"} {
		if got.Unreadable[f] == "" || got.Fields.Has(f) {
			t.Errorf("%s is read", f)
		}
	}
}

// A site is told of the years that it has fields for, and of no others.
func TestYearsOfASite(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	all := connector.Collections(b.cut().Collections())
	c := all.Of(rondoclub.Place, contribution.Kind)
	if c == nil || !c.Part || len(c.Writes) != 12 || len(c.Reads) != 12 {
		t.Fatalf("%+v", c)
	}
	if !slices.Contains(c.Writes, "balance_2025") || slices.Contains(c.Writes, "balance_2026") {
		t.Errorf("%v", c.Writes)
	}
	host := all.Host(rondoclub.Place, "")
	if slices.ContainsFunc(host.Reads, func(f record.Field) bool { return slices.Contains(contribution.Fields(), f) }) {
		t.Error("figures are the host's, too")
	}
}
