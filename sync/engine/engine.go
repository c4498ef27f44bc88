// Package engine carries data through once, in one direction: Read stages what
// differs, Plan merges and derives and writes a plan, Apply makes the plan
// ours, Write carries it to the systems. It is the one package that jobs calls,
// slice by slice, and hands each step to the package that does it; it knows no
// system and no family.
package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/apply"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/profile"
	"github.com/touchline-sync/touchline/sync/read"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/value"
	"github.com/touchline-sync/touchline/sync/write"
)

// Settings are what an operator may turn.
type Settings struct {
	Limits  reconcile.Limits
	Missing reconcile.Tolerance // how much a full listing without a stated count may miss
	// AbsentListings is in how many certified full listings in a row a record must be
	// absent, the first and the last AbsentGap apart.
	AbsentListings int
	AbsentGap      time.Duration
	// PlanBatch is how many records are decided together; 0 is the default.
	PlanBatch int
	// ApplyBatch is how many changes are applied in one transaction; 0 is the default.
	ApplyBatch int
	// Profile is from where on a reading is no longer like the good one.
	Profile profile.Settings
	// Attempts is how often a call is tried in one cycle; the waits start at
	// Wait and double.
	Attempts int
	Wait     time.Duration
	// Deadline and Linger bound how long a call that nobody waits for any more
	// may still take effect.
	Deadline, Linger time.Duration
	// BreakerWait is how long a system that keeps failing is left alone at first;
	// it doubles with each probe that fails, to BreakerMost. The least is a second.
	BreakerWait, BreakerMost time.Duration
	// Gaps are the waits before a refused record is tried again.
	Gaps []time.Duration
	// DigestKey keys the digests of records.
	DigestKey []byte
	// Region is the country of phones in our own tables that name none, Zone is where
	// a day begins there; nil is UTC.
	Region string
	Zone   *time.Location
	// Window says which events of our own tables the systems hold that look at no other.
	Window record.Window
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
		Profile:  profile.DefaultSettings(),
		Window:   record.Window{Past: 30 * 24 * time.Hour, Ahead: 365 * 24 * time.Hour},
		Attempts: 3, Wait: time.Second, Deadline: 15 * time.Second, Linger: 5 * time.Second,
		BreakerWait: 5 * time.Minute, BreakerMost: time.Hour,
		Gaps: []time.Duration{time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour},
	}
}

// System is an opened system.
type System = remote.System

// Meter is a Host that counts the calls paced through it.
type Meter = remote.Meter

// PlanStale is the answer to an approval of a plan whose records have changed
// since. Nothing has been applied.
type PlanStale = apply.PlanStale

// Moved names a record that is not as it was when the plan was made.
type Moved = apply.Moved

// PlanMismatch is the answer to an approval with another hash than the plan's.
type PlanMismatch = apply.PlanMismatch

// Named names a record by its kind and natural key.
type Named = apply.Named

// NotPlanned is the answer to a word that names records about which the plan has
// nothing.
type NotPlanned = apply.NotPlanned

// NothingToTakeOver is the answer to a word that names places where a plan takes
// nothing over.
type NothingToTakeOver = apply.NothingToTakeOver

// OtherApplying is the answer to an approval while another plan is half applied.
type OtherApplying = apply.OtherApplying

// BreakerOpen is the reason of a step whose system is left alone.
const BreakerOpen = remote.BreakerOpen

// Engine is the machine. It is safe for use by several steps at once.
type Engine struct {
	remotes  *remote.Remotes
	reader   *read.Reader
	applier  *apply.Applier
	writer   *write.Writer
	store    *store.Store
	own      hub.Own
	policies policy.Set
	rules    []derive.Rule
	settings Settings
	now      func() time.Time
}

// New puts an engine together. Systems that a process does not serve may be
// left out: their steps fail there, everything else works.
func New(st *store.Store, policies policy.Set, rules []derive.Rule, systems []System, s Settings, now func() time.Time) (*Engine, error) {
	remotes, err := remote.New(st, policies, systems, remote.Settings{
		Attempts: s.Attempts, Wait: s.Wait, Deadline: s.Deadline, Linger: s.Linger,
		BreakerWait: s.BreakerWait, BreakerMost: s.BreakerMost,
	}, now)
	faults := []error{err}
	for _, r := range rules {
		if r.Groups == nil || r.Make == nil {
			faults = append(faults, fmt.Errorf("rule %s is not complete", r.Name))
		}
	}
	own := hub.Own{Options: value.Options{Region: s.Region, Zone: s.Zone}, Window: s.Window, Now: now}
	return &Engine{
		remotes: remotes,
		reader: &read.Reader{Remotes: remotes, Store: st, Policies: policies, Now: now, Settings: read.Settings{
			Missing: s.Missing, AbsentListings: s.AbsentListings, AbsentGap: s.AbsentGap, Profile: s.Profile,
			DigestKey: s.DigestKey,
		}},
		applier: &apply.Applier{Store: st, Own: own, DigestKey: s.DigestKey, Now: now},
		writer: &write.Writer{Remotes: remotes, Store: st, Policies: policies, Now: now, Settings: write.Settings{
			Gaps: s.Gaps, DigestKey: s.DigestKey,
		}},
		store: st, own: own, policies: policies, rules: rules, settings: s, now: now,
	}, errors.Join(faults...)
}

// Places returns the names of the places that a system offers, sorted.
func (e *Engine) Places(name record.System) []string {
	return connector.Collections(e.Collections(name)).Places()
}

// Systems returns the names of the systems, sorted.
func (e *Engine) Systems() []record.System { return e.remotes.Names() }

// Collections returns what a system offers.
func (e *Engine) Collections(name record.System) []connector.Collection {
	if s := e.remotes.Get(name); s != nil {
		return s.Collections()
	}
	return nil
}

// Check asks a system whether it lets us in and is as its connector knows it.
func (e *Engine) Check(ctx context.Context, name record.System) error {
	s := e.remotes.Get(name)
	if s == nil {
		return fmt.Errorf("this process has no system %s", name)
	}
	_, err := s.Connector.Check(ctx)
	return err
}

// Own shows our own tables as the engine does.
func (e *Engine) Own() hub.Own { return e.own }

// Policies returns who decides what.
func (e *Engine) Policies() policy.Set { return e.policies }

// AbsentGap returns how long after the first a second reading confirms an end.
func (e *Engine) AbsentGap() time.Duration { return e.settings.AbsentGap }

// Read lists one view of a place, or fetches what its system has named, and
// stages what differs from what the view last showed. Nothing else is written.
func (e *Engine) Read(ctx context.Context, t step.Task, in step.Read) (step.Slice, error) {
	return e.reader.Read(ctx, t, in)
}

// PlanHash returns the hash of a run's plan: of system, place, scope, kind,
// key, operation, fields and values; of no generated id and no time.
func (e *Engine) PlanHash(ctx context.Context, run uuid.UUID) (string, error) {
	return e.applier.PlanHash(ctx, run)
}

// Write carries out what is pending at a place, record by record or in batches.
// It returns an error only when the step must stop; a failure that concerns one
// record is stored with it.
func (e *Engine) Write(ctx context.Context, t step.Task, in step.Write) (step.Slice, error) {
	// What our own tables say goes out as it stands now, a consent above all.
	if err := e.own.Show(ctx, e.store.Pool); err != nil {
		return step.Slice{}, err
	}
	return e.writer.Write(ctx, t, in)
}

// tx runs f in one transaction, after the fence.
func (e *Engine) tx(ctx context.Context, t step.Task, f func(tx pgx.Tx, q *store.Queries) error) error {
	return e.store.InStep(ctx, t.Step, t.Token, f)
}

// TakeShapes cuts what the systems of an engine offer by how the sites are that its
// database was made with. A process that begins calls it once; each plan does so too.
func TakeShapes(ctx context.Context, e *Engine) error { return e.remotes.TakeShapes(ctx) }
