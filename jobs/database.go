package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
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
	unserved atomic.Int64 // see Stats
	stalled  atomic.Int64
	named    named
	watching watching
	// declared are the schedules of the program and its settings; nil in a worker.
	declared atomic.Pointer[[]Schedule]
}

// txn is one transaction of ours; see the package comment for the order of its
// locks.
type txn struct {
	*core
	tx pgx.Tx
	q  *store.Queries

	committed []func() // see after
}

// maxCrossed is how often a transaction is begun in all that crosses others.
const maxCrossed = 5

// inTx runs f in one transaction, and once more when Postgres has ended it so
// that another could go on. Our own locks have an order; the queue's and those
// of programs that write our tables need not keep it.
func (c *core) inTx(ctx context.Context, f func(t *txn) error) error {
	for attempt := 1; ; attempt++ {
		var t *txn
		err := pgx.BeginFunc(ctx, c.Pool, func(tx pgx.Tx) error {
			t = &txn{core: c, tx: tx, q: store.New(tx)}
			return f(t)
		})
		if err == nil {
			for _, told := range t.committed {
				told()
			}
		}
		if !crossed(err) || attempt == maxCrossed || !sleep(ctx, rand.N(20*time.Millisecond)) {
			return err
		}
	}
}

// crossed reports whether Postgres ended a transaction because of another: a
// deadlock, or an order that no serial run could have.
func crossed(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "40P01" || pg.Code == "40001")
}

// persist is inTx that waits for a database that is away. f may run again after
// a commit whose outcome is unknown, so it checks first whether it is still to
// be done.
func (c *core) persist(ctx context.Context, f func(t *txn) error) error {
	return c.outlive(ctx, func(ctx context.Context) error { return c.inTx(ctx, f) })
}

// outlive calls f again as long as it fails because the database is away, for
// up to Reconnect.
func (c *core) outlive(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.Reconnect)
	defer cancel()
	var outage outage
	for {
		err := f(ctx)
		if err == nil || !isDatabase(err) || !c.awaitDatabase(ctx, &outage) {
			return err
		}
	}
}

// outage is a time during which the database is away. The zero outage has not
// begun.
type outage struct {
	since time.Time
	wait  time.Duration
}

func (o *outage) reset() { *o = outage{} }

// awaitDatabase waits until the database answers, and reports whether it did
// before it was away for Reconnect. It waits longer each time, also when the
// database answers at once: then it is busy or full, and is not to be asked
// without a pause.
func (c *core) awaitDatabase(ctx context.Context, o *outage) bool {
	if o.since.IsZero() {
		o.since, o.wait = time.Now(), 20*time.Millisecond
	}
	for time.Since(o.since) < c.Reconnect {
		if !sleep(ctx, o.wait) {
			return false
		}
		o.wait = min(2*o.wait, time.Second)
		if c.Pool.Ping(ctx) == nil {
			return true
		}
	}
	return false
}

// DatabaseAway reports whether an error is about the database being away or busy, not
// about what was asked of it.
func DatabaseAway(err error) bool { return isDatabase(err) }

// isDatabase reports whether an error is about the database being away or busy,
// not about what was asked of it. A connector may have met it first, where it
// paces its calls: then it lies below the connector's own error.
func isDatabase(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:2] {
		case "08", "40", "53", "57":
			return pg.Code != "57014" // query_canceled: a person's wish, or a time limit
		}
		return false
	}
	var connect *pgconn.ConnectError
	var driver interface{ SafeToRetry() bool } // what pgconn says of a broken connection
	if errors.As(err, &connect) || errors.As(err, &driver) || errors.Is(err, pgconn.ErrConnClosed) {
		return true
	}
	var outside *connector.Error
	if errors.As(err, &outside) {
		return false
	}
	var network *net.OpError
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed)
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
