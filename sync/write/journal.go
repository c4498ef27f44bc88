package write

import (
	"context"
	"errors"
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/write/outbox"
)

// attempt makes a call, again where it may be repeated. Each call is in the
// journal before it is made; the caller stores with the result what became of the
// last one.
func (w *run) attempt(ctx context.Context, d *outbox.Delivery, op journal.Op, call func(context.Context) (connector.Item, error)) (connector.Item, error) {
	for n := 1; ; n++ {
		if err := w.open(ctx, op, d); err != nil {
			return connector.Item{}, err
		}
		item, err := remote.Send(ctx, w.caller, call)
		d.Failure = nil
		if err == nil || !errors.As(err, &d.Failure) || n >= w.Remotes.Settings.Attempts || ctx.Err() != nil {
			return item, err
		}
		wait, again := w.Remotes.RetryAfter(err, n)
		if !again || op == journal.Create && connector.ClassOf(err) == connector.Transient && !d.Failure.Unsent && !w.host.IdempotentCreate {
			return item, err
		}
		d.Host.Tried = d.Host.Tried || op == journal.Create && !d.Failure.Unsent
		if err := remote.Sleep(ctx, wait); err != nil {
			return item, err
		}
	}
}

// errOvertaken says that a record is no longer to be made: another plan has decided
// so since it was loaded.
var errOvertaken = errors.New("overtaken by another plan")

// open commits what the next call is about to send, and what became of the one
// before.
func (w *run) open(ctx context.Context, op journal.Op, all ...*outbox.Delivery) error {
	now, until := w.Now(), w.Now().Add(w.caller.Expiry())
	var entries []*journal.Entry
	var before []journal.Result
	var left []int64 // by a process that is no more
	creates := store.BeginCreatesParams{Until: &until, System: string(w.system.Name)}
	loaded := make([]store.SyncRecord, len(all))
	for i, d := range all {
		loaded[i] = d.Host.Row
		if op == journal.Create {
			if d.Host.Row.UncertainUntil != nil && d.Host.Entry == nil {
				left = append(left, d.Host.Row.ID)
			}
			d.Host.BeginCreate(until, w.proof(d).Holds())
			creates.Ids, creates.CreatedBys = append(creates.Ids, d.Host.Row.ID), append(creates.CreatedBys, d.Host.Row.CreatedBy)
		}
		before = append(before, d.Broken()...)
		entries = append(entries, d.Entries(op)...)
	}
	writer := journal.Writer{Run: w.task.Run, Step: w.task.Step, System: string(w.system.Name), Place: w.host.Place}
	err := w.Store.InStepAtOnce(ctx, w.task.Step, w.task.Token, func(_ store.DBTX, q *store.Queries) error {
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
	if store.Overtaken(err) {
		err = errOvertaken
		for i, d := range all {
			d.Host.Row, d.Host.Entry = loaded[i], nil // nothing was begun
		}
	}
	if err != nil {
		return fmt.Errorf("open the journal: %w", err)
	}
	for _, d := range all {
		d.Failure = nil
	}
	return nil
}

// put commits what became of a record's call when nothing else is stored of it.
func (w *run) put(ctx context.Context, d *outbox.Delivery) error {
	results := d.Broken()
	if len(results) == 0 {
		return nil
	}
	return w.tx(ctx, func(_ store.DBTX, q *store.Queries) error { return journal.Complete(ctx, q, w.Now(), results) })
}
