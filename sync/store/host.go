package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// Host is what the program lends to the connector of one system. Everything
// but the clock and the log is shared by all processes through the database.
type Host struct {
	system record.System
	pool   *pgxpool.Pool
	q      *Queries
	seal   *Sealer
	log    *slog.Logger
	now    func() time.Time
}

var _ connector.Host = (*Host)(nil)

// NewHost returns the host of a system. Without a sealer nothing is kept and
// no evidence is stored; without a clock it is the machine's.
func NewHost(pool *pgxpool.Pool, system record.System, seal *Sealer, log *slog.Logger, now func() time.Time) *Host {
	if now == nil {
		now = time.Now
	}
	return &Host{
		system: system, pool: pool, q: New(pool), seal: seal, now: now,
		log: log.With("system", string(system)),
	}
}

// Now is the time.
func (h *Host) Now() time.Time { return h.now() }

// Log is a logger that names the system.
func (h *Host) Log() *slog.Logger { return h.log }

// RateLimit waits until the caller may start. A start that was given out is not
// given back when ctx ends: the others wait a little longer than they must.
func (h *Host) RateLimit(ctx context.Context, key string, every time.Duration) error {
	if every <= 0 {
		return ctx.Err()
	}
	wait, err := h.q.TakeRate(ctx, h.key(key), every.Seconds())
	if err != nil {
		return fmt.Errorf("pace %s: %w", key, err)
	}
	timer := time.NewTimer(time.Duration(wait * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ClaimNonce reports whether the value is new to the key. Only a digest is stored,
// for a day.
func (h *Host) ClaimNonce(ctx context.Context, key, value string) (bool, error) {
	digest := sha256.Sum256([]byte(h.key(key) + "\x00" + value))
	n, err := h.q.ClaimNonce(ctx, h.key(key), digest[:])
	if err != nil {
		return false, fmt.Errorf("once %s: %w", key, err)
	}
	return n == 1, nil
}

// Exclusive holds an advisory lock of Postgres on a connection of its own, so
// that it ends with the process, and so that those who wait take no connection
// from the pool. A Postgres that restarts forgets it.
func (h *Host) Exclusive(ctx context.Context, key string) (func(), error) {
	conn, err := pgx.ConnectConfig(ctx, h.pool.Config().ConnConfig.Copy())
	if err != nil {
		return nil, fmt.Errorf("exclusive %s: %w", key, err)
	}
	_, err = conn.Exec(ctx, "select pg_advisory_lock(hashtextextended('host:' || $1, 0))", h.key(key))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("exclusive %s: %w", key, err), closeConn(conn))
	}
	return func() {
		if err := closeConn(conn); err != nil {
			h.log.Warn("exclusive: the connection did not close", "err", err)
		}
	}, nil
}

func closeConn(conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return conn.Close(ctx)
}

// PutSecret seals a state and stores it in place of the one before.
func (h *Host) PutSecret(ctx context.Context, key string, state []byte) error {
	if h.seal == nil {
		return nil
	}
	if err := h.q.PutSecret(ctx, h.key(key), h.seal.Seal("kept:"+h.key(key), state)); err != nil {
		return fmt.Errorf("keep %s: %w", key, err)
	}
	return nil
}

// GetSecret returns the state that was put last, or nil. One that another key has
// sealed counts as none.
func (h *Host) GetSecret(ctx context.Context, key string) ([]byte, error) {
	if h.seal == nil {
		return nil, nil
	}
	sealed, err := h.q.GetSecret(ctx, h.key(key))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("kept %s: %w", key, err)
	}
	state, err := h.seal.Open("kept:"+h.key(key), sealed)
	if err != nil {
		h.log.Warn("a kept state does not open and is left aside", "key", key)
		return nil, nil //nolint:nilerr // it counts as none
	}
	return state, nil
}

// Evidence seals and stores what was seen, for seven days. Without a sealing
// key it is not stored.
func (h *Host) Evidence(ctx context.Context, name, mediaType string, data []byte) error {
	if h.seal == nil {
		h.log.Warn("evidence is not stored: there is no sealing key", "name", name)
		return nil
	}
	id, err := h.q.InsertEvidence(ctx, InsertEvidenceParams{
		System: string(h.system), Name: name, Run: runOf(ctx), MediaType: mediaType,
		Sealed: h.seal.Seal("evidence:"+string(h.system)+"/"+name, data),
	})
	if err != nil {
		return fmt.Errorf("evidence %s: %w", name, err)
	}
	h.log.Warn("evidence stored", "name", name, "evidence", id)
	return nil
}

type runKey struct{}

// ForRun says for which run something is done, so that the evidence of it can be
// found by the run.
func ForRun(ctx context.Context, run uuid.UUID) context.Context {
	return context.WithValue(ctx, runKey{}, run)
}

func runOf(ctx context.Context) *uuid.UUID {
	run, ok := ctx.Value(runKey{}).(uuid.UUID)
	if !ok {
		return nil
	}
	return &run
}

// OpenEvidence returns a stored piece of evidence as it was seen.
func (s *Sealer) OpenEvidence(e Evidence) ([]byte, error) {
	return s.Open("evidence:"+e.System+"/"+e.Name, e.Sealed)
}

func (h *Host) key(key string) string { return string(h.system) + "/" + key }
