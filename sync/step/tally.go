package step

import (
	"sync"

	"github.com/touchline-sync/touchline/sync/record"
)

// Tally counts the records of a place by kind, from several goroutines at once.
type Tally struct {
	mu   sync.Mutex
	all  []*Counter
	kind map[record.Kind]*Counter
}

// NewTally counts for these kinds of a place, and for no other.
func NewTally(system record.System, place string, kinds ...record.Kind) *Tally {
	t := &Tally{kind: map[record.Kind]*Counter{}}
	for _, k := range kinds {
		c := &Counter{System: system, Place: place, Kind: k}
		t.all, t.kind[k] = append(t.all, c), c
	}
	return t
}

// Add counts for a kind.
func (t *Tally) Add(kind record.Kind, f func(*Counter)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.kind[kind]; c != nil {
		f(c)
	}
}

// Counters returns what was counted so far, in the order of the kinds.
func (t *Tally) Counters() []Counter {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]Counter, len(t.all))
	for i, c := range t.all {
		out[i] = *c
	}
	return out
}
