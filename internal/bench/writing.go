package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// The goals of writing to a system that answers at once.
const (
	goalRaw  = 0.30  // of raw transactions, one a record, one after the other
	goalMany = 5_000 // records a second, where the system takes many in a call
	// writeMost is the most records written.
	writeMost = 10_000
)

// writing measures how quickly what is pending is carried out: by one call a
// record, one after the other, and by one call for 500.
func writing(ctx context.Context, out io.Writer, db *database, most int) error {
	n := min(most, writeMost)
	err := db.exec(ctx, `truncate last_seen, listing, entity, sync_record, binding, plan_row, journal, shown, run_reading_good restart identity cascade`)
	if err != nil {
		return err
	}
	if err := store.Open(db.pool).Partition(ctx, []record.System{sourceName, targetName, manyName}); err != nil {
		return err
	}
	e, err := newWritingEngine(db, newSource(n))
	if err != nil {
		return err
	}
	task := approved()
	if _, err := e.Read(ctx, task, people.Reads[0]); err != nil {
		return err
	}
	if _, err := e.Plan(ctx, task, people); err != nil {
		return err
	}
	if err := db.exec(ctx, `vacuum analyze`); err != nil {
		return err
	}
	rate := func(f func() error) (float64, error) {
		s, err := measure(f)
		return float64(n) / s.wall.Seconds(), err
	}
	one, err := rate(func() error { return writeAll(ctx, e, task, step.Write{System: targetName, Place: "people"}) })
	if err != nil {
		return err
	}
	many, err := rate(func() error { return writeAll(ctx, e, task, step.Write{System: manyName, Place: "people"}) })
	if err != nil {
		return err
	}
	raw, err := rate(func() error { return db.rawUpdates(ctx, n) })
	if err != nil {
		return err
	}
	if err := db.allWritten(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d creates at a system that answers at once.\n\n", n)
	fmt.Fprintf(out, "  raw transactions, one a record        %8.0f a second\n", raw)
	fmt.Fprintf(out, "  one by one                            %8.0f a second\n", one)
	fmt.Fprintf(out, "  500 in a call                         %8.0f a second\n\n", many)
	fmt.Fprintf(out, "  one by one, at least %.0f %% of raw: %s; 500 in a call, at least %d a second: %s\n", goalRaw*100,
		judged(one >= goalRaw*raw, fmt.Sprintf("%.0f %%", 100*one/raw)), goalMany, judged(many >= goalMany, fmt.Sprintf("%.0f", many)))
	return nil
}

// manyName is a target that takes many creates in one call.
const manyName record.System = "many"

// newWritingEngine keeps two targets that keep nothing in step with the source.
func newWritingEngine(db *database, s *source) (*engine.Engine, error) {
	rules := map[record.Field]policy.Rule{}
	for _, f := range memberFields {
		rules[f] = policy.Owned(sourceName)
	}
	policies := policy.Set{{
		Kind: person.Kind, KeyFields: []record.Field{person.RelationCode}, Sources: []record.System{sourceName},
		Key:     func(f record.Fields) string { return f[person.RelationCode] },
		Targets: []policy.Target{policy.TargetAt(targetName, "people"), policy.TargetAt(manyName, "people")}, Fields: rules,
	}}
	single, many := &sink{}, &sink{}
	single.takes(person.Kind, "people", 0, memberFields)
	many.takes(person.Kind, "people", 500, memberFields)
	return engine.New(store.Open(db.pool), policies, nil, []engine.System{
		{Name: sourceName, Connector: s}, {Name: targetName, Connector: single}, {Name: manyName, Connector: many},
	}, benchSettings(), time.Now)
}

func writeAll(ctx context.Context, e *engine.Engine, task step.Task, in step.Write) error {
	for {
		slice, err := e.Write(ctx, task, in)
		if err != nil || slice.Done {
			return err
		}
	}
}

// rawUpdates changes one row in one transaction, n times.
func (db *database) rawUpdates(ctx context.Context, n int) error {
	for i := range n {
		_, err := db.pool.Exec(ctx, `update sync_record set remote = remote || '{"raw": "1"}', version = version + 1 where system = $1 and id = $2`,
			string(targetName), i+1)
		if err != nil {
			return err
		}
	}
	return nil
}

func (db *database) allWritten(ctx context.Context) error {
	var left int
	err := db.pool.QueryRow(ctx, `select count(*) from sync_record where desired_version > applied_version`).Scan(&left)
	if err == nil && left > 0 {
		return errors.New("not all was written")
	}
	return err
}
