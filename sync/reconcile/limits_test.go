package reconcile_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/reconcile"
)

func TestP311Certify(t *testing.T) {
	t.Parallel()
	whole := connector.Evidence{SignedIn: true, Filters: true, End: true}
	stated := whole
	stated.Stated, stated.Count = true, 100
	for _, c := range []struct {
		name   string
		census reconcile.FullListing
		change func(*connector.Evidence)
		ok     bool
		part   bool
	}{
		{"all is well", reconcile.FullListing{Count: 100, Known: 100, Evidence: whole}, nil, true, false},
		{"not signed in", reconcile.FullListing{Count: 100, Known: 100, Evidence: whole}, func(e *connector.Evidence) { e.SignedIn = false }, false, false},
		{"filters not read back", reconcile.FullListing{Count: 100, Known: 100, Evidence: whole}, func(e *connector.Evidence) { e.Filters = false }, false, false},
		{"no end", reconcile.FullListing{Count: 100, Known: 100, Evidence: whole}, func(e *connector.Evidence) { e.End = false }, false, false},
		{"no end, but the count is right", reconcile.FullListing{Count: 100, Known: 100, Evidence: stated}, func(e *connector.Evidence) { e.End = false }, false, false},
		{"stated count equal, half are missing", reconcile.FullListing{Count: 100, Known: 200, Absent: 100, Evidence: stated}, nil, true, false},
		{"stated count differs by one", reconcile.FullListing{Count: 99, Known: 100, Absent: 1, Evidence: stated}, nil, false, false},
		{"more than stated", reconcile.FullListing{Count: 101, Known: 100, Evidence: stated}, nil, false, false},
		{"stated zero and none", reconcile.FullListing{Evidence: stated}, func(e *connector.Evidence) { e.Count = 0 }, true, false},
		{"nothing stated, nothing read", reconcile.FullListing{Evidence: whole}, nil, false, false},
		{"at the tolerance", reconcile.FullListing{Count: 980, Known: 1000, Absent: 20, Evidence: whole}, nil, true, false},
		{"above the tolerance", reconcile.FullListing{Count: 979, Known: 1000, Absent: 21, Evidence: whole}, nil, false, false},
		{"few of few", reconcile.FullListing{Count: 5, Known: 10, Absent: 5, Evidence: whole}, nil, true, false},
		{"a part of what there is", reconcile.FullListing{Count: 100, Known: 100, Evidence: stated}, nil, false, true},
		{"the count moved", reconcile.FullListing{Count: 100, Known: 100, Moved: true, Evidence: stated}, nil, false, false},
		{"a record without an id", reconcile.FullListing{Count: 100, Nameless: 1, Known: 100, Absent: 1, Evidence: stated}, nil, false, false},
		{"too many of few", reconcile.FullListing{Count: 4, Known: 10, Absent: 6, Evidence: whole}, nil, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.change != nil {
				c.change(&c.census.Evidence)
			}
			c.census.Complete = !c.part
			c.census.Missing = reconcile.Tolerance{Count: 5, Share: 0.02}
			cert, why := reconcile.Certify(c.census)
			if cert.Holds() != c.ok || (why == "") != c.ok {
				t.Errorf("certified %v (%s), want %v", cert.Holds(), why, c.ok)
			}
			stored, err := json.Marshal(cert)
			var again reconcile.Certificate
			if err := errors.Join(err, json.Unmarshal(stored, &again)); err != nil || again.Holds() != c.ok {
				t.Errorf("stored and read back it holds: %v, %v", again.Holds(), err)
			}
		})
	}
}

// A certificate that was not made by Certify proves nothing, also when somebody
// has written one by hand.
func TestCertificateCannotBeForged(t *testing.T) {
	t.Parallel()
	var zero, forged reconcile.Certificate
	if zero.Holds() {
		t.Error("the zero certificate proves something")
	}
	if err := json.Unmarshal([]byte(`{"Count": 5, "Complete": true}`), &forged); err != nil || forged.Holds() {
		t.Errorf("a listing without evidence proves something: %v", err)
	}
}

// TestLimits has each limit at both sides of its edge.
func TestLimits(t *testing.T) {
	t.Parallel()
	place := func(change func(*reconcile.Place)) []reconcile.Place {
		p := reconcile.Place{System: "x", Place: "p", Unmanaged: 1000, Initialised: true}
		change(&p)
		return []reconcile.Place{p}
	}
	of := func(e reconcile.Effect, n, before, had int64) []reconcile.Tally {
		return []reconcile.Tally{{System: "x", Place: "p", Kind: "k", Effect: e, N: n, Before: before, Had: had}}
	}
	known := func(*reconcile.Place) {}
	first := func(p *reconcile.Place) { p.Initialised = false }
	for _, c := range []struct {
		name    string
		place   func(*reconcile.Place)
		tallies []reconcile.Tally
		want    []reconcile.Reason
	}{
		{"nothing", known, nil, nil},
		{"2 % removed", known, of(reconcile.Removed, 20, 0, 1000), nil},
		{"more removed", known, of(reconcile.Removed, 21, 0, 1000), []reconcile.Reason{reconcile.TooManyRemoved}},
		{"5 of 10 removed", known, of(reconcile.Removed, 5, 0, 10), nil},
		{"6 of 10 removed", known, of(reconcile.Removed, 6, 0, 10), []reconcile.Reason{reconcile.TooManyRemoved}},
		{"2 % removed within a day", known, of(reconcile.Removed, 10, 10, 990), nil},
		{"more within a day", known, of(reconcile.Removed, 1, 20, 980), []reconcile.Reason{reconcile.TooManyRemoved}},
		{"5 within a day", known, of(reconcile.Removed, 1, 4, 16), nil},
		{"6 within a day", known, of(reconcile.Removed, 1, 5, 15), []reconcile.Reason{reconcile.TooManyRemoved}},
		{"2 % emptied", known, of(reconcile.Emptied, 20, 0, 1000), nil},
		{"more emptied", known, of(reconcile.Emptied, 21, 0, 1000), []reconcile.Reason{reconcile.TooManyEmptied}},
		{"6 of 6 that have it", known, of(reconcile.Emptied, 6, 0, 6), []reconcile.Reason{reconcile.TooManyEmptied}},
		{"more emptied within a day", known, of(reconcile.Emptied, 3, 3, 40), []reconcile.Reason{reconcile.TooManyEmptied}},
		{"30 % changed", known, of(reconcile.Changed, 300, 0, 1000), nil},
		{"more changed", known, of(reconcile.Changed, 301, 0, 1000), []reconcile.Reason{reconcile.TooManyChanged}},
		{"5 % overwritten", known, of(reconcile.Overwritten, 50, 0, 1000), nil},
		{"more overwritten", known, of(reconcile.Overwritten, 51, 0, 1000), []reconcile.Reason{reconcile.TooManyOverwritten}},
		{"20 % created", known, of(reconcile.Created, 200, 0, 1000), nil},
		{"more created", known, of(reconcile.Created, 201, 0, 1000), []reconcile.Reason{reconcile.TooManyCreated}},
		{"an empty place is filled", known, of(reconcile.Created, 5000, 0, 0), nil},
		{
			"a first sync asks for everything at once", first,
			slices.Concat(of(reconcile.Created, 5000, 0, 9), of(reconcile.Removed, 50, 0, 50)),
			[]reconcile.Reason{reconcile.FirstSync},
		},
		{"a first sync with an empty place", func(p *reconcile.Place) { first(p); p.Unmanaged = 0 }, of(reconcile.Created, 5000, 0, 0), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			breaches := reconcile.Judge(reconcile.DefaultLimits(), place(c.place), c.tallies, nil)
			var got []reconcile.Reason
			for _, b := range breaches {
				got = append(got, b.Reason)
				if !strings.HasPrefix(b.Detail, "x p: ") {
					t.Errorf("detail %q does not name the place", b.Detail)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("breaches %v, want %v", got, c.want)
			}
			if rest := reconcile.Judge(reconcile.DefaultLimits(), place(c.place), c.tallies, c.want); len(rest) > 0 {
				t.Errorf("overridden, and still: %v", rest)
			}
		})
	}
}
