package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/store"
)

// Missed says what happens to slots that passed while nothing was running, or while the
// schedule was paused.
type Missed string

// The policies.
const (
	CatchUpOnce Missed = "CATCH_UP_ONCE" // one run makes up for all of them
	SkipMissed  Missed = "SKIP"
)

// Source says where something of a schedule comes from.
type Source string

// The sources; each wins over those before.
const (
	BuiltIn      Source = "BUILT_IN"
	FromSettings Source = "SETTINGS"
	FromAPI      Source = "API"
)

// Origin says where something of a schedule comes from; by whom and when, if it was set
// by the API.
type Origin struct {
	Source Source
	By     string
	On     *time.Time
}

// Schedule is when a pipeline starts by itself.
type Schedule struct {
	Name     string
	Pipeline string
	Cron     string
	Zone     string
	Missed   Missed
	// Off says why the schedule never runs; empty when it does.
	Off string
	// Paused stops it until it is resumed.
	Paused bool
	// Set says that Cron, Zone or Missed are those of the settings.
	Set bool
	// Daily says that it must start at least once a day: no other pipeline sees what is
	// edited at the places that its own reads.
	Daily bool

	// The rest is filled in by Control.Schedules.

	// Plans says that each run is a plan, since a system that it needs is observed.
	Plans                bool
	TimesFrom, PauseFrom Origin
	// ChangedOn is since when it is in force as it is: it has missed no slot before.
	ChangedOn time.Time
	NextAt    *time.Time
	LastAt    *time.Time
	LastRun   *uuid.UUID
	LastSkip  string // why the last slot was skipped: "RUN_ACTIVE", "MISSED", ...
}

// After returns the first slot of the schedule after a time.
func (s Schedule) After(at time.Time) (time.Time, error) {
	cron, err := ParseCron(s.Cron, s.Zone)
	if err != nil {
		return time.Time{}, err
	}
	return cron.Next(at)
}

// Due returns the first slot after a time, by which a run should have come; nil: a
// schedule that is off or paused, or whose runs are plans, asks for none. A slot before it
// was in force as it is was not missed.
func (s Schedule) Due(since time.Time) *time.Time {
	if s.Off != "" || s.Paused || s.Plans {
		return nil
	}
	if since.Before(s.ChangedOn) {
		since = s.ChangedOn
	}
	slot, err := s.After(since)
	if err != nil {
		return nil // of another version, which knows the zone
	}
	return &slot
}

// Check returns what is wrong with the times of a schedule.
func (s Schedule) Check() error {
	cron, err := ParseCron(s.Cron, s.Zone)
	if err != nil {
		return &Refusal{ErrMalformedTimes.Reason, err.Error()}
	}
	if s.Daily && !cron.Daily() {
		return ErrNotDaily
	}
	return nil
}

// Schedules returns all schedules as they are in force, ordered by pipeline and name.
func (c *Control) Schedules(ctx context.Context) ([]Schedule, error) {
	return c.schedules(ctx, store.New(c.looks))
}

func (c *core) schedules(ctx context.Context, q *store.Queries) ([]Schedule, error) {
	rows, err := q.Schedules(ctx)
	if err != nil {
		return nil, fmt.Errorf("schedules: %w", err)
	}
	list := make([]Schedule, 0, len(rows))
	for _, r := range rows {
		s := viewSchedule(r)
		if p, ok := c.pipeline(s.Pipeline); ok {
			s.Plans = c.observedNeeded(p.Pipeline) != ""
		}
		list = append(list, s)
	}
	return list, nil
}

func viewSchedule(r store.ScheduleInForce) Schedule {
	s := Schedule{
		Name: r.Name, Pipeline: r.Pipeline, Cron: r.Cron, Zone: r.Zone, Missed: Missed(r.Missed), Off: r.Off, Paused: r.Paused,
		TimesFrom: Origin{Source(r.Source), r.SetBy, r.SetOn}, PauseFrom: Origin{Source(r.PauseSource), r.PausedBy, r.PausedOn},
		ChangedOn: r.ChangedOn, NextAt: r.NextAt, LastAt: r.LastAt, LastRun: r.LastRun, LastSkip: r.LastSkip,
	}
	if s.Off != "" {
		s.NextAt = nil
	}
	return s
}

// Times are those of a schedule; what is blank stays as it is.
type Times struct {
	Cron, Zone string
	Missed     Missed
}

// SetSchedule gives a schedule other times, which win over the settings until it is
// reset. A *Refusal says why not.
func (c *Control) SetSchedule(ctx context.Context, name string, times Times, by store.Actor, why string) (Schedule, error) {
	return c.changeSchedule(ctx, name, func(t *txn, is Schedule) (store.Act, error) {
		is.Cron, is.Zone, is.Missed = cmp.Or(times.Cron, is.Cron), cmp.Or(times.Zone, is.Zone), cmp.Or(times.Missed, is.Missed)
		if all := c.declared.Load(); all != nil {
			for _, own := range *all {
				is.Daily = is.Daily || own.Name == name && own.Daily
			}
		}
		if err := is.Check(); err != nil {
			return store.Act{}, err
		}
		what := fmt.Sprintf("%s to %q %s %s", scheduleTarget(name), is.Cron, is.Zone, is.Missed)
		return store.Act{By: by, Action: "SetSchedule", Target: what, Reason: why}, t.q.SetSchedule(ctx, store.SetScheduleParams{
			Name: name, Cron: is.Cron, Zone: is.Zone, Missed: string(is.Missed), SetBy: by.Name, SetOn: t.Now(),
		})
	})
}

// Pause stops a schedule until it is resumed, or lets it go on, whatever the settings
// say. Slots that pass while it is paused are missed.
func (c *Control) Pause(ctx context.Context, name string, paused bool, by store.Actor, why string) (Schedule, error) {
	return c.changeSchedule(ctx, name, func(t *txn, _ Schedule) (store.Act, error) {
		act := store.Act{By: by, Action: "ResumeSchedule", Target: scheduleTarget(name), Reason: why}
		if paused {
			act.Action = "PauseSchedule"
		}
		return act, t.q.PauseSchedule(ctx, store.PauseScheduleParams{Name: name, Paused: paused, PausedBy: by.Name, PausedOn: t.Now()})
	})
}

// ResetSchedule drops what was set and paused by the API.
func (c *Control) ResetSchedule(ctx context.Context, name string, by store.Actor, why string) (Schedule, error) {
	return c.changeSchedule(ctx, name, func(t *txn, _ Schedule) (store.Act, error) {
		return store.Act{By: by, Action: "ResetSchedule", Target: scheduleTarget(name), Reason: why}, t.q.ResetSchedule(ctx, name)
	})
}

// ScheduleNamed returns a schedule as it is in force.
func (c *Control) ScheduleNamed(ctx context.Context, name string) (Schedule, error) {
	row, err := store.New(c.looks).ScheduleInForce(ctx, name)
	if errors.Is(err, pgx.ErrNoRows) {
		return Schedule{}, ErrUnknownSchedule
	}
	if err != nil {
		return Schedule{}, fmt.Errorf("schedule: %w", err)
	}
	return viewSchedule(row), nil
}

// changeSchedule changes what the API says of a schedule, and notes the act in the audit.
func (c *Control) changeSchedule(ctx context.Context, name string, change func(*txn, Schedule) (store.Act, error)) (Schedule, error) {
	var out Schedule
	err := c.inTx(ctx, func(t *txn) error {
		if err := t.q.LockSchedules(ctx); err != nil {
			return fmt.Errorf("lock schedules: %w", err)
		}
		was, err := t.q.ScheduleInForce(ctx, name)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrUnknownSchedule
		}
		if err != nil {
			return fmt.Errorf("schedule: %w", err)
		}
		act, err := change(t, viewSchedule(was))
		if err != nil {
			return err
		}
		is, err := t.inForce(ctx, name, &was)
		if err != nil {
			return err
		}
		out = viewSchedule(is)
		t.after(func() { t.Log.Info("schedule changed", "schedule", name, "action", act.Action, "by", act.By.Name) })
		return store.AppendAudit(ctx, t.tx, t.Now(), act)
	})
	return out, err
}

func scheduleTarget(name string) string { return "schedule " + name }

// inForce returns a schedule as it is in force now, and stores since when and its next
// time where that is not as it was; nil: it was not there.
func (t *txn) inForce(ctx context.Context, name string, was *store.ScheduleInForce) (store.ScheduleInForce, error) {
	is, err := t.q.ScheduleInForce(ctx, name)
	if err != nil {
		return is, fmt.Errorf("schedule %s: %w", name, err)
	}
	sameTimes := was != nil && was.Cron == is.Cron && was.Zone == is.Zone && was.Off == is.Off && is.NextAt != nil
	if sameTimes && was.Paused == is.Paused {
		return is, nil
	}
	is.ChangedOn = t.Now()
	if !sameTimes { // else a slot that was missed meanwhile is seen
		next, err := viewSchedule(is).After(is.ChangedOn)
		if err != nil {
			return is, fmt.Errorf("schedule %s: %w", name, err)
		}
		is.NextAt = &next
	}
	if err := t.q.ChangedSchedule(ctx, is.NextAt, is.ChangedOn, name); err != nil {
		return is, fmt.Errorf("schedule %s: %w", name, err)
	}
	return is, nil
}
