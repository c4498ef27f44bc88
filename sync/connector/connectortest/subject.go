package connectortest

import (
	"context"
	"iter"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// Subject is a collection to be tested.
type Subject struct {
	// Open returns a bench with a remote side of its own, for one test. It cleans
	// up after itself with t.Cleanup.
	Open func(t *testing.T) *Bench
	// Serial runs the tests one after another.
	Serial bool
	// Public are fields whose values may stand in errors: codes, states.
	Public []record.Field
}

// Bench is one remote side and a connector opened on it.
type Bench struct {
	Connector connector.Connector
	Host      *Host
	// Kind, Place and View pick the collection. An empty one matches all.
	Kind        record.Kind
	Place, View string

	// Want returns sample number n, from 0 on: all fields that a create takes,
	// or that Add makes. Samples differ in their natural keys. The suite uses
	// numbers below 12.
	Want func(n int) record.Fields
	// Stored returns how the remote side keeps a sample, where that differs.
	Stored func(want record.Fields) record.Fields
	// Key returns the fields that say whose record it is, for Patch.Key.
	Key func(want record.Fields) record.Fields
	// Change returns one field to write and its new value; Clear names a field
	// that the samples fill and that may be emptied.
	Change func(want record.Fields) record.Fields
	Clear  record.Field
	// Doubles says that the system has no key: a second create of a sample makes
	// a second record, and a lost answer is resolved by Find.
	Doubles bool
	// Refused returns a sample that Accepts and Create reject, and the field.
	Refused func() (record.Fields, record.Field)
	// Rival returns a sample that is somebody else's but takes a unique value
	// of want, and that value's field.
	Rival func(want record.Fields) (record.Fields, record.Field)

	// Add makes sample n at the remote side, as somebody else would.
	Add func(t *testing.T, n int) record.ExternalID
	// Edit changes a record at the remote side, as somebody else would.
	Edit func(t *testing.T, id record.ExternalID, set record.Fields)
	// Writes counts the changes that the remote side has accepted so far.
	Writes func(t *testing.T) int
	// Reopen opens the connector on the same remote side again, as another process
	// would: with nothing left in memory.
	Reopen func(t *testing.T) connector.Connector
	// Disturb makes the remote side behave badly towards one operation until
	// restore is called. It returns nil when it cannot.
	Disturb func(t *testing.T, op Op, trouble Trouble) (restore func())

	seen *leaks
}

// Op is an operation that can be disturbed.
type Op string

// The operations.
const (
	Check  Op = "check"
	List   Op = "list"
	Get    Op = "get"
	Create Op = "create"
	Update Op = "update" // the write of an update, not its read
	Delete Op = "delete" // the write of a delete, not its read
)

// Trouble is what can be wrong with the remote side.
type Trouble string

// The troubles.
const (
	Denied     Trouble = "denied"     // the credentials are refused
	Throttled  Trouble = "throttled"  // too many calls, wait ThrottledFor
	Broken     Trouble = "broken"     // an error of the remote side's own
	Dropped    Trouble = "dropped"    // the line breaks before anything is done
	Lost       Trouble = "lost"       // it is done, but the answer is lost
	Deleted    Trouble = "deleted"    // the record that a write is about is not there
	Cut        Trouble = "cut"        // the answer breaks off half way
	Unexpected Trouble = "unexpected" // a sign-in page, or another form of answer
)

// ThrottledFor is the wait in seconds that the remote side asks for in Throttled.
const ThrottledFor = 7

// Run runs the whole suite.
func Run(t *testing.T, s Subject) {
	t.Helper()
	for _, part := range []struct {
		name  string
		cases []testCase
	}{
		{"shape", shape},
		{"listing", listing},
		{"writing", writer},
		{"failing", failing},
		{"mapping", mappingCases},
	} {
		t.Run(part.name, func(t *testing.T) {
			for _, c := range part.cases {
				t.Run(c.name, func(t *testing.T) {
					if !s.Serial {
						t.Parallel()
					}
					b := s.Open(t)
					b.seen = &leaks{public: s.Public}
					c.run(t, b, b.collection(t, b.Connector))
					b.seen.judge(t, b)
				})
			}
		})
	}
}

type testCase struct {
	name string
	run  func(t *testing.T, b *Bench, c connector.Collection)
}

// collection finds the bench's collection in a connector.
func (b *Bench) collection(t *testing.T, from connector.Connector) connector.Collection {
	t.Helper()
	for _, c := range from.Collections() {
		if (b.Kind == "" || c.Kind == b.Kind) && (b.Place == "" || c.Place == b.Place) && (b.View == "" || c.View == b.View) && !c.Part {
			return c
		}
	}
	t.Fatalf("the connector has no collection %s at %s, view %s", b.Kind, b.Place, b.View)
	return connector.Collection{}
}

// need passes a test over when something cannot.
func need(t *testing.T, what string, has bool) {
	t.Helper()
	if !has {
		t.Skipf("passed over: no %s", what)
	}
}

// sample makes sample n and returns it with its id.
func (b *Bench) sample(t *testing.T, c connector.Collection, n int) (record.Fields, record.ExternalID) {
	t.Helper()
	need(t, "samples", b.Want != nil)
	want := b.Want(n)
	if c.Create == nil {
		need(t, "way to make a record", b.Add != nil)
		return want, b.Add(t, n)
	}
	item, err := c.Create(t.Context(), want)
	if err != nil {
		t.Fatalf("create sample %d: %v", n, err)
	}
	return want, item.ID
}

// stored is what the remote side should show of a sample.
func (b *Bench) stored(want record.Fields, c connector.Collection) record.Fields {
	if b.Stored != nil {
		want = b.Stored(want)
	}
	return want.Only(c.Reads)
}

// key is whose record a sample is.
func (b *Bench) key(want record.Fields) record.Fields {
	if b.Key == nil {
		return nil
	}
	return b.Key(want)
}

// look fetches a record by Get or, without one, from the listing.
func (b *Bench) look(t *testing.T, c connector.Collection, id record.ExternalID) (connector.Item, error) {
	t.Helper()
	if c.Get != nil {
		return c.Get(t.Context(), id)
	}
	need(t, "way to look at a record", c.List != nil)
	all, err := b.all(t, c)
	if err != nil {
		return connector.Item{}, err
	}
	if item, ok := all[id]; ok {
		return item, nil
	}
	return connector.Item{}, &connector.Error{Class: connector.NotFound}
}

// all lists a collection whole.
func (b *Bench) all(t *testing.T, c connector.Collection) (map[record.ExternalID]connector.Item, error) {
	t.Helper()
	items := map[record.ExternalID]connector.Item{}
	for p, err := range c.List(t.Context(), "") {
		if err != nil {
			return items, err
		}
		for _, f := range p.Faults {
			t.Errorf("a record could not be read: field %q: %s", f.Field, f.Why)
		}
		for _, i := range p.Items {
			items[i.ID] = i
		}
	}
	return items, nil
}

// pages collects the pages of a listing.
func pages(seq iter.Seq2[connector.Page, error]) ([]connector.Page, error) {
	var out []connector.Page
	for p, err := range seq {
		if err != nil {
			return out, err
		}
		out = append(out, p)
	}
	return out, nil
}

// cancelled is a context that has ended.
func cancelled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
