package connector_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
)

// lister is a system whose listing has the pages a, b and c, and fails as
// often as fail says before each.
type lister struct {
	fail  map[string]int // by page
	err   error
	calls []string // the pages asked for
	last  bool     // pages say no Next
}

func (*lister) Check(context.Context) (string, error) {
	return "", &connector.Error{Class: connector.Transient, Op: "check"}
}
func (*lister) Close() error { return nil }

func (l *lister) Collections() []connector.Collection {
	return []connector.Collection{{Place: "people", List: func(_ context.Context, since connector.Cursor) iter.Seq2[connector.Page, error] {
		return func(yield func(connector.Page, error) bool) {
			for _, at := range []string{"a", "b", "c"} {
				if since != "" && at < string(since) {
					continue
				}
				l.calls = append(l.calls, at)
				if l.fail[at] > 0 {
					l.fail[at]--
					yield(connector.Page{}, l.err)
					return
				}
				page := connector.Page{Next: connector.Cursor(string(rune(at[0] + 1)))}
				if l.last || at == "c" {
					page.Next = ""
				}
				if !yield(page, nil) {
					return
				}
			}
		}
	}}}
}

func TestRetryListings(t *testing.T) {
	t.Parallel()
	transient := &connector.Error{Class: connector.Transient, Op: "list"}
	throttled := &connector.Error{Class: connector.Throttled, Op: "list", After: 10 * time.Second}
	long := &connector.Error{Class: connector.Throttled, Op: "list", After: 11 * time.Second}
	denied := &connector.Error{Class: connector.Denied, Op: "list"}
	for _, test := range []struct {
		name  string
		fail  map[string]int
		err   error
		last  bool
		calls string
		waits time.Duration // at least, without the random part
		fails bool
	}{
		{name: "nothing fails", calls: "abc"},
		{name: "two failures of one page", fail: map[string]int{"b": 2}, err: transient, calls: "abbbc", waits: 3 * time.Second},
		{name: "three failures of one page", fail: map[string]int{"b": 3}, err: transient, calls: "abbb", waits: 3 * time.Second, fails: true},
		{name: "each page is a call of its own", fail: map[string]int{"a": 2, "b": 2, "c": 2}, err: transient, calls: "aaabbbccc", waits: 9 * time.Second},
		{name: "a short throttle", fail: map[string]int{"a": 1}, err: throttled, calls: "aabc", waits: 10 * time.Second},
		{name: "a long throttle", fail: map[string]int{"a": 1}, err: long, calls: "a", fails: true},
		{name: "denied", fail: map[string]int{"a": 1}, err: denied, calls: "a", fails: true},
		{name: "the first of pages that cannot be resumed", fail: map[string]int{"a": 1}, err: transient, last: true, calls: "aabc", waits: time.Second},
		{name: "a later one of them", fail: map[string]int{"b": 1}, err: transient, last: true, calls: "ab", fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := &lister{fail: test.fail, err: test.err, last: test.last}
				list := connector.Retry{Attempts: 3, Wait: time.Second}.Of(l).Collections()[0].List
				began := time.Now()
				var failed error
				for _, err := range list(t.Context(), "") {
					failed = err
				}
				var calls string
				for _, at := range l.calls {
					calls += at
				}
				if calls != test.calls || (failed != nil) != test.fails {
					t.Errorf("calls %s, want %s; error %v", calls, test.calls, failed)
				}
				if waited := time.Since(began); waited < test.waits || waited > test.waits+test.waits/4 {
					t.Errorf("waited %s, want %s and up to a quarter more", waited, test.waits)
				}
			})
		})
	}
}

// A listing that is told to end is not asked for again.
func TestRetryEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := &lister{fail: map[string]int{"a": 9}, err: &connector.Error{Class: connector.Transient}}
	for range (connector.Retry{Attempts: 3, Wait: time.Hour}).Of(l).Collections()[0].List(ctx, "") {
		continue
	}
	if len(l.calls) != 1 {
		t.Errorf("asked for %v", l.calls)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	_, err := connector.Retry{Attempts: 3}.Of(&lister{}).Check(t.Context())
	var away *connector.Unreachable
	if !errors.As(err, &away) || connector.ClassOf(err) != connector.Transient {
		t.Errorf("error %v", err)
	}
}
