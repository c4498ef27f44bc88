package sportlink_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/clients/internal/invent"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/sportlink"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// inactive is the list of those who have left.
func inactive(c connector.Connector) *connector.Collection {
	return connector.Collections(c.Collections()).Host(sportlink.Place, sportlink.Inactive)
}

func (w *world) left() (connector.Page, error) {
	w.t.Helper()
	for page, err := range inactive(w).List(w.t.Context(), "") {
		return page, err
	}
	return connector.Page{}, fmt.Errorf("no page")
}

// The list has who has left, each once, with what is known of them but for their teams, and
// the members after it have who is a member. Whoever is on both is a member, and where the
// second is not to be believed nothing of the first is.
func TestFormerMembers(t *testing.T) {
	t.Parallel()
	w := quick(newWorld(t, sportlinksim.Options{Members: 12, Former: 6, Seed: 7}))
	byID := map[record.ExternalID]invent.Member{}
	back := ""
	for _, m := range w.sim.Members() {
		byID[record.ExternalID(m.PublicPersonID)] = m
		if m.MemberStatus == invent.Active && m.FirstName != "" {
			back = m.PublicPersonID
		}
	}
	want := func(name string, items int, contradicts bool) {
		t.Helper()
		page, err := w.left()
		if err != nil || len(page.Items) != items || len(page.Faults) > 0 || (page.Evidence.Contradiction != "") != contradicts {
			t.Errorf("%s: %d items, %d faults, %+v, %v", name, len(page.Items), len(page.Faults), page.Evidence, err)
			return
		}
		for _, i := range page.Items {
			m := byID[i.ID]
			if m.MemberStatus != invent.Inactive && !contradicts || i.Fields[person.FormerMember] != "true" || i.Fields[person.MemberUntil] != m.RelationEnd || i.Fields.Has(person.Teams) {
				t.Errorf("%s: %s is %s, and shown as former %s", name, i.ID, m.MemberStatus, i.Fields[person.FormerMember])
			}
		}
	}
	want("at first", 6, false)
	if n := w.searches(); n != 2 {
		t.Errorf("%d searches, want 2", n)
	}
	page := "/member/search"
	for _, c := range []struct {
		name, at, body string
		items          int
		contradicts    bool
	}{
		{name: "chips-inverted", at: page, items: 6},
		{name: "index-behind", at: search, body: back, items: 6},
		{name: "duplicate-ids", at: search, items: 6}, // the same rows twice, as they were seen (2026-04)
		{name: "no-id", at: search, items: 5, contradicts: true},
		{name: "empty-members", at: search, contradicts: true},
	} {
		w.inject(c.name, simkit.Fault{Match: simkit.Match{Path: c.at}, Do: simkit.Do{Body: c.body}})
		if c.name == "no-id" {
			page, err := w.left()
			if err != nil || page.Evidence.Contradiction == "" {
				t.Errorf("a member without an id: %+v, %v", page.Evidence, err)
			}
		} else {
			want(c.name, c.items, c.contradicts)
		}
		w.sim.ClearFaults()
	}
	want("afterwards", 6, false)
}

// TestContractOfFormerMembers is the suite that every collection passes.
func TestContractOfFormerMembers(t *testing.T) {
	t.Parallel()
	pool := browsertest.Shared(t)
	connectortest.Run(t, connectortest.Subject{Public: public, Open: func(t *testing.T) *connectortest.Bench {
		w := quick(newWorldIn(t, pool, sportlinksim.Options{Members: 3, Former: 3, Seed: 4}))
		return w.bench(sportlink.Inactive, wasMember, invent.Member{MemberStatus: invent.Inactive})
	}})
}

func wasMember(n int) record.Fields {
	f := maps.Clone(sample(n))
	delete(f, person.UnionTeams)
	f[person.FormerMember] = "true"
	return f
}
