package sportlink_test

import (
	"context"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

const (
	tabFunctions = "/member/member-details/*/functions"
	functionsAPI = "/navajo/entity/common/clubweb/member/function/MemberFunctions"
)

// quick makes the pace that of a test.
func quick(w *world) *world {
	w.DelayMin, w.DelayMax, w.Timeouts.Page = time.Millisecond, time.Millisecond, 5*time.Second
	w.reopen()
	return w
}

func (w *world) tabs() *connector.Collection {
	return connector.Collections(w.Collections()).Host("members", "tabs")
}

// collect takes a reading in.
func collect(t *testing.T, read func(context.Context) iter.Seq2[connector.Page, error]) (items map[string]connector.Item, faults []connector.Fault, all []connector.Page, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	items = map[string]connector.Item{}
	for page, failed := range read(ctx) {
		if failed != nil {
			return items, faults, all, failed
		}
		for _, it := range page.Items {
			items[string(it.ID)] = it
		}
		faults = append(faults, page.Faults...)
		all = append(all, page)
	}
	return items, faults, all, nil
}

func (w *world) listTabs(since connector.Cursor) (map[string]connector.Item, []connector.Fault, []connector.Page, error) {
	w.t.Helper()
	return collect(w.t, func(ctx context.Context) iter.Seq2[connector.Page, error] { return w.tabs().List(ctx, since) })
}

func (w *world) visit(ids ...string) (map[string]connector.Item, []connector.Fault, []connector.Page, error) {
	w.t.Helper()
	var all []record.ExternalID
	for _, id := range ids {
		all = append(all, record.ExternalID(id))
	}
	return collect(w.t, func(ctx context.Context) iter.Seq2[connector.Page, error] { return w.tabs().Visit(ctx, all) })
}

// ids are those of the simulator's members, sorted, the first as the difficult ones come.
func (w *world) ids() []string {
	var out []string
	for _, m := range w.sim.Members() {
		out = append(out, m.PublicPersonID)
	}
	return out
}

// visits counts how often the tab functions of a member was opened.
func (w *world) visits(id string) (n int) {
	for _, r := range w.sim.Requests(0) {
		if r.Path == "/member/member-details/"+id+"/functions" {
			n++
		}
	}
	return n
}

// TestP355Visits: all members with what their pages show, in one visit each, in the order of
// their ids; one that is gone on with begins behind its cursor.
func TestP355Visits(t *testing.T) {
	t.Parallel()
	w := quick(newWorld(t, sportlinksim.Options{Members: 6, Former: 1, Seed: 7}))
	items, faults, pages, err := w.listTabs("")
	if err != nil || len(faults) > 0 || len(items) != 6 {
		t.Fatalf("%d items, %d faults, %v", len(items), len(faults), err)
	}
	if last := pages[len(pages)-1]; !last.Evidence.End || last.Next != "" || !last.Evidence.SignedIn || !last.Evidence.Filters {
		t.Errorf("the last page says %+v", last.Evidence)
	}
	var order []string
	for _, p := range pages {
		for _, it := range p.Items {
			order = append(order, string(it.ID))
		}
	}
	if !slices.IsSorted(order) {
		t.Error("not in the order of the ids")
	}
	for id, n := range w.asked("/MemberFreeFields", w.sim.Requests(0)) {
		if n != 1 {
			t.Errorf("%s is asked for %d times", id, n)
		}
	}
	first := items[w.ids()[0]].Fields
	row := func(f person.Function) string { return f.Row() }
	want := record.SetValue([]string{
		row(person.Function{Committee: "Jeugdcommissie", Role: "Voorzitter", Start: "2023-08-01", Current: true}),
		row(person.Function{Committee: "Jeugdcommissie", Role: "Wedstrijdsecretaris", Start: "2023-08-01", Current: true}),
		row(person.Function{Committee: person.ClubWide, Role: "Secretaris", Start: "2021-07-01", Current: true}),
	})
	if first[person.Functions] != want || first[person.VOGDate] != "2024-02-29" || first[person.FinancialBlock] != "false" || first[person.LastName] == "" {
		t.Errorf("the first member is read as %q, %q, %q", first[person.Functions], first[person.VOGDate], first[person.FinancialBlock])
	}
	third := items[w.ids()[2]]
	if why := third.Unreadable[person.VOGDate]; why == "" || third.Fields.Has(person.VOGDate) || third.Fields[person.FinancialBlock] != "true" {
		t.Errorf("a text in place of a date is read as one: %q", why)
	}
	if !strings.Contains(third.Fields[person.Functions], "2027-06-30\tcurrent") {
		t.Errorf("a single function is read as %q", third.Fields[person.Functions])
	}
	fourth := items[w.ids()[3]]
	if fourth.Fields.Has(person.FinancialBlock) || fourth.Notes[person.Functions] == "" {
		t.Errorf("what is not said is read: %v", fourth.Notes)
	}
	firstPages := func() (n int) {
		for _, r := range w.sim.Requests(0) {
			if r.Path == "/" {
				n++
			}
		}
		return n
	}
	before := firstPages()
	rest, _, _, err := w.listTabs(connector.Cursor(order[3]))
	if err != nil || len(rest) != 2 {
		t.Errorf("behind the cursor %d members, %v", len(rest), err)
	}
	if n := firstPages(); before == 0 || n != before {
		t.Errorf("the next slice opens the first page %d times, after %d", n-before, before)
	}
}

// TestP315P336VisitTroubles: what goes wrong at one member costs that member, what goes wrong
// at all of them ends the reading.
func TestP315P336VisitTroubles(t *testing.T) {
	t.Parallel()
	w := quick(newWorld(t, sportlinksim.Options{Members: 7, Former: 1, Seed: 7}))
	ids := w.ids()
	w.must("sign in")
	page := func(id string) simkit.Match { return simkit.Match{Path: "/member/member-details/" + id + "/functions"} }
	call := func(path, id string) simkit.Match {
		return simkit.Match{Path: path, Query: map[string]string{"PublicPersonId": id}}
	}
	for _, c := range []struct {
		name   string
		inject func()
		items  int
		faults int
		class  connector.Class
	}{
		{"the session is lost at the third", func() {
			w.nextCode()
			w.inject("expire", simkit.Fault{Match: call(functionsAPI, ids[2]), Times: 1})
		}, 6, 0, connector.Unknown},
		{"and once more, further on", func() {
			w.nextCode()
			w.inject("expire", simkit.Fault{Match: simkit.Match{Path: functionsAPI}, After: 1, Times: 1})
		}, 6, 0, connector.Unknown},
		{"a tab that never loads, of a member of whom the calls say nothing", func() {
			w.inject("", simkit.Fault{Match: call("*/MemberFreeFields", ids[1]), Do: simkit.Do{Kind: simkit.FaultBody, Body: `{"Error":1}`}})
			w.inject("tab-never-loads", simkit.Fault{Match: page(ids[1])})
		}, 5, 1, connector.Unknown},
		{"a renamed tab", func() { w.inject("tab-renamed", simkit.Fault{Match: simkit.Match{Path: "/member/member-details/*"}}) }, 0, 3, connector.Drifted},
		{"a table that comes late", func() {
			w.inject("", simkit.Fault{Match: simkit.Match{Path: functionsAPI}, Times: 2, Do: simkit.Do{Kind: simkit.FaultDelay, Delay: "1s"}})
		}, 6, 0, connector.Unknown},
		{"pages that ask for another first", func() { w.inject("asks-for-another", simkit.Fault{Match: simkit.Match{Path: tabFunctions}}) }, 6, 0, connector.Unknown},
		{"the page of another", func() {
			w.inject("other-member", simkit.Fault{Match: call("*/MemberHeader", ids[3])})
		}, 5, 1, connector.Unknown},
		{"the site is away", func() {
			w.inject("", simkit.Fault{Match: simkit.Match{Path: functionsAPI}, Do: simkit.Do{Kind: simkit.FaultStatus, Status: 503}})
		}, 0, 3, connector.Transient},
	} {
		c.inject()
		w.host.Log().Info("case", "name", c.name)
		items, faults, _, err := w.visit(ids[:6]...)
		if len(items) != c.items || len(faults) != c.faults || connector.ClassOf(err) != c.class {
			t.Errorf("%s: %d items, %d faults, %v", c.name, len(items), len(faults), err)
		}
		for _, f := range faults {
			if f.ID == "" || f.Why == "" {
				t.Errorf("%s: a fault without a member or a reason", c.name)
			}
		}
		w.sim.ClearFaults()
	}
	// Who is no member any more has pages all the same.
	items, faults, pages, err := w.visit(ids[7])
	if err != nil || len(items)+len(faults) > 0 || len(pages) != 1 || pages[0].Next != connector.Cursor(ids[7]) {
		t.Errorf("a former member: %d items, %d faults, %v", len(items), len(faults), err)
	}
}

// TestP3225HalfAVisit: one answer that cannot be read takes its own fields out, and no others.
func TestP3225HalfAVisit(t *testing.T) {
	t.Parallel()
	w := quick(newWorld(t, sportlinksim.Options{Members: 2, Seed: 7}))
	id := w.ids()[0]
	all := []record.Field{person.Functions, person.VOGDate, person.FinancialBlock}
	for name, c := range map[string]struct {
		path, body string
		lost       record.Field
	}{
		"no list":            {"*/MemberFunctions", `{"Function":null}`, person.Functions},
		"an error beside":    {"*/MemberCommittees", `{"Committee":[],"Error":1}`, person.Functions},
		"two spellings":      {"*/MemberCommittees", `{"Committee":[],"committee":[]}`, person.Functions},
		"an unknown status":  {"*/MemberFunctions", `{"Function":[{"FunctionDescription":"Lid","Status":"PAUSED"}]}`, person.Functions},
		"a start of letters": {"*/MemberFunctions", `{"Function":[{"FunctionDescription":"Lid","RelationStart":"ooit"}]}`, person.Functions},
		"free fields gone":   {"*/MemberFreeFields", `{"Fields":{}}`, person.VOGDate},
		"no value in one":    {"*/MemberFreeFields", `{"FreeFields":{"Remarks8":{"Text":"2026-01-31"}}}`, person.VOGDate},
	} {
		w.inject("", simkit.Fault{Match: simkit.Match{Path: c.path}, Do: simkit.Do{Kind: simkit.FaultBody, Body: c.body}})
		items, faults, _, err := w.visit(id)
		it := items[id]
		if err != nil || len(faults) > 0 {
			t.Fatalf("%s: %v, %v", name, faults, err)
		}
		for _, f := range all {
			if lost := f == c.lost; lost != (it.Unreadable[f] != "") || lost == it.Fields.Has(f) {
				t.Errorf("%s: %s is read %v", name, f, it.Fields.Has(f))
			}
		}
		w.sim.ClearFaults()
	}
}

// With the setting a visit goes on to the tab financial, for the first member by opening it
// and for the others from inside the page; without it nobody's is asked for.
func TestVisitsWithInvoice(t *testing.T) {
	t.Parallel()
	w := quick(newWorld(t, sportlinksim.Options{Members: 4, Seed: 7}))
	const call = "/MemberPaymentInvoiceAddress"
	items, _, _, err := w.listTabs("")
	if err != nil || len(w.asked(call, w.sim.Requests(0))) > 0 || items[w.ids()[1]].Fields.Has(person.InvoiceCity) {
		t.Fatalf("without the setting: %v, asked %v", err, w.asked(call, w.sim.Requests(0)))
	}
	w.WithInvoice = true
	w.reopen()
	since := len(w.sim.Requests(0))
	items, faults, _, err := w.listTabs("")
	if err != nil || len(faults) > 0 || len(items) != 4 {
		t.Fatalf("%d items, %d faults, %v", len(items), len(faults), err)
	}
	for i, id := range w.ids() {
		own, got := w.sim.Pages()[id].Invoice, items[id].Fields
		if (own != nil) != (i == 1 || i == 2) {
			t.Fatalf("the world has an address for invoices of member %d: %v", i, own != nil)
		}
		if !got.Has(person.InvoiceStreet) || own == nil && got[person.InvoiceCity] != "" || own != nil && got[person.InvoiceCity] != own.City {
			t.Errorf("member %d: the city is %q", i, got[person.InvoiceCity])
		}
		if n := w.asked(call, w.sim.Requests(since))[id]; n != 1 {
			t.Errorf("member %d is asked for %d times", i, n)
		}
	}
	opened := 0
	for _, r := range w.sim.Requests(since) {
		if strings.HasSuffix(r.Path, "/financial") {
			opened++
		}
	}
	if opened > 1 {
		t.Errorf("the tab is opened %d times", opened)
	}
}
