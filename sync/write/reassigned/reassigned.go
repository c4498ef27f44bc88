// Package reassigned tells a server that was replaced from a record or two that are gone.
package reassigned

import "sync"

// Count counts in a slice the records that are still what they were, and those
// whose id is that of another record by now, or of none.
type Count struct {
	mu            sync.Mutex
	same, another int
}

// So many records, and more than one in so many of those looked at, are not what they
// were when a server has been replaced, and not a record or two.
const (
	least = 5
	share = 5
)

// Same counts a record that is what it was.
func (c *Count) Same() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.same++
}

// Another counts one that is not. It reports whether they are too many.
func (c *Count) Another() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.another++
	return c.another >= least && c.another*share > c.another+c.same
}
