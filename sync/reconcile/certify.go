package reconcile

import (
	"encoding/json"
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
)

// FullListing is what is known of a listing when it has ended.
type FullListing struct {
	Evidence connector.Evidence // of all pages together
	Complete bool               // the view is meant to show all its place holds
	Moved    bool               // the number that the system states differed between pages
	Count    int64              // records and faults seen, each once
	Nameless int64              // of those, faults without an id
	Known    int64              // records that the last full listing showed
	Absent   int64              // of those, how many are not there now
	Missing  Tolerance          // how many may be absent when no count is stated
}

// Certificate proves that a listing was whole, so that what it did not show was
// not there. Certify alone makes one; the zero Certificate proves nothing. What
// follows from not being shown (an absence, and a create that is not keyed)
// takes one as an argument.
type Certificate struct{ of *FullListing }

// Holds reports whether the certificate proves anything.
func (c Certificate) Holds() bool { return c.of != nil }

// MarshalJSON returns what the listing has shown of itself; null for the zero
// Certificate. No statement can be forged by storing it: what is read back is
// certified anew.
func (c Certificate) MarshalJSON() ([]byte, error) { return json.Marshal(c.of) }

// UnmarshalJSON reads a stored certificate and judges its listing anew.
func (c *Certificate) UnmarshalJSON(b []byte) error {
	*c = Certificate{}
	var of *FullListing
	if err := json.Unmarshal(b, &of); err != nil {
		return fmt.Errorf("read a certificate: %w", err)
	}
	if of != nil {
		*c, _ = Certify(*of)
	}
	return nil
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

// BrokenOff reports whether the listing ended without its end, or what it states
// of its size does not fit what it showed. Such a listing is worth reading again:
// somebody may have added a record meanwhile.
func (c FullListing) BrokenOff() bool {
	return !c.Evidence.End || c.Moved || c.Evidence.Stated && int64(c.Evidence.Count) != c.Count
}

// Certify judges whether a listing was whole. Why says what speaks against it,
// and is empty beside a certificate that holds.
func Certify(c FullListing) (_ Certificate, why string) {
	if why := c.doubt(); why != "" {
		return Certificate{}, why
	}
	return Certificate{&c}, ""
}

func (c FullListing) doubt() string {
	switch {
	case !c.Evidence.SignedIn:
		return "not signed in all the time"
	case !c.Evidence.Filters:
		return "the filters were not read back as set"
	case !c.Evidence.End:
		return "the end was not seen"
	case c.Moved:
		return "the stated count moved while it was listed"
	case c.Nameless > 0:
		// Any of the missing may be one of those whose id could not be read.
		return "records without a readable id"
	case c.Count == 0 && c.Known > 0 && c.Absent > 0: // not by the system's own word
		return "nothing was read although records are known"
	case c.Evidence.Stated && int64(c.Evidence.Count) != c.Count:
		return "the stated count differs from what was read"
	case !c.Complete:
		return "the view does not show all"
	case c.Evidence.Stated:
		return ""
	case c.Count == 0:
		return "no count is stated and nothing was read"
	case c.Missing.Exceeded(c.Absent, c.Known):
		return "no count is stated and too little of what the last whole listing showed was seen again"
	}
	return ""
}
