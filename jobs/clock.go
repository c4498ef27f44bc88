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

// lateAfter is how late a slot may be taken and still counts as in time.
const lateAfter = 2 * time.Minute

// clock starts runs when their time has come. Any number of processes may have
// one: a due row is taken by one of them.
type clock struct {
	*Control
}

func newClock(c *Control) (*clock, error) {
	all, err := c.checked(c.Options.Schedules)
	c.declared.Store(&all)
	return &clock{c}, err
}

// checked returns schedules of the program, those of pipelines that are not there off,
// and what is wrong with them.
func (c *Control) checked(all []Schedule) ([]Schedule, error) {
	all = slices.Clone(all)
	var faults []error
	names := map[string]bool{}
	for i, s := range all {
		if err := s.Check(); err != nil {
			faults = append(faults, fmt.Errorf("schedule %s: %w", s.Name, err))
		}
		if names[s.Name] {
			faults = append(faults, fmt.Errorf("schedule %s: the name is taken", s.Name))
		}
		names[s.Name] = true
		if _, ok := c.pipeline(s.Pipeline); !ok && s.Off == "" {
			all[i].Off = "not built yet: off"
		}
	}
	return all, errors.Join(faults...)
}

// SetSchedules gives a server that runs other schedules of its settings. What the API has
// set and paused stays in force. When it fails all stays as it is.
func (p *Process) SetSchedules(ctx context.Context, all []Schedule) error {
	all, err := p.control.checked(all)
	if err != nil {
		return err
	}
	if err := p.inTx(ctx, func(t *txn) error { return p.clock.put(ctx, t, all) }); err != nil {
		return err
	}
	p.declared.Store(&all)
	return nil
}

// sync brings the table in line with the program and its settings; what the API has set
// stays in force. A schedule that has not changed keeps its next time, so that a slot
// missed meanwhile is seen.
func (k *clock) sync(ctx context.Context) error {
	return k.persist(ctx, func(t *txn) error { return k.put(ctx, t, *k.declared.Load()) })
}

// put has the table hold these schedules and no others.
func (k *clock) put(ctx context.Context, t *txn, all []Schedule) error {
	if err := t.q.LockSchedules(ctx); err != nil {
		return fmt.Errorf("lock schedules: %w", err)
	}
	rows, err := t.q.Schedules(ctx)
	if err != nil {
		return fmt.Errorf("schedules: %w", err)
	}
	for _, row := range rows {
		if !slices.ContainsFunc(all, func(s Schedule) bool { return s.Name == row.Name }) {
			if err := t.q.DeleteSchedule(ctx, row.Name); err != nil {
				return fmt.Errorf("delete schedule: %w", err)
			}
		}
	}
	for _, s := range all {
		if err := k.putOne(ctx, t, s, rows); err != nil {
			return err
		}
	}
	return nil
}

// has reports whether the program has a schedule of a name. The table may have others,
// of another version.
func (k *clock) has(name string) bool {
	return slices.ContainsFunc(*k.declared.Load(), func(s Schedule) bool { return s.Name == name })
}

func (k *clock) putOne(ctx context.Context, t *txn, s Schedule, rows []store.ScheduleInForce) error {
	source := BuiltIn
	if s.Set {
		source = FromSettings
	}
	if err := t.q.PutSchedule(ctx, store.PutScheduleParams{
		Name: s.Name, Pipeline: s.Pipeline, Cron: s.Cron, Zone: s.Zone, Missed: string(s.Missed), Off: s.Off, Paused: s.Paused, Source: string(source),
	}); err != nil {
		return fmt.Errorf("put schedule: %w", err)
	}
	var was *store.ScheduleInForce
	if i := slices.IndexFunc(rows, func(r store.ScheduleInForce) bool { return r.Name == s.Name }); i >= 0 {
		was = &rows[i]
	}
	_, err := t.inForce(ctx, s.Name, was)
	return err
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

func (k *clock) take(ctx context.Context, t *txn, row store.ScheduleInForce, now time.Time) error {
	if !k.has(row.Name) {
		return nil // of another version of the program
	}
	next, err := viewSchedule(row).After(now)
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
