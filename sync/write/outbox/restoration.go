package outbox

import (
	"fmt"
	"strings"
	"sync"
)

// Restoration holds back what must not be done while the database is RESTORED: it
// may have been done since the backup, or the person may have said otherwise. No
// create, no removal, no looser consent; ordinary updates go on.
type Restoration struct {
	On bool

	mu sync.Mutex // guards what follows
	// By what waits, the keys of the records: a record is passed several times.
	creates, removals, consents map[string]bool
}

// NewRestoration returns one for a slice; on says that the database is RESTORED.
func NewRestoration(on bool) *Restoration {
	return &Restoration{On: on, creates: map[string]bool{}, removals: map[string]bool{}, consents: map[string]bool{}}
}

// HoldsBack reports whether nothing of a record may be carried out now, and counts
// what waits. A record whose create is uncertain is not even looked for. An approved
// row is carried out whole or not at all.
func (r *Restoration) HoldsBack(d *Delivery, approved bool) bool {
	if !r.On {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch h := d.Host; {
	case h.Row.PendingOp == "remove":
		r.removals[d.Key] = true
		return true
	case h.Row.ExternalID == nil:
		if h.Pending {
			r.creates[d.Key] = true
		}
		return true
	}
	later := false
	for _, b := range d.PendingParts() {
		for f := range b.Later {
			later = true
			if len(b.Policy.Fields[f].Strict) > 0 {
				r.consents[d.Key] = true
			} else {
				r.removals[d.Key] = true
			}
		}
	}
	return later && approved
}

// Waits says what has waited; "" when nothing has.
func (r *Restoration) Waits() string {
	var waits []string
	for _, w := range []struct {
		keys      map[string]bool
		one, more string
	}{{r.creates, "create", "creates"}, {r.removals, "removal", "removals"}, {r.consents, "looser consent", "looser consents"}} {
		if n := len(w.keys); n > 0 {
			waits = append(waits, fmt.Sprintf("%d %s", n, map[bool]string{true: w.one, false: w.more}[n == 1]))
		}
	}
	if len(waits) == 0 {
		return ""
	}
	return "RESTORED: " + strings.Join(waits, ", ") + " wait until every place was read whole"
}
