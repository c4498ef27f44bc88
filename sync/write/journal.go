package write

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/store"
)

// attempt makes a call, again where it may be repeated. Each call is in the
// journal before it is made; the caller stores with the result what became of the
// last one.
func (w *run) attempt(ctx context.Context, d *delivery, op journal.Op, call func(context.Context) (connector.Item, error)) (connector.Item, error) {
	for n := 1; ; n++ {
		if err := w.open(ctx, op, d); err != nil {
			return connector.Item{}, err
		}
		item, err := remote.Send(ctx, w.caller, call)
		d.failure = nil
		if err == nil || !errors.As(err, &d.failure) || n >= w.Remotes.Settings.Attempts || ctx.Err() != nil {
			return item, err
		}
		wait, again := w.Remotes.RetryAfter(err, n)
		if !again || op == journal.Create && connector.ClassOf(err) == connector.Transient && !d.failure.Unsent && !w.host.IdempotentCreate {
			return item, err
		}
		d.host.tried = d.host.tried || op == journal.Create && !d.failure.Unsent
		if err := remote.Sleep(ctx, wait); err != nil {
			return item, err
		}
	}
}

// open commits what the next call is about to send, and what became of the one
// before.
func (w *run) open(ctx context.Context, op journal.Op, all ...*delivery) error {
	now, until := w.Now(), w.Now().Add(w.caller.Expiry())
	var entries []*journal.Entry
	var before []journal.Result
	var left []int64 // by a process that is no more
	creates := store.BeginCreatesParams{Until: &until, System: string(w.system.Name)}
	for _, d := range all {
		if op == journal.Create {
			row := &d.host.row
			if row.UncertainUntil != nil && d.host.entry == nil {
				left = append(left, row.ID)
			}
			if row.UncertainUntil == nil || d.host.proven {
				row.CreatedBy = record.ByUnknown
				if d.host.proven || w.certificate.Holds() {
					row.CreatedBy = record.ByUs
				}
			}
			row.UncertainUntil = &until
			creates.Ids, creates.CreatedBys = append(creates.Ids, row.ID), append(creates.CreatedBys, row.CreatedBy)
		}
		before = append(before, d.broken()...)
		entries = append(entries, d.entries(op)...)
	}
	writer := journal.Writer{Run: w.task.Run, Step: w.task.Step, System: string(w.system.Name), Place: w.host.Place}
	err := w.tx(ctx, func(_ pgx.Tx, q *store.Queries) error {
		if err := journal.Complete(ctx, q, now, before); err != nil {
			return err
		}
		if len(left) > 0 {
			if err := q.GiveUpJournalOf(ctx, &now, left); err != nil {
				return err
			}
		}
		if op == journal.Create {
			if err := q.BeginCreates(ctx, creates); err != nil {
				return err
			}
		}
		return journal.Open(ctx, q, writer, now, until, entries)
	})
	if err != nil {
		return fmt.Errorf("open the journal: %w", err)
	}
	for _, d := range all {
		d.failure = nil
	}
	return nil
}

// entries are the rows of the journal for one call about a record.
func (d *delivery) entries(op journal.Op) []*journal.Entry {
	var out []*journal.Entry
	for _, b := range d.everyPart() {
		b.entry = nil
		if !b.pending || op == journal.Update && len(b.wire) == 0 {
			continue
		}
		e := &journal.Entry{
			Scope: b.row.Scope, Kind: b.coll.Kind, SyncRecord: b.row.ID, Entity: b.ent.ID, Op: op, Sent: record.Change{},
		}
		for f := range b.wire {
			e.Sent[f] = [2]string{b.remote[f], b.set[f]}
		}
		if op == journal.Update && b.ent.Deleted != "" {
			e.Op = journal.Remove
		}
		b.entry = e
		out = append(out, e)
	}
	return out
}

// completed is what became of a record's call, for each row of the journal that
// is open.
func (d *delivery) completed(r journal.Result) []journal.Result {
	var out []journal.Result
	for _, b := range d.everyPart() {
		if b.entry != nil {
			r.ID = b.entry.ID
			out = append(out, r)
			b.entry = nil
		}
	}
	return out
}

// broken is what became of a record's call that has failed.
func (d *delivery) broken() []journal.Result {
	if d.failure == nil {
		return d.completed(journal.Result{Outcome: journal.Unknown})
	}
	return d.completed(journal.Result{Outcome: outcomeOf(d.failure), Error: d.failure.Error()})
}

// outcomeOf says what a failure means for the call that has failed.
func outcomeOf(f *connector.Error) journal.Outcome {
	switch f.Class {
	case connector.Rejected, connector.Waiting:
		return journal.Refused
	case connector.Stale, connector.NotFound, connector.Denied, connector.Throttled:
		return journal.Failed
	}
	if f.Unsent {
		return journal.Failed
	}
	return journal.Unknown
}

// put commits what became of a record's call when nothing else is stored of it.
func (w *run) put(ctx context.Context, d *delivery) error {
	results := d.broken()
	if len(results) == 0 {
		return nil
	}
	return w.tx(ctx, func(_ pgx.Tx, q *store.Queries) error { return journal.Complete(ctx, q, w.Now(), results) })
}
