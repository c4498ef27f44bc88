package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// This file has what Plan needs of the packages around it, in the words that its
// files use.

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

// keysOf adds the keys of remote ids that are not known yet.
func (e *Engine) keysOf(ctx context.Context, s record.System, kind record.Kind, ids []string, known map[string]string) error {
	var ask []string
	for _, id := range ids {
		if known[id] == "" {
			ask = append(ask, id)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	slices.Sort(ask)
	rows, err := e.store.KeysOfIDs(ctx, string(s), string(kind), slices.Compact(ask))
	if err != nil {
		return fmt.Errorf("read whose records they are: %w", err)
	}
	for _, r := range rows {
		known[*r.ExternalID] = r.Key
	}
	return nil
}

func named(ids []string, known map[string]string) string { return record.KeySet(ids, known) }

// echo is reconcile.Echo.
type echo reconcile.Echo

func decodeEcho(b []byte) echo { return echo(reconcile.DecodeEcho(b)) }

func (t echo) encode() []byte { return reconcile.Echo(t).Encode() }

func (t echo) send(set record.Fields) { reconcile.Echo(t).Send(set) }

func (t echo) sent() record.Fields { return reconcile.Echo(t).Sent() }

// believe takes out of a reading what seems to be old. It reports whether
// something was taken out.
func (r *syncRecord) believe(fields record.Fields) (doubt bool) {
	doubt, changed := reconcile.Echo(r.echo).Believe(fields, r.remote, r.row.DesiredVersion == r.row.AppliedVersion)
	r.dirty = r.dirty || changed
	return doubt
}

func encode(f record.Fields) []byte { return f.Encode() }

func decode(b []byte) record.Fields { return record.DecodeFields(b) }

func over(base, top record.Fields) record.Fields { return base.Over(top) }

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
