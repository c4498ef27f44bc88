package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/jobs/notice"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// Notices say how people are told about runs.
type Notices struct {
	Sender notice.Sender
	// Pings are addresses by pipeline that are called after each success.
	Pings map[string]string
	// Grace is how late a slot of the schedule may be before it is told: 1 h.
	Grace time.Duration
	// Weekly is when the summary is made, as a line and zone of cron; "": never.
	Weekly, Zone string
	// Sources are where a member who is missing is about to leave, each as SYSTEM KIND.
	Sources []string
}

const (
	// pinged is the kind of a row that calls an address and tells nobody.
	pinged notice.Kind = "PING"

	week = 7 * 24 * time.Hour
)

// teller makes notices of how the pipelines stand. What it makes depends on what is
// stored alone, so any number of processes may have one.
type teller struct {
	*clock

	weekly *Cron
	away   time.Time // since when the database does not answer; zero: it does
	said   bool      // that it is away
}

func newTeller(k *clock) (*teller, error) {
	t := &teller{clock: k}
	if k.Notices.Weekly == "" {
		return t, nil
	}
	cron, err := ParseCron(k.Notices.Weekly, k.Notices.Zone)
	if err != nil {
		return nil, fmt.Errorf("the weekly notice: %w", err)
	}
	t.weekly = &cron
	return t, nil
}

// once looks what there is to tell. When the database has been away for as long as a
// step waits for it, it tells so itself, once.
func (t *teller) once(ctx context.Context) error {
	if err := t.Pool.Ping(ctx); err != nil {
		return errors.Join(fmt.Errorf("notices: the database: %w", err), t.tellAway(context.WithoutCancel(ctx)))
	}
	t.away, t.said = time.Time{}, false
	return t.inTx(ctx, func(x *txn) error {
		if err := x.q.LockNotices(ctx); err != nil {
			return fmt.Errorf("lock notices: %w", err)
		}
		rows, err := x.q.LastNotices(ctx)
		if err != nil {
			return fmt.Errorf("notices: %w", err)
		}
		made := map[string]map[notice.Kind]store.LastNoticesRow{}
		for _, r := range rows {
			if made[r.Pipeline] == nil {
				made[r.Pipeline] = map[notice.Kind]store.LastNoticesRow{}
			}
			made[r.Pipeline][notice.Kind(r.Kind)] = r
		}
		schedules, err := x.schedules(ctx, x.q)
		if err != nil {
			return err
		}
		for _, p := range t.Options.Pipelines {
			if err := t.pipelineNotices(ctx, x, p.Name, schedules, made[p.Name]); err != nil {
				return fmt.Errorf("notices of %s: %w", p.Name, err)
			}
		}
		return t.summary(ctx, x, made[""][notice.Weekly])
	})
}

func (t *teller) tellAway(ctx context.Context) error {
	now := time.Now()
	if t.away.IsZero() {
		t.away = now
	}
	if t.said || now.Sub(t.away) < t.Reconnect {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	err := t.Notices.Sender.Send(ctx, notice.Notice{Kind: notice.DatabaseAway, At: now})
	t.said = err == nil
	return err
}

// pipelineNotices makes what there is to tell of a pipeline.
func (t *teller) pipelineNotices(
	ctx context.Context, x *txn, pipeline string, schedules []Schedule, made map[notice.Kind]store.LastNoticesRow,
) error {
	s, next, err := t.standing(ctx, x, pipeline, schedules)
	if err != nil {
		return err
	}
	s.notices = made
	if err := t.ping(ctx, x, pipeline, s); err != nil {
		return err
	}
	kind := s.toTell(t.Now(), t.Notices.Grace)
	if p, _ := t.pipeline(pipeline); kind == "" || len(p.Children) > 0 { // its children tell
		return nil
	}
	n, err := t.describe(ctx, x, kind, pipeline, s.last)
	if err != nil {
		return err
	}
	n.Next = next
	var run *uuid.UUID
	if kind != notice.Overdue {
		run = &s.last.ID
	}
	return x.tell(ctx, n, run, n.Reason)
}

// standing is how a pipeline stands, and when it runs next.
func (t *teller) standing(ctx context.Context, x *txn, pipeline string, schedules []Schedule) (s standing, next *time.Time, err error) {
	last, err := x.q.LastEnded(ctx, pipeline)
	if err == nil {
		s.last = &last
	} else if !errors.Is(err, pgx.ErrNoRows) {
		return s, nil, fmt.Errorf("the last run: %w", err)
	}
	if s.running, err = x.q.AnyRunning(ctx, pipeline); err != nil {
		return s, nil, fmt.Errorf("runs: %w", err)
	}
	now := t.Now()
	for _, at := range schedules {
		if at.Pipeline != pipeline || at.Paused || at.Off != "" || !t.has(at.Name) {
			continue
		}
		if at.NextAt != nil && (next == nil || at.NextAt.Before(*next)) {
			next = at.NextAt
		}
		var since time.Time
		switch {
		case s.last != nil:
			since = *s.last.EndedAt
		case at.LastAt != nil: // a slot that was taken, of which nothing came: the slot itself
			since = at.LastAt.Add(-time.Minute)
		default:
			continue
		}
		if slot := at.Due(since); slot != nil && !slot.After(now) && (s.slot == nil || slot.Before(*s.slot)) {
			s.slot = slot
		}
	}
	return s, next, nil
}

// describe says what a person is told of the last run.
func (t *teller) describe(ctx context.Context, x *txn, kind notice.Kind, pipeline string, last *store.Run) (notice.Notice, error) {
	n := notice.Notice{Kind: kind, Pipeline: pipeline, At: t.Now()}
	good, err := x.q.LastGood(ctx, pipeline)
	if err == nil {
		n.Since = &good
	} else if !errors.Is(err, pgx.ErrNoRows) {
		return n, fmt.Errorf("the last success: %w", err)
	}
	if last == nil || kind == notice.Overdue {
		return n, nil
	}
	n.Run, n.Number = last.ID.String(), last.Number
	if kind == notice.Recovered {
		return n, nil
	}
	n.Reason, n.Detail, n.PlanHash = last.Reason, last.Detail, last.PlanHash
	if kind == notice.SignIn {
		if n.Sessions, err = x.q.SessionsInNeed(ctx); err != nil {
			return n, fmt.Errorf("sessions: %w", err)
		}
	}
	if kind != notice.Approval {
		return n, nil
	}
	counts, err := x.q.PlanCounts(ctx, last.ID)
	if err != nil {
		return n, fmt.Errorf("count the plan: %w", err)
	}
	for _, c := range counts {
		n.Counts = append(n.Counts, notice.Count(c))
	}
	return n, nil
}

// ping has the address of a pipeline called after each success.
func (t *teller) ping(ctx context.Context, x *txn, pipeline string, s standing) error {
	if t.Notices.Pings[pipeline] == "" || s.last == nil || step.Outcome(s.last.Outcome) != step.Succeeded {
		return nil
	}
	if was, ok := s.notices[pinged]; ok && was.Run != nil && *was.Run == s.last.ID {
		return nil
	}
	return x.tell(ctx, notice.Notice{Kind: pinged, Pipeline: pipeline, At: t.Now()}, &s.last.ID, "")
}

// summary makes the notice of a week.
func (t *teller) summary(ctx context.Context, x *txn, last store.LastNoticesRow) error {
	if t.weekly == nil {
		return nil
	}
	now := t.Now()
	slot, err := t.weekly.Next(now.Add(-sayAgain)) // an older one is passed over
	if err != nil || slot.After(now) || !last.MadeOn.Before(slot) {
		return err
	}
	runs, err := x.q.WeekOfRuns(ctx, now.Add(-week))
	if err != nil {
		return fmt.Errorf("the runs of the week: %w", err)
	}
	changes, err := x.q.WeekOfChanges(ctx, now.Add(-week))
	if err != nil {
		return fmt.Errorf("the changes of the week: %w", err)
	}
	n := notice.Notice{Kind: notice.Weekly, At: now}
	for _, r := range runs {
		w := notice.Week{Pipeline: r.Pipeline, Runs: r.Runs, Good: r.Good, Run: r.Last.String()}
		for _, c := range changes {
			if c.Pipeline == r.Pipeline {
				w.Counts = append(w.Counts, notice.Count{System: c.System, Kind: c.Kind, Created: c.Created, Changed: c.Changed, Removed: c.Removed})
			}
		}
		n.Weeks = append(n.Weeks, w)
	}
	if n.Standing, err = t.waits(ctx, x); err != nil {
		return err
	}
	return x.tell(ctx, n, nil, "")
}

// waits counts what waits for somebody.
func (t *teller) waits(ctx context.Context, x *txn) (*notice.Standing, error) {
	waits, err1 := x.q.CountWaiting(ctx)
	aside, err2 := x.q.CountAside(ctx)
	leaving, err3 := x.q.CountLeavers(ctx, t.Notices.Sources)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, fmt.Errorf("what waits at the end of the week: %w", err)
	}
	return &notice.Standing{Leaving: leaving, Plans: waits.Plans, Conflicts: waits.Conflicts, Quarantined: aside.Quarantined, Held: aside.Held}, nil
}
