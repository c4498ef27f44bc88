package engine_test

import (
	"fmt"
	"testing"

	"github.com/touchline-sync/touchline/sync/step"
)

// Of those who are named all is read, one by one, and of nobody else: what the listing has
// shown of others is left to the next run. Only for somebody whom the target does not hold
// yet it is listed.
func TestAsked(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	for n := range 4 {
		a.member(n, "1", fmt.Sprint("photo ", n))
	}
	a.MustSync()
	a.opened(4)
	whole, listed := a.Pipeline, 0
	a.target.Fail = func(when, op string) error {
		if when == "before" && op == "list" {
			listed++
		}
		return nil
	}
	a.Pipeline.Reads = []step.Read{
		{System: "source", Place: "members", Select: step.All, Needed: true},
		{System: "source", Place: "tabs", Select: step.Asked},
		{System: "target", Place: "people", Select: step.Asked, Needed: true},
	}
	if !a.Pipeline.NeedsKeys() || whole.NeedsKeys() {
		t.Error("which of them runs only for keys is not told")
	}
	a.member(1, "2", "another")
	a.member(2, "2", "another")
	a.member(4, "1", "photo 4")
	for _, c := range []struct {
		key            string
		opened, listed int
		shows          map[string]string
	}{
		{"P0001", 1, 0, map[string]string{"P0000": "photo 0", "P0001": "another", "P0002": "photo 2", "P0003": "photo 3"}},
		{"P0001", 1, 0, map[string]string{"P0000": "photo 0", "P0001": "another", "P0002": "photo 2", "P0003": "photo 3"}},
		{"P0004", 1, 1, map[string]string{"P0000": "photo 0", "P0001": "another", "P0002": "photo 2", "P0003": "photo 3", "P0004": "photo 4"}},
		{"P0777", 0, 1, map[string]string{"P0000": "photo 0", "P0001": "another", "P0002": "photo 2", "P0003": "photo 3", "P0004": "photo 4"}},
	} {
		a.Kind, a.Keys, listed = kPerson, []string{c.key}, 0
		a.MustSync()
		a.opened(c.opened)
		a.shows(c.shows)
		if listed != c.listed {
			t.Errorf("for %s the target was listed %d times, want %d", c.key, listed, c.listed)
		}
	}
	a.Kind, a.Keys, a.Pipeline = "", nil, whole
	a.MustSync()
	a.opened(1)
	a.shows(map[string]string{"P0000": "photo 0", "P0001": "another", "P0002": "another", "P0003": "photo 3", "P0004": "photo 4"})
	a.WantQuiet(a.source, a.target)
}
