package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// asidesARun is how many records a process names of one run; how many there were
// stands in the line with which the run ends.
const asidesARun = 20

// after has f called once the transaction is committed. What is logged of a
// transaction is logged so: one that is rolled back has not happened.
func (t *txn) after(f func()) { t.committed = append(t.committed, f) }

// logStart says that a run has started, or goes on with its approved plan.
func (t *txn) logStart(run store.Run) {
	by := "a person"
	if run.Priority == prioritySlotted {
		by = "the schedule"
	}
	attrs := []any{"run", run.ID, "pipeline", run.Pipeline, "number", run.Number, "asked_by", by}
	if run.Parent != nil {
		attrs = append(attrs, "parent", *run.Parent)
	}
	if run.PlanOnly && !run.Approved {
		attrs = append(attrs, "plan_only", true)
	}
	if run.ScopeKeys > 0 {
		attrs = append(attrs, "records", run.ScopeKeys)
	}
	text := "run started"
	if run.Approved {
		text = "run goes on, since its plan is approved"
	}
	t.after(func() { t.Log.Info(text, attrs...) })
}

// logEnd says how a run has ended, and what it has counted.
func (t *txn) logEnd(run store.Run, steps []Step) {
	text := "run ended"
	if RunState(run.State) == Planned {
		text = "run has made a plan, which waits for its approval"
	}
	attrs := []any{"run", run.ID, "pipeline", run.Pipeline, "number", run.Number, "outcome", run.Outcome}
	if run.Reason != "" {
		attrs = append(attrs, "reason", run.Reason, "detail", run.Detail)
	}
	if run.StartedAt != nil && run.EndedAt != nil {
		attrs = append(attrs, "seconds", seconds(run.EndedAt.Sub(*run.StartedAt)))
	}
	for _, of := range []struct {
		name   string
		action Action
	}{{"read", ActionRead}, {"planned", ActionPlan}, {"written", ActionWrite}} {
		var sum step.Counter
		for _, s := range steps {
			if s.Action == of.action {
				sum = total(sum, s.Counters)
			}
		}
		if counts := counted(sum); len(counts) > 0 {
			attrs = append(attrs, slog.Group(of.name, counts...))
		}
	}
	t.after(func() {
		t.Log.Log(context.Background(), severity(step.Outcome(run.Outcome)), text, attrs...)
		t.named.forget(run.ID)
		if t.Observe.Ended == nil {
			return
		}
		outcome := run.Outcome
		if RunState(run.State) == Planned {
			outcome = string(Planned)
		}
		t.Observe.Ended(run.Pipeline, outcome)
	})
}

// severity says how loudly an outcome is told.
func severity(o step.Outcome) slog.Level {
	switch o {
	case step.Succeeded, step.Cancelled:
		return slog.LevelInfo
	case step.Partial, step.GuardStopped:
		return slog.LevelWarn
	default:
		return slog.LevelError
	}
}

// logStep says that a step has failed.
func (t *txn) logStep(run store.Run, runStep store.RunStep, o Outcome) {
	attrs := []any{
		"run", run.ID, "pipeline", run.Pipeline, "step", runStep.Number, "action", strings.ToLower(runStep.Action), "system", runStep.System,
	}
	if runStep.Place != "" {
		attrs = append(attrs, "place", runStep.Place)
	}
	attrs = append(attrs, "outcome", cmp.Or(o.Word, step.Failed), "reason", o.Reason, "detail", o.Detail)
	if o.err != nil {
		attrs = append(attrs, "err", withoutValue(o.err))
	}
	t.after(func() { t.Log.Warn("step failed", attrs...) })
}

// logAsides names the records that a slice has put aside, as far as the run has
// not named enough.
func (t *txn) logAsides(run store.Run, runStep store.RunStep, asides []step.Aside) {
	if len(asides) == 0 {
		return
	}
	t.after(func() {
		for _, a := range asides {
			n := t.named.add(run.ID)
			if n > asidesARun {
				return
			}
			attrs := []any{
				"run", run.ID, "pipeline", run.Pipeline, "step", runStep.Number, "system", cmp.Or(string(a.System), runStep.System),
			}
			if place := cmp.Or(a.Place, runStep.Place); place != "" {
				attrs = append(attrs, "place", place)
			}
			attrs = append(attrs, "kind", a.Kind)
			if a.Record != 0 {
				attrs = append(attrs, "record", a.Record)
			}
			if a.Entity != 0 {
				attrs = append(attrs, "entity", a.Entity)
			}
			t.Log.Warn("record "+string(a.State), append(attrs, "why", a.Why)...)
			if n == asidesARun {
				t.Log.Warn("no more records of this run are named; its end says how many there are", "run", run.ID, "pipeline", run.Pipeline)
			}
		}
	})
}

// withoutValue returns an error for the log: what Postgres says of a value that it
// does not take quotes it.
func withoutValue(err error) error {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && strings.HasPrefix(e.Code, "22") {
		return fmt.Errorf("a value is not taken by Postgres: SQLSTATE %s, table %q, column %q, at %s", e.Code, e.TableName, e.ColumnName, e.Routine)
	}
	return err
}

// seconds are a duration for the log, to the millisecond.
func seconds(d time.Duration) float64 {
	return float64(d.Round(time.Millisecond).Milliseconds()) / 1000
}

// counted are the counters that are not zero, for the log.
func counted(c step.Counter) []any {
	var out []any
	for _, n := range c.Numbers() {
		if n.N != 0 {
			out = append(out, slog.Int64(n.Name, n.N))
		}
	}
	return out
}

// total adds counters of any kind and place to a sum of them.
func total(sum step.Counter, more []step.Counter) step.Counter {
	all := []step.Counter{sum}
	for _, c := range more {
		c.System, c.Place, c.Kind = "", "", ""
		all = append(all, c)
	}
	return addCounters(nil, all)[0]
}

// named counts how many records of a run a process has named in its log.
type named struct {
	mu   sync.Mutex
	runs []namedRun // the oldest first
}

type namedRun struct {
	id uuid.UUID
	n  int
}

// namedRuns is of how many runs at once it is known. A run that another process
// ends is forgotten so.
const namedRuns = 100

// add counts a record and returns how many there are by now.
func (l *named) add(run uuid.UUID) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.runs, func(r namedRun) bool { return r.id == run })
	if i < 0 {
		if len(l.runs) == namedRuns {
			l.runs = l.runs[1:]
		}
		l.runs = append(l.runs, namedRun{id: run})
		i = len(l.runs) - 1
	}
	l.runs[i].n++
	return l.runs[i].n
}

func (l *named) forget(run uuid.UUID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.runs = slices.DeleteFunc(l.runs, func(r namedRun) bool { return r.id == run })
}
