package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// replaced is the engine of a process that reads its settings again: a slice ends with
// the one that it has begun with, and the next one has the new settings.
type replaced struct{ now atomic.Pointer[engine.Engine] }

var _ jobs.Engine = (*replaced)(nil)

// Read does one slice of a Read.
func (r *replaced) Read(ctx context.Context, t step.Task, in step.Read) (step.Slice, error) {
	return r.now.Load().Read(ctx, t, in)
}

// Plan does one slice of a Plan.
func (r *replaced) Plan(ctx context.Context, t step.Task, p step.Pipeline) (step.Slice, error) {
	return r.now.Load().Plan(ctx, t, p)
}

// Write does one slice of a Write.
func (r *replaced) Write(ctx context.Context, t step.Task, in step.Write) (step.Slice, error) {
	return r.now.Load().Write(ctx, t, in)
}

// Places returns the places that a system offers.
func (r *replaced) Places(system record.System) []string { return r.now.Load().Places(system) }

// PlanHash returns the hash of a run's plan.
func (r *replaced) PlanHash(ctx context.Context, run uuid.UUID) (string, error) {
	return r.now.Load().PlanHash(ctx, run)
}

// Apply approves a plan.
func (r *replaced) Apply(ctx context.Context, tx pgx.Tx, run uuid.UUID, word engine.Word) (engine.Approved, error) {
	return r.now.Load().Apply(ctx, tx, run, word)
}

// Discard drops what a run has staged and planned.
func (r *replaced) Discard(ctx context.Context, tx pgx.Tx, run uuid.UUID) error {
	return r.now.Load().Discard(ctx, tx, run)
}

// opened is a system that is on, with the settings that it was opened with.
type opened struct {
	is  engine.System
	cfg connector.Config
}

// Take takes over, of settings that were read again, the limits, the delays of the systems
// and the schedules. What is under way ends as it began. When it fails nothing is changed;
// what the API has set and paused stays as it is.
func (p *Program) Take(ctx context.Context, next Settings) error {
	systems, made, err := p.paced(next)
	if err != nil {
		return err
	}
	drop := func(err error) error {
		for _, c := range made {
			err = errors.Join(err, c.Close())
		}
		return err
	}
	settings := next.Sync.engine()
	settings.DigestKey, settings.Region, settings.Zone, settings.Window = p.settings.DigestKey, p.settings.Region, p.settings.Zone, p.settings.Window
	eng, err := p.newEngine(systems, settings, connector.Retry{Attempts: next.Sync.Attempts, Wait: next.Sync.Wait})
	if err != nil {
		return drop(err)
	}
	if err := engine.TakeShapes(ctx, eng); err != nil {
		return drop(err)
	}
	if p.pool == nil {
		schedules, err := next.Schedule.all(p.families, p.Systems)
		if err == nil {
			err = p.Jobs.SetSchedules(ctx, schedules)
		}
		if err != nil {
			return drop(err)
		}
	}
	p.engines.now.Store(eng)
	p.systems, p.open = systems, append(p.open, made...) // a slice may still use those before
	return nil
}

// paced returns the systems with the delays of other settings: those whose delays differ
// are opened once more, which calls nobody.
func (p *Program) paced(next Settings) (systems []opened, made []connector.Connector, err error) {
	systems = slices.Clone(p.systems)
	for i, s := range systems {
		set := next.system(string(s.is.Name))
		if set == nil || !set.Enabled || !set.Given {
			continue // is left out at the next start
		}
		cfg, differs := withDelaysOf(s.cfg, set.Config)
		if !differs {
			continue
		}
		systems[i].cfg = cfg
		conn, err := systems[i].cfg.Open(s.is.Meter)
		if err != nil {
			for _, c := range made {
				err = errors.Join(err, c.Close())
			}
			return nil, nil, fmt.Errorf("open %s: %w", s.is.Name, err)
		}
		systems[i].is.Connector = conn
		made = append(made, conn)
	}
	return systems, made, nil
}

// withDelaysOf returns settings with the delays of others of their type, and whether any
// differed.
func withDelaysOf(cfg, from connector.Config) (connector.Config, bool) {
	out := reflect.New(reflect.TypeOf(cfg).Elem())
	out.Elem().Set(reflect.ValueOf(cfg).Elem())
	differ := pace(out.Elem(), reflect.ValueOf(from).Elem())
	same, _ := reflect.TypeAssert[connector.Config](out) // it is of the same type
	return same, differ
}

// withDelays returns the settings of systems with the delays of others.
func withDelays(systems []SystemSettings, next Settings) []SystemSettings {
	systems = slices.Clone(systems)
	for i, s := range systems {
		if set := next.system(s.Name); set != nil && s.Config != nil && set.Config != nil {
			systems[i].Config, _ = withDelaysOf(s.Config, set.Config)
		}
	}
	return systems
}

// pace copies the delays of settings, those that are embedded among them, and reports
// whether any differed.
func pace(to, from reflect.Value) bool {
	differed := false
	for i := range to.NumField() {
		field := to.Type().Field(i)
		switch {
		case field.Anonymous && field.Type.Kind() == reflect.Struct:
			differed = pace(to.Field(i), from.Field(i)) || differed
		case isDelay(field.Tag.Get("mapstructure")) && !to.Field(i).Equal(from.Field(i)):
			to.Field(i).Set(from.Field(i))
			differed = true
		}
	}
	return differed
}

// isDelay tells the keys of settings by which a system is not called too often.
func isDelay(key string) bool { return strings.Contains(key, "delay") || key == "per_minute" }
