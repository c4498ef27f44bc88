package outbox

import "sync"

// Handled holds which records were done or passed over. The zero value holds none;
// it is safe for use by several goroutines.
type Handled struct {
	mu   sync.Mutex
	keys map[string]bool
}

// Len returns how many they are.
func (h *Handled) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.keys)
}

// Again lets another pass take up a record again.
func (h *Handled) Again(d *Delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.keys, d.Key)
}

func (h *Handled) has(key string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.keys[key]
}

func (h *Handled) add(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.keys == nil {
		h.keys = map[string]bool{}
	}
	h.keys[key] = true
}
