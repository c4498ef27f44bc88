package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/server"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

const (
	heldName record.System = "held"
	// siegeRuns are started, one after the other, while something goes on.
	siegeRuns = 30
	// siegeEvery is how often the run that is watched has news.
	siegeEvery = 500 * time.Millisecond
	// callConnections are those that serve gives to calls.
	callConnections = 8
)

// held is a pipeline whose run lasts until it is let go.
var held = step.Pipeline{
	Name: "held", Family: "club",
	Reads:  []step.Read{{System: heldName, Place: "members", View: "all", Needed: true}},
	Writes: []step.Write{{System: heldName, Place: "people"}},
}

// besieged is an engine whose run of held counts until it is let go.
type besieged struct {
	idle

	gate atomic.Pointer[chan struct{}]
}

func (e *besieged) hold() (release func()) {
	gate := make(chan struct{})
	e.gate.Store(&gate)
	return sync.OnceFunc(func() { close(gate) })
}

func (e *besieged) Read(ctx context.Context, t step.Task, r step.Read) (step.Slice, error) {
	if r.System != heldName {
		return e.idle.Read(ctx, t, r)
	}
	for n := int64(1); ; n++ {
		t.Report(ctx, []step.Counter{{System: heldName, Place: r.Place, Kind: "club.person", Read: n}})
		select {
		case <-*e.gate.Load():
			return step.Slice{Done: true}, nil
		case <-time.After(siegeEvery):
		case <-ctx.Done():
			return step.Slice{}, ctx.Err()
		}
	}
}

// besiegedServer is a process with an API, whose log is kept.
type besiegedServer struct {
	db      *database
	engine  *besieged
	process *jobs.Process
	calls   *pgxpool.Pool
	api     *server.Server
	served  chan error
	address string
	token   string
	log     lines
}

func besiege(ctx context.Context, db *database) (_ *besiegedServer, err error) {
	w := &besiegedServer{db: db, engine: &besieged{idle: idle{make(bell, 1)}}, served: make(chan error, 1)}
	log := slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	w.process, err = jobs.NewServer(jobs.Options{
		Pool: db.pool, Engine: w.engine, Queues: []record.System{sourceName, targetName, heldName, record.Hub}, Log: log,
		FetchEvery: fetchEvery, Pipelines: []jobs.Pipeline{{Pipeline: people}, {Pipeline: held}},
	})
	if err != nil {
		return nil, err
	}
	if err := w.process.Start(ctx); err != nil {
		return nil, err
	}
	cfg := db.pool.Config()
	cfg.MaxConns = callConnections
	if w.calls, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, errors.Join(err, w.process.Stop(ctx))
	}
	access := store.NewAccess(w.calls, time.Now)
	if w.token, _, err = access.Create(ctx, "bench", store.Operator, time.Hour, store.Actor{Name: "bench"}); err != nil {
		return nil, errors.Join(err, w.process.Stop(ctx))
	}
	w.api, err = server.New(server.Backend{
		Store: store.Open(w.calls), Access: access, Control: w.process.ControlOver(w.calls), Systems: []record.System{sourceName, targetName, heldName},
		Ready: w.calls.Ping,
	}, log)
	if err != nil {
		return nil, errors.Join(err, w.process.Stop(ctx))
	}
	listener, err := server.Listen(ctx, server.Config{Listen: "127.0.0.1:0"})
	if err != nil {
		return nil, errors.Join(err, w.process.Stop(ctx))
	}
	w.address = listener.Addr().String()
	go func() { w.served <- w.api.Serve(listener) }()
	return w, nil
}

func (w *besiegedServer) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	err := errors.Join(w.api.Shutdown(ctx), <-w.served, w.process.Stop(ctx))
	w.calls.Close()
	return err
}

// starts measures from asking for a run, as the schedule does, until its first step works.
func (w *besiegedServer) starts(ctx context.Context) ([]time.Duration, error) {
	var all []time.Duration
	for range siegeRuns {
		began := time.Now()
		run, _, err := w.process.Control().Run(ctx, jobs.Request{Pipeline: people.Name, By: "bench"})
		if err != nil {
			return nil, err
		}
		at, err := w.engine.bell.rung(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, at.Sub(began))
		if err := w.ended(ctx, run.ID.String(), time.Minute); err != nil {
			return nil, err
		}
	}
	slices.Sort(all)
	return all, nil
}

// ended waits until a run has succeeded.
func (w *besiegedServer) ended(ctx context.Context, run string, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		var state, outcome string
		err := w.db.pool.QueryRow(ctx, "select state, outcome from run where id = $1", run).Scan(&state, &outcome)
		switch {
		case err != nil && !jobs.DatabaseAway(err):
			return err
		case err == nil && state == string(jobs.Ended) && outcome == string(step.Succeeded):
			return nil
		case err == nil && state == string(jobs.Ended):
			return fmt.Errorf("the run ended %s", outcome)
		}
		if err := wait(ctx, 2*time.Millisecond); err != nil {
			return fmt.Errorf("the run has not ended: %w", err)
		}
	}
}

// siege is something that goes on while runs start.
type siege struct {
	name string
	// begin returns once it goes on; end ends it, and says how those who took part fared.
	begin func(context.Context) (end func() (string, error), err error)
}

// sieges measures what many callers, and slow ones, do to the runs.
func sieges(ctx context.Context, out io.Writer, db *database) (err error) {
	w, err := besiege(ctx, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.stop(ctx)) }()
	nobody := siege{"nobody", func(context.Context) (func() (string, error), error) {
		return func() (string, error) { return "", nil }, nil
	}}
	fmt.Fprintf(out, "From asking for a run until its first step works, %d times, while others call; each run must succeed.\n\n", siegeRuns)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "meanwhile\tp50 ms\tp99 ms\theap MB\tgoroutines\tof those who call")
	for _, s := range []siege{nobody, w.watchers(500), w.callsAtOnce(2000), w.halfBodies(4000), {"nobody again", nobody.begin}} {
		end, err := s.begin(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		all, err := w.starts(ctx)
		var heap runtime.MemStats
		runtime.ReadMemStats(&heap)
		count := runtime.NumGoroutine()
		fared, err2 := end()
		if err := errors.Join(err, err2); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\n", s.name, millis(share(all, 50)), millis(share(all, 99)), size(heap.HeapInuse), count, fared)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return w.faults(ctx, out)
}

// lines keep what a log has said.
type lines struct {
	mu   sync.Mutex
	said []string
}

// Write keeps one line.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = append(l.said, string(p))
	return len(p), nil
}

// told returns what was said since it was asked last, but of runs and ordinary work: each
// message once, and not what it is about.
func (l *lines) told() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for line := range strings.SplitSeq(strings.Join(l.said, ""), "\n") {
		_, level, _ := strings.Cut(line, "level=")
		level, _, _ = strings.Cut(level, " ")
		_, text, ok := strings.Cut(line, "msg=")
		if quoted, err := strconv.QuotedPrefix(text); err == nil {
			text, _ = strconv.Unquote(quoted)
		} else {
			text, _, _ = strings.Cut(text, " ")
		}
		if said := level + " " + text; ok && !strings.HasPrefix(text, "run ") && !slices.Contains(out, said) {
			out = append(out, said)
		}
	}
	l.said = nil
	return out
}

// fresh returns what was said since it was asked last, above the common, each message once.
func (l *lines) fresh() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	seen := map[string]bool{}
	for _, line := range l.said {
		_, text, _ := strings.Cut(line, "level=")
		level, _, _ := strings.Cut(text, " ")
		_, message, _ := strings.Cut(text, "msg=")
		if level != "INFO" && !seen[message[:min(len(message), 40)]] {
			seen[message[:min(len(message), 40)]] = true
			out = append(out, strings.TrimSpace(level+" "+message))
		}
	}
	l.said = nil
	return out
}
