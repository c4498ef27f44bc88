package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/store"
)

// Missed says what happens to slots that passed while nothing was running.
type Missed string

// The policies.
const (
	CatchUpOnce Missed = "CATCH_UP_ONCE" // one run makes up for all of them
	SkipMissed  Missed = "SKIP"
)

// lateAfter is how late a slot may be taken and still counts as in time.
const lateAfter = 2 * time.Minute

// Schedule is when a pipeline starts by itself.
type Schedule struct {
	Name     string
	Pipeline string
	Cron     string
	Zone     string
	Missed   Missed
	// Off says why the schedule never runs; empty when it does.
	Off string

	// The rest is filled in by Control.Schedules.
	Paused   bool
	NextAt   *time.Time
	LastAt   *time.Time
	LastRun  *uuid.UUID
	LastSkip string // why the last slot was skipped: "RUN_ACTIVE", "MISSED", ...
}

// After returns the first slot of the schedule after a time.
func (s Schedule) After(at time.Time) (time.Time, error) {
	cron, err := ParseCron(s.Cron, s.Zone)
	if err != nil {
		return time.Time{}, err
	}
	return cron.Next(at)
}

// Schedules returns all schedules, ordered by pipeline and name.
func (c *Control) Schedules(ctx context.Context) ([]Schedule, error) {
	rows, err := store.New(c.Pool).Schedules(ctx)
	if err != nil {
		return nil, fmt.Errorf("schedules: %w", err)
	}
	list := make([]Schedule, 0, len(rows))
	for _, r := range rows {
		s := Schedule{
			Name: r.Name, Pipeline: r.Pipeline, Cron: r.Cron, Zone: r.Zone, Missed: Missed(r.Missed), Off: r.Off,
			Paused: r.Paused, NextAt: r.NextAt, LastAt: r.LastAt, LastRun: r.LastRun, LastSkip: r.LastSkip,
		}
		if s.Off != "" {
			s.NextAt = nil
		}
		list = append(list, s)
	}
	return list, nil
}

// Pause stops a schedule until it is resumed. Slots that pass are missed.
func (c *Control) Pause(ctx context.Context, name string, paused bool) error {
	n, err := store.New(c.Pool).PauseSchedule(ctx, name, paused)
	if err != nil {
		return fmt.Errorf("pause: %w", err)
	}
	if n == 0 {
		return ErrUnknownSchedule
	}
	return nil
}

// clock starts runs when their time has come. Any number of processes may have
// one: a due row is taken by one of them.
type clock struct {
	*Control
	crons map[string]Cron
}

func newClock(c *Control) (*clock, error) {
	k := &clock{Control: c, crons: make(map[string]Cron)}
	var faults []error
	for i, s := range c.Options.Schedules {
		cron, err := ParseCron(s.Cron, s.Zone)
		if err != nil {
			faults = append(faults, fmt.Errorf("schedule %s: %w", s.Name, err))
		}
		if _, ok := k.crons[s.Name]; ok {
			faults = append(faults, fmt.Errorf("schedule %s: the name is taken", s.Name))
		}
		k.crons[s.Name] = cron
		if _, ok := c.pipeline(s.Pipeline); !ok && s.Off == "" {
			c.Options.Schedules[i].Off = "not built yet: off"
		}
	}
	return k, errors.Join(faults...)
}

// sync brings the table in line with the program. A schedule that has not
// changed keeps its next time, so that a slot missed meanwhile is seen.
func (k *clock) sync(ctx context.Context) error {
	return k.persist(ctx, func(t *txn) error {
		if err := t.q.LockSchedules(ctx); err != nil {
			return fmt.Errorf("lock schedules: %w", err)
		}
		rows, err := t.q.Schedules(ctx)
		if err != nil {
			return fmt.Errorf("schedules: %w", err)
		}
		for _, row := range rows {
			if !slices.ContainsFunc(k.Options.Schedules, func(s Schedule) bool { return s.Name == row.Name }) {
				if err := t.q.DeleteSchedule(ctx, row.Name); err != nil {
					return fmt.Errorf("delete schedule: %w", err)
				}
			}
		}
		for _, s := range k.Options.Schedules {
			if err := k.put(ctx, t, s, rows); err != nil {
				return err
			}
		}
		return nil
	})
}

func (k *clock) put(ctx context.Context, t *txn, s Schedule, rows []store.Schedule) error {
	p := store.PutScheduleParams{
		Name: s.Name, Pipeline: s.Pipeline, Cron: s.Cron, Zone: s.Zone, Missed: string(s.Missed), Off: s.Off,
	}
	i := slices.IndexFunc(rows, func(r store.Schedule) bool { return r.Name == s.Name })
	if i >= 0 && rows[i].Cron == s.Cron && rows[i].Zone == s.Zone && rows[i].Off == s.Off {
		p.NextAt = rows[i].NextAt
		if rows[i].Pipeline == s.Pipeline && rows[i].Missed == p.Missed {
			return nil
		}
	}
	if p.NextAt == nil {
		next, err := k.crons[s.Name].Next(k.Now())
		if err != nil {
			return fmt.Errorf("schedule %s: %w", s.Name, err)
		}
		p.NextAt = &next
	}
	if err := t.q.PutSchedule(ctx, p); err != nil {
		return fmt.Errorf("put schedule: %w", err)
	}
	return nil
}

// tick takes the due slots: takes the row, makes the run and moves on, in one
// transaction.
func (k *clock) tick(ctx context.Context) error {
	return k.inTx(ctx, func(t *txn) error {
		now := k.Now()
		due, err := t.q.DueSchedules(ctx, now)
		if err != nil {
			return fmt.Errorf("due schedules: %w", err)
		}
		for _, row := range due {
			if err := k.take(ctx, t, row, now); err != nil {
				return fmt.Errorf("schedule %s: %w", row.Name, err)
			}
		}
		return nil
	})
}

func (k *clock) take(ctx context.Context, t *txn, row store.Schedule, now time.Time) error {
	cron, ok := k.crons[row.Name]
	if !ok {
		return nil // of another version of the program
	}
	next, err := cron.Next(now)
	if err != nil {
		return err
	}
	move := store.MoveScheduleParams{Name: row.Name, NextAt: &next, LastAt: row.NextAt}
	if now.Sub(*row.NextAt) > lateAfter && Missed(row.Missed) == SkipMissed {
		move.LastSkip = "MISSED"
	} else if move.LastRun, move.LastSkip, err = k.run(ctx, t, row.Pipeline); err != nil {
		return err
	}
	if move.LastSkip != "" {
		t.after(func() {
			k.Log.Warn("a slot of the schedule is skipped", "schedule", row.Name, "pipeline", row.Pipeline, "reason", move.LastSkip)
		})
	}
	if err := t.q.MoveSchedule(ctx, move); err != nil {
		return fmt.Errorf("move on: %w", err)
	}
	return nil
}

// run makes the run of a slot, or says why the slot is skipped.
func (k *clock) run(ctx context.Context, t *txn, pipeline string) (*uuid.UUID, string, error) {
	if _, err := t.q.LockPipeline(ctx, pipeline); err != nil {
		return nil, "", fmt.Errorf("lock pipeline: %w", err)
	}
	_, err := t.q.RunningRun(ctx, pipeline)
	if err == nil {
		return nil, string(RunActive), nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return nil, "", fmt.Errorf("running run: %w", err)
	}
	id, _, err := t.place(ctx, Request{Pipeline: pipeline, By: "schedule", scheduled: true})
	var refused *Refusal
	if errors.As(err, &refused) {
		return nil, refused.Reason, nil
	}
	if err != nil {
		return nil, "", err
	}
	return &id, "", nil
}
