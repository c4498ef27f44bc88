package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// NewMemory puts a process together that keeps one system in memory in step
// with another: pipeline "memory", from members of the source to people of the
// target.
func NewMemory(ctx context.Context, db *Database, log *slog.Logger, source, target *memory.System) (*Program, error) {
	p := &Program{Store: store.Open(db.Pool), Systems: []record.System{source.Name, target.Name}, Kinds: []record.Kind{person.Kind}}
	var systems []engine.System
	for _, sys := range []*memory.System{source, target} {
		conn, err := sys.Open(store.NewHost(db.Pool, sys.Name, nil, log, Now))
		if err != nil {
			return nil, err
		}
		systems = append(systems, engine.System{Name: sys.Name, Connector: conn})
	}
	if err := p.Store.Partition(ctx, p.Systems); err != nil {
		return nil, err
	}
	settings := engine.DefaultSettings()
	settings.Wait = 100 * time.Millisecond
	var err error
	if settings.DigestKey, err = digestKey(ctx, p.Store); err != nil {
		return nil, err
	}
	eng, err := engine.New(p.Store, memoryPolicies(source.Name, target.Name), nil, systems, settings, Now)
	if err != nil {
		return nil, err
	}
	p.Engine = eng
	if err := indexUnique(ctx, p.Store, eng); err != nil {
		return nil, err
	}
	p.Jobs, err = jobs.NewServer(jobs.Options{
		Pool: db.Pool, Engine: eng, Queues: append([]record.System{record.Hub}, p.Systems...), Log: log, Limits: engine.LimitNames(),
		Pipelines: []jobs.Pipeline{{Kinds: p.Kinds, Pipeline: step.Pipeline{
			Name: "memory", Family: person.Kind.Family(),
			Reads: []step.Read{
				{System: source.Name, Place: "members", View: "all", Needed: true},
				{System: target.Name, Place: "people", View: "all"},
			},
			Writes: []step.Write{{System: target.Name, Place: "people"}},
		}}},
	})
	return p, err
}

// memoryPolicies are the shortest there are: one kind, one source, one target.
func memoryPolicies(source, target record.System) policy.Set {
	rules := map[record.Field]policy.Rule{}
	for _, f := range []record.Field{person.RelationCode, person.FirstName, person.LastName, person.Email1, person.FormerMember} {
		rules[f] = policy.Owned(source)
	}
	return policy.Set{{
		Kind: person.Kind, KeyFields: []record.Field{person.RelationCode}, Sources: []record.System{source},
		Key:     func(f record.Fields) string { return f[person.RelationCode] },
		Targets: []policy.Target{policy.TargetAt(target, "people")}, Fields: rules,
		OnDelete: []policy.OnDelete{{System: target, Action: policy.SetFields, Fields: record.Fields{person.FormerMember: "true"}}},
	}}
}
