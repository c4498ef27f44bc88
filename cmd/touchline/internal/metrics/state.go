package metrics

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// How long the questions of one scrape may take, and how old their answers may be.
const (
	askWithin = 5 * time.Second
	askEvery  = 5 * time.Second
)

// Sources are where the state of a process and of all runs is seen.
type Sources struct {
	Pool  *pgxpool.Pool // of the process
	Watch *pgxpool.Pool // to ask with, so that no job waits for it
	Jobs  *jobs.Process
	// Schedules of the program; nil in a worker, which leaves what all processes
	// would say alike to serve.
	Control *jobs.Control
	// AuditBroken tells whether the audit was found not to be whole; with Control.
	AuditBroken func() bool
	Browsers    Browsers // nil: none
	// Kinds are by system those that it holds: each has a figure, also where nothing
	// waits.
	Kinds map[record.System][]record.Kind
	Now   func() time.Time
	Log   *slog.Logger
}

// Browsers tell how sessions stand.
type Browsers interface{ Stats() browserworker.Stats }

// State shows how everything stands whenever it is asked.
func (m *Metrics) State(s Sources) {
	m.registry.MustRegister(&state{Sources: s})
}

type state struct {
	Sources

	mu      sync.Mutex
	asked   time.Time
	metrics []prometheus.Metric
	failing bool
}

// Describe names nothing: which metrics there are depends on what there is.
func (*state) Describe(chan<- *prometheus.Desc) {}

// Collect asks, unless it has just asked.
func (s *state) Collect(out chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked.IsZero() || time.Since(s.asked) >= askEvery {
		s.ask()
	}
	for _, m := range s.metrics {
		out <- m
	}
}

func (s *state) ask() {
	ctx, cancel := context.WithTimeout(context.Background(), askWithin)
	defer cancel()
	s.asked, s.metrics = time.Now(), nil
	s.pool()
	s.browsers()
	s.steps()
	err := s.Watch.Ping(ctx)
	if err == nil && s.Control != nil {
		err = errors.Join(s.pipelines(ctx), s.database(ctx))
	}
	if s.AuditBroken != nil {
		s.add(auditBroken, flag(s.AuditBroken()))
	}
	up := 1.0
	if err != nil {
		up = 0
	}
	s.add(databaseUp, up)
	if err != nil && !s.failing {
		s.Log.Warn("the metrics have no figures of the database", "err", err)
	}
	s.failing = err != nil
}

func (s *state) add(d *prometheus.Desc, value float64, labels ...string) {
	s.metrics = append(s.metrics, prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...))
}

func (s *state) count(d *prometheus.Desc, value float64) {
	s.metrics = append(s.metrics, prometheus.MustNewConstMetric(d, prometheus.CounterValue, value))
}

func (s *state) pool() {
	p := s.Pool.Stat()
	s.add(poolMost, float64(p.MaxConns()))
	s.add(poolOpen, float64(p.AcquiredConns()), "busy")
	s.add(poolOpen, float64(p.IdleConns()), "idle")
	s.count(poolWaits, float64(p.EmptyAcquireCount()))
	s.count(poolWaited, p.EmptyAcquireWaitTime().Seconds())
}

func (s *state) browsers() {
	if s.Browsers == nil {
		return
	}
	b := s.Browsers.Stats()
	s.add(sessions, float64(b.SignedIn), "signed_in")
	s.add(sessions, float64(b.SignedOut), "signed_out")
	s.add(sessions, float64(b.InNeed), "needs_a_person")
	s.add(sessionsBusy, float64(b.Busy))
	s.add(browserMemory, float64(b.Memory))
}

func (s *state) steps() {
	n := s.Jobs.Stats()
	s.count(unserved, float64(n.Unserved))
	s.count(stalled, float64(n.Stalled))
}

// pipelines shows how each pipeline and its schedules stand.
func (s *state) pipelines(ctx context.Context) error {
	all, err := store.New(s.Watch).PipelineStatus(ctx)
	if err != nil {
		return err
	}
	schedules, err := s.Control.Schedules(ctx)
	if err != nil {
		return err
	}
	now := s.Now()
	good := map[string]time.Time{}
	for _, p := range all {
		since := p.Since
		if p.SucceededOn != nil {
			since = *p.SucceededOn
		}
		good[p.Name] = since
		s.add(sinceSuccess, now.Sub(since).Seconds(), p.Name)
		s.add(plansWaiting, float64(p.Plans), p.Name)
		if p.Outcome != "" {
			for _, outcome := range outcomes[:len(outcomes)-1] {
				s.add(lastOutcome, flag(p.Outcome == outcome), p.Name, outcome)
			}
		}
	}
	for _, c := range schedules {
		if c.Off != "" {
			continue
		}
		s.add(schedulePaused, flag(c.Paused), c.Name, c.Pipeline)
		lag := 0.0
		if c.NextAt != nil && !c.Paused {
			lag = max(0, now.Sub(*c.NextAt).Seconds())
		}
		s.add(scheduleLag, lag, c.Name, c.Pipeline)
		s.add(overdue, overdueBy(c, good[c.Pipeline], now), c.Name, c.Pipeline)
	}
	return nil
}

// overdueBy is for how many seconds a pipeline should have succeeded: since the first
// slot after it last did. One without any run has none to be late with.
func overdueBy(c jobs.Schedule, good, now time.Time) float64 {
	if good.IsZero() {
		return 0
	}
	due := c.Due(good)
	if due == nil {
		return 0
	}
	return max(0, now.Sub(*due).Seconds())
}

func flag(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// none is that nothing waits, for each system and kind.
func (s *state) none() (records map[[2]string]store.AsideCountsRow, conflicts map[string]int64) {
	records, conflicts = map[[2]string]store.AsideCountsRow{}, map[string]int64{}
	for system, kinds := range s.Kinds {
		for _, kind := range kinds {
			records[[2]string{string(system), string(kind)}] = store.AsideCountsRow{}
			conflicts[string(kind)] = 0
		}
	}
	return records, conflicts
}

// database shows what waits in the database.
func (s *state) database(ctx context.Context) error {
	q := store.New(s.Watch)
	open, err1 := q.OpenStepCounts(ctx)
	steps := map[store.OpenStepCountsRow]int64{{System: string(record.Hub), State: string(jobs.StepRunning)}: 0}
	for system := range s.Kinds {
		steps[store.OpenStepCountsRow{System: string(system), State: string(jobs.StepRunning)}] = 0
	}
	for _, row := range open {
		n := row.Count
		row.Count = 0
		steps[row] = n
	}
	for row, n := range steps {
		s.add(openSteps, float64(n), row.System, row.State, row.Reason)
	}
	aside, err2 := q.AsideCounts(ctx)
	records, conflicts := s.none()
	for _, row := range aside {
		records[[2]string{row.System, row.Kind}] = row
	}
	for at, row := range records {
		s.add(quarantined, float64(row.Quarantined), at[0], at[1])
		s.add(held, float64(row.Held), at[0], at[1])
	}
	asked, err3 := q.OpenConflictCounts(ctx)
	for _, row := range asked {
		conflicts[row.Kind] = row.Count
	}
	for kind, n := range conflicts {
		s.add(openConflicts, float64(n), kind)
	}
	queued, err4 := s.Jobs.Queued(ctx, s.Watch)
	for _, at := range []string{"available", "running", "retryable", "scheduled", "pending"} {
		s.add(queueJobs, float64(queued[at]), at)
	}
	return errors.Join(err1, err2, err3, err4)
}
