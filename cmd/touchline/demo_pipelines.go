package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// chosen is the pipeline of the family that --pipeline names; "all" is the one that runs
// the others.
func (o demoOptions) chosen() (jobs.Pipeline, error) {
	var names []string
	for _, f := range pipelines.Families() {
		if f.Name != o.family {
			continue
		}
		for _, p := range f.Pipelines {
			if p.Name == o.pipeline || o.pipeline == "all" && len(p.Children) > 0 {
				return p, nil
			}
			names = append(names, p.Name)
		}
	}
	return jobs.Pipeline{}, usage("--pipeline %q is no pipeline of --family %s; there are all, %s", o.pipeline, o.family, strings.Join(names, ", "))
}

// one shows one pipeline twice, after those whose data it needs.
func (d *demo) one(ctx context.Context, p jobs.Pipeline) (outcome, err error) {
	for _, need := range p.Needs {
		d.say("\n%s needs what %s brings", p.Name, need)
		if outcome, err = d.once1(ctx, 1, need); err != nil || outcome != nil {
			return outcome, err
		}
	}
	if p.NeedsKeys() {
		if outcome, err = d.once1(ctx, 1, maker(d.family, p.Kinds[0])); err != nil || outcome != nil {
			return outcome, err
		}
		d.scope = &touchlinev1.Scope{Kind: string(p.Kinds[0])}
		var key string
		if err := d.db.Pool.QueryRow(ctx, "select min(key) from entity where kind = $1 and key !~ '@'", p.Kinds[0]).Scan(&key); err != nil {
			return nil, fmt.Errorf("find a record to run %s for: %w", p.Name, err)
		}
		d.scope.Keys = []string{key}
	}
	d.pipeline = p.Name
	return d.twice(ctx)
}

// maker is the first pipeline of a family that decides a kind, of whomever there is.
func maker(family string, kind record.Kind) string {
	for _, f := range pipelines.Families() {
		for _, p := range f.Pipelines {
			if f.Name == family && !p.NeedsKeys() && slices.Contains(p.Kinds, kind) {
				return p.Name
			}
		}
	}
	return ""
}

// rounds is how often each pipeline is run at most until nothing waits for a person any
// more.
const rounds = 5

// all shows a first load of everything: one pipeline after the other, each of whose plans a
// person approves when it asks; people write to the helpdesk and opt out meanwhile. Then all
// are run at once: nothing is left to do, and all systems are judged.
func (d *demo) all(ctx context.Context, p jobs.Pipeline) (outcome, err error) {
	d.approves = func(run *touchlinev1.Run) bool {
		return run.GetOutcome() == touchlinev1.RunOutcome_RUN_OUTCOME_GUARD_STOPPED
	}
	for round := 1; round <= rounds; round++ {
		outcome, d.approved = nil, 0
		for _, name := range p.Children {
			is, err := d.once1(ctx, round, name)
			if err != nil {
				return nil, err
			}
			outcome = worse(outcome, is)
			if err := d.accept(ctx); err != nil {
				return nil, err
			}
		}
		if round == 1 && d.meanwhile != nil {
			if err := d.meanwhile(ctx); err != nil {
				return nil, err
			}
		} else if d.approved == 0 && outcome == nil {
			break
		}
	}
	if outcome != nil {
		return outcome, nil
	}
	d.pipeline = p.Name
	d.say("\nthe second time: nothing has changed")
	before, err := d.journals(ctx)
	if err != nil {
		return nil, err
	}
	run, err := d.several(ctx)
	if err != nil {
		return nil, err
	}
	return worse(outcomeError(run), d.quiet(ctx, run, before)), nil
}

// accept does as somebody who has looked at what is held because of a reading: after a first
// load so many are volunteers at the site as have just got a function.
func (d *demo) accept(ctx context.Context) error {
	res, err := d.client.records.ListFindings(ctx, &touchlinev1.ListFindingsRequest{})
	if err != nil {
		return explain(err)
	}
	for _, f := range res.GetFindings() {
		if f.GetAcceptedBy() != "" || f.GetWaits() {
			continue
		}
		d.say("%s %s: %s: a person says that it is so", f.GetSystem(), f.GetPlace(), f.GetText())
		if _, err := d.client.records.AcceptChange(ctx, &touchlinev1.AcceptChangeRequest{Finding: f.GetId(), Reason: "a first load"}); err != nil {
			return explain(err)
		}
		d.approved++
	}
	return nil
}

// several runs the pipeline that runs others, and shows each of its runs and then itself.
func (d *demo) several(ctx context.Context) (*touchlinev1.Run, error) {
	before, err := d.written(ctx)
	if err != nil {
		return nil, err
	}
	d.say("\nall at once: %s", d.pipeline)
	res, err := d.client.pipelines.RunPipeline(ctx, &touchlinev1.RunPipelineRequest{Pipeline: d.pipeline, RequestId: uuid.NewString()})
	if err != nil {
		return nil, explain(err)
	}
	run, err := d.over(ctx, res.GetRun().GetId())
	if err != nil {
		return nil, err
	}
	for _, c := range run.GetChildren() {
		if c.GetRun() == "" {
			continue
		}
		child, err := d.client.pipelines.GetRun(ctx, &touchlinev1.GetRunRequest{Run: c.GetRun()})
		if err == nil {
			err = d.show(child.GetRun(), nil)
		}
		if err != nil {
			return nil, explain(err)
		}
	}
	unchanged, err := d.unchangedRows(ctx, run, before)
	if err != nil {
		return nil, err
	}
	return run, d.show(run, &unchanged)
}

// journals are how many changes each simulator has accepted.
func (d *demo) journals(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	for name, sim := range d.sims {
		all, err := sim.Writes(ctx, 0)
		if err != nil {
			return nil, err
		}
		out[name] = len(all)
	}
	return out, nil
}

// demoEnd is the last line of "touchline demo --pipeline all --json".
type demoEnd struct {
	Writes      map[string]int   `json:"second_writes"`
	Calls       map[string]int64 `json:"second_calls"`
	Differences []string         `json:"differences"`
}

// quiet says what was written and called the second time, and how the systems stand. It
// returns an error unless all of it is nothing.
func (d *demo) quiet(ctx context.Context, run *touchlinev1.Run, before map[string]int) error {
	end := demoEnd{Writes: map[string]int{}, Calls: map[string]int64{}, Differences: []string{}}
	after, err := d.journals(ctx)
	if err != nil {
		return err
	}
	for name, n := range after {
		if n != before[name] {
			end.Writes[name] = n - before[name]
		}
	}
	if err := d.onlyWritten(ctx, run, end.Calls); err != nil {
		return err
	}
	if d.judge != nil {
		if end.Differences, err = d.judge(ctx); err != nil {
			return err
		}
	}
	if d.json {
		if err := printLine(d.cmd, end); err != nil {
			return err
		}
	}
	d.say("written the second time: %v; calls where is only written: %v; %d differences from what all must hold", end.Writes, end.Calls, len(end.Differences))
	for _, what := range end.Differences {
		d.say("  %s", what)
	}
	if len(end.Writes)+len(end.Calls)+len(end.Differences) == 0 {
		return nil
	}
	return &app.Exit{Code: app.ExitFailed, Err: fmt.Errorf("the second run of %s was not quiet, or the systems are not as they must be", d.pipeline)}
}

// onlyWritten counts the calls of the runs of a parent run to systems that their pipeline
// only writes: which it reads, if at all, when there is something new there.
func (d *demo) onlyWritten(ctx context.Context, parent *touchlinev1.Run, calls map[string]int64) error {
	for _, c := range parent.GetChildren() {
		p, err := demoOptions{family: d.family, pipeline: c.GetPipeline()}.chosen()
		if err != nil || c.GetRun() == "" {
			continue // left out
		}
		got, err := d.client.pipelines.GetRun(ctx, &touchlinev1.GetRunRequest{Run: c.GetRun()})
		if err != nil {
			return explain(err)
		}
		for _, s := range got.GetRun().GetSteps() {
			reads := slices.ContainsFunc(p.Reads, func(r step.Read) bool { return string(r.System) == s.GetSystem() && !r.Select.IfUnbound })
			if n := s.GetCounters().GetCalls(); n > 0 && !reads {
				calls[p.Name+" "+s.GetSystem()] += n
			}
		}
	}
	return nil
}
