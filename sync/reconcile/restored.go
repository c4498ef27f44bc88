package reconcile

import (
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// Later takes out of what a record is to be told what must wait while what we know
// is old, since the database was restored from a backup: what marks an end, a
// consent that is not stricter than what stands there, and of a deleted entity all
// but a stricter consent. It returns what is left, and what waits.
//
// Example: the hub says "active" and the record was last seen "unsubscribed". The
// opt-in waits: the person may have opted out again after the backup.
func Later(p *policy.Policy, e Entity, r Record, set record.Fields) (now, later record.Fields) {
	now, later = maps.Clone(set), record.Fields{}
	for f, v := range set {
		there := r.Remote[f]
		waits := e.Deleted != "" || slices.Contains(p.Ends, f) && v != "" && v != "false" && there != v
		if strict := p.Fields[f].Strict; len(strict) > 0 {
			// Over nothing, or over what is no consent, only the strictest is sure.
			is, was := slices.Index(strict, v), slices.Index(strict, there)
			waits = is != 0 && (is < 0 || is >= was)
		}
		if waits {
			later[f] = v
			delete(now, f)
		}
	}
	return now, later
}
