package permit

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// Listing is what a run has listed of a place: only with its certificate is a record that
// is not known not there. A run for some keys lists the whole place, too, but its Plan
// gives what was shown to the entities of these keys alone: of others it proves nothing.
// The zero Listing is of a run that has listed nothing.
type Listing struct {
	Certificate reconcile.Certificate // of a place that is initialised
	Doubted     bool                  // the place was listed, and not certified
	Kind        record.Kind           // of the keys
	Keys        []string              // of a run for some
	Decided     []int64               // the sync records that the Plan of a run for some has decided about
}

// Of is the certificate as far as it tells of an entity, and of its sync record.
func (l Listing) Of(e record.Entity, syncRecord int64) reconcile.Certificate {
	if l.some() && !slices.Contains(l.Decided, syncRecord) && (e.Kind != l.Kind || !slices.Contains(l.Keys, e.Key)) {
		return reconcile.Certificate{}
	}
	return l.Certificate
}

// some reports whether the run is for some keys.
func (l Listing) some() bool { return len(l.Keys) > 0 }

// Later reports whether a later run may tell what this one does not: it has listed the
// place and the listing was not certified, or it is for some keys alone.
func (l Listing) Later() bool { return l.Doubted || l.some() }
