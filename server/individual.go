package server

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/time/rate"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// Individual is the way in for a site that asks for one of its people now, with a secret
// of its own (docs/pipelines/individual.md).
type Individual struct {
	Key      connector.Secret // empty: nobody may ask
	Pipeline string           // runs for the one who is asked for
	Kind     record.Kind
	// System and Place are where the site's own record of them is.
	System record.System
	Place  string
	Former record.Field // "true" of whom nothing is to be told any more
	// KeyName and IDName are what the site calls a key of ours and its own id.
	KeyName, IDName string
}

const (
	individualHeader = "X-Sync-API-Key" //nolint:gosec // the name of the header
	individualBytes  = 4 << 10
	// individualWithin is less than the 180 s that the site waits.
	individualWithin = 170 * time.Second
	individualRate   = 5 // a minute
)

// individualKey is how the site may name somebody.
var individualKey = regexp.MustCompile(`^[A-Za-z0-9-]{4,10}$`)

// individual answers POST /api/sync/individual: it runs the pipeline for one person and
// tells what came of it. One call at a time; no key of a person gets into the log.
type individual struct {
	Backend

	log   *slog.Logger
	away  *turnedAway
	fails *failures
	limit *rate.Limiter
	busy  sync.Mutex
}

func newIndividual(b Backend, log *slog.Logger, away *turnedAway) *individual {
	return &individual{
		Backend: b, log: log, away: away, fails: newFailures(b.now),
		limit: rate.NewLimiter(rate.Every(time.Minute/individualRate), individualRate),
	}
}

// individualAnswer is the body of an answer: ok, and error or what was done.
type individualAnswer map[string]any

func (h *individual) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, answer := h.answer(w, r)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		h.log.Debug("an answer was not sent", "why", err)
	}
}

func refuse(status int, format string, args ...any) (int, individualAnswer) {
	return status, individualAnswer{"ok": false, "error": fmt.Sprintf(format, args...)}
}

func (h *individual) answer(w http.ResponseWriter, r *http.Request) (int, individualAnswer) {
	if status, why := h.mayAsk(r); status != 0 {
		return refuse(status, "%s", why)
	}
	var asked map[string]string
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, individualBytes)).Decode(&asked)
	key := asked[h.Individual.KeyName]
	if err != nil || !individualKey.MatchString(key) {
		return refuse(http.StatusBadRequest, `the body must be {%q: "..."}, with 4 to 10 letters, digits and hyphens`, h.Individual.KeyName)
	}
	if !h.busy.TryLock() {
		return refuse(http.StatusTooManyRequests, "another member is being synced; try again when that is done")
	}
	defer h.busy.Unlock()
	if !h.limit.AllowN(h.now(), 1) {
		return refuse(http.StatusTooManyRequests, "more than %d members in a minute; wait a minute", individualRate)
	}
	ctx, cancel := context.WithTimeout(r.Context(), individualWithin)
	defer cancel()
	status, answer, err := h.sync(ctx, key)
	if err != nil {
		if !jobs.DatabaseAway(err) {
			h.log.Error("a member who was asked for could not be synced", "why", err)
		}
		return refuse(http.StatusInternalServerError, "Internal sync error")
	}
	return status, answer
}

// mayAsk says with which status a call is turned away, and why; 0: it is not.
func (h *individual) mayAsk(r *http.Request) (status int, why string) {
	given, client := r.Header.Get(individualHeader), clients{h.Proxies}.of(r)
	if h.Individual.Key == "" {
		return http.StatusServiceUnavailable, "no key is configured: set individual.key"
	}
	if given == "" {
		return http.StatusUnauthorized, "the header " + individualHeader + " is missing"
	}
	if !h.fails.allowed(client, given) {
		return http.StatusTooManyRequests, "too many wrong keys from this address; wait a minute"
	}
	is, want := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(h.Individual.Key.Reveal()))
	if subtle.ConstantTimeCompare(is[:], want[:]) != 1 {
		h.fails.failed(client, given)
		h.away.note(refusedCall{what: "individual", why: "wrong key", client: client})
		return http.StatusForbidden, "the key is wrong"
	}
	h.fails.passed(given)
	return 0, ""
}

// sync runs the pipeline for one person, and looks what the site holds of them then.
func (h *individual) sync(ctx context.Context, key string) (int, individualAnswer, error) {
	_, before, err := h.held(ctx, key)
	if err != nil {
		return 0, nil, err
	}
	run, err := h.run(ctx, key)
	name := run.Pipeline + "/" + strconv.FormatInt(run.Number, 10)
	var refusal *jobs.Refusal
	switch {
	case errors.As(err, &refusal):
		return reply(refuse(http.StatusInternalServerError, "%s", refusal.Error()))
	case errors.Is(err, context.DeadlineExceeded) && run.Number > 0:
		return reply(refuse(http.StatusInternalServerError, "run %s is not done within %v, and goes on", name, individualWithin))
	case err != nil:
		return 0, nil, err
	case run.Outcome != step.Succeeded && run.Outcome != step.Partial:
		return reply(refuse(http.StatusInternalServerError, "run %s ended %s %s; touchline runs show %s says more",
			name, cmp.Or(string(run.Outcome), string(run.State)), run.Reason, name))
	}
	known, after, err := h.held(ctx, key)
	switch {
	case err != nil:
		return 0, nil, err
	case !known:
		return reply(refuse(http.StatusUnprocessableEntity, "Member not found"))
	case after == nil || after.ExternalID == nil || after.State != inStep:
		return reply(refuse(http.StatusInternalServerError, "run %s ended %s, and the member is not in step; touchline runs show %s says more",
			name, run.Outcome, name))
	}
	action := "updated"
	if before == nil || before.ExternalID == nil {
		action = "created"
	}
	id, err := strconv.ParseInt(*after.ExternalID, 10, 64)
	if err != nil {
		return 0, nil, errors.New("the site's own id of a person is no number")
	}
	return http.StatusOK, individualAnswer{"ok": true, "action": action, h.Individual.KeyName: key, h.Individual.IDName: id}, nil
}

func reply(status int, a individualAnswer) (int, individualAnswer, error) { return status, a, nil }

// run runs the pipeline to its end, or returns how far it has come.
func (h *individual) run(ctx context.Context, key string) (jobs.Run, error) {
	run, _, err := h.Control.Run(ctx, jobs.Request{
		Pipeline: h.Individual.Pipeline, Kind: h.Individual.Kind, Keys: []string{key}, By: "individual",
	})
	if err != nil {
		return run, err
	}
	for _, err := range h.Control.Watch(ctx, run.ID, run.LastSeq) {
		if err != nil {
			return run, cmp.Or(ctx.Err(), err)
		}
	}
	return h.Control.Get(ctx, run.ID)
}

// inStep is the state of a record for which nothing is left to do.
const inStep = "IN_STEP"

// held reports whether somebody is known who is to be told, and what the site holds of them.
func (h *individual) held(ctx context.Context, key string) (known bool, at *store.SyncRecordState, err error) {
	e, err := h.Store.ListEntityByKey(ctx, string(h.Individual.Kind), key)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil, nil
	}
	if err != nil {
		return false, nil, fmt.Errorf("look up who is asked for: %w", err)
	}
	known = e.Deleted == "" && record.DecodeFields(e.Fields)[h.Individual.Former] != "true"
	rows, err := h.Store.ListSyncRecords(ctx, []int64{e.ID})
	if err != nil {
		return false, nil, fmt.Errorf("look up who is asked for: %w", err)
	}
	for i, row := range rows {
		if row.System == string(h.Individual.System) && row.Place == h.Individual.Place && row.Kind == string(h.Individual.Kind) {
			return known, &rows[i], nil
		}
	}
	return known, nil, nil
}
