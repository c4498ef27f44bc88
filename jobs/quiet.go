package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// repeatAfter is how long a warning of River's is not repeated: each of its queues
// says each second that the database is away.
const repeatAfter = 10 * time.Second

// quiet passes on the warnings of River, each once in a while, and drops the
// rest.
type quiet struct {
	slog.Handler
	said *said
}

type said struct {
	mu   sync.Mutex
	last map[string]time.Time
}

func newQuiet(h slog.Handler) quiet {
	return quiet{h, &said{last: make(map[string]time.Time)}}
}

// Enabled reports whether a record of this level is passed on.
func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.Handler.Enabled(ctx, l)
}

// Handle passes a record on unless the same was said just now.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	q.said.mu.Lock()
	known := r.Time.Sub(q.said.last[r.Message]) < repeatAfter
	if !known {
		q.said.last[r.Message] = r.Time
	}
	q.said.mu.Unlock()
	if known {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// WithAttrs returns a handler with attributes.
func (q quiet) WithAttrs(a []slog.Attr) slog.Handler {
	return quiet{q.Handler.WithAttrs(a), q.said}
}

// WithGroup returns a handler with a group.
func (q quiet) WithGroup(name string) slog.Handler {
	return quiet{q.Handler.WithGroup(name), q.said}
}
