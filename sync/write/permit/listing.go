package permit

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// Listing is what a run has listed of a place: only with its certificate is a record that
// is not known not there. A run that decides a part of what it has listed, since it is for
// some keys or a part of its plan was approved, gives to no others what was shown: of them
// it proves nothing. The zero Listing is of a run that has listed nothing.
type Listing struct {
	Certificate reconcile.Certificate // of a place that is initialised
	Doubted     bool                  // the place was listed, and not certified
	Part        bool                  // the run decides a part of what it has listed
	Kind        record.Kind           // of the keys
	Keys        []string              // of a run for some
	Decided     []int64               // the sync records that a run which decides a part has decided about
}

// Of is the certificate as far as it tells of an entity, and of its sync record.
func (l Listing) Of(e record.Entity, syncRecord int64) reconcile.Certificate {
	if l.Part && !slices.Contains(l.Decided, syncRecord) && (e.Kind != l.Kind || !slices.Contains(l.Keys, e.Key)) {
		return reconcile.Certificate{}
	}
	return l.Certificate
}

// Later reports whether a later run may tell what this one does not: it has listed the
// place and the listing was not certified, or it decides a part alone.
func (l Listing) Later() bool { return l.Doubted || l.Part }
