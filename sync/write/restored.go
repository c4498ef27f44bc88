package write

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
)

// restoration holds back what must not be done while the database is RESTORED: it
// may have been done since the backup, or the person may have said otherwise. No
// create, no removal, no looser consent; ordinary updates go on.
type restoration struct {
	on bool

	mu sync.Mutex // guards what follows
	// By what waits, the keys of the records: a record is passed several times.
	creates, removals, consents map[string]bool
}

// newRestoration asks whether the database is RESTORED.
func newRestoration(ctx context.Context, remotes *remote.Remotes) (*restoration, error) {
	r, err := remotes.Restored(ctx)
	return &restoration{
		on: r != nil && len(r.Left) > 0, creates: map[string]bool{}, removals: map[string]bool{}, consents: map[string]bool{},
	}, err
}

// holdsBack reports whether nothing of a record may be carried out now, and counts
// what waits. A record whose create is uncertain is not even looked for. An approved
// row is carried out whole or not at all.
func (r *restoration) holdsBack(d *delivery, approved bool) bool {
	if !r.on {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch h := d.host; {
	case h.row.PendingOp == "remove":
		r.removals[d.key] = true
		return true
	case h.row.ExternalID == nil:
		if h.pending {
			r.creates[d.key] = true
		}
		return true
	}
	later := false
	for _, b := range d.pendingParts() {
		for f := range b.later {
			later = true
			if len(b.policy.Fields[f].Strict) > 0 {
				r.consents[d.key] = true
			} else {
				r.removals[d.key] = true
			}
		}
	}
	return later && approved
}

// waitsForMore reports whether something of the part is left to a later write: a
// reference without a remote id, or what waits while the database is RESTORED.
func (b *part) waitsForMore() bool { return b.missing > 0 || len(b.later) > 0 }

// note says in the step's notes what has waited.
func (r *restoration) note() map[string]string {
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
		return nil
	}
	return map[string]string{
		step.PartialNote: "RESTORED",
		"restored":       "RESTORED: " + strings.Join(waits, ", ") + " wait until every place was read whole",
	}
}
