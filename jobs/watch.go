package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/store"
)

// Watch yields the events of a run after a sequence number, then those to come,
// until the run is over. A database that is away for a while is waited for.
func (c *Control) Watch(ctx context.Context, id uuid.UUID, after int64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		q := store.New(c.looks)
		news, done := c.watching.follow(c.core, id)
		defer done()
		var away time.Time
		for {
			over, events, err := next(ctx, q, id, after)
			switch {
			case err == nil:
				away = time.Time{}
			case isDatabase(err) && ctx.Err() == nil && (away.IsZero() || time.Since(away) < c.Reconnect):
				if away.IsZero() {
					away = time.Now()
				}
			default:
				yield(Event{}, err)
				return
			}
			for _, e := range events {
				after = e.Seq
				if !yield(e, nil) {
					return
				}
			}
			if over {
				return
			}
			if len(events) > 0 {
				continue // there may be more
			}
			select {
			case <-news:
			case <-ctx.Done():
				yield(Event{}, ctx.Err())
				return
			}
		}
	}
}

// next returns the events after a number, and whether they are the last.
func next(ctx context.Context, q *store.Queries, id uuid.UUID, after int64) (bool, []Event, error) {
	run, err := q.Run(ctx, id) // first: what it counts is visible afterwards
	if err != nil {
		return false, nil, notFound(err, ErrRunNotFound)
	}
	if run.EventSeq <= after {
		return RunState(run.State).Over(), nil, nil
	}
	rows, err := q.EventsAfter(ctx, id, after)
	if err != nil {
		return false, nil, fmt.Errorf("events: %w", err)
	}
	events := make([]Event, 0, len(rows))
	for _, row := range rows {
		var e Event
		if err := json.Unmarshal(row.Body, &e); err != nil {
			return false, nil, fmt.Errorf("event: %w", err)
		}
		e.Seq, e.At = row.Seq, row.At
		events = append(events, e)
	}
	// None are left of a run that ended long ago.
	last := len(events) == 0 || events[len(events)-1].Seq >= run.EventSeq
	return last && RunState(run.State).Over(), events, nil
}

// lookEvery is how often a process looks whether runs that are watched have news, in
// one statement for all: notifications of Postgres get lost with their connection.
const lookEvery = 5 * time.Second

// watching wakes those who watch runs when there may be something new. One connection
// of the process listens as long as anybody watches. The zero value is ready.
type watching struct {
	mu        sync.Mutex
	followers map[uuid.UUID]map[chan struct{}]bool
	cancel    context.CancelFunc // ends the listening
}

// follow has a channel filled when the run may have news, until done is called.
func (w *watching) follow(c *core, id uuid.UUID) (news <-chan struct{}, done func()) {
	mine := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.followers) == 0 {
		w.followers = map[uuid.UUID]map[chan struct{}]bool{}
		var ctx context.Context
		ctx, w.cancel = context.WithCancel(context.Background())
		go w.listen(ctx, c)
	}
	if w.followers[id] == nil {
		w.followers[id] = map[chan struct{}]bool{}
	}
	w.followers[id][mine] = true
	return mine, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if delete(w.followers[id], mine); len(w.followers[id]) == 0 {
			delete(w.followers, id)
		}
		if len(w.followers) == 0 {
			w.cancel()
		}
	}
}

// wake wakes who watches these runs.
func (w *watching) wake(ids ...uuid.UUID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		for follower := range w.followers[id] {
			select {
			case follower <- struct{}{}:
			default: // has news already that it has not taken
			}
		}
	}
}

// watched are the runs that anybody watches.
func (w *watching) watched() []uuid.UUID {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.followers))
}

// listen listens until nobody watches. While the database is away, those who watch
// look themselves now and then, and know how long they wait for it.
func (w *watching) listen(ctx context.Context, c *core) {
	for ctx.Err() == nil {
		if err := w.hear(ctx, c); err != nil && ctx.Err() == nil {
			c.Log.Debug("listen for the events of runs", "error", err)
		}
		w.wake(w.watched()...)
		sleep(ctx, time.Second)
	}
}

// hear listens on one connection, and looks by itself now and then.
func (w *watching) hear(ctx context.Context, c *core) error {
	conn, err := c.Pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "listen run_event"); err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_, _ = conn.Exec(ctx, "unlisten *") // fails when the connection is gone
	}()
	var seen map[uuid.UUID]int64
	for {
		if seen, err = w.look(ctx, conn.Conn(), seen); err != nil {
			return err
		}
		if err := w.hearUntil(ctx, conn.Conn(), time.Now().Add(lookEvery)); err != nil {
			return err
		}
	}
}

// look wakes who watches a run that has events which the look before has not seen.
func (w *watching) look(ctx context.Context, db store.DBTX, seen map[uuid.UUID]int64) (map[uuid.UUID]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	rows, err := store.New(db).EventSeqs(ctx, w.watched())
	if err != nil {
		return nil, err
	}
	now := make(map[uuid.UUID]int64, len(rows))
	for _, row := range rows {
		now[row.ID] = row.EventSeq
		if last, ok := seen[row.ID]; !ok || last != row.EventSeq {
			w.wake(row.ID)
		}
	}
	return now, nil
}

// hearUntil wakes those whose runs are said to have events, until a time.
func (w *watching) hearUntil(ctx context.Context, conn *pgx.Conn, end time.Time) error {
	for {
		waiting, cancel := context.WithDeadline(ctx, end)
		heard, err := conn.WaitForNotification(waiting)
		over := waiting.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err == nil:
			if id, err := uuid.Parse(heard.Payload); err == nil {
				w.wake(id)
			}
		case over:
			return nil
		default:
			return err
		}
	}
}
