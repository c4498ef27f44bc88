package reconcile

import "github.com/touchline-sync/touchline/sync/connector"

// FullListing is what is known of a full listing when it has ended.
type FullListing struct {
	Evidence connector.Evidence // of all pages together
	Count    int64              // records and faults seen, each once
	Known    int64              // records that the last full listing showed
	Absent   int64              // of those, how many are not there now
}

// Tolerance is how much of something may happen before it stops a run.
type Tolerance struct {
	Count int64
	Share float64
}

// FaultTolerance is how many records of a place may be unreadable, or answers
// not understood, before the system itself is held to have changed.
var FaultTolerance = Tolerance{Count: 3, Share: 0.02}

// Exceeded reports whether n out of held is more than both bounds allow.
func (t Tolerance) Exceeded(n, held int64) bool {
	return n > max(t.Count, int64(t.Share*float64(held)))
}

// Certify judges whether a listing was whole, so that what is not in it may
// count as absent. Why is empty when it was.
func Certify(c FullListing, missing Tolerance) (why string) {
	switch {
	case !c.Evidence.SignedIn:
		return "not signed in all the time"
	case !c.Evidence.Filters:
		return "the filters were not read back as set"
	case !c.Evidence.End:
		return "the end was not seen"
	case c.Count == 0 && c.Known > 0:
		return "nothing was read although records are known"
	case c.Evidence.Stated && int64(c.Evidence.Count) != c.Count:
		return "the stated count differs from what was read"
	case c.Evidence.Stated:
		return ""
	case c.Count == 0:
		return "no count is stated and nothing was read"
	case missing.Exceeded(c.Absent, c.Known):
		return "no count is stated and too little of the last census was seen again"
	}
	return ""
}
