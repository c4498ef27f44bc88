package jobs_test

import (
	"sync"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/step"
)

// dial is a clock that a test sets.
type dial struct {
	mu sync.Mutex
	at time.Time
}

func (d *dial) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at
}

func (d *dial) set(text string) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = at
}

func scheduled(missed jobs.Missed) jobs.Schedule {
	return jobs.Schedule{Name: "people", Pipeline: "people", Cron: "0 8,11,14,17 * * *", Zone: "Europe/Amsterdam", Missed: missed}
}

func (b *bundle) schedule(c *jobs.Control) jobs.Schedule {
	b.t.Helper()
	list, err := c.Schedules(b.t.Context())
	if err != nil || len(list) == 0 {
		b.t.Fatalf("schedules: %v %v", list, err)
	}
	return list[0]
}

func (b *bundle) runs(c *jobs.Control) []jobs.Run {
	b.t.Helper()
	runs, err := c.List(b.t.Context(), "", nil, 100)
	if err != nil {
		b.t.Fatal(err)
	}
	return runs
}

func (b *bundle) nextIs(c *jobs.Control, want string) {
	b.t.Helper()
	b.until("the next time is "+want, func() bool {
		at := b.schedule(c).NextAt
		return at != nil && at.UTC().Format(time.RFC3339) == want
	})
}

func TestTwoSchedulers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	d := &dial{}
	d.set("2026-11-22T06:00:00Z")
	b.Now, b.Schedules = d.now, []jobs.Schedule{scheduled(jobs.CatchUpOnce)}
	c := b.server().Control()
	b.server()
	b.nextIs(c, "2026-11-22T07:00:00Z")
	for i, slot := range []string{"2026-11-22T07:00:01Z", "2026-11-22T10:00:00Z", "2026-11-22T13:00:30Z"} {
		d.set(slot)
		b.until("the slot is taken", func() bool { return len(b.runs(c)) == i+1 })
		run, _ := b.watch(c, b.runs(c)[0].ID)
		if run.RequestedBy != "schedule" || run.Outcome != step.Succeeded {
			t.Fatalf("run %+v", run)
		}
		if s := b.schedule(c); s.LastRun == nil || *s.LastRun != run.ID || s.LastSkip != "" {
			t.Fatalf("schedule %+v", s)
		}
	}
	b.nextIs(c, "2026-11-22T16:00:00Z")
	if n := len(b.runs(c)); n != 3 {
		t.Fatalf("%d runs", n)
	}
}

func TestMissedSlots(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		missed jobs.Missed
		runs   int
		skip   string
	}{{jobs.CatchUpOnce, 1, ""}, {jobs.SkipMissed, 0, "MISSED"}} {
		t.Run(string(test.missed), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			d := &dial{}
			d.set("2026-11-20T06:00:00Z")
			b.Now, b.Schedules = d.now, []jobs.Schedule{scheduled(test.missed)}
			p := b.server()
			b.nextIs(p.Control(), "2026-11-20T07:00:00Z")
			if err := p.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			d.set("2026-11-22T09:00:00Z") // two days and many slots later
			c := b.server().Control()
			b.nextIs(c, "2026-11-22T10:00:00Z")
			if runs := b.runs(c); len(runs) != test.runs {
				t.Fatalf("%d runs", len(runs))
			}
			if s := b.schedule(c); s.LastSkip != test.skip {
				t.Fatalf("skipped: %q", s.LastSkip)
			}
			for _, run := range b.runs(c) {
				b.watch(c, run.ID)
			}
		})
	}
}

func TestOverlapPauseAndOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gate := make(chan struct{})
	b.fake.do = hold(gate)
	d := &dial{}
	d.set("2026-11-22T06:00:00Z")
	off := jobs.Schedule{Name: "teams", Pipeline: "teams", Cron: "0 * * * *", Zone: "Europe/Amsterdam", Missed: jobs.CatchUpOnce}
	b.Now, b.Schedules = d.now, []jobs.Schedule{scheduled(jobs.CatchUpOnce), off}
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{Kind: "club.person", Keys: []string{"K1"}})
	d.set("2026-11-22T07:00:01Z")
	b.nextIs(c, "2026-11-22T10:00:00Z")
	if s := b.schedule(c); s.LastSkip != "RUN_ACTIVE" || len(b.runs(c)) != 1 {
		t.Fatalf("overlap: %q, %d runs", s.LastSkip, len(b.runs(c)))
	}
	close(gate)
	b.watch(c, run.ID)

	if _, err := c.Pause(t.Context(), "people", true, alice, ""); err != nil {
		t.Fatal(err)
	}
	d.set("2026-11-22T10:00:01Z")
	_, err := c.Pause(t.Context(), "nobody", true, alice, "")
	wantRefusal(t, err, jobs.ErrUnknownSchedule)
	list, err := c.Schedules(t.Context())
	if err != nil || len(list) != 2 || list[1].Off != "not built yet: off" || list[1].NextAt != nil || !list[0].Paused {
		t.Fatalf("schedules %+v %v", list, err)
	}
	b.nextIs(c, "2026-11-22T10:00:00Z") // not taken while paused
	if _, err := c.Pause(t.Context(), "people", false, alice, ""); err != nil {
		t.Fatal(err)
	}
	b.nextIs(c, "2026-11-22T13:00:00Z")
	b.until("the slot is taken", func() bool { return len(b.runs(c)) == 2 })
	b.watch(c, b.runs(c)[0].ID)
}

func TestScheduleIsRefusedAtStart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := scheduled(jobs.CatchUpOnce)
	s.Cron = "0 0 30 2 *"
	b.Schedules = []jobs.Schedule{s}
	if _, err := jobs.NewServer(b.Options); err == nil {
		t.Fatal("30 February was taken")
	}
}
