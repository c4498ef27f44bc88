package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// demoLine is one run as "touchline demo --json" prints it.
type demoLine struct {
	Run       string     `json:"run"`
	Pipeline  string     `json:"pipeline"`
	Number    int64      `json:"number"`
	Outcome   string     `json:"outcome"`
	Seconds   float64    `json:"seconds"`
	Unchanged *int64     `json:"unchanged_rows_written,omitempty"` // of a run of several: of all of it
	Parent    string     `json:"parent_run,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	Detail    string     `json:"detail,omitempty"`
	Steps     []demoStep `json:"steps"`
}

// demoStep is one entry: a step, place and kind, with every counter.
type demoStep struct {
	Step        string `json:"step"`
	System      string `json:"system"`
	Place       string `json:"place"`
	Kind        string `json:"kind"`
	Read        int64  `json:"read"`
	Created     int64  `json:"created"`
	Updated     int64  `json:"updated"`
	Unchanged   int64  `json:"unchanged"`
	Remove      int64  `json:"removed"`
	Waiting     int64  `json:"waiting"`
	Excluded    int64  `json:"excluded"`
	Quarantined int64  `json:"quarantined"`
	Held        int64  `json:"held"`
	Failed      int64  `json:"failed"`
	Calls       int64  `json:"calls"`
}

func printDemoLine(w io.Writer, run *touchlinev1.Run, unchanged *int64) error {
	took := run.GetEndTime().AsTime().Sub(run.GetStartTime().AsTime())
	return json.NewEncoder(w).Encode(demoLine{
		Run: run.GetId(), Pipeline: run.GetPipeline(), Number: run.GetNumber(),
		Outcome:   strings.TrimPrefix(run.GetOutcome().String(), "RUN_OUTCOME_"),
		Seconds:   took.Round(time.Millisecond).Seconds(),
		Unchanged: unchanged, Steps: demoSteps(run.GetSteps()),
		Parent: run.GetParentRun(), Reason: run.GetReason(), Detail: run.GetDetail(),
	})
}

// demoSteps are the entries of a run. What Decide has found about the records
// of a place, such as that they are equal, stands with the write of that place.
func demoSteps(steps []*touchlinev1.StepStatus) []demoStep {
	out := []demoStep{}
	at := map[[3]string]int{} // writes by system, place and kind
	for _, s := range steps {
		if s.GetAction() == touchlinev1.Action_ACTION_WRITE {
			at[[3]string{s.GetSystem(), s.GetPlace(), s.GetKind()}] = -1
		}
	}
	var decided []*touchlinev1.StepStatus
	for _, s := range steps {
		where := [3]string{s.GetSystem(), s.GetPlace(), s.GetKind()}
		if s.GetAction() == touchlinev1.Action_ACTION_PLAN && s.GetSystem() != "hub" {
			decided = append(decided, s)
			continue
		}
		if s.GetKind() == "" {
			continue // nothing was decided
		}
		c := s.GetCounters()
		if s.GetAction() == touchlinev1.Action_ACTION_WRITE {
			at[where] = len(out)
		}
		out = append(out, demoStep{
			Step: word(s.GetAction().String(), "ACTION_"), System: s.GetSystem(), Place: s.GetPlace(), Kind: s.GetKind(),
			Read: c.GetRead(), Created: c.GetCreated(), Updated: c.GetUpdated(), Unchanged: c.GetUnchanged(), Remove: c.GetRemoved(),
			Waiting: c.GetWaiting(), Excluded: c.GetExcluded(), Quarantined: c.GetQuarantined(), Held: c.GetHeld(), Failed: c.GetFailed(), Calls: c.GetCalls(),
		})
	}
	for _, s := range decided {
		i, ok := at[[3]string{s.GetSystem(), s.GetPlace(), s.GetKind()}]
		if !ok || i < 0 {
			continue
		}
		c := s.GetCounters()
		out[i].Unchanged += c.GetUnchanged()
		out[i].Excluded += c.GetExcluded()
		out[i].Quarantined += c.GetQuarantined()
		out[i].Held += c.GetHeld()
		out[i].Waiting += c.GetWaiting()
	}
	return out
}

// sums counts the rows that were inserted, updated and deleted so far, over all
// tables but those that tell of runs, of sessions and of what people did. That a view shows a record for the
// first time, such as one that we have made, is no row of an unchanged record; that it
// is noted again is.
const sums = `
	select coalesce(sum(case relname when 'last_seen' then 0 else n_tup_ins end + n_tup_upd + n_tup_del), 0)::bigint from pg_stat_user_tables
	where relname !~ '(run|step|job|staging|lease|schedule|audit)' and relname !~ '^river_' and relname not in ('plan_apply', 'listing', 'browser_session')`

// written waits until the counts of all sessions have arrived, and returns
// them.
func (d *demo) written(ctx context.Context) (int64, error) {
	tick := time.NewTicker(150 * time.Millisecond)
	defer tick.Stop()
	last, same := int64(-1), 0
	for same < 3 {
		var n int64
		if err := d.db.Pool.QueryRow(ctx, sums).Scan(&n); err != nil {
			return 0, fmt.Errorf("read the statistics of the database: %w", err)
		}
		if n == last {
			same++
		} else {
			last, same = n, 0
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return last, nil
}

// unchangedRows counts the rows that a run wrote of records in which it changed
// nothing. A run without any change must not have written at all.
func (d *demo) unchangedRows(ctx context.Context, run *touchlinev1.Run, before int64) (int64, error) {
	after, err := d.written(ctx)
	if err != nil {
		return 0, err
	}
	runs := []string{run.GetId()}
	for _, c := range run.GetChildren() {
		if c.GetRun() != "" {
			runs = append(runs, c.GetRun())
		}
	}
	var planned, rows int64
	// What another run has decided may be carried out by this one.
	if err := d.db.Pool.QueryRow(ctx, `select count(*) from plan_row where run = any($1::uuid[]) or done_on >= $2`, runs, run.GetStartTime().AsTime()).Scan(&planned); err != nil {
		return 0, fmt.Errorf("count what was planned: %w", err)
	}
	if planned == 0 {
		return after - before, nil
	}
	err = d.db.Pool.QueryRow(ctx, `
		select (select count(*) from entity e where e.modified_on >= $2
		    and not exists (select from plan_row p where (p.run = any($1::uuid[]) or p.done_on >= $2) and p.entity = e.id))
		  + (select count(*) from sync_record r where r.remote_synced_on >= $2 and r.entity is not null
		    and not exists (select from plan_row p where (p.run = any($1::uuid[]) or p.done_on >= $2) and (p.sync_record = r.id and p.system = r.system or p.entity = r.entity)))`,
		runs, run.GetStartTime().AsTime()).Scan(&rows)
	if err != nil {
		return 0, fmt.Errorf("count the rows of unchanged records: %w", err)
	}
	return rows, nil
}
