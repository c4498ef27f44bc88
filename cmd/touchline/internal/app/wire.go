package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/metrics"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Program is a process that takes part: the engine with its systems, and the
// queues that it works.
type Program struct {
	Store   *store.Store
	Jobs    *jobs.Process
	Systems []record.System
	Browsed []record.System // of these, those behind web pages
	Kinds   []record.Kind
	Hooks   map[record.System]connector.WebhookReceiver
	Engine  *engine.Engine
	Seal    *store.Sealer // nil: nothing is sealed
	// Anchor is how far this process has seen the audit come.
	Anchor func() store.Anchor

	// What a reload makes anew is made of these.
	engines  *replaced
	systems  []opened
	settings engine.Settings
	families map[record.System]string

	auditBroken func() bool

	open    []connector.Connector
	pool    *browserworker.Pool
	metrics *metrics.Metrics
	shown   *metrics.Server
}

// lists is how many mailing lists the policies is made for; a system that has
// fewer leaves the rest out.
const lists = 4

// NewServer puts the process together that owns the schedule and does all that
// needs no browser.
func NewServer(ctx context.Context, s Settings, db *Database, m *metrics.Metrics, log *slog.Logger) (*Program, error) {
	return assemble(ctx, s, db, m, log, nil)
}

// NewWorker puts a process together that works the systems behind web
// pages, and nothing else.
func NewWorker(ctx context.Context, s Settings, db *Database, m *metrics.Metrics, log *slog.Logger) (*Program, error) {
	told := &standings{queries: store.New(db.Pool), log: log}
	pool, err := newBrowsers(ctx, s, log, m.SignedIn, told.note)
	if err != nil {
		return nil, err
	}
	p, err := assemble(ctx, s, db, m, log, pool)
	if err != nil {
		return nil, errors.Join(err, closeBrowsers(pool))
	}
	told.worker = p.Jobs.ID() // nobody uses the pool before the jobs start
	return p, nil
}

func assemble(
	ctx context.Context, s Settings, db *Database, m *metrics.Metrics, log *slog.Logger, pool *browserworker.Pool,
) (*Program, error) {
	p := &Program{Store: store.Open(db.Pool), pool: pool, metrics: m, Hooks: map[record.System]connector.WebhookReceiver{}}
	seal, err := sealer(s.Seal)
	if err != nil {
		return nil, err
	}
	p.Seal = seal
	p.families = map[record.System]string{}
	var queues []record.System
	for _, known := range clients.Systems() {
		p.families[known.Name] = known.Family
		set := s.system(string(known.Name))
		if set == nil || !set.Enabled || !set.Given {
			log.Info("system is off: nothing is set for it", "system", known.Name)
			continue
		}
		if known.Browse != nil && pool != nil {
			known.Browse(set.Config, pool)
			m.Browses(known.Name)
		}
		meter := &engine.Meter{Host: store.NewHost(db.Pool, known.Name, seal, log, Now)}
		m.Watch(known.Name, meter)
		conn, err := set.Config.Open(meter)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: %w", known.Name, err), p.close())
		}
		p.open = append(p.open, conn)
		if hooker, ok := conn.(connector.WebhookReceiver); ok {
			p.Hooks[known.Name] = hooker
		}
		p.Systems = append(p.Systems, known.Name)
		if known.Browse != nil {
			p.Browsed = append(p.Browsed, known.Name)
		}
		p.systems = append(p.systems, opened{engine.System{Name: known.Name, Connector: conn, Meter: meter, Observed: set.Observe}, set.Config})
		if set.Observe {
			log.Warn("system is observed: it is read and planned, and never written", "system", known.Name)
		}
		if (known.Browse != nil) == (pool != nil) {
			queues = append(queues, known.Name)
		}
	}
	if pool == nil {
		queues = append(queues, record.Hub)
	} else if len(queues) == 0 {
		return nil, errors.Join(Usage(errors.New("no system that needs a browser is set up; this worker would have nothing to do")), p.close())
	}
	if err := p.assembleJobs(ctx, s, log, queues); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *Program) assembleJobs(
	ctx context.Context, s Settings, log *slog.Logger, queues []record.System,
) error {
	policies := policies()
	if err := policies.Validate(p.families); err != nil {
		return err
	}
	for _, page := range policies {
		p.Kinds = append(p.Kinds, page.Kind)
	}
	if err := p.Store.Partition(ctx, p.Systems); err != nil {
		return err
	}
	p.settings = s.Sync.engine()
	p.settings.Window = s.window()
	var err error
	if p.settings.DigestKey, err = digestKey(ctx, p.Store); err != nil {
		return err
	}
	eng, err := p.newEngine(p.systems, p.settings, connector.Retry{Attempts: s.Sync.Attempts, Wait: s.Sync.Wait})
	if err != nil {
		return err
	}
	if err := indexUnique(ctx, p.Store, eng); err != nil {
		return err
	}
	p.Engine, p.engines = eng, &replaced{}
	p.engines.now.Store(eng)
	if err := engine.TakeShapes(ctx, eng); err != nil {
		return err
	}
	if p.pool == nil {
		if err := eng.NoteObserved(ctx); err != nil {
			return err
		}
	}
	offers := map[record.System][]connector.Collection{}
	for _, system := range p.Systems {
		offers[system] = eng.Collections(system)
	}
	if err := pipelines.Check(policies, pipelines.Families(), offers); err != nil {
		return fmt.Errorf("the pipelines are not complete: %w", err)
	}
	keeper, err := newKeeper(s, eng, log)
	if err != nil {
		return err
	}
	if p.pool == nil {
		keeper.audit = p.Store
	}
	p.Anchor, p.auditBroken = keeper.Anchor, keeper.AuditBroken
	o := jobs.Options{
		Keeps: jobs.Retention(s.Retention),
		Keep:  keeper.Keep, Observe: p.metrics.Observer(),
		Pool: p.Store.Pool, Engine: p.engines, Queues: queues, Log: log, Limits: engine.LimitNames(),
		Observed: eng.Observed(), Unserved: s.Runs.UnservedAfter, Stalled: s.Runs.StalledAfter, Reconnect: s.Runs.DatabaseWait,
	}
	for _, family := range familiesOf(p.families, p.Systems) {
		o.Pipelines = append(o.Pipelines, family.Pipelines...)
	}
	if o.Schedules, err = s.Schedule.all(p.families, p.Systems); err != nil {
		return err
	}
	p.metrics.Pipelines(o.Pipelines)
	if p.pool != nil {
		o.SignIn = p.signIn
		p.Jobs, err = jobs.NewWorker(o)
		return err
	}
	if o.Notices, err = s.notices(); err != nil {
		return err
	}
	if o.Notices != nil {
		o.Notices.Sources = policies.SourceNames()
	} else {
		log.Info("nobody is told of a run that fails: set notices.mail or notices.webhook")
	}
	p.Jobs, err = jobs.NewServer(o)
	return err
}

// Show opens the port at which the process shows its metrics and whether it can work,
// and answers there until the program is closed. It returns the port's address, or
// nothing when there is none.
func (p *Program) Show(ctx context.Context, s Metrics, db *Database, log *slog.Logger) (string, error) {
	from := metrics.Sources{Pool: db.Pool, Watch: db.Watch(), Jobs: p.Jobs, Kinds: map[record.System][]record.Kind{}, Now: Now, Log: log}
	first := serverMetrics
	if p.pool != nil {
		first, from.Browsers = workerMetrics, p.pool
	} else {
		from.Control, from.AuditBroken = p.Jobs.Control(), p.auditBroken
	}
	for _, system := range p.Systems {
		for _, c := range p.Engine.Collections(system) {
			from.Kinds[system] = append(from.Kinds[system], c.Kind)
		}
	}
	listener, err := metrics.Listen(ctx, s.Listen, first)
	if err != nil && s.Listen == "" { // nobody has asked for it
		log.Warn("the metrics are shown nowhere", "err", err)
		return "", nil
	}
	if err != nil || listener == nil {
		return "", err
	}
	p.metrics.State(from)
	p.shown = p.metrics.Serve(listener, p.Ready(db), log)
	return listener.Addr().String(), nil
}

// familiesOf are those of which a system is set up, and the first of all.
func familiesOf(families map[record.System]string, systems []record.System) []pipelines.Family {
	return slices.DeleteFunc(pipelines.Families(), func(f pipelines.Family) bool {
		return f.Name != pipelines.Default && !slices.ContainsFunc(systems, func(s record.System) bool { return families[s] == f.Name })
	})
}

func policies() policy.Set { return slices.Concat(policy.Club(lists), policy.Event()) }

// newEngine puts an engine together, whose calls are repeated as the retry says.
func (p *Program) newEngine(systems []opened, s engine.Settings, retry connector.Retry) (*engine.Engine, error) {
	all := make([]engine.System, len(systems))
	for i, system := range systems {
		all[i] = system.is
		all[i].Connector = retry.Of(system.is.Connector)
	}
	return engine.New(p.Store, policies(), derive.Club(lists), all, s, Now)
}

// StartBrowser starts the browser of a worker, so that the first step that
// needs it finds it there.
func (p *Program) StartBrowser(ctx context.Context) error {
	if p.pool == nil {
		return nil
	}
	return p.pool.Open(ctx)
}

// Close lets go of the systems and the browsers.
func (p *Program) Close() error { return p.close() }

func (p *Program) close() error {
	faults := []error{p.shown.Close()}
	for _, c := range p.open {
		faults = append(faults, c.Close())
	}
	if p.pool != nil {
		faults = append(faults, closeBrowsers(p.pool))
	}
	return errors.Join(faults...)
}

func (s *Settings) system(name string) *SystemSettings {
	for i := range s.Systems {
		if s.Systems[i].Name == name {
			return &s.Systems[i]
		}
	}
	return nil
}

// window is that of the events which systems are told of: of several the widest.
func (s *Settings) window() (widest record.Window) {
	for _, system := range s.Systems {
		if c, ok := system.Config.(connector.Windowed); ok {
			widest = widest.Or(c.Window())
		}
	}
	return widest
}

// digestKey returns the deployment's key, made at its first start.
func digestKey(ctx context.Context, st *store.Store) ([]byte, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	if err := st.EnsureDeployment(ctx, uuid.New(), key); err != nil {
		return nil, fmt.Errorf("deployment: %w", err)
	}
	row, err := st.GetDeployment(ctx)
	if err != nil {
		return nil, fmt.Errorf("deployment: %w", err)
	}
	return row.DigestKey, nil
}
