package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Control is how runs are asked for, looked at, cancelled and approved.
type Control struct {
	*core

	looks *pgxpool.Pool // what is only looked at is read over these connections
}

// Request asks for a run.
type Request struct {
	Pipeline string
	// RequestID makes the call safe to repeat for 24 hours; may be empty.
	RequestID string
	PlanOnly  bool
	// Kind and Keys are the scope; none is everything. Keys are personal data.
	Kind record.Kind
	Keys []string
	// Override names limits that this run may pass, Why tells the reason.
	Override []string
	Why      string
	// By is who asks: the name of a token, or "schedule".
	By string
	// Within stores what else belongs to a new run, in its transaction; nil: nothing.
	Within Within

	scheduled bool
	parent    *uuid.UUID
}

// Acceptance says what became of a request.
type Acceptance string

// The acceptances.
const (
	Started   Acceptance = "STARTED"
	InQueue   Acceptance = "QUEUED"
	RunActive Acceptance = "RUN_ACTIVE"
	Replayed  Acceptance = "REPLAYED"
)

const (
	maxKey          = 320
	maxKeys         = 1000
	priorityAsked   = 1 // some records, by a person
	priorityPerson  = 2
	prioritySlotted = 3
)

// Run starts a run, queues it behind the active one of its pipeline, or answers
// with the run of the same scope that is active already. A *Refusal says why
// not.
func (c *Control) Run(ctx context.Context, r Request) (Run, Acceptance, error) {
	if err := c.check(&r); err != nil {
		return Run{}, "", err
	}
	var id uuid.UUID
	var how Acceptance
	err := c.inTx(ctx, func(t *txn) error {
		var err error
		if id, how, err = t.request(ctx, r); err != nil || how != Started && how != InQueue || r.Within == nil {
			return err
		}
		run, err := t.q.Run(ctx, id)
		if err != nil {
			return fmt.Errorf("run: %w", err)
		}
		return r.Within.store(ctx, t, run)
	})
	if err != nil {
		return Run{}, "", err
	}
	run, err := c.Get(ctx, id)
	return run, how, err
}

// check refuses what no state of the database could make right, and brings the
// keys into one order.
func (c *Control) check(r *Request) error {
	p, ok := c.pipeline(r.Pipeline)
	if !ok {
		return ErrUnknownPipeline
	}
	if len(p.Children) > 0 && (len(r.Keys) > 0 || r.Kind != "" || len(r.Override) > 0) {
		return ErrParentRun
	}
	if len(r.Keys) > 0 && !slices.Contains(p.Kinds, r.Kind) || len(r.Keys) == 0 && r.Kind != "" {
		return ErrUnknownKind
	}
	if len(r.Keys) == 0 && p.NeedsKeys() {
		return ErrNeedsKeys
	}
	if len(r.Keys) > maxKeys {
		return ErrMalformedKey
	}
	for _, key := range r.Keys {
		if key == "" || len(key) > maxKey || !utf8.ValidString(key) || strings.TrimSpace(key) != key ||
			strings.ContainsFunc(key, unicode.IsControl) {
			return ErrMalformedKey
		}
	}
	for _, limit := range r.Override {
		if len(c.Limits) > 0 && !slices.Contains(c.Limits, limit) {
			return ErrUnknownLimit
		}
	}
	r.Keys = slices.Compact(slices.Sorted(slices.Values(r.Keys)))
	r.Override = slices.Compact(slices.Sorted(slices.Values(r.Override)))
	return nil
}

// scope is a digest of all that tells two requests for a pipeline apart.
func (r Request) scope() string {
	body, err := json.Marshal([]any{r.PlanOnly, r.Kind, append([]string{}, r.Keys...), append([]string{}, r.Override...)})
	if err != nil {
		return "" // strings and booleans always marshal
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func (r Request) priority() int32 {
	switch {
	case r.scheduled:
		return prioritySlotted
	case len(r.Keys) > 0:
		return priorityAsked
	default:
		return priorityPerson
	}
}

// request answers a request in the transaction of the caller.
func (t *txn) request(ctx context.Context, r Request) (uuid.UUID, Acceptance, error) {
	digest := sha256.Sum256([]byte(r.Pipeline + "\x00" + r.scope() + "\x00" + r.Why))
	if r.RequestID != "" {
		if err := t.q.LockRequest(ctx, r.RequestID); err != nil {
			return uuid.Nil, "", fmt.Errorf("lock request: %w", err)
		}
		known, err := t.q.RequestOf(ctx, r.RequestID)
		if err == nil {
			if string(known.Digest) != string(digest[:]) {
				return uuid.Nil, "", ErrRequestIDReused
			}
			return known.Run, Replayed, nil
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return uuid.Nil, "", fmt.Errorf("request: %w", err)
		}
	}
	id, how, err := t.place(ctx, r)
	if err != nil {
		return uuid.Nil, "", err
	}
	if r.RequestID != "" {
		if err := t.q.InsertRequest(ctx, r.RequestID, digest[:], id); err != nil {
			return uuid.Nil, "", fmt.Errorf("remember request: %w", err)
		}
	}
	return id, how, nil
}

// place finds the active run of the same scope, or makes one and begins it if
// it may.
func (t *txn) place(ctx context.Context, r Request) (uuid.UUID, Acceptance, error) {
	if _, err := t.q.LockPipeline(ctx, r.Pipeline); err != nil {
		return uuid.Nil, "", fmt.Errorf("lock pipeline: %w", err)
	}
	if p, ok := t.pipeline(r.Pipeline); ok && t.observedNeeded(p.Pipeline) != "" {
		r.PlanOnly = true
	}
	active, err := t.q.ActiveRun(ctx, r.Pipeline, r.scope())
	if err == nil {
		return active.ID, RunActive, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, "", fmt.Errorf("active run: %w", err)
	}
	id, err := t.insert(ctx, r)
	if err != nil {
		return uuid.Nil, "", err
	}
	_, err = t.q.RunningRun(ctx, r.Pipeline)
	if errors.Is(err, pgx.ErrNoRows) {
		return id, Started, t.start(ctx, id)
	}
	if err != nil {
		return uuid.Nil, "", fmt.Errorf("running run: %w", err)
	}
	return id, InQueue, t.runEvent(ctx, id)
}

// insert makes a queued run with its steps.
func (t *txn) insert(ctx context.Context, r Request) (uuid.UUID, error) {
	p, ok := t.pipeline(r.Pipeline)
	if !ok {
		return uuid.Nil, ErrUnknownPipeline
	}
	steps, err := t.layOut(p, r.PlanOnly)
	if err != nil {
		return uuid.Nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.Nil, fmt.Errorf("make an id: %w", err)
	}
	number, err := t.q.NextRunNumber(ctx, r.Pipeline)
	if err != nil {
		return uuid.Nil, fmt.Errorf("number the run: %w", err)
	}
	if r.Override == nil {
		r.Override = []string{}
	}
	_, err = t.q.InsertRun(ctx, store.InsertRunParams{
		ID: id, Pipeline: r.Pipeline, Number: number, Parent: r.parent, Children: int32(len(p.Children)), ScopeDigest: r.scope(),
		ScopeKind: string(r.Kind), ScopeKeys: int32(len(r.Keys)), Priority: r.priority(),
		PlanOnly: r.PlanOnly, Override: r.Override, OverrideReason: r.Why, RequestedBy: r.By,
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("insert run: %w", err)
	}
	if len(r.Keys) > 0 {
		if err := t.q.InsertRunScope(ctx, id, string(r.Kind), r.Keys); err != nil {
			return uuid.Nil, fmt.Errorf("insert scope: %w", err)
		}
	}
	for i, runStep := range steps {
		runStep.Run, runStep.Number = id, int32(i+1)
		if err := t.q.InsertStep(ctx, runStep); err != nil {
			return uuid.Nil, fmt.Errorf("insert step: %w", err)
		}
	}
	return id, t.insertChildren(ctx, id, p)
}
