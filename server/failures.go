package server

import (
	"crypto/sha256"
	"sync"
	"time"
)

// Wrong tokens that one address may send in a minute, and how many addresses
// and good tokens are remembered.
const (
	failuresAllowed = 30
	failuresWindow  = time.Minute
	failuresHosts   = 10_000
	failuresTokens  = 10_000
)

// failures counts wrong tokens by address, so that nobody can try many. A
// token that was right before is never turned away for what others do from
// the same address, such as that of a proxy; it is checked like always.
type failures struct {
	now func() time.Time

	mu    sync.Mutex
	since time.Time
	count map[string]int
	good  map[[sha256.Size]byte]bool
}

func newFailures(now func() time.Time) *failures {
	return &failures{now: now, since: now(), count: map[string]int{}, good: map[[sha256.Size]byte]bool{}}
}

// allowed reports whether the address may try this token.
func (f *failures) allowed(host, token string) bool {
	sum := sha256.Sum256([]byte(token))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn()
	return f.count[host] < failuresAllowed || f.good[sum]
}

// failed counts a wrong token.
func (f *failures) failed(host, token string) {
	sum := sha256.Sum256([]byte(token))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn()
	delete(f.good, sum) // it was right once, and has expired or was revoked
	if _, known := f.count[host]; known || len(f.count) < failuresHosts {
		f.count[host]++
	}
}

// passed remembers a right token.
func (f *failures) passed(token string) {
	sum := sha256.Sum256([]byte(token))
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.good) < failuresTokens {
		f.good[sum] = true
	}
}

// turn begins a new window when the old one is over.
func (f *failures) turn() {
	if now := f.now(); now.Sub(f.since) >= failuresWindow {
		f.since = now
		clear(f.count)
	}
}
