package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// One that stands as before is stored again after a while: when it was used last is told.
const (
	standsAgain = time.Minute
	noteWithin  = 5 * time.Second
)

// standings stores how the sessions of a worker stand, for all who ask. That it cannot is
// no reason for a use to fail.
type standings struct {
	queries *store.Queries
	log     *slog.Logger
	worker  string

	mu    sync.Mutex
	known map[record.System]noted
}

type noted struct {
	is browserworker.Standing
	at time.Time
}

func (s *standings) note(ctx context.Context, is browserworker.Standing) {
	now := Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	was, ok := s.known[is.System]
	if ok && was.is == is && now.Sub(was.at) < standsAgain {
		return
	}
	if is.State == browserworker.NeedsAPerson && (was.is.State != is.State || was.is.Reason != is.Reason) {
		s.log.Warn("the session needs a person", "system", is.System, "reason", is.Reason, "detail", is.Detail)
	}
	ctx, cancel := context.WithTimeout(ctx, noteWithin)
	defer cancel()
	err := s.queries.PutSession(ctx, store.PutSessionParams{
		System: string(is.System), Account: is.Account, State: string(is.State), Now: now, Reason: is.Reason, Detail: is.Detail,
		Worker: s.worker, SignedInOn: orNil(is.SignedInOn), EndsOn: orNil(is.EndsOn),
	})
	if err != nil {
		s.log.Warn("how the session stands is not stored", "system", is.System, "state", is.State, "err", err)
		return
	}
	if s.known == nil {
		s.known = map[record.System]noted{}
	}
	s.known[is.System] = noted{is, now}
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// signIn checks a system, for which its session must be signed in.
func (p *Program) signIn(ctx context.Context, system record.System) error {
	return p.engines.now.Load().Check(ctx, system)
}
