package reconcile

import (
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// Limits bound what one run may do at one place. All are settings.
type Limits struct {
	Removed Tolerance // let go or deleted
	Emptied Tolerance // values of one field that become empty
	Changed Tolerance // records updated
	Created Tolerance // records created at a place that is not empty
}

// DefaultLimits are the limits of a deployment that sets none.
func DefaultLimits() Limits {
	return Limits{
		Removed: Tolerance{5, 0.02}, Emptied: Tolerance{5, 0.02},
		Changed: Tolerance{5, 0.30}, Created: Tolerance{5, 0.20},
	}
}

// Totals are what a plan does at one place.
type Totals struct {
	System      record.System
	Place       string
	Held        int64 // records of ours held there before, whatever the run's scope
	Seen        int64 // records of anybody seen there
	Initialised bool  // the place has been taken up before
	Removed     int64
	Changed     int64
	Created     int64
	Emptied     map[record.Field]int64
}

// Reason is why a plan needs a person.
type Reason string

// The reasons, stable.
const (
	FirstSync      Reason = "FIRST_SYNC"
	TooManyRemoved Reason = "TOO_MANY_REMOVED"
	TooManyEmptied Reason = "TOO_MANY_EMPTIED"
	TooManyChanged Reason = "TOO_MANY_CHANGED"
	TooManyCreated Reason = "TOO_MANY_CREATED"
)

// Reasons are all reasons, the names that an override may give.
func Reasons() []Reason {
	return []Reason{FirstSync, TooManyRemoved, TooManyEmptied, TooManyChanged, TooManyCreated}
}

// Breach is one limit that a plan exceeds.
type Breach struct {
	Reason Reason
	Detail string // numbers and names of places and fields only
}

// Judge returns what exceeds the limits, but for the reasons overridden.
func Judge(l Limits, all []Totals, overridden []Reason) []Breach {
	var out []Breach
	add := func(r Reason, t Totals, format string, args ...any) {
		if !slices.Contains(overridden, r) {
			out = append(out, Breach{r, fmt.Sprintf("%s %s: ", t.System, t.Place) + fmt.Sprintf(format, args...)})
		}
	}
	for _, t := range all {
		if !t.Initialised && t.Seen > 0 {
			add(FirstSync, t, "first meeting with a place that already holds %d records; approve the plan to take it up", t.Seen)
			continue
		}
		if l.Removed.Exceeded(t.Removed, t.Held) {
			add(TooManyRemoved, t, "%d of %d records would be let go", t.Removed, t.Held)
		}
		for _, f := range sortedFields(t.Emptied) {
			if l.Emptied.Exceeded(t.Emptied[f], t.Held) {
				add(TooManyEmptied, t, "field %s would be emptied in %d of %d records", f, t.Emptied[f], t.Held)
			}
		}
		if l.Changed.Exceeded(t.Changed, t.Held) {
			add(TooManyChanged, t, "%d of %d records would change", t.Changed, t.Held)
		}
		if t.Held > 0 && l.Created.Exceeded(t.Created, t.Held) {
			add(TooManyCreated, t, "%d records would be created beside %d", t.Created, t.Held)
		}
	}
	return out
}

func sortedFields(m map[record.Field]int64) []record.Field {
	out := make([]record.Field, 0, len(m))
	for f := range m {
		out = append(out, f)
	}
	slices.Sort(out)
	return out
}
