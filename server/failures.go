package server

import (
	"sync"
	"time"
)

// Wrong tokens that one address may send in a minute, and how many addresses
// are remembered.
const (
	failuresAllowed = 30
	failuresWindow  = time.Minute
	failuresHosts   = 10_000
)

// failures counts wrong tokens by address, so that nobody can try many.
type failures struct {
	now func() time.Time

	mu    sync.Mutex
	since time.Time
	count map[string]int
}

func newFailures(now func() time.Time) *failures {
	return &failures{now: now, since: now(), count: map[string]int{}}
}

// allowed reports whether the address may try again.
func (f *failures) allowed(host string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn()
	return f.count[host] < failuresAllowed
}

// add counts a failure.
func (f *failures) add(host string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn()
	if _, known := f.count[host]; known || len(f.count) < failuresHosts {
		f.count[host]++
	}
}

// turn begins a new window when the old one is over.
func (f *failures) turn() {
	if now := f.now(); now.Sub(f.since) >= failuresWindow {
		f.since = now
		clear(f.count)
	}
}
