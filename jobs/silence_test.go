package jobs_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// lines is a log that a test may read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), text)
}

// age makes the steps of a run that wait as old as if so much time had passed.
func (b *bundle) age(run uuid.UUID, by time.Duration) {
	b.t.Helper()
	_, err := b.pool.Exec(b.t.Context(), `
update run_step set moved_at = moved_at - make_interval(secs => $2), not_before = not_before - make_interval(secs => $2),
  ended_at = ended_at - make_interval(secs => $2) where run = $1`, run, by.Seconds())
	if err != nil {
		b.t.Fatal(err)
	}
}

// rounds waits until a process has supervised twice more.
func (b *bundle) rounds(p *jobs.Process) {
	b.t.Helper()
	var first time.Time
	seen := 0
	b.until("it has supervised", func() bool {
		var at time.Time
		err := b.pool.QueryRow(b.t.Context(), "select heartbeat_at from lease_worker where id = $1", p.ID()).Scan(&at)
		if err == nil && at.After(first) {
			first = at
			seen++
		}
		return seen > 3
	})
}

// watched starts a process that has watched for as long as it must.
func (b *bundle) watched(change ...func(*jobs.Options)) *jobs.Process {
	b.t.Helper()
	d := &dial{}
	d.set("2026-11-22T06:00:00Z")
	b.Now = d.now
	p := b.server(change...)
	b.rounds(p)
	d.set("2026-11-22T06:02:00Z")
	return p
}

// What grew old while nothing ran is first taken up, and not given up.
func TestOldStepAtStart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	d := &dial{}
	d.set("2026-11-22T06:00:00Z")
	b.Now = d.now
	p := b.server(func(o *jobs.Options) { o.Queues = []record.System{"beta", "gamma", record.Hub} })
	c := p.Control()
	run, _ := b.run(c, jobs.Request{})
	b.age(run.ID, 8*time.Hour)
	b.rounds(p)
	d.set("2026-11-22T06:01:59Z")
	b.rounds(p)
	if now := mustGet(t, c, run.ID); now.State != jobs.Running || now.Steps[0].Reason != "" {
		t.Fatalf("%s %s", now.State, now.Steps[0].Reason)
	}
	d.set("2026-11-22T06:02:00Z")
	if run, _ = b.watch(c, run.ID); run.Outcome != step.Failed || run.Reason != "NO_WORKER" {
		t.Fatalf("ended %s %s", run.Outcome, run.Reason)
	}
}

// A step that nobody takes up says so after Unserved, once in the log, and the
// run ends after Stalled.
func TestNoWorker(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var log lines
	p := b.watched(func(o *jobs.Options) {
		o.Queues, o.Log = []record.System{"beta", "gamma", record.Hub}, slog.New(slog.NewTextHandler(&log, nil))
	})
	c := p.Control()
	run, _ := b.run(c, jobs.Request{})
	b.age(run.ID, time.Minute)
	b.rounds(p)
	if s := mustGet(t, c, run.ID).Steps[0]; s.Reason != "" || p.Stats().Unserved != 0 {
		t.Fatalf("after one minute: %s %s", s.Reason, s.Detail)
	}
	b.age(run.ID, 61*time.Second)
	b.rounds(p)
	s := mustGet(t, c, run.ID).Steps[0]
	if s.Reason != "NO_WORKER" || !strings.Contains(s.Detail, "touchline worker") || s.State != jobs.StepPending {
		t.Fatalf("after two minutes: %s %s %q", s.State, s.Reason, s.Detail)
	}
	if n := log.count("a step does not go on"); n != 1 || p.Stats().Unserved != 1 {
		t.Fatalf("logged %d times, %+v", n, p.Stats())
	}
	b.age(run.ID, 27*time.Minute)
	b.rounds(p)
	if now := mustGet(t, c, run.ID); now.State != jobs.Running {
		t.Fatalf("after 29 minutes: %s %s", now.State, now.Reason)
	}
	b.age(run.ID, time.Minute)
	run, _ = b.watch(c, run.ID)
	if run.Outcome != step.Failed || run.Reason != "NO_WORKER" || !strings.Contains(run.Detail, "30m") {
		t.Fatalf("after 30 minutes: %s %s %q", run.Outcome, run.Reason, run.Detail)
	}
	b.until("it is counted", func() bool { return p.Stats().Stalled == 1 }) // a watcher may see the end before
	if got := strings.TrimSpace(states(run)); got != "FAIL SKIP SKIP SKIP SKIP SKIP" {
		t.Fatalf("steps %s", got)
	}
}

// A worker that comes in time takes the step up, and nothing is left of the
// reason.
func TestWorkerComes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.watched(func(o *jobs.Options) { o.Queues = []record.System{"beta", "gamma", record.Hub} })
	c := p.Control()
	run, _ := b.run(c, jobs.Request{})
	b.age(run.ID, 3*time.Minute)
	b.until("it says so", func() bool { return mustGet(t, c, run.ID).Steps[0].Reason == "NO_WORKER" })
	b.server()
	run, _ = b.watch(c, run.ID)
	if s := run.Steps[0]; run.Outcome != step.Succeeded || s.Reason != "" || s.Detail != "" {
		t.Fatalf("ended %s, step %s %q", run.Outcome, s.Reason, s.Detail)
	}
}

// A step behind another waits for it as long as that is at work, and says so
// when the lease does not move.
func TestNoLease(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Pipelines = append(b.Pipelines, other)
	gate := make(chan struct{})
	b.fake.do = hold(gate)
	p := b.watched()
	c := p.Control()
	first, _ := b.run(c, jobs.Request{})
	b.until("the first works", func() bool { return b.fake.count(jobs.ActionRead, "alpha") == 1 })
	second, _ := b.run(c, jobs.Request{Pipeline: "other"})
	b.until("the second waits", func() bool { return mustGet(t, c, second.ID).Steps[0].State == jobs.StepWaiting })
	b.age(second.ID, time.Hour)
	b.rounds(p)
	if now := mustGet(t, c, second.ID); now.State != jobs.Running || now.Steps[0].Reason != "LEASE" {
		t.Fatalf("behind a lease that moves: %s %s", now.State, now.Steps[0].Reason)
	}
	// The first is handed on, and nobody takes it up: should a process do so all the
	// same, it is handed on again.
	stuck := []string{
		`
with stuck as (update run_step set state = 'READY', token = token + 1, moved_at = now() - interval '3 min'
  where run = $1 and state in ('RUNNING', 'READY') returning id, token),
job as (insert into river_job (args, kind, max_attempts, queue, state) select '{}', 'step', 1, 'alpha', 'pending' from stuck returning id)
update lease set holder = '', token = stuck.token from stuck where lease.step = stuck.id`,
		"update run_step set job = (select max(id) from river_job where state = 'pending') where run = $1 and state = 'READY'",
	}
	b.until("the second says so", func() bool {
		for _, sql := range stuck {
			_, err := b.pool.Exec(t.Context(), sql, first.ID)
			if crossed, ok := errors.AsType[*pgconn.PgError](err); ok && crossed.Code == "40P01" {
				return false // the program has locked the two rows in the other order
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		now := mustGet(t, c, second.ID)
		return now.Steps[0].Reason == "NO_LEASE" || now.State == jobs.Ended
	})
	run, _ := b.watch(c, second.ID) // it has waited for an hour
	if run.Outcome != step.Failed || run.Reason != "NO_LEASE" {
		t.Fatalf("ended %s %s", run.Outcome, run.Reason)
	}
	close(gate)
}

// A step that was told when to go on is not silent before that.
func TestToldTimeIsNoSilence(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.watched(func(o *jobs.Options) { o.Queues = []record.System{"beta", "gamma", record.Hub} })
	c := p.Control()
	run, _ := b.run(c, jobs.Request{})
	_, err := b.pool.Exec(t.Context(), `
update run_step set state = 'WAITING', reason = 'THROTTLED', token = token + 1, not_before = now() + interval '1 hour' where run = $1 and state = 'READY'`, run.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.pool.Exec(t.Context(), "update run_step set moved_at = moved_at - interval '2 hours' where run = $1", run.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.rounds(p)
	if now := mustGet(t, c, run.ID); now.State != jobs.Running || now.Steps[0].Reason != "THROTTLED" {
		t.Fatalf("%s %s", now.State, now.Steps[0].Reason)
	}
}
