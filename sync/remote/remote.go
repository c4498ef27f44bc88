// Package remote has the systems that a process has opened, and is the only way
// to call them: it checks the account, leaves a system alone that keeps failing,
// bounds and repeats calls, and turns a connector's panic into an error. It does
// not know what is read or written, and stores nothing about records.
package remote

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// Settings bound and repeat the calls.
type Settings struct {
	// Attempts is how often a call is tried in one cycle; the waits start at
	// Wait and double.
	Attempts int
	Wait     time.Duration
	// Deadline and Linger bound how long a call that nobody waits for any more
	// may still take effect.
	Deadline, Linger time.Duration
	// BreakerWait is how long a system that keeps failing is left alone at first,
	// BreakerMost at most. The least is a second.
	BreakerWait, BreakerMost time.Duration
}

// System is an opened system.
type System struct {
	Name      record.System
	Connector connector.Connector
	Meter     *Meter // counts its calls; nil counts nothing
	// Observed says that it is read and planned, and never written.
	Observed bool

	offer *atomic.Pointer[offer] // New fills it in
}

// offer is what a system offers, and the shape of the site that it is cut by.
type offer struct {
	shape string
	all   connector.Collections
}

// Collections is what the system offers: at the site that this database was made
// with, or was last checked.
func (s *System) Collections() connector.Collections { return s.offer.Load().all }

// Shape is that of the site. It is empty until it is known, and where all sites of
// the system are alike.
func (s *System) Shape() string { return s.offer.Load().shape }

// Meter is a Host that counts the calls paced through it.
type Meter struct {
	connector.Host

	// Called is told how each call of the connector ended, "ok" or the class of its
	// failure, and how long it took, the waits for its turn included. Waited is told
	// how long one of the remote calls that it makes waited for its turn. Either may
	// be nil.
	Called func(class string, took time.Duration)
	Waited func(time.Duration)

	calls atomic.Int64
}

// RateLimit counts and paces one call.
func (m *Meter) RateLimit(ctx context.Context, key string, every time.Duration) error {
	m.calls.Add(1)
	began := time.Now()
	err := m.Host.RateLimit(ctx, key, every)
	if m.Waited != nil {
		m.Waited(time.Since(began))
	}
	return err
}

// called tells of a call that began then.
func (m *Meter) called(began time.Time, err error) {
	if m == nil || m.Called == nil {
		return
	}
	class := "ok"
	if err != nil {
		class = connector.ClassOf(err).String()
	}
	m.Called(class, time.Since(began))
}

// Calls returns how many calls were started.
func (m *Meter) Calls() int64 {
	if m == nil {
		return 0
	}
	return m.calls.Load()
}

// Remotes are the systems of a process. It is safe for use by several steps at
// once.
type Remotes struct {
	Settings Settings

	store    *store.Store
	now      func() time.Time
	systems  map[record.System]*System
	accounts map[record.System]*account
}

// account is the fingerprint of a system's account, as it was when a run asked
// for it.
type account struct {
	mu          sync.Mutex
	run         uuid.UUID
	fingerprint string
}

// New returns the systems given, ready to be called. It returns an error that
// names all faults when a system offers a kind without a policy, or a field that
// its policy keeps private.
func New(st *store.Store, policies policy.Set, systems []System, s Settings, now func() time.Time) (*Remotes, error) {
	r := &Remotes{
		Settings: s, store: st, now: now, systems: map[record.System]*System{}, accounts: map[record.System]*account{},
	}
	var faults []error
	for _, sys := range systems {
		sys.offer = &atomic.Pointer[offer]{}
		sys.offer.Store(&offer{all: sys.Connector.Collections()})
		for _, c := range sys.Collections() {
			page := policies.Of(c.Kind)
			if page == nil {
				faults = append(faults, fmt.Errorf("%s offers %s, for which there is no policy", sys.Name, c.Kind))
				continue
			}
			for _, f := range slices.Concat(c.Reads, c.Writes, c.Unique) {
				if slices.Contains(page.Private, f) {
					faults = append(faults, fmt.Errorf("%s names the field %s of %s, which never leaves: take it out of its mapping", sys.Name, f, c.Kind))
				}
			}
		}
		r.systems[sys.Name], r.accounts[sys.Name] = &sys, &account{}
	}
	return r, errors.Join(faults...)
}

// Names returns the names of the systems, sorted.
func (r *Remotes) Names() []record.System { return slices.Sorted(maps.Keys(r.systems)) }

// Get returns a system, or nil when this process has not opened it.
func (r *Remotes) Get(name record.System) *System { return r.systems[name] }

// System returns a system. A step of one that this process has not opened ends
// with the error.
func (r *Remotes) System(name record.System) (*System, error) {
	if s := r.systems[name]; s != nil {
		return s, nil
	}
	return nil, &step.Stop{Outcome: step.Failed, Reason: "UNKNOWN_SYSTEM", Detail: fmt.Sprintf("the system %q is not set up in this process", name)}
}

// Host returns the collection whose records a place consists of, as a view
// shows them; "" is the place's first view. A step of a place that the system
// does not have ends with the error.
func (s *System) Host(place, view string) (*connector.Collection, error) {
	if c := s.Collections().Host(place, view); c != nil {
		return c, nil
	}
	return nil, &step.Stop{Outcome: step.Failed, Reason: "UNKNOWN_PLACE", Detail: fmt.Sprintf("the system %s has no view %q of a place %q", s.Name, view, place)}
}

// Account asks a system, once in each run, for the fingerprint of its account
// and returns it. Which account it is may change while the process lives, such
// as when somebody chooses another club behind the same login. It returns an
// error when our state belongs to another account, or the site is not as it was.
func (r *Remotes) Account(ctx context.Context, run uuid.UUID, s *System) (string, error) {
	a := r.accounts[s.Name]
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fingerprint == "" || a.run != run {
		fingerprint, err := retried(ctx, r, func() (string, error) { return check(ctx, s) })
		if err != nil {
			return "", err
		}
		a.fingerprint, a.run = fingerprint, run
	}
	bound, err := r.store.GetBinding(ctx, string(s.Name))
	switch {
	case errors.Is(err, pgx.ErrNoRows):
	case err != nil:
		return "", fmt.Errorf("read the binding of %s: %w", s.Name, err)
	case bound.Fingerprint != a.fingerprint:
		a.fingerprint = "" // other settings may be right the next time
		return "", &step.Stop{Outcome: step.Failed, Reason: "WRONG_ACCOUNT", Detail: fmt.Sprintf(
			"this database was made with another account of %s; give the settings of that account, or use another database", s.Name)}
	}
	if err := r.keepsShape(ctx, s, bound.Shape, err == nil); err != nil {
		a.fingerprint = "" // it may be as before the next time
		return "", err
	}
	return a.fingerprint, nil
}

// check makes the call that proves that a system can be reached.
func check(ctx context.Context, s *System) (string, error) {
	return guarded(s, "check", func() (string, error) { return s.Connector.Check(ctx) })
}
