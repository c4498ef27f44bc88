package jobs_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/notice"
	"github.com/touchline-sync/touchline/sync/store"
)

// alice is who changes schedules.
var alice = store.Actor{Name: "alice", Token: 7}

func (b *bundle) set(c *jobs.Control, times jobs.Times) jobs.Schedule {
	b.t.Helper()
	s, err := c.SetSchedule(b.t.Context(), "people", times, alice, "summer")
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// What the API has set and paused outlives the process, and other settings; a reset lets
// those hold. Each says where it comes from, and the audit says who it was.
func TestTheAPIWinsUntilReset(t *testing.T) {
	t.Parallel()
	b := setup(t)
	d := &dial{}
	d.set("2026-11-22T06:00:00Z")
	b.Now, b.Schedules = d.now, []jobs.Schedule{scheduled(jobs.CatchUpOnce)}
	p := b.server()
	c := p.Control()
	if s := b.schedule(c); s.TimesFrom.Source != jobs.BuiltIn || s.PauseFrom.Source != jobs.BuiltIn {
		t.Errorf("at first: %+v", s)
	}
	is := b.set(c, jobs.Times{Cron: "30 9 * * *"})
	if is.Cron != "30 9 * * *" || is.Zone != "Europe/Amsterdam" || is.Missed != jobs.CatchUpOnce || is.TimesFrom.Source != jobs.FromAPI ||
		is.TimesFrom.By != "alice" || is.TimesFrom.On == nil || !is.TimesFrom.On.Equal(d.now()) || !is.NextAt.Equal(time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)) {
		t.Errorf("set: %+v", is)
	}
	if is, err := c.Pause(t.Context(), "people", true, store.Actor{Name: "bob"}, ""); err != nil || !is.Paused || is.PauseFrom.By != "bob" || is.TimesFrom.By != "alice" {
		t.Errorf("paused: %+v %v", is, err)
	}
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}

	other := scheduled(jobs.SkipMissed)
	other.Cron, other.Set = "0 12 * * *", true
	for _, settings := range [][]jobs.Schedule{nil, {other}} { // also when a start knows none
		p = b.server(func(o *jobs.Options) { o.Schedules = settings })
		c = p.Control()
		if settings == nil {
			if list, err := c.Schedules(t.Context()); err != nil || len(list) != 0 {
				t.Errorf("without schedules there are %v %v", list, err)
			}
			if err := p.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if is := b.schedule(c); !is.Paused || is.Cron != "30 9 * * *" || is.Missed != jobs.CatchUpOnce || is.TimesFrom.Source != jobs.FromAPI {
		t.Errorf("after other settings: %+v", is)
	}
	d.set("2026-11-22T08:31:00Z")
	is, err := c.ResetSchedule(t.Context(), "people", alice, "")
	if err != nil || is.Paused || is.Cron != "0 12 * * *" || is.Missed != jobs.SkipMissed || is.TimesFrom.Source != jobs.FromSettings ||
		is.PauseFrom.Source != jobs.BuiltIn || !is.NextAt.Equal(time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)) {
		t.Errorf("reset: %+v %v", is, err)
	}
	if n := len(b.runs(c)); n != 0 {
		t.Errorf("%d runs of a schedule that was paused", n)
	}
	rows, err := store.New(b.pool).ListAudit(t.Context(), 0, 10)
	if err != nil || len(rows) != 3 {
		t.Fatalf("audit: %v %v", rows, err)
	}
	for i, want := range []string{
		`alice SetSchedule schedule people to "30 9 * * *" Europe/Amsterdam CATCH_UP_ONCE summer`, "bob PauseSchedule schedule people ", "alice ResetSchedule schedule people ",
	} {
		if got := rows[i].Actor + " " + rows[i].Action + " " + rows[i].Target + " " + rows[i].Reason; got != want {
			t.Errorf("audit has %q, want %q", got, want)
		}
	}
}

// Settings may pause a schedule, and the API may let it go on all the same.
func TestResumeOfWhatTheSettingsPause(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := scheduled(jobs.CatchUpOnce)
	s.Paused = true
	b.Schedules = []jobs.Schedule{s}
	c := b.server().Control()
	if is := b.schedule(c); !is.Paused || is.PauseFrom.Source != jobs.FromSettings {
		t.Errorf("by the settings: %+v", is)
	}
	is, err := c.Pause(t.Context(), "people", false, alice, "")
	if err != nil || is.Paused || is.PauseFrom.Source != jobs.FromAPI || is.PauseFrom.By != "alice" {
		t.Errorf("resumed: %+v %v", is, err)
	}
}

func TestTimesThatAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := scheduled(jobs.CatchUpOnce)
	s.Daily = true
	b.Schedules = []jobs.Schedule{s}
	c := b.server().Control()
	before := b.schedule(c)
	for _, refused := range []struct {
		times jobs.Times
		why   *jobs.Refusal
	}{
		{jobs.Times{Cron: "0 25 * * *"}, jobs.ErrMalformedTimes},
		{jobs.Times{Cron: "0 0 30 2 *"}, jobs.ErrMalformedTimes},
		{jobs.Times{Cron: "* * * *"}, jobs.ErrMalformedTimes},
		{jobs.Times{Zone: "Europe/Nowhere"}, jobs.ErrMalformedTimes},
		{jobs.Times{Zone: "Local"}, jobs.ErrMalformedTimes},
		{jobs.Times{Cron: "0 8 * * mon-fri"}, jobs.ErrNotDaily},
	} {
		_, err := c.SetSchedule(t.Context(), "people", refused.times, alice, "")
		wantRefusal(t, err, refused.why)
	}
	if after := b.schedule(c); after.Cron != before.Cron || !after.NextAt.Equal(*before.NextAt) || after.TimesFrom.Source != jobs.BuiltIn {
		t.Errorf("what was refused has changed %+v to %+v", before, after)
	}
	if n := b.countRows("audit"); n != 0 {
		t.Errorf("what was refused stands in the audit: %d", n)
	}
}

// Whether a pipeline is overdue goes by the times that are in force, and by nothing that
// was before they were.
func TestB45OverdueFollowsWhatIsInForce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	d := &dial{}
	ended := time.Now().UTC().Truncate(time.Hour).Add(48 * time.Hour) // the run ends by the clock of the database
	at := func(after time.Duration) string { return ended.Add(after).Format(time.RFC3339) }
	d.set(at(0))
	people := &told{}
	b.Notices = &jobs.Notices{Sender: people, Grace: time.Hour}
	b.TellEvery = 20 * time.Millisecond
	s := scheduled(jobs.SkipMissed)
	s.Cron, s.Zone = "0 0 1 1 *", "UTC"
	b.Now, b.Schedules = d.now, []jobs.Schedule{s}
	p := b.server()
	c := p.Control()
	run, _ := b.run(c, jobs.Request{})
	b.watch(c, run.ID)
	is := b.set(c, jobs.Times{Cron: "30 * * * *"})
	if due := is.Due(ended.Add(-24 * time.Hour)); due == nil || !due.Equal(ended.Add(30*time.Minute)) {
		t.Errorf("a schedule that was just set has missed a slot: %v", due)
	}
	if _, err := c.Pause(t.Context(), "people", true, alice, ""); err != nil {
		t.Fatal(err)
	}
	d.set(at(3 * time.Hour))
	if due := b.schedule(c).Due(ended); due != nil {
		t.Errorf("a schedule that is paused should have run at %v", due)
	}
	is, err := c.Pause(t.Context(), "people", false, alice, "")
	if err != nil {
		t.Fatal(err)
	}
	if due := is.Due(ended); due == nil || !due.Equal(ended.Add(3*time.Hour+30*time.Minute)) {
		t.Errorf("the slots of a pause count as missed: %v", due)
	}
	if !people.so()() {
		t.Errorf("told %v", people.kinds)
	}
	// As when nobody takes its slots.
	if _, err := b.pool.Exec(t.Context(), "update schedule set next_at = null"); err != nil {
		t.Fatal(err)
	}
	d.set(at(5 * time.Hour))
	b.until("it is told as overdue", people.so(notice.Overdue))
}

// A pause is not undone by a server that starts with other settings while the first one
// runs, and the one that runs takes what is in force.
func TestTwoServersFollowWhatIsInForce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	d := &dial{}
	d.set("2026-11-22T06:00:00Z")
	b.Now, b.Schedules = d.now, []jobs.Schedule{scheduled(jobs.CatchUpOnce)}
	c := b.server().Control()
	b.server()
	b.set(c, jobs.Times{Cron: "15 7 * * *", Zone: "UTC", Missed: jobs.SkipMissed})
	d.set("2026-11-22T07:00:30Z")
	b.nextIs(c, "2026-11-22T07:15:00Z") // not the times of the program
	d.set("2026-11-22T07:15:01Z")
	b.until("the slot is taken", func() bool { return len(b.runs(c)) == 1 })
	b.watch(c, b.runs(c)[0].ID)
	b.nextIs(c, "2026-11-23T07:15:00Z")
}
