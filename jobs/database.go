package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/store"
)

// core is what the control and the processes share.
type core struct {
	Options
	id    string // of this process
	river *river.Client[pgx.Tx]
	// stopping: what goes on goes on elsewhere.
	stopping atomic.Bool
}

// txn is one transaction of ours; see the package comment for the order of its
// locks.
type txn struct {
	*core
	tx pgx.Tx
	q  *store.Queries
}

// inTx runs f in one transaction.
func (c *core) inTx(ctx context.Context, f func(t *txn) error) error {
	return pgx.BeginFunc(ctx, c.Pool, func(tx pgx.Tx) error {
		return f(&txn{core: c, tx: tx, q: store.New(tx)})
	})
}

// persist is inTx that waits for a database that is away. f may run again after
// a commit whose outcome is unknown, so it checks first whether it is still to
// be done.
func (c *core) persist(ctx context.Context, f func(t *txn) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.Reconnect)
	defer cancel()
	wait := 20 * time.Millisecond
	for {
		err := c.inTx(ctx, f)
		if err == nil || !isDatabase(err) {
			return err
		}
		if !sleep(ctx, wait) {
			return err
		}
		wait = min(2*wait, time.Second)
	}
}

// isDatabase reports whether an error is about the database being away or busy,
// not about what was asked of it.
func isDatabase(err error) bool {
	var outside *connector.Error
	if errors.As(err, &outside) {
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:2] {
		case "08", "40", "53", "57":
			return pg.Code != "57014" // query_canceled: somebody's wish
		}
		return false
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		err.Error() == "conn closed"
}

// sleep waits and reports whether it waited to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// runEvent tells the watchers of a run how it stands now.
func (t *txn) runEvent(ctx context.Context, id uuid.UUID) error {
	row, err := t.q.BumpEvent(ctx, id)
	if err != nil {
		return fmt.Errorf("number an event: %w", err)
	}
	v := viewRun(row)
	return t.event(ctx, row, nil, Event{Run: &v})
}

// stepEvent tells the watchers of a run how a step stands now.
func (t *txn) stepEvent(ctx context.Context, runStep store.RunStep) error {
	v, err := viewStep(runStep)
	if err != nil {
		return err
	}
	row, err := t.q.BumpEvent(ctx, runStep.Run)
	if err != nil {
		return fmt.Errorf("number an event: %w", err)
	}
	return t.event(ctx, row, &runStep.ID, Event{Step: &v})
}

func (t *txn) event(ctx context.Context, run store.Run, runStep *int64, e Event) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	err = t.q.InsertEvent(ctx, store.InsertEventParams{Run: run.ID, Seq: run.EventSeq, Step: runStep, Body: body})
	if err != nil {
		return fmt.Errorf("insert an event: %w", err)
	}
	return nil
}
