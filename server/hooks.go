package server

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// What a system may send: bodies up to hookBytes, so many calls a second in the
// long run, and so many at once.
const (
	hookBytes  = 256 << 10
	hookRate   = 200
	hookBursts = 10_000
)

// hooks takes in what systems announce at /hooks/<system>. Whether a call is the
// system's own its connector says. A call only names records, which the next run
// reads; nothing else of it is believed or kept.
type hooks struct {
	Backend

	log   *slog.Logger
	away  *turnedAway
	limit *rate.Limiter

	mu    sync.Mutex
	noted map[string]time.Time // when it was last noted what came of a call, by system and outcome
}

func newHooks(b Backend, log *slog.Logger, away *turnedAway) *hooks {
	return &hooks{Backend: b, log: log, away: away, limit: rate.NewLimiter(hookRate, hookBursts), noted: map[string]time.Time{}}
}

// ServeHTTP answers one call: 202 when it was taken in.
func (h *hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	system := record.System(r.PathValue("system"))
	hooker := h.Hooks[system]
	if hooker == nil {
		http.Error(w, "no system of that name announces anything here", http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, hookBytes))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		http.Error(w, "the body is larger than 256 KiB", http.StatusRequestEntityTooLarge)
		return
	} else if err != nil {
		return // the caller has gone
	}
	named, err := hooker.Hook(r, body)
	if err != nil {
		h.away.note(refusedCall{what: string(system), why: err.Error(), client: clients{h.Proxies}.of(r)})
		h.note(system, "refused", func(now time.Time) error {
			return h.Store.WebhookRefused(r.Context(), string(system), now, err.Error())
		})
		http.Error(w, "not believed: check the webhook's secret and the clock", http.StatusUnauthorized)
		return
	}
	if !h.limit.Allow() { // after the signature: nobody else can use it up
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many calls; wait a minute", http.StatusTooManyRequests)
		return
	}
	h.note(system, "heard", func(now time.Time) error { return h.Store.WebhookHeard(r.Context(), string(system), now) })
	if err := h.name(r, system, named); err != nil {
		if !jobs.DatabaseAway(err) {
			h.log.Error("a webhook could not be kept", "system", system, "why", err)
		}
		http.Error(w, "not kept", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// noteEvery is how far apart two notes of one outcome are: whoever sends many calls
// writes no more.
const noteEvery = time.Minute

// note notes what came of a call, for doctor. That it cannot be noted harms nobody.
func (h *hooks) note(system record.System, outcome string, write func(now time.Time) error) {
	now, key := h.now(), string(system)+" "+outcome
	h.mu.Lock()
	due := now.Sub(h.noted[key]) >= noteEvery
	if due {
		h.noted[key] = now
	}
	h.mu.Unlock()
	if !due {
		return
	}
	if err := write(now); err != nil && !jobs.DatabaseAway(err) {
		h.log.Warn("what came of a webhook could not be noted", "system", system, "why", err)
	}
}

func (h *hooks) name(r *http.Request, system record.System, named []connector.Notification) error {
	byKind := map[record.Kind][]string{}
	for _, n := range named {
		byKind[n.Kind] = append(byKind[n.Kind], string(n.ID))
	}
	for kind, ids := range byKind {
		err := h.Store.Notify(r.Context(), store.NotifyParams{
			System: string(system), Kind: string(kind), Ids: ids, Now: h.now(),
		})
		if err != nil {
			return fmt.Errorf("name records: %w", err)
		}
	}
	return nil
}
