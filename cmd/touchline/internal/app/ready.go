package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// How often it is asked whether the database answers, and how long it may take.
const (
	readyEvery  = time.Second
	readyWithin = 2 * time.Second
)

// watch is a way to the database of its own, for those who look: no job waits for
// them, and they for no job.
type watch struct {
	pool *pgxpool.Pool

	mu    sync.Mutex
	asked time.Time
	away  error
}

// watchConnections is how many those who look may have.
const watchConnections = 2

func newWatch(ctx context.Context, cfg *pgxpool.Config) (*watch, error) {
	cfg = cfg.Copy()
	cfg.MaxConns, cfg.MinConns, cfg.AfterRelease = watchConnections, 0, nil
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	return &watch{pool: pool}, err
}

var (
	errAway     = errors.New("the database does not answer")
	errStopping = errors.New("the program is stopping")
)

// Ready asks whether the program can work: not without its database, and not once it
// has been told to stop, though it still answers then.
func (p *Program) Ready(db *Database) func(context.Context) error {
	return func(ctx context.Context) error {
		if p.Jobs.Stopping() {
			return errStopping
		}
		return db.Ready(ctx)
	}
}

// Ready returns nil while the database answers. Whoever asks, the database is asked
// once a second at most.
func (d *Database) Ready(ctx context.Context) error {
	w := d.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.asked.IsZero() && time.Since(w.asked) < readyEvery {
		return w.away
	}
	// Not the caller's time: the answer is for all.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyWithin)
	defer cancel()
	w.away = nil
	if w.pool.Ping(ctx) != nil {
		w.away = errAway
	}
	w.asked = time.Now()
	return w.away
}

// Watch is the way to the database for those who look.
func (d *Database) Watch() *pgxpool.Pool { return d.watch.pool }
