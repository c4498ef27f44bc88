package engine

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// A system that is observed takes part in plans that are asked for, and in nothing that
// is applied: there it is as one that is off. A plan shows all that would be done.

// Observed returns the names of the systems that are observed, sorted.
func (e *Engine) Observed() []record.System {
	var out []record.System
	for _, name := range e.remotes.Names() {
		if e.remotes.Get(name).Observed {
			out = append(out, name)
		}
	}
	return out
}

// NoteObserved remembers which systems are observed. All records of one that no longer is
// are planned once more: what was decided meanwhile was not decided for it. A process
// that plans calls it once, before it begins.
func (e *Engine) NoteObserved(ctx context.Context) error {
	err := e.store.InTx(ctx, func(_ pgx.Tx, q *store.Queries) error {
		for _, name := range e.remotes.Names() {
			if e.remotes.Get(name).Observed {
				if err := q.ObserveSystem(ctx, string(name), e.now()); err != nil {
					return err
				}
				continue
			}
			was, err := q.UnobserveSystem(ctx, string(name))
			if err == nil && was > 0 {
				err = q.PlanAgain(ctx, offering{e}.kindsAt(name), string(name))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note which systems are observed: %w", err)
	}
	return nil
}

// kindsAt are the kinds that a system has records of.
func (e offering) kindsAt(name record.System) []string {
	var out []string
	for _, c := range e.Collections(name) {
		out = append(out, string(c.Kind))
	}
	return out
}

// takingPart are the collections of the systems that take part in a run: a plan that was
// asked for has those that are observed, too.
func (e offering) takingPart(plan bool) map[record.System]connector.Collections {
	out := e.all()
	if !plan {
		for _, name := range e.Observed() {
			delete(out, name)
		}
	}
	return out
}
