package step

import (
	"slices"
	"sync"

	"github.com/touchline-sync/touchline/sync/record"
)

// AsidesMost is how many records a slice names that it has put aside.
const AsidesMost = 20

// Aside is a record of which something is not taken or written from now on. It
// names the record by our ids alone.
type Aside struct {
	System record.System // "": that of the step, as Place
	Place  string
	Kind   record.Kind
	Record int64 // the sync record; 0: there is none yet
	Entity int64 // 0: it is nobody's, or not known
	State  AsideState
	Why    string // holds no value
}

// AsideState says how a record was put aside.
type AsideState string

// The states of a record that is put aside.
const (
	Quarantined AsideState = "quarantined" // nothing of it is written, or taken
	Held        AsideState = "held"        // a field of it is not written
	Unreadable  AsideState = "unreadable"  // it was listed and could not be read
)

// Asides collects the records that a slice puts aside, as many as it names. Records
// that are carried out at once may be added at once.
type Asides struct {
	mu  sync.Mutex
	all []Aside
}

// Add adds a record of the step's own place; entity is nil where it is nobody's.
func (a *Asides) Add(kind record.Kind, id int64, entity *int64, state AsideState, why string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.all) == AsidesMost {
		return
	}
	one := Aside{Kind: kind, Record: id, State: state, Why: why}
	if entity != nil {
		one.Entity = *entity
	}
	a.all = append(a.all, one)
}

// All returns what was added.
func (a *Asides) All() []Aside {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.all)
}
