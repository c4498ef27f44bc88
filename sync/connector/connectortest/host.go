package connectortest

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// Start is where the clock of a new Host stands.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// Host is a connector.Host in memory. Its clock is its own: it moves when Pace
// lets somebody wait and when Advance is called, so that no test waits. Real
// makes it wait in earnest, Follow gives it another clock.
type Host struct {
	mu       sync.Mutex
	clock    func() time.Time
	at       time.Time
	real     bool
	logger   *slog.Logger
	logged   bytes.Buffer
	next     map[string]time.Time
	starts   map[string][]time.Time
	noTurn   int // which of the next calls of RateLimit fails
	once     map[[2]string]bool
	held     map[string]chan struct{}
	kept     map[string][]byte
	blobs    map[string]connector.Blob
	evidence []Shown
}

// Shown is one thing that was given to Host.Evidence.
type Shown struct {
	Name, MediaType string
	Data            []byte
}

var _ connector.Host = (*Host)(nil)

// NewHost returns a Host with a clock of its own. What is logged goes to the
// test's output and to Logged.
func NewHost(t testing.TB) *Host {
	t.Helper()
	h := &Host{
		at:     Start,
		next:   map[string]time.Time{},
		starts: map[string][]time.Time{},
		once:   map[[2]string]bool{},
		held:   map[string]chan struct{}{},
		kept:   map[string][]byte{},
		blobs:  map[string]connector.Blob{},
	}
	h.logger = slog.New(slog.NewTextHandler(io.MultiWriter(t.Output(), (*logBuffer)(h)), &slog.HandlerOptions{Level: slog.LevelDebug}))
	return h
}

// Real makes the host use the machine's time and Pace wait in earnest.
func (h *Host) Real() *Host {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock, h.real = time.Now, true
	return h
}

// Follow makes the host's time that of clock, such as a simulator's. Pace does
// not wait.
func (h *Host) Follow(clock func() time.Time) *Host {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock = clock
	return h
}

// Advance moves the host's own clock.
func (h *Host) Advance(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// Now is the host's time.
func (h *Host) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now()
}

func (h *Host) now() time.Time {
	if h.clock != nil {
		return h.clock()
	}
	return h.at
}

// Log is a logger for the connector.
func (h *Host) Log() *slog.Logger { return h.logger }

// Logged returns all that was logged.
func (h *Host) Logged() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logged.String()
}

type logBuffer Host

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.logged.Write(p)
}

// RateLimit keeps starts with one key apart. With the host's own clock it moves the
// clock and returns at once.
func (h *Host) RateLimit(ctx context.Context, key string, every time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h.mu.Lock()
	if h.noTurn--; h.noTurn == 0 {
		h.mu.Unlock()
		return context.DeadlineExceeded
	}
	now := h.now()
	start := now
	if next := h.next[key]; next.After(start) {
		start = next
	}
	h.next[key] = start.Add(every)
	h.starts[key] = append(h.starts[key], start)
	if h.clock == nil {
		h.at = start
	}
	wait := h.real
	h.mu.Unlock()
	if !wait {
		return nil
	}
	timer := time.NewTimer(start.Sub(now))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// NoTurn makes the n-th call of RateLimit from now on fail, as one does that has waited
// too long. It reports whether the one that was to fail before has come; 0: none fails.
func (h *Host) NoTurn(n int) (came bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	came, h.noTurn = h.noTurn <= 0, n
	return came
}

// Starts returns when Pace has let callers with this key start.
func (h *Host) Starts(key string) []time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.starts[key])
}

// ClaimNonce remembers values in memory.
func (h *Host) ClaimNonce(_ context.Context, key, value string) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	k := [2]string{key, value}
	first := !h.once[k]
	h.once[k] = true
	return first, nil
}

// Exclusive holds a key within this host.
func (h *Host) Exclusive(ctx context.Context, key string) (func(), error) {
	for {
		h.mu.Lock()
		free, taken := h.held[key]
		if !taken {
			mine := make(chan struct{})
			h.held[key] = mine
			h.mu.Unlock()
			var once sync.Once
			return func() {
				once.Do(func() {
					h.mu.Lock()
					delete(h.held, key)
					h.mu.Unlock()
					close(mine)
				})
			}, nil
		}
		h.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-free:
		}
	}
}

// PutSecret keeps a state in memory.
func (h *Host) PutSecret(_ context.Context, key string, state []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept[key] = bytes.Clone(state)
	return nil
}

// GetSecret returns what PutSecret was given last.
func (h *Host) GetSecret(_ context.Context, key string) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return bytes.Clone(h.kept[key]), nil
}

// PutBlob keeps bytes in memory.
func (h *Host) PutBlob(_ context.Context, b connector.Blob) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	value := record.BlobOf(b.Data)
	h.blobs[value] = connector.Blob{MediaType: b.MediaType, Data: bytes.Clone(b.Data)}
	return value, nil
}

// Blob returns the bytes that a value names.
func (h *Host) Blob(_ context.Context, value string) (connector.Blob, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	b, ok := h.blobs[value]
	if !ok {
		return connector.Blob{}, connector.ErrNoBlob
	}
	return b, nil
}

// Evidence keeps what was seen in memory.
func (h *Host) Evidence(_ context.Context, name, mediaType string, data []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.evidence = append(h.evidence, Shown{name, mediaType, bytes.Clone(data)})
	return nil
}

// Shown returns what Evidence was given.
func (h *Host) Shown() []Shown {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.evidence)
}
