package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// The goals of the start of a run.
const (
	goalMedian = 20 * time.Millisecond
	goalLate   = 250 * time.Millisecond
	fetchEvery = 10 * time.Millisecond // what jobs gives River, and so here
)

// bell rings when work begins.
type bell chan time.Time

// idle is an engine whose steps do nothing but ring.
type idle struct{ bell bell }

func (e idle) Read(context.Context, step.Task, step.Read) (step.Slice, error) {
	e.bell <- time.Now()
	return step.Slice{Done: true}, nil
}

func (idle) Plan(context.Context, step.Task, step.Pipeline) (step.Slice, error) {
	return step.Slice{Done: true}, nil
}

func (idle) Write(context.Context, step.Task, step.Write) (step.Slice, error) {
	return step.Slice{Done: true}, nil
}

func (idle) Places(record.System) []string                       { return []string{"members"} }
func (idle) PlanHash(context.Context, uuid.UUID) (string, error) { return "", nil }
func (idle) Apply(context.Context, pgx.Tx, uuid.UUID, engine.Word) (engine.Approved, error) {
	return engine.Approved{}, nil
}
func (idle) Discard(context.Context, pgx.Tx, uuid.UUID) error { return nil }

// startLatency measures from the gRPC call that asks for a run until its first step
// begins, and from raw River's insert until its worker begins.
func startLatency(ctx context.Context, out io.Writer, db *database, times int) error {
	if err := db.exec(ctx, `truncate last_seen, listing, entity, sync_record, binding restart identity cascade`); err != nil {
		return err
	}
	ours, err := runStarts(ctx, db, times)
	if err != nil {
		return err
	}
	raw, err := riverStarts(ctx, db, times)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "From the call of RunPipeline over gRPC until its first step works, one process, %d times, one after the other;\n", times)
	fmt.Fprintf(out, "beside raw River with the same settings, from insert until work.\n\n")
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tp50 ms\tp99 ms\tmost ms\t")
	fmt.Fprintf(t, "ours\t%s\t%s\t%s\t\n", millis(share(ours, 50)), millis(share(ours, 99)), millis(share(ours, 100)))
	fmt.Fprintf(t, "raw River\t%s\t%s\t%s\t\n", millis(share(raw, 50)), millis(share(raw, 99)), millis(share(raw, 100)))
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nhalf of the runs within %v: %s; 99 of 100 within %v: %s\n", goalMedian, verdict(share(ours, 50) <= goalMedian),
		goalLate, verdict(share(ours, 99) <= goalLate))
	return nil
}

func share(sorted []time.Duration, percent int) time.Duration {
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

func runStarts(ctx context.Context, db *database, times int) (all []time.Duration, err error) {
	rings := make(bell, 1)
	p, err := jobs.NewServer(jobs.Options{
		Pool: db.pool, Engine: idle{rings}, Queues: []record.System{sourceName, targetName, record.Hub},
		Log: slog.New(slog.DiscardHandler), FetchEvery: fetchEvery,
		Pipelines: []jobs.Pipeline{{Pipeline: people}},
	})
	if err != nil {
		return nil, err
	}
	if err := p.Start(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Stop(context.WithoutCancel(ctx))) }()
	api, err := db.serve(ctx, p.Control())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, api.stop()) }()
	for n := range times + 1 {
		start := time.Now()
		run, err := api.run(ctx)
		if err != nil {
			return nil, err
		}
		at, err := rings.rung(ctx)
		if err != nil {
			return nil, err
		}
		if n > 0 { // the first call opens the connection
			all = append(all, at.Sub(start))
		}
		if err := api.over(ctx, run); err != nil {
			return nil, err
		}
	}
	slices.Sort(all)
	return all, nil
}

// rung waits for the bell, but not for ever.
func (b bell) rung(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	select {
	case at := <-b:
		return at, nil
	case <-ctx.Done():
		return time.Time{}, fmt.Errorf("nothing began: %w", ctx.Err())
	}
}

// nothing is a job of raw River that rings.
type nothing struct{}

// Kind names the job.
func (nothing) Kind() string { return "bench" }

type ringer struct {
	river.WorkerDefaults[nothing]
	bell bell
}

// Work rings.
func (r *ringer) Work(context.Context, *river.Job[nothing]) error {
	r.bell <- time.Now()
	return nil
}

func riverStarts(ctx context.Context, db *database, times int) (all []time.Duration, err error) {
	rings := make(bell, 1)
	workers := river.NewWorkers()
	river.AddWorker(workers, &ringer{bell: rings})
	c, err := river.NewClient(riverpgxv5.New(db.pool), &river.Config{
		Queues: map[string]river.QueueConfig{"bench": {MaxWorkers: 20}}, Workers: workers,
		FetchCooldown: fetchEvery, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	if err := c.Start(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Stop(context.WithoutCancel(ctx))) }()
	for range times {
		// As far apart as runs that come by themselves.
		if err := wait(ctx, 2*fetchEvery); err != nil {
			return nil, err
		}
		start := time.Now()
		if _, err := c.Insert(ctx, nothing{}, &river.InsertOpts{Queue: "bench"}); err != nil {
			return nil, err
		}
		at, err := rings.rung(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, at.Sub(start))
	}
	slices.Sort(all)
	return all, nil
}
