// Package engine carries data through once, in one direction: Read stages what
// differs, Decide merges and derives and writes a plan, Apply makes the plan
// ours, Write carries it to the systems. It knows no system and no family;
// jobs calls it, slice by slice.
package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// Settings are what an operator may turn.
type Settings struct {
	Limits  reconcile.Limits
	Missing reconcile.Tolerance // how much a full listing without a stated count may miss
	// AbsentListings is in how many certified full listings in a row a record must be
	// absent, the first and the last AbsentGap apart.
	AbsentListings int
	AbsentGap      time.Duration
	// Attempts is how often a call is tried in one cycle; the waits start at
	// Wait and double.
	Attempts int
	Wait     time.Duration
	// Deadline and Linger bound how long a call that nobody waits for any more
	// may still take effect.
	Deadline, Linger time.Duration
	// Gaps are the waits before a refused record is tried again.
	Gaps []time.Duration
	// DigestKey keys the digests of records.
	DigestKey []byte
}

// LimitNames are the names of the limits that one run may be let pass.
func LimitNames() []string {
	var out []string
	for _, r := range reconcile.Reasons() {
		out = append(out, string(r))
	}
	return out
}

// DefaultSettings are those of a deployment that sets none.
func DefaultSettings() Settings {
	return Settings{
		Limits:  reconcile.DefaultLimits(),
		Missing: reconcile.Tolerance{Count: 5, Share: 0.02}, AbsentListings: 2, AbsentGap: time.Hour,
		Attempts: 3, Wait: time.Second, Deadline: 15 * time.Second, Linger: 5 * time.Second,
		Gaps: []time.Duration{time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour},
	}
}

// System is an opened system as the engine uses it.
type System struct {
	Name      record.System
	Connector connector.Connector
	Meter     *Meter // counts its calls; nil counts nothing
}

// Meter is a Host that counts the calls paced through it.
type Meter struct {
	connector.Host
	calls atomic.Int64
}

// RateLimit counts and paces one call.
func (m *Meter) RateLimit(ctx context.Context, key string, every time.Duration) error {
	m.calls.Add(1)
	return m.Host.RateLimit(ctx, key, every)
}

// Calls returns how many calls were started.
func (m *Meter) Calls() int64 {
	if m == nil {
		return 0
	}
	return m.calls.Load()
}

// Engine is the machine. It is safe for use by several steps at once.
type Engine struct {
	store    *store.Store
	hub      *hub.Queries
	policies policy.Set
	rules    []derive.Rule
	systems  map[record.System]*system
	settings Settings
	now      func() time.Time
}

// system is one opened system with what the engine has learnt of it.
type system struct {
	System
	collections []connector.Collection
	mu          sync.Mutex
	fingerprint string
}

// New puts an engine together. Systems that a process does not serve may be
// left out: their steps fail there, everything else works.
func New(st *store.Store, policies policy.Set, rules []derive.Rule, systems []System, s Settings, now func() time.Time) (*Engine, error) {
	e := &Engine{
		store: st, hub: hub.New(st.Pool), policies: policies, rules: rules, settings: s, now: now,
		systems: map[record.System]*system{},
	}
	var faults []error
	for _, in := range systems {
		sys := &system{System: in, collections: in.Connector.Collections()}
		for _, c := range sys.collections {
			page := policies.Of(c.Kind)
			if page == nil {
				faults = append(faults, fmt.Errorf("%s offers %s, for which there is no policy", in.Name, c.Kind))
				continue
			}
			for _, f := range slices.Concat(c.Reads, c.Writes, c.Unique) {
				if slices.Contains(page.Private, f) {
					faults = append(faults, fmt.Errorf("%s names the field %s of %s, which never leaves: take it out of its mapping", in.Name, f, c.Kind))
				}
			}
		}
		e.systems[in.Name] = sys
	}
	for _, r := range rules {
		if r.Groups == nil || r.Make == nil {
			faults = append(faults, fmt.Errorf("rule %s is not complete", r.Name))
		}
	}
	return e, errors.Join(faults...)
}

// Places returns the names of the places that a system offers, sorted.
func (e *Engine) Places(name record.System) []string {
	sys, ok := e.systems[name]
	if !ok {
		return nil
	}
	var out []string
	for _, c := range sys.collections {
		out = append(out, c.Place)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Has reports whether the engine has this system.
func (e *Engine) Has(name record.System) bool { return e.systems[name] != nil }

// Systems returns the names of the systems, sorted.
func (e *Engine) Systems() []record.System {
	var out []record.System
	for name := range e.systems {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Collections returns what a system offers.
func (e *Engine) Collections(name record.System) []connector.Collection {
	if sys, ok := e.systems[name]; ok {
		return sys.collections
	}
	return nil
}

func (e *Engine) system(name record.System) (*system, error) {
	if sys, ok := e.systems[name]; ok {
		return sys, nil
	}
	return nil, &step.Stop{Outcome: step.Failed, Reason: "UNKNOWN_SYSTEM", Detail: fmt.Sprintf("the system %q is not set up in this process", name)}
}

// host returns the collection whose records a place consists of, as a view
// shows them; "" is the first view.
func (s *system) host(place, view string) (*connector.Collection, error) {
	for i := range s.collections {
		c := &s.collections[i]
		if c.Place == place && !c.Part && (view == "" || c.View == view) {
			return c, nil
		}
	}
	return nil, &step.Stop{Outcome: step.Failed, Reason: "UNKNOWN_PLACE", Detail: fmt.Sprintf("the system %s has no view %q of a place %q", s.Name, view, place)}
}

// at returns all collections of a place as a view shows them: its host and the
// parts.
func (s *system) at(place, view string) []*connector.Collection {
	var out []*connector.Collection
	for i := range s.collections {
		c := &s.collections[i]
		if c.Place == place && (c.Part || c.View == view) {
			out = append(out, c)
		}
	}
	return out
}

// of returns the collection that takes a kind at a place, or nil.
func (s *system) of(place string, kind record.Kind) *connector.Collection {
	for i := range s.collections {
		if c := &s.collections[i]; c.Place == place && c.Kind == kind {
			return c
		}
	}
	return nil
}

// reads are the fields that a record of a place carries, sorted.
func (s *system) reads(place, view string) []record.Field {
	var out []record.Field
	for _, c := range s.at(place, view) {
		out = append(out, c.Reads...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// account makes sure, once a process, that the system's account is the one that
// our state belongs to, and returns its fingerprint.
func (e *Engine) account(ctx context.Context, s *system) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fingerprint == "" {
		print, err := retried(ctx, e, func() (string, error) { return s.Connector.Check(ctx) })
		if err != nil {
			return "", err
		}
		s.fingerprint = print
	}
	bound, err := e.store.GetBinding(ctx, string(s.Name))
	switch {
	case errors.Is(err, pgx.ErrNoRows):
	case err != nil:
		return "", fmt.Errorf("read the binding of %s: %w", s.Name, err)
	case bound != s.fingerprint:
		s.fingerprint = ""
		return "", &step.Stop{Outcome: step.Failed, Reason: "WRONG_ACCOUNT", Detail: fmt.Sprintf(
			"this database was made with another account of %s; give the settings of that account, or use another database", s.Name)}
	}
	return s.fingerprint, nil
}

// tx runs f in one transaction, after the fence.
func (e *Engine) tx(ctx context.Context, t step.Task, f func(tx pgx.Tx, q *store.Queries) error) error {
	return e.store.InStep(ctx, t.Step, t.Token, f)
}
