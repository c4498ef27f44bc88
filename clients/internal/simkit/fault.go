package simkit

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The kinds of fault.
const (
	FaultStatus    = "status"      // answer Status, Headers and Body; the handler does not run
	FaultDelay     = "delay"       // wait Delay, then go on
	FaultDrop      = "drop"        // break the line; the handler does not run
	FaultCut       = "cut"         // run the handler, send half of its answer, break the line
	FaultHTML      = "html"        // answer a sign-in page with 200 (or Status, or Body)
	FaultDropAfter = "drop-after"  // run the handler, then break the line: the answer is lost
	FaultSlowAfter = "delay-after" // run the handler, wait Delay, then answer
	FaultBody      = "body"        // answer Body as JSON with 200 (or Status); the handler does not run
	FaultNamed     = "named"       // nothing by itself: the handler asks Kit.Fault for Name
)

// Fault is one line of a fault script.
type Fault struct {
	Match Match `json:"match"`
	// After is how many matching requests pass before the first hit.
	After int `json:"after,omitempty"`
	// Times is how many requests are hit; 0 is all.
	Times int `json:"times,omitempty"`
	// Probability, where it is not 0, lets chance decide, repeatably by Seed.
	Probability float64 `json:"probability,omitempty"`
	Seed        uint64  `json:"seed,omitempty"`
	Do          Do      `json:"do"`
}

// Match says which requests a fault is for. What is empty matches all. In
// Path and Query a * stands for any text.
type Match struct {
	Part   string            `json:"part,omitempty"`
	Method string            `json:"method,omitempty"`
	Path   string            `json:"path,omitempty"`
	Query  map[string]string `json:"query,omitempty"`
}

// Do is what a fault does.
type Do struct {
	Kind    string            `json:"kind"`
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
	Delay   string            `json:"delay,omitempty"`
	Name    string            `json:"name,omitempty"`
}

// Injected is a fault with its number and how often it matched and hit.
type Injected struct {
	ID int `json:"id"`
	Fault
	Matched int `json:"matched"`
	Hits    int `json:"hits"`
}

type fault struct {
	Injected
	delay time.Duration
	rand  *rand.Rand
}

// Inject adds a fault and returns its number.
func (k *Kit) Inject(f Fault) (int, error) {
	in := &fault{Injected: Injected{Fault: f}, rand: rand.New(rand.NewPCG(f.Seed, 1))}
	switch f.Do.Kind {
	case FaultStatus:
		if f.Do.Status < 200 || f.Do.Status > 599 {
			return 0, fmt.Errorf("a fault of kind status needs a status from 200 to 599")
		}
	case FaultDelay, FaultSlowAfter:
		d, err := time.ParseDuration(f.Do.Delay)
		if err != nil {
			return 0, fmt.Errorf("delay of a fault: %w", err)
		}
		in.delay = d
	case FaultNamed:
		if f.Do.Name == "" {
			return 0, fmt.Errorf("a fault of kind named needs a name")
		}
	case FaultDrop, FaultCut, FaultHTML, FaultDropAfter, FaultBody:
	default:
		return 0, fmt.Errorf("unknown kind of fault %q", f.Do.Kind)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.nextID++
	in.ID = k.nextID
	k.faults = append(k.faults, in)
	return in.ID, nil
}

// Faults returns all faults with their counters.
func (k *Kit) Faults() []Injected {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := []Injected{}
	for _, f := range k.faults {
		out = append(out, f.Injected)
	}
	return out
}

// ClearFault takes a fault away, and reports whether there was one.
func (k *Kit) ClearFault(id int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := len(k.faults)
	k.faults = slices.DeleteFunc(k.faults, func(f *fault) bool { return f.ID == id })
	return len(k.faults) < n
}

// ClearFaults takes all faults away.
func (k *Kit) ClearFaults() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.faults = nil
}

// Fault reports whether a named fault is to strike this request, and counts
// the hit. A handler asks once a request and name, with the kit not locked.
func (k *Kit) Fault(r *http.Request, name string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.named(r, name) != nil
}

// FaultDo is Fault for handlers that need the fault's body, status or headers.
func (k *Kit) FaultDo(r *http.Request, name string) (Do, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if f := k.named(r, name); f != nil {
		return f.Do, true
	}
	return Do{}, false
}

// FaultOf is FaultDo for what no request to a part has caused, such as a call
// that the simulator itself is about to make. Match looks at e, which is in no
// log.
func (k *Kit) FaultOf(e *Request, name string) (Do, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if f := k.namedOf(e, name); f != nil {
		return f.Do, true
	}
	return Do{}, false
}

func (k *Kit) named(r *http.Request, name string) *fault {
	if e, ok := r.Context().Value(numberKey{}).(*Request); ok {
		return k.namedOf(e, name)
	}
	return nil
}

func (k *Kit) namedOf(e *Request, name string) *fault {
	for _, f := range k.faults {
		if f.Do.Kind == FaultNamed && f.Do.Name == name && f.strikes(e) {
			e.Fault = join(e.Fault, name)
			return f
		}
	}
	return nil
}

func join(a, b string) string { return strings.TrimPrefix(a+","+b, ",") }

// hits returns the faults that strike a request, all delays and at most one
// other. The kit is locked.
func (k *Kit) hits(e *Request) []*fault {
	var out []*fault
	for _, f := range k.faults {
		if f.Do.Kind == FaultNamed || !f.strikes(e) {
			continue
		}
		e.Fault = join(e.Fault, f.Do.Kind)
		out = append(out, f)
		if f.Do.Kind != FaultDelay {
			break
		}
	}
	return out
}

// strikes counts a matching request and says whether it is hit.
func (f *fault) strikes(e *Request) bool {
	if !f.Match.matches(e) {
		return false
	}
	f.Matched++
	switch {
	case f.Matched <= f.After,
		f.Times > 0 && f.Hits >= f.Times,
		f.Probability > 0 && f.rand.Float64() >= f.Probability:
		return false
	}
	f.Hits++
	return true
}

func (m Match) matches(e *Request) bool {
	if m.Part != "" && m.Part != e.Part ||
		m.Method != "" && !strings.EqualFold(m.Method, e.Method) ||
		m.Path != "" && !glob(m.Path, e.Path) {
		return false
	}
	if len(m.Query) == 0 {
		return true
	}
	q, _ := url.ParseQuery(e.Query)
	for name, pattern := range m.Query {
		if !q.Has(name) || !glob(pattern, q.Get(name)) {
			return false
		}
	}
	return true
}

// glob matches text against a pattern in which * stands for any text.
func glob(pattern, text string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, first)
	if !ok {
		return false
	}
	for {
		if glob(rest, text) {
			return true
		}
		if text == "" {
			return false
		}
		text = text[1:]
	}
}
