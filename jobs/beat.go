package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// heartbeat keeps a lease alive while a slice works, notices that it is lost or that
// the run is cancelled, and tells watchers how far the step has come. The
// engine's reports are only noted: they may come from inside a transaction that
// holds the fence.
type heartbeat struct {
	*core
	mine   *attempt
	cancel context.CancelCauseFunc
	quit   context.CancelFunc
	done   chan struct{}
	news   chan struct{}

	mu    sync.Mutex
	base  []step.Counter // of the calls before in this slice
	shown []step.Counter
}

func newHeartbeat(c *core, mine *attempt, cancel context.CancelCauseFunc) *heartbeat {
	ctx, quit := context.WithCancel(context.Background())
	b := &heartbeat{
		core: c, mine: mine, cancel: cancel, quit: quit,
		done: make(chan struct{}), news: make(chan struct{}, 1),
	}
	go b.loop(ctx)
	return b
}

func (b *heartbeat) stop() {
	b.quit()
	<-b.done
}

// from sets what earlier calls in this slice have counted.
func (b *heartbeat) from(counters []step.Counter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.base = counters
}

func (b *heartbeat) report(counters []step.Counter) {
	b.mu.Lock()
	b.shown = addCounters(b.base, counters)
	b.mu.Unlock()
	select {
	case b.news <- struct{}{}:
	default:
	}
}

func (b *heartbeat) loop(ctx context.Context) {
	defer close(b.done)
	beats := time.NewTicker(b.Heartbeat)
	defer beats.Stop()
	shows := time.NewTimer(0)
	defer shows.Stop()
	<-shows.C
	var lastShown time.Time
	// Others take the lease over after Silence; stop well before.
	patience := b.LeaseTimeout * 8 / 10
	expire := time.AfterFunc(patience, func() { b.cancel(store.ErrLeaseLost) })
	defer expire.Stop()
	// A slice that does not even heed its time-out must not hold the lease.
	hung := time.NewTimer(b.Timeout + b.LeaseTimeout)
	defer hung.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hung.C:
			b.Log.Error("a slice does not end and loses its lease", "step", b.mine.step.ID)
			b.cancel(store.ErrLeaseLost)
			return
		case <-b.news:
			shows.Reset(max(b.Progress-time.Since(lastShown), 0))
		case <-shows.C:
			lastShown = time.Now()
			b.show(ctx)
		case <-beats.C:
			at := time.Now()
			err := b.once(ctx)
			switch {
			case err == nil:
				expire.Reset(patience - time.Since(at))
			case errors.Is(err, store.ErrLeaseLost), errors.Is(err, errCancelled):
				b.cancel(err)
			}
		}
	}
}

// once beats.
func (b *heartbeat) once(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, b.Heartbeat)
	defer cancel()
	cancelled, err := store.New(b.Pool).Heartbeat(ctx, store.HeartbeatParams{
		System: b.mine.step.System, Slot: b.mine.slot, Step: b.mine.step.ID, Token: b.mine.step.Token,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return store.ErrLeaseLost
	}
	if err == nil && cancelled && Action(b.mine.step.Action) == ActionRead {
		return errCancelled // a write and a decide end at the slice's end
	}
	return err
}

// show tells watchers. That it fails is of no consequence: the numbers come
// again.
func (b *heartbeat) show(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, b.Heartbeat)
	defer cancel()
	b.mu.Lock()
	counters := addCounters(b.mine.had, b.shown)
	b.mu.Unlock()
	runStep := b.mine.step
	var err error
	if runStep.Counters, err = json.Marshal(counters); err == nil {
		err = b.inTx(ctx, func(t *txn) error { return t.stepEvent(ctx, runStep) })
	}
	if err != nil && ctx.Err() == nil {
		b.Log.Warn("progress is not shown", "step", runStep.ID, "err", err)
	}
}
