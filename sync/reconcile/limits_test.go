package reconcile_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

func TestCertify(t *testing.T) {
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

func TestLimits(t *testing.T) {
	t.Parallel()
	at := func(change func(*reconcile.Totals)) reconcile.Totals {
		t := reconcile.Totals{System: "x", Place: "p", Held: 1000, Seen: 1000, Initialised: true}
		change(&t)
		return t
	}
	for _, c := range []struct {
		name   string
		totals reconcile.Totals
		want   []reconcile.Reason
	}{
		{"nothing", at(func(*reconcile.Totals) {}), nil},
		{"2 % gone", at(func(t *reconcile.Totals) { t.Removed = 20 }), nil},
		{"more gone", at(func(t *reconcile.Totals) { t.Removed = 21 }), []reconcile.Reason{reconcile.TooManyRemoved}},
		{"5 of 10 gone", at(func(t *reconcile.Totals) { t.Held, t.Removed = 10, 5 }), nil},
		{"6 of 10 gone", at(func(t *reconcile.Totals) { t.Held, t.Removed = 10, 6 }), []reconcile.Reason{reconcile.TooManyRemoved}},
		{
			"emptied by field", at(func(t *reconcile.Totals) { t.Emptied = map[record.Field]int64{"a": 20, "b": 21, "c": 30} }),
			[]reconcile.Reason{reconcile.TooManyEmptied, reconcile.TooManyEmptied},
		},
		{"30 % changed", at(func(t *reconcile.Totals) { t.Changed = 300 }), nil},
		{"more changed", at(func(t *reconcile.Totals) { t.Changed = 301 }), []reconcile.Reason{reconcile.TooManyChanged}},
		{"20 % created", at(func(t *reconcile.Totals) { t.Created = 200 }), nil},
		{"more created", at(func(t *reconcile.Totals) { t.Created = 201 }), []reconcile.Reason{reconcile.TooManyCreated}},
		{"an empty place is filled", at(func(t *reconcile.Totals) { t.Held, t.Created = 0, 5000 }), nil},
		{
			"first meeting asks for everything at once",
			at(func(t *reconcile.Totals) { t.Initialised, t.Held, t.Created, t.Removed = false, 0, 5000, 50 }),
			[]reconcile.Reason{reconcile.FirstSync},
		},
		{"first meeting with an empty place", at(func(t *reconcile.Totals) { t.Initialised, t.Held, t.Seen, t.Created = false, 0, 0, 5000 }), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			breaches := reconcile.Judge(reconcile.DefaultLimits(), []reconcile.Totals{c.totals}, nil)
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
			if rest := reconcile.Judge(reconcile.DefaultLimits(), []reconcile.Totals{c.totals}, c.want); len(rest) > 0 {
				t.Errorf("overridden, and still: %v", rest)
			}
		})
	}
}
