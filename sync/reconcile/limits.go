package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// Effect is what becomes of a record or of a value of it, whatever the operation
// that does it. Limits count effects.
type Effect string

// The effects. Removed covers all that ends a record: it is deleted, its
// subscription ends, it is marked as former, or it is left alone from now on.
// Overwritten is the first binding of an unmanaged record that replaces values
// of its own.
const (
	Removed     Effect = "removed"
	Emptied     Effect = "emptied" // of one field
	Changed     Effect = "changed"
	Overwritten Effect = "overwritten"
	Created     Effect = "created"
)

// Limits bound what may happen to the records of one kind at one place, or in
// our own copy. All are settings.
type Limits struct {
	Removed     Tolerance
	Emptied     Tolerance // of the records that have that field filled
	Changed     Tolerance
	Overwritten Tolerance // of the records there, managed or not
	Created     Tolerance // of the records there; the first are not counted
	// Window is over what time Removed and Emptied are added up. The others are
	// counted by run.
	Window time.Duration
}

// DefaultLimits are the limits of a deployment that sets none.
func DefaultLimits() Limits {
	return Limits{
		Removed: Tolerance{5, 0.02}, Emptied: Tolerance{5, 0.02},
		Changed: Tolerance{5, 0.30}, Overwritten: Tolerance{5, 0.05}, Created: Tolerance{5, 0.20},
		Window: 24 * time.Hour,
	}
}

// Of returns the limit of an effect.
func (l Limits) Of(e Effect) Tolerance {
	switch e {
	case Removed:
		return l.Removed
	case Emptied:
		return l.Emptied
	case Overwritten:
		return l.Overwritten
	case Created:
		return l.Created
	default:
		return l.Changed
	}
}

// Windowed reports whether an effect is added up over the window.
func (e Effect) Windowed() bool { return e == Removed || e == Emptied }

// Tally is how often one effect befalls the records of a kind at a place.
type Tally struct {
	System record.System
	Place  string // "" for our own copy
	Kind   record.Kind
	Field  record.Field // of Emptied
	Effect Effect
	Made   bool  // of entities that a rule makes, such as parents: members are counted without them
	N      int64 // by this plan
	Before int64 // within the window, by plans that nobody approved
	// Had is how many records of the kind there have a value now that the effect
	// could take: for Emptied those that have the field filled.
	Had int64
}

// exceeded reports whether a tally is above its limit. What the window has taken
// away had a value there when the window began.
func (t Tally) exceeded(l Limits) bool {
	had := t.Had + t.Before
	if t.Effect == Created && had == 0 {
		return false // the first load
	}
	return l.Of(t.Effect).Exceeded(t.N+t.Before, had)
}

// String says what is told of a tally above its limit: numbers and names only.
func (t Tally) String() string {
	n, had := t.N+t.Before, t.Had+t.Before
	if t.Made {
		t.Kind += " that are made of others"
	}
	switch t.Effect {
	case Removed:
		return fmt.Sprintf("%d of %d records of %s would be removed or left alone within a day", n, had, t.Kind)
	case Emptied:
		return fmt.Sprintf("field %s would be emptied within a day in %d of the %d records of %s that have it", t.Field, n, had, t.Kind)
	case Overwritten:
		return fmt.Sprintf("%d of %d records of %s that we do not manage yet would be overwritten", n, had, t.Kind)
	case Created:
		return fmt.Sprintf("%d records of %s would be created beside %d", n, t.Kind, had)
	default:
		return fmt.Sprintf("%d of %d records of %s would change", n, had, t.Kind)
	}
}

// Place is what a run has read of a place.
type Place struct {
	System      record.System
	Place       string
	Unmanaged   int64 // records shown there that are not ours
	Initialised bool  // the place has been taken up before
}

// Reason is why a plan needs a person.
type Reason string

// The reasons, stable.
const (
	FirstSync          Reason = "FIRST_SYNC"
	TooManyRemoved     Reason = "TOO_MANY_REMOVED"
	TooManyEmptied     Reason = "TOO_MANY_EMPTIED"
	TooManyChanged     Reason = "TOO_MANY_CHANGED"
	TooManyOverwritten Reason = "TOO_MANY_OVERWRITTEN"
	TooManyCreated     Reason = "TOO_MANY_CREATED"
)

// reasonOf names by effect why its limit stops a plan; the order is that in which
// reasons are told.
var reasonOf = []struct {
	effect Effect
	reason Reason
}{
	{Removed, TooManyRemoved},
	{Emptied, TooManyEmptied},
	{Overwritten, TooManyOverwritten},
	{Changed, TooManyChanged},
	{Created, TooManyCreated},
}

// Reasons are all reasons, the names that an override may give.
func Reasons() []Reason {
	out := []Reason{FirstSync}
	for _, r := range reasonOf {
		out = append(out, r.reason)
	}
	return out
}

// Effect is what the reason's limit counts; "" when it is about none.
func (r Reason) Effect() Effect {
	for _, of := range reasonOf {
		if of.reason == r {
			return of.effect
		}
	}
	return ""
}

// Breach is one limit that a plan exceeds.
type Breach struct {
	Reason Reason
	Detail string // numbers and names of places and fields only
}

// Judge returns what exceeds the limits, but for the reasons overridden. At a
// place that is met for the first time nothing else is told: its plan is
// approved as a whole.
func Judge(l Limits, places []Place, tallies []Tally, overridden []Reason) []Breach {
	var out []Breach
	add := func(r Reason, system record.System, place, detail string) {
		if !slices.Contains(overridden, r) {
			out = append(out, Breach{r, fmt.Sprintf("%s: %s", strings.TrimSpace(string(system)+" "+place), detail)})
		}
	}
	type name struct {
		system record.System
		place  string
	}
	first := map[name]bool{}
	for _, p := range places {
		if !p.Initialised && p.Unmanaged > 0 {
			first[name{p.System, p.Place}] = true
			add(FirstSync, p.System, p.Place, fmt.Sprintf(
				"first sync with a place that already holds %d records; approve the plan to take it up", p.Unmanaged))
		}
	}
	for _, r := range reasonOf {
		for _, t := range tallies {
			if t.Effect == r.effect && !first[name{t.System, t.Place}] && t.exceeded(l) {
				add(r.reason, t.System, t.Place, t.String())
			}
		}
	}
	return out
}
