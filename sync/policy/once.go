package policy

import (
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// Once says of a kind that its records tell of something that happened, such as a
// conversation. A target is given each once, and from then on it is people's: nothing of
// it is compared, written again, ended or made anew there. What of it could not be told
// yet is not told any more when it is deleted with us.
type Once struct {
	// When is the field with the time at which it happened.
	When record.Field
	// Fresh is for how long after that a target is still told; 0: always.
	Fresh time.Duration
}

// onceItHappens is a place at Rondo Club of what is told once, and not before it happens.
func onceItHappens(at string, awaited record.Field) Target {
	return Target{System: rondoclub, Place: func(f record.Fields) (place, why string) {
		if f[awaited] == "true" {
			return "", "it has not happened yet"
		}
		return at, ""
	}}
}

// WhyOld is why a target is not told of what happened.
const WhyOld = "it happened too long ago to be told"

// Old reports whether something happened too long ago to be told now. Of what has no
// readable time that is not known, and it is told.
func (o *Once) Old(f record.Fields, now time.Time) bool {
	at, err := time.Parse(time.RFC3339, f[o.When])
	return err == nil && o.Fresh > 0 && now.Sub(at) > o.Fresh
}

// Before reports whether something happened before a time, or nobody knows when.
func (o *Once) Before(f record.Fields, t time.Time) bool {
	at, err := time.Parse(time.RFC3339, f[o.When])
	return err != nil || at.Before(t)
}
