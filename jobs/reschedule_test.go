package jobs_test

import (
	"errors"
	"testing"

	"github.com/touchline-sync/touchline/jobs"
)

// A server that runs takes other schedules of its settings over; what the API has set and
// paused stays in force, and schedules that cannot be used change nothing.
func TestSchedulesOfAServerThatRuns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	d := &dial{}
	d.set("2026-11-22T06:00:00Z")
	b.Now, b.Schedules = d.now, []jobs.Schedule{scheduled(jobs.CatchUpOnce)}
	p := b.server()
	c := p.Control()
	other := scheduled(jobs.SkipMissed)
	other.Cron, other.Zone, other.Set = "0 12 * * *", "UTC", true
	take := func(s jobs.Schedule) jobs.Schedule {
		t.Helper()
		if err := p.SetSchedules(t.Context(), []jobs.Schedule{s}); err != nil {
			t.Fatal(err)
		}
		return b.schedule(c)
	}
	if is := take(other); is.Cron != "0 12 * * *" || is.Missed != jobs.SkipMissed || is.TimesFrom.Source != jobs.FromSettings {
		t.Errorf("other times: %+v", is)
	}
	b.nextIs(c, "2026-11-22T12:00:00Z")
	if _, err := c.Pause(t.Context(), "people", true, alice, "holidays"); err != nil {
		t.Fatal(err)
	}
	b.set(c, jobs.Times{Cron: "30 9 * * *"})
	third := other
	third.Cron = "0 13 * * *"
	if is := take(third); !is.Paused || is.PauseFrom.By != "alice" || is.Cron != "30 9 * * *" || is.TimesFrom.Source != jobs.FromAPI {
		t.Errorf("what the API has set: %+v", is)
	}
	for name, change := range map[string]func(*jobs.Schedule){
		"times": func(s *jobs.Schedule) { s.Cron = "0 25 * * *" },
		"zone":  func(s *jobs.Schedule) { s.Zone = "Europe/Nowhere" },
		"daily": func(s *jobs.Schedule) { s.Daily, s.Cron = true, "0 8 * * 1" },
	} {
		wrong := other
		change(&wrong)
		if _, ok := errors.AsType[*jobs.Refusal](p.SetSchedules(t.Context(), []jobs.Schedule{wrong})); !ok {
			t.Errorf("%s: taken over", name)
		}
	}
	if is, err := c.ResetSchedule(t.Context(), "people", alice, ""); err != nil || is.Paused || is.Cron != "0 13 * * *" {
		t.Errorf("reset: %+v %v; want those that were taken over last", is, err)
	}
	off := third
	off.Off = "schedule.enabled is false"
	if is := take(off); is.Off != off.Off || is.NextAt != nil {
		t.Errorf("switched off: %+v", is)
	}
	d.set("2026-11-22T13:00:01Z")
	if is := take(third); is.Off != "" || is.NextAt == nil {
		t.Errorf("switched on: %+v", is)
	}
	if err := p.SetSchedules(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if list, err := c.Schedules(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("none: %v %v", list, err)
	}
}
