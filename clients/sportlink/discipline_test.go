package sportlink_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/discipline"
)

const (
	casesPath = "/competition-affairs/discipline-cases"
	casesAPI  = "/navajo/entity/common/clubweb/competition/discipline/DisciplineClubCasesPlayer"
)

func (w *world) cases() (map[string]connector.Item, []connector.Fault, connector.Evidence, error) {
	w.t.Helper()
	c := connector.Collections(w.Collections()).Host("cases", "individual")
	items, faults, pages, err := collect(w.t, func(ctx context.Context) iter.Seq2[connector.Page, error] { return c.List(ctx, "") })
	if err != nil {
		return items, faults, connector.Evidence{}, err
	}
	return items, faults, pages[0].Evidence, nil
}

// TestCases: all cases of the tab, whichever form it has and under whichever key they are.
func TestCases(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sportlinksim.Options{Members: 20, Seed: 7})
	w.Timeouts.Settle, w.Timeouts.Page = 200*time.Millisecond, 15*time.Second
	w.reopen()
	whole := connector.Evidence{SignedIn: true, Filters: true, End: true}
	for _, c := range []struct{ name, body, at string }{
		{"", "", ""},
		{"tab-as-button", "", casesPath},
		{"tab-as-data", "", casesPath},
		{"sent-late", "", casesPath},
		{"list-under", "", casesAPI},
		{"list-under", "Data", casesAPI},
	} {
		if c.name != "" {
			w.inject(c.name, simkit.Fault{Match: simkit.Match{Path: c.at}, Do: simkit.Do{Body: c.body}})
		}
		items, faults, evidence, err := w.cases()
		if err != nil || len(faults) > 0 || len(items) != len(w.sim.Cases()) || evidence != whole {
			t.Fatalf("%s %s: %d items, %d faults, %+v, %v", c.name, c.body, len(items), len(faults), evidence, err)
		}
		w.sim.ClearFaults()
	}
	items, _, _, err := w.cases()
	if err != nil {
		t.Fatal(err)
	}
	for dossier, want := range map[string]record.Fields{
		"D-000001": {discipline.Person: "ZZZZ99Z"},
		"D-000002": {discipline.Person: ""},
		"D-000003": {discipline.MatchDate: "", discipline.Season: ""},
		"D-000004": {discipline.Fee: ""},
		"D-000005": {discipline.ChargeCodes: "1.01", discipline.Charged: discipline.BySportlink},
		"D-000006": {discipline.ChargeCodes: "1.01\n1.02"},
		"D-000007": {discipline.Season: "2024-2025", discipline.ProcessedOn: ""},
		"D-000008": {discipline.Season: "2025-2026", discipline.MatchDate: "2025-08-01"},
	} {
		for f, v := range want {
			if got := items[dossier].Fields; got[f] != v || !got.Has(f) {
				t.Errorf("%s of %s is %q, want %q", f, dossier, got[f], v)
			}
		}
	}
	if items["D-000006"].Fields.Has(discipline.Charged) {
		t.Error("of what Sportlink has not charged on it is said who has")
	}
}

// B7: what is short, or not what was asked for, certifies nothing; what contradicts itself
// is not taken at all.
func TestP316CasesThatAreNotWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sportlinksim.Options{Members: 20, Seed: 7})
	// within is how long a page and an answer are waited for: those that come are not.
	within := func(d time.Duration) {
		w.Timeouts.Settle, w.Timeouts.Answer, w.Timeouts.Page = 200*time.Millisecond, d, d
		w.reopen()
	}
	all := len(w.sim.Cases())
	page, call := simkit.Match{Path: casesPath}, simkit.Match{Path: casesAPI}
	body := func(text string) simkit.Fault {
		return simkit.Fault{Match: call, Do: simkit.Do{Kind: simkit.FaultBody, Body: text}}
	}
	for _, c := range []struct {
		name    string
		faults  map[string]simkit.Fault
		items   int
		whole   bool
		against bool
		class   connector.Class
	}{
		{"a season that the page does not show", map[string]simkit.Fault{"asks-for-a-season": {Match: page}}, -1, true, true, connector.Unknown},
		{"another tab is chosen", map[string]simkit.Fault{"tab-stays": {Match: page}}, all, true, true, connector.Unknown},
		{"more than is shown", map[string]simkit.Fault{"has-more": {Match: call}}, all, true, true, connector.Unknown},
		{"a case twice", map[string]simkit.Fault{"duplicate-ids": {Match: call}}, all - 2, true, false, connector.Unknown},
		{"none at all", map[string]simkit.Fault{"": body(`{"Cases":[]}`)}, 0, true, false, connector.Unknown},
		{"two lists", map[string]simkit.Fault{"": body(`{"Cases":[],"Items":[]}`)}, 0, true, true, connector.Unknown},
		{"no list", map[string]simkit.Fault{"": body(`{"Cases":null}`)}, 0, false, false, connector.Drifted},
		{"another shape", map[string]simkit.Fault{"": body(`{"Dossiers":[]}`)}, 0, false, false, connector.Drifted},
		{"an error", map[string]simkit.Fault{"": body(`{"Error":1,"Message":"x"}`)}, 0, false, false, connector.Drifted},
		{"a page", map[string]simkit.Fault{"": {Match: call, Do: simkit.Do{Kind: simkit.FaultHTML, Body: "<p>Storing</p>"}}}, 0, false, false, connector.Drifted},
		{"the site is away", map[string]simkit.Fault{"": {Match: call, Do: simkit.Do{Kind: simkit.FaultStatus, Status: 503}}}, 0, false, false, connector.Transient},
		{"no call", map[string]simkit.Fault{"not-sent": {Match: page}}, 0, false, false, connector.Drifted},
		{"a renamed tab", map[string]simkit.Fault{"tab-renamed": {Match: page}}, 0, false, false, connector.Drifted},
		{"a tab that never loads", map[string]simkit.Fault{"tab-never-loads": {Match: page}}, 0, false, false, connector.Drifted},
	} {
		within(15 * time.Second)
		if c.class == connector.Drifted && c.faults[""].Do.Kind == "" {
			within(3 * time.Second) // in vain
		}
		for name, f := range c.faults {
			w.inject(name, f)
		}
		w.host.Log().Info("case", "name", c.name)
		items, _, evidence, err := w.cases()
		if c.items >= 0 && len(items) != c.items || connector.ClassOf(err) != c.class || evidence.End != c.whole || (evidence.Contradiction != "") != c.against {
			t.Errorf("%s: %d items, %+v, %v", c.name, len(items), evidence, err)
		}
		w.sim.ClearFaults()
	}
	// Of two answers both may be seen, or one; what is short is never taken for all.
	for name, f := range map[string]simkit.Fault{"a part, then the whole": {Match: call, Times: 1}, "the whole, then a part": {Match: call, After: 1}} {
		within(15 * time.Second)
		w.inject("sent-twice", simkit.Fault{Match: page})
		w.inject("truncated", f)
		if items, _, evidence, err := w.cases(); err != nil || evidence.End && evidence.Contradiction == "" && len(items) != all {
			t.Errorf("%s: %d items, %+v, %v", name, len(items), evidence, err)
		}
		w.sim.ClearFaults()
	}
	// A session that is lost costs one sign-in.
	within(15 * time.Second)
	for _, at := range []simkit.Match{page, call} {
		w.nextCode()
		before := w.codes()
		w.inject("expire", simkit.Fault{Match: at, Times: 1})
		if items, _, evidence, err := w.cases(); err != nil || len(items) != all || !evidence.End || w.codes() != before+1 {
			t.Errorf("session lost at %s: %d items, %+v, %d sign-ins, %v", at.Path, len(items), evidence, w.codes()-before, err)
		}
		w.sim.ClearFaults()
	}
}
