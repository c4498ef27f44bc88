package events_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/step"
)

// planned makes a plan of what ChatWoot has changed, which waits for a person.
func (w *world) planned() (step.Task, step.Pipeline) {
	w.t.Helper()
	task := step.Task{Run: uuid.Must(uuid.NewV7()), Plan: true}
	for _, p := range pipelines.Event() {
		if p.Name == "inbound-chatwoot" {
			if err := w.steps(w.t.Context(), task, step.Pipeline{Name: p.Name, Family: p.Family, Reads: p.Reads}, nil, func(step.Slice) {}); err != nil {
				w.t.Fatal(err)
			}
			return task, p.Pipeline
		}
	}
	w.t.Fatal("no pipeline")
	return task, step.Pipeline{}
}

// approve is a person's word on a plan.
func (w *world) approve(task step.Task) error {
	w.t.Helper()
	hash, err := w.engine.PlanHash(w.t.Context(), task.Run)
	if err != nil {
		w.t.Fatal(err)
	}
	return pgx.BeginFunc(w.t.Context(), w.pool, func(tx pgx.Tx) error {
		_, err := w.engine.Apply(w.t.Context(), tx, task.Run, engine.Word{Hash: hash})
		return err
	})
}

// An edit of EMS after the plan was made is seen before anything is applied, also of
// what hangs on a person; one that no system sees is none.
func TestEditedSincePlanned(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit  string
		stale bool
	}{
		"the same field":      {`update ems.person set phone = '+31622222222' where id = 1`, true},
		"another field":       {`update ems.person set city = 'Zeist' where id = 1`, true},
		"a preference":        {`insert into ems.contact_preference (person_id, channel, state) values (1, 'EMAIL', 'OPTED_OUT')`, true},
		"what nobody sees":    {`update ems.person set identity_number = 'X' where id = 1`, false},
		"another person":      {`update ems.person set city = 'Zeist' where id = 2`, false},
		"the same in writing": {`update ems.person set phone = '06-00000001' where id = 1`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.persons(3)
			w.announced()
			w.cycle()
			w.phone(1, "+31611111111")
			w.echo()
			w.pass(time.Minute)
			task, p := w.planned()
			w.exec(c.edit)
			_, stale := errors.AsType[*engine.PlanStale](w.approve(task))
			if stale != c.stale {
				t.Fatalf("the plan is stale: %v, want %v", stale, c.stale)
			}
			if stale {
				return
			}
			if _, err := w.engine.Plan(t.Context(), task, p); err != nil {
				t.Fatal(err)
			}
			if got := w.text(`select phone || ' ' || modified_by from ems.person where id = 1`); got != "+31611111111 sync:chatwoot" {
				t.Errorf("EMS has %q", got)
			}
		})
	}
}

// An edit that is under way when the plan is applied is waited for, and never written
// over; who rolls back leaves nothing behind.
func TestEditedWhileApplied(t *testing.T) {
	t.Parallel()
	for _, commits := range []bool{true, false} {
		w := setup(t)
		w.persons(3)
		w.announced()
		w.cycle()
		w.phone(1, "+31611111111")
		w.echo()
		w.pass(time.Minute)
		task, p := w.planned()
		if err := w.approve(task); err != nil {
			t.Fatal(err)
		}
		edit, err := w.pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = edit.Rollback(context.WithoutCancel(t.Context())) })
		if _, err := edit.Exec(t.Context(), `update ems.person set phone = '+31622222222' where id = 1`); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			_, err := w.engine.Plan(t.Context(), task, p)
			done <- err
		}()
		for w.text(`select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`) == "0" {
			select {
			case err := <-done:
				t.Fatalf("the plan is applied while the person is edited: %v", err)
			case <-time.After(5 * time.Millisecond):
			}
		}
		want := "+31622222222"
		if commits {
			err = edit.Commit(t.Context())
		} else {
			err = edit.Rollback(t.Context())
			want = "+31611111111"
		}
		if err := errors.Join(err, <-done); err != nil {
			t.Fatal(err)
		}
		if got := w.text(`select phone from ems.person where id = 1`); got != want {
			t.Errorf("commits %v: EMS has %q", commits, got)
		}
		w.cycle()
		w.cycle()
		if c := w.contacts()["ems:1"]; c.Phone != want {
			t.Errorf("commits %v: ChatWoot has %q", commits, c.Phone)
		}
	}
}
