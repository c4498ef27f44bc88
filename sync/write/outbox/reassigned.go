package outbox

import "sync"

// Reassigned counts in a slice the records that are still what they were, and those
// whose id is that of another record by now, or of none.
type Reassigned struct {
	mu            sync.Mutex
	same, another int
}

// So many records, and more than one in so many of those looked at, are not what they
// were when a server has been replaced, and not a record or two.
const (
	reassignedLeast = 5
	reassignedShare = 5
)

// Same counts a record that is what it was.
func (r *Reassigned) Same() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.same++
}

// Another counts one that is not. It reports whether they are too many.
func (r *Reassigned) Another() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.another++
	return r.another >= reassignedLeast && r.another*reassignedShare > r.another+r.same
}
