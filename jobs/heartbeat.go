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

// heartbeat keeps a lease while a slice works, cancels the slice when the lease
// is lost or the run is cancelled, and tells watchers how far the step has come.
// It only notes the engine's reports, since they may come from inside a
// transaction that holds the fence.
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
	h := &heartbeat{
		core: c, mine: mine, cancel: cancel, quit: quit,
		done: make(chan struct{}), news: make(chan struct{}, 1),
	}
	go h.loop(ctx)
	return h
}

func (h *heartbeat) stop() {
	h.quit()
	<-h.done
}

// from sets what earlier calls in this slice have counted.
func (h *heartbeat) from(counters []step.Counter) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.base = counters
}

func (h *heartbeat) report(counters []step.Counter) {
	h.mu.Lock()
	h.shown = addCounters(h.base, counters)
	h.mu.Unlock()
	select {
	case h.news <- struct{}{}:
	default:
	}
}

func (h *heartbeat) loop(ctx context.Context) {
	defer close(h.done)
	ticks := time.NewTicker(h.Heartbeat)
	defer ticks.Stop()
	shows := time.NewTimer(0)
	defer shows.Stop()
	<-shows.C
	var lastShown time.Time
	// While the database is away nobody can take the lease over. Where only this
	// process has lost the database another one can: then the fence keeps the
	// slice from calling and storing, and the next heartbeat says so.
	expire := time.AfterFunc(h.Reconnect, func() { h.cancel(store.ErrLeaseLost) })
	defer expire.Stop()
	// A slice that does not even heed its time-out must not hold the lease.
	hung := time.NewTimer(h.Timeout + h.LeaseTimeout)
	defer hung.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hung.C:
			h.Log.Error("a slice does not end and loses its lease", "step", h.mine.step.ID)
			h.cancel(store.ErrLeaseLost)
			return
		case <-h.news:
			shows.Reset(max(h.Progress-time.Since(lastShown), 0))
		case <-shows.C:
			lastShown = time.Now()
			h.show(ctx)
		case <-ticks.C:
			at := time.Now()
			err := h.send(ctx)
			switch {
			case err == nil:
				expire.Reset(h.Reconnect - time.Since(at))
			case errors.Is(err, store.ErrLeaseLost), errors.Is(err, errCancelled):
				h.cancel(err)
			}
		}
	}
}

// send stores one heartbeat.
func (h *heartbeat) send(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, h.Heartbeat)
	defer cancel()
	cancelled, err := store.New(h.Pool).Heartbeat(ctx, store.HeartbeatParams{
		System: h.mine.step.System, Slot: h.mine.slot, Step: h.mine.step.ID, Token: h.mine.step.Token,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return store.ErrLeaseLost
	}
	if err == nil && cancelled && Action(h.mine.step.Action) == ActionRead {
		return errCancelled // a write and a decide end at the slice's end
	}
	return err
}

// show tells watchers how far the step has come. It may fail: the next report
// has the same numbers and more.
func (h *heartbeat) show(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, h.Heartbeat)
	defer cancel()
	h.mu.Lock()
	counters := addCounters(h.mine.had, h.shown)
	h.mu.Unlock()
	runStep := h.mine.step
	var err error
	if runStep.Counters, err = json.Marshal(counters); err == nil {
		err = h.inTx(ctx, func(t *txn) error { return t.stepEvent(ctx, runStep) })
	}
	if err != nil && ctx.Err() == nil {
		h.Log.Warn("progress is not shown", "step", runStep.ID, "err", err)
	}
}
