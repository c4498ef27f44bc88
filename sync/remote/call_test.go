package remote

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
)

func caller() *Caller {
	r := &Remotes{Settings: Settings{Attempts: 1}}
	return r.Caller(step.Task{}, &System{Name: "target"}, "read", 0)
}

func item(id string) connector.Page {
	return connector.Page{Items: []connector.Item{{ID: "i"}}, Next: connector.Cursor(id)}
}

// A panic of a connector ends its listing with an error that tells no value,
// after the pages that came before.
func TestPagesOfAConnectorThatPanics(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]func() iter.Seq2[connector.Page, error]{
		"at the beginning": func() iter.Seq2[connector.Page, error] { panic("secret") },
		"between pages": func() iter.Seq2[connector.Page, error] {
			return func(yield func(connector.Page, error) bool) {
				_ = yield(item("1"), nil)
				panic("secret")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pages := 0
			var last error
			for page, err := range caller().Pages(list) {
				if last = err; page.Next != "" {
					pages++
				}
			}
			if connector.ClassOf(last) != connector.Drifted || strings.Contains(last.Error(), "secret") {
				t.Errorf("ended with %v", last)
			}
			if name == "between pages" && pages != 1 {
				t.Errorf("%d pages came, want 1", pages)
			}
		})
	}
}

// Who ranges over the pages may stop, and a connector that then panics or goes
// on is not heard any more.
func TestPagesStopped(t *testing.T) {
	t.Parallel()
	pages := 0
	for range caller().Pages(func() iter.Seq2[connector.Page, error] {
		return func(yield func(connector.Page, error) bool) {
			_ = yield(item("1"), nil)
			_ = yield(item("2"), nil)
		}
	}) {
		pages++
		break
	}
	if pages != 1 {
		t.Errorf("%d pages came, want 1", pages)
	}
}

// A panic of who ranges over the pages is not taken for the connector's.
func TestPagesLeaveOurPanicsAlone(t *testing.T) {
	t.Parallel()
	defer func() {
		if p := recover(); p != "ours" {
			t.Errorf("recovered %v, want our own panic", p)
		}
	}()
	for range caller().Pages(func() iter.Seq2[connector.Page, error] {
		return func(yield func(connector.Page, error) bool) { _ = yield(item("1"), nil) }
	}) {
		panic("ours")
	}
}

// Retry repeats only what may be repeated.
func TestRetried(t *testing.T) {
	t.Parallel()
	for class, want := range map[connector.Class]int{
		connector.Transient: 3, connector.Throttled: 3, connector.Rejected: 1, connector.Denied: 1, connector.Drifted: 1,
	} {
		calls := 0
		r := &Remotes{Settings: Settings{Attempts: 3}}
		_, err := retried(context.Background(), r, func() (int, error) {
			calls++
			return 0, &connector.Error{Class: class}
		})
		if calls != want || connector.ClassOf(err) != class {
			t.Errorf("%s: %d calls, %v, want %d calls", class, calls, err, want)
		}
	}
}
