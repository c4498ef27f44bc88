package engine

import (
	"context"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// The states of a staged item.
const (
	itemChanged = store.StagedChanged
	itemAbsent  = store.StagedAbsent
	itemRemoved = store.StagedRemoved
	itemFault   = store.StagedFault
)

// system is an opened system as Plan asks it.
type system struct {
	*remote.System

	collections connector.Collections
}

func newSystem(s *remote.System) *system { return &system{System: s, collections: s.Collections} }

func (s *system) host(place, view string) (*connector.Collection, error) { return s.Host(place, view) }

func (s *system) at(place, view string) []*connector.Collection { return s.collections.At(place, view) }

func (s *system) of(place string, kind record.Kind) *connector.Collection {
	return s.collections.Of(place, kind)
}

// apply makes the plan of a run ours, in the transaction given.
func (e *Engine) apply(ctx context.Context, q *store.Queries, run uuid.UUID) error {
	return e.applier.Apply(ctx, q, run)
}

// dropDecision clears an attempt to decide that broke off.
func dropDecision(ctx context.Context, q *store.Queries, t step.Task) error {
	if err := q.DropPlanRows(ctx, t.Run); err != nil {
		return err
	}
	return q.DropPlanned(ctx, t.Run)
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
