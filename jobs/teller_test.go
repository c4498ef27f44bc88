package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/notice"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
)

// told keeps what it is sent; the first Refuse notices it refuses.
type told struct {
	mu     sync.Mutex
	kinds  []notice.Kind
	last   notice.Notice
	Refuse int
}

func (s *told) Send(_ context.Context, n notice.Notice) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Refuse > 0 {
		s.Refuse--
		return errors.New("no mail server")
	}
	s.kinds, s.last = append(s.kinds, n.Kind), n
	return nil
}

func (s *told) so(want ...notice.Kind) func() bool {
	return func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return slices.Equal(s.kinds, want)
	}
}

func TestP352Notices(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var pings atomic.Int32
	watch := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, _ *http.Request) { pings.Add(1) }))
	defer watch.Close()
	people := &told{Refuse: 1} // the queue tries it again
	b.Notices = &jobs.Notices{Sender: people, Grace: time.Hour, Pings: map[string]string{"people": watch.URL}}
	b.TellEvery = 20 * time.Millisecond
	c := b.server().Control()
	var outcome error
	b.fake.do = func(_ context.Context, call call) (step.Slice, error) {
		if call.action == jobs.ActionPlan || outcome != nil && errors.As(outcome, new(*connector.Error)) {
			return step.Slice{Done: true}, outcome
		}
		return step.Slice{Done: true}, nil
	}
	run := func(as error) jobs.Run {
		t.Helper()
		outcome = as
		r, _ := b.run(c, jobs.Request{})
		r, _ = b.watch(c, r.ID)
		return r
	}
	denied := &connector.Error{Class: connector.Denied, Reason: "PASSWORD_EXPIRED", System: "alpha", Op: "list people", Why: "the site wants a new password"}
	first := run(denied)
	b.until("the sign-in is told", people.so(notice.SignIn))
	if n := people.last; n.Pipeline != "people" || n.Run != first.ID.String() || n.Reason != "PASSWORD_EXPIRED" || n.Since != nil {
		t.Errorf("told %+v", n)
	}
	run(denied) // the same within the hour
	run(nil)
	b.until("that it is well again is told", people.so(notice.SignIn, notice.Recovered))
	b.until("the success is pinged", func() bool { return pings.Load() == 1 })
	run(nil)
	b.until("each success is pinged", func() bool { return pings.Load() == 2 })
	stopped := run(&step.Stop{Outcome: step.GuardStopped, Reason: "TOO_MANY_REMOVED", Detail: "30 of 200"})
	b.until("what waits for a person is told", people.so(notice.SignIn, notice.Recovered, notice.Approval))
	if n := people.last; n.PlanHash != "hash-1" || n.Run != stopped.ID.String() || n.Since == nil {
		t.Errorf("told %+v", n)
	}
	asked, _ := b.run(c, jobs.Request{PlanOnly: true}) // a person's own look is nobody's news
	b.watch(c, asked.ID)
	b.server() // another process tells nothing again
	run(nil)
	b.until("all is told once", people.so(notice.SignIn, notice.Recovered, notice.Approval, notice.Recovered))
}

// When the database is away for longer than steps wait, the process says so itself,
// once.
func TestNoticeThatTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	people := &told{}
	fake := newFake()
	fake.do = func(context.Context, call) (step.Slice, error) { return step.Slice{}, errors.New("broken") }
	o := options(cluster.pool, fake, allQueues...)
	o.Log, o.Reconnect, o.TellEvery = slog.New(slog.DiscardHandler), 300*time.Millisecond, 20*time.Millisecond
	o.Notices = &jobs.Notices{Sender: people, Grace: time.Hour}
	b := &bundle{t: t, pool: cluster.pool, fake: fake, Options: o}
	c := b.server().Control()
	cluster.stop()
	b.until("that the database is away is told", people.so(notice.DatabaseAway))
	cluster.start()
	b.until("the database is back", func() bool { return cluster.pool.Ping(t.Context()) == nil })
	r, _ := b.run(c, jobs.Request{})
	b.watch(c, r.ID)
	b.until("what fails is told again", people.so(notice.DatabaseAway, notice.Failed))
	cluster.stop()
	b.until("it is told once each time", people.so(notice.DatabaseAway, notice.Failed, notice.DatabaseAway))
	cluster.start()
}

func TestWeeklyNotice(t *testing.T) {
	t.Parallel()
	b := setup(t)
	people := &told{}
	var now atomic.Int64
	now.Store(time.Now().Add(-time.Second).UnixNano())
	b.Now = func() time.Time { return time.Unix(0, now.Load()) }
	slot := b.Now().UTC().Add(2 * time.Hour).Truncate(time.Hour)
	b.Notices = &jobs.Notices{Sender: people, Grace: 48 * time.Hour, Weekly: slot.Format("0 15 2 1 *"), Zone: "UTC", Sources: []string{"source club.person"}}
	b.TellEvery = 20 * time.Millisecond
	c := b.server().Control()
	r, _ := b.run(c, jobs.Request{})
	b.watch(c, r.ID)
	for _, q := range []string{
		"insert into entity (id, kind, key, fields) overriding system value values (7001, 'club.person', 'A', '{}'), (7002, 'club.person', 'B', '{}')",
		`insert into sync_record (system, place, kind, external_id, entity, quarantine, held) values
			('source', 'members', 'club.person', 'a', 7001, '', '{}'), ('target', 'people', 'club.person', '1', 7001, 'refused', '{"mail": ["refused", ""]}')`,
		"insert into listing (system, place, scope, view) values ('source', 'members', '', 'all')",
		"insert into last_seen (listing, external_id, digest, missing, missing_since) select id, 'a', '', 1, now() from listing",
		"insert into conflict (run, entity, kind, key, field, system, hub_value, remote_value, won_by, why, found_on) select id, 7001, 'club.person', 'A', 'mail', 'target', '', '', '', 'a person decides', now() from run limit 1",
	} {
		if _, err := b.pool.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	now.Store(slot.Add(time.Minute).UnixNano())
	b.until("the week is told", people.so(notice.Weekly))
	if w := people.last.Weeks; len(w) != 1 || w[0].Pipeline != "people" || w[0].Runs != 1 || w[0].Good != 1 || w[0].Run != r.ID.String() {
		t.Errorf("the week is %+v", w)
	}
	if s := people.last.Standing; s == nil || *s != (notice.Standing{Leaving: 1, Conflicts: 1, Quarantined: 1, Held: 1}) {
		t.Errorf("at the end of the week stands %+v", s)
	}
}
