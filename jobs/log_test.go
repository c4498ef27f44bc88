package jobs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
)

// What Postgres quotes of a value that it does not take comes into no log.
func TestARefusedValueIsNotLogged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var log bytes.Buffer
	b.Log = slog.New(slog.NewTextHandler(&log, nil))
	b.fake.do = func(ctx context.Context, c call) (step.Slice, error) {
		if c.action != jobs.ActionPlan {
			return step.Slice{Done: true}, nil
		}
		_, err := b.pool.Exec(ctx, "select 'Quispel'::date")
		return step.Slice{}, fmt.Errorf("plan: %w", err)
	}
	p := b.server()
	run, _ := b.run(p.Control(), jobs.Request{})
	if run, _ = b.watch(p.Control(), run.ID); run.Outcome != step.Failed {
		t.Fatalf("ended %s %s", run.Outcome, run.Reason)
	}
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); !strings.Contains(text, "22007") || strings.Contains(text, "Quispel") {
		t.Errorf("the log says %q", text)
	}
}

// logLines are the lines of a JSON log, by their text.
func logLines(t *testing.T, log string) map[string][]map[string]any {
	t.Helper()
	out := map[string][]map[string]any{}
	for line := range strings.Lines(log) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		text, _ := m["msg"].(string)
		out[text] = append(out[text], m)
	}
	return out
}

// want compares the attributes named of the only line with a text.
func want(t *testing.T, all []map[string]any, attrs map[string]any) {
	t.Helper()
	if len(all) != 1 {
		t.Fatalf("%d lines, want 1: %v", len(all), all)
	}
	for name, value := range attrs {
		if got := fmt.Sprint(all[0][name]); got != fmt.Sprint(value) {
			t.Errorf("%s is %s, want %v, in %v", name, got, value, all[0])
		}
	}
}

// logged carries a run out with answers of the engine and returns what was logged.
func logged(t *testing.T, do func(context.Context, call) (step.Slice, error), r jobs.Request) (jobs.Run, map[string][]map[string]any) {
	t.Helper()
	b := setup(t)
	var log bytes.Buffer
	b.Log = slog.New(slog.NewJSONHandler(&log, nil))
	b.fake.do = do
	p := b.server()
	run, _ := b.run(p.Control(), r)
	run, _ = b.watch(p.Control(), run.ID)
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	return run, logLines(t, log.String())
}

// A run says when it starts and how it ended, with what it counted in each part.
func TestARunIsLogged(t *testing.T) {
	t.Parallel()
	run, log := logged(t, func(_ context.Context, c call) (step.Slice, error) {
		n := step.Counter{System: c.system, Place: c.place, Kind: "club.person", Read: 7}
		if c.action == jobs.ActionWrite {
			n.Read, n.Created, n.Held = 0, 2, 1
		}
		return step.Slice{Done: true, Counters: []step.Counter{n}}, nil
	}, jobs.Request{})
	want(t, log["run started"], map[string]any{"level": "INFO", "run": run.ID, "pipeline": "people", "number": 1, "asked_by": "a person"})
	want(t, log["run ended"], map[string]any{
		"level": "INFO", "run": run.ID, "pipeline": "people", "outcome": "SUCCEEDED", "reason": nil,
		"read": map[string]any{"read": 14}, "planned": map[string]any{"read": 7}, "written": map[string]any{"created": 6, "held": 3},
	})
	if s, ok := log["run ended"][0]["seconds"].(float64); !ok || s <= 0 {
		t.Errorf("it took %v seconds", log["run ended"][0]["seconds"])
	}
}

// Of a step that fails the log says which run it is of, and why.
func TestAFailedStepIsLogged(t *testing.T) {
	t.Parallel()
	run, log := logged(t, func(_ context.Context, c call) (step.Slice, error) {
		if c.system == "beta" && c.place == "list-2" {
			return step.Slice{}, &connector.Error{Class: connector.Denied, System: "beta", Op: "check", Why: "the key is not accepted"}
		}
		return step.Slice{Done: true}, nil
	}, jobs.Request{})
	want(t, log["step failed"], map[string]any{
		"level": "WARN", "run": run.ID, "pipeline": "people", "step": 6, "action": "write", "system": "beta", "place": "list-2",
		"outcome": "NEEDS_AUTH", "reason": "DENIED",
	})
	want(t, log["run ended"], map[string]any{"level": "ERROR", "outcome": "NEEDS_AUTH", "reason": "DENIED"})
}

// Records that are put aside are named by our ids, a bounded number in each run.
func TestAsidesAreLogged(t *testing.T) {
	t.Parallel()
	run, log := logged(t, func(_ context.Context, c call) (step.Slice, error) {
		out := step.Slice{Done: true}
		if c.action != jobs.ActionWrite {
			return out, nil
		}
		for i := range step.AsidesMost {
			out.Asides = append(out.Asides, step.Aside{Kind: "club.person", Record: int64(i + 1), Entity: 5, State: step.Quarantined, Why: "field email: refused"})
		}
		out.Counters = []step.Counter{{System: c.system, Place: c.place, Kind: "club.person", Quarantined: 30, Faults: 30}}
		return out, nil
	}, jobs.Request{})
	all := log["record quarantined"]
	if len(all) != 20 {
		t.Fatalf("%d records are named, want 20 of 60", len(all))
	}
	want(t, all[:1], map[string]any{
		"run": run.ID, "pipeline": "people", "kind": "club.person", "record": 1, "entity": 5, "why": "field email: refused",
	})
	want(t, log["no more records of this run are named; its end says how many there are"], map[string]any{"run": run.ID})
	want(t, log["run ended"], map[string]any{
		"level": "WARN", "outcome": "PARTIAL", "reason": "RECORDS_QUARANTINED", "written": map[string]any{"quarantined": 90, "faults": 90},
	})
}

// A plan says that it waits, and after its approval how it was carried out.
func TestAPlanIsLogged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var log bytes.Buffer
	b.Log = slog.New(slog.NewJSONHandler(&log, nil))
	stopped := true
	b.fake.do = func(_ context.Context, c call) (step.Slice, error) {
		if c.action == jobs.ActionPlan && stopped {
			stopped = false
			return step.Slice{}, &step.Stop{Outcome: step.GuardStopped, Reason: "TOO_MANY_REMOVED", Detail: "12 of 30"}
		}
		return step.Slice{Done: true}, nil
	}
	p := b.server()
	run, _ := b.run(p.Control(), jobs.Request{})
	run, _ = b.watch(p.Control(), run.ID)
	if _, err := p.Control().Apply(t.Context(), run.ID, jobs.Approval{Hash: "hash-1", By: "alice"}); err != nil {
		t.Fatal(err)
	}
	b.watch(p.Control(), run.ID)
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	said := logLines(t, log.String())
	if len(said["run ended"]) != 2 {
		t.Fatalf("%d ends, want 2: %v", len(said["run ended"]), said["run ended"])
	}
	want(t, said["run ended"][:1], map[string]any{"level": "WARN", "outcome": "GUARD_STOPPED", "reason": "TOO_MANY_REMOVED", "detail": "12 of 30"})
	want(t, said["run ended"][1:], map[string]any{"level": "INFO", "outcome": "SUCCEEDED"})
	want(t, said["plan approved"], map[string]any{"run": run.ID, "pipeline": "people"})
	want(t, said["run goes on, since its plan is approved"], map[string]any{"run": run.ID})
	if strings.Contains(log.String(), "alice") {
		t.Error("the log names who approved it; that is for the audit")
	}
}
