package jobs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/store"
)

// Each class is kept as long as its setting says: what is an hour younger stays, what is
// an hour older goes, and what is open stays however old it is.
func TestB44P342P351RetentionOfEachClass(t *testing.T) {
	t.Parallel()
	old, run := uuid.New(), uuid.New()
	const anEnded = "insert into run (id, pipeline, number, scope_digest, priority, state, outcome, plan_only, requested_by, ended_at, plan_hash, created_at) values "
	ended := func(id uuid.UUID, number int, outcome, hash string) string {
		return fmt.Sprintf("%s('%s', 'people', %d, '%s', 1, 'ENDED', '%s', false, 'ann', AGE, '%s', AGE)", anEnded, id, number, id, outcome, hash)
	}
	// What stays whatever its age: the newest run, the last good one.
	pipeline := "insert into run_pipeline (name) values ('people')"
	newest := ended(run, 90, "FAILED", "")
	good := strings.ReplaceAll(ended(uuid.New(), 80, "SUCCEEDED", ""), "AGE", "now() - interval '9000 days'")
	row := func(state string) string {
		return "insert into plan_row (run, kind, key, system, op, state, planned_on, done_on) values ('" + old.String() + "', 'k', 'K', 'alpha', 'update', '" + state + "', AGE, AGE)"
	}
	entry := "insert into journal (at, run, step, system, place, kind, sync_record, entity, op, until, outcome, created_by) values (%s, '" + old.String() + "', 1, 'alpha', 'people', 'k', 1, 1, 'update', now(), 'done', 'us')"
	conflict := func(won, resolved string) string {
		return "insert into conflict (run, entity, kind, key, field, system, hub_value, remote_value, won_by, why, found_on, resolved_on) values ('" + old.String() + "', 1, 'k', 'K', 'f', 'alpha', '', '', '" + won + "', 'by order', AGE, " + resolved + ")"
	}
	for name, c := range map[string]struct {
		keeps func(*jobs.Retention) *time.Duration
		given []string // AGE is how old it is
		table string
		stays []string // of the same table, however old
	}{
		"runs": {
			func(r *jobs.Retention) *time.Duration { return &r.Runs },
			[]string{ended(old, 1, "FAILED", "")},
			"run",
			[]string{ended(uuid.New(), 2, "GUARD_STOPPED", "hash-1")},
		},
		"plan rows": {func(r *jobs.Retention) *time.Duration { return &r.PlanRows }, []string{row("done")}, "plan_row", []string{row("pending"), row("planned")}},
		"journal": {
			func(r *jobs.Retention) *time.Duration { return &r.Journal }, []string{fmt.Sprintf(entry, "AGE")}, "journal", []string{fmt.Sprintf(entry, "now()")},
		},
		"conflicts": {
			func(r *jobs.Retention) *time.Duration { return &r.Conflicts }, []string{conflict("alpha", "null"), conflict("", "AGE")}, "conflict", []string{conflict("", "null")},
		},
		"what was said of records": {
			func(r *jobs.Retention) *time.Duration { return &r.Conflicts },
			[]string{"insert into whose (system, place, kind, external_id, key, said_on) values ('alpha', 'people', 'k', '1', 'K', AGE)"},
			"whose", nil,
		},
		"evidence": {
			func(r *jobs.Retention) *time.Duration { return &r.Evidence },
			[]string{"insert into evidence (system, name, media_type, sealed, at) values ('alpha', 'a', 'text/html', 'x', AGE)"},
			"evidence", nil,
		},
		"events": {
			func(r *jobs.Retention) *time.Duration { return &r.Events },
			[]string{"insert into run_event (run, seq, at, body) values ('" + run.String() + "', 1, AGE, '{}')"},
			"run_event", nil,
		},
		"scopes": {
			func(r *jobs.Retention) *time.Duration { return &r.Scopes },
			[]string{"insert into run_scope (run, kind, key) values ('" + run.String() + "', 'k', 'K')"},
			"run_scope", nil,
		},
		"notices": {
			func(r *jobs.Retention) *time.Duration { return &r.Notices },
			[]string{"insert into notice (kind, pipeline, body, made_on) values ('FAILED', 'people', '{}', AGE)"},
			"notice",
			[]string{"insert into notice (kind, pipeline, body, made_on) values ('FAILED', 'people', '{}', now())"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.Keeps = jobs.DefaultRetention()
			keeps := c.keeps(&b.Keeps)
			*keeps = 240 * time.Hour
			control := b.server().Control()
			put := func(sql, age string) {
				t.Helper()
				if _, err := b.pool.Exec(t.Context(), strings.ReplaceAll(sql, "AGE", "now() - interval '"+age+"'")); err != nil {
					t.Fatal(err)
				}
			}
			retained := func() int {
				t.Helper()
				if err := control.Retain(t.Context()); err != nil {
					t.Fatal(err)
				}
				return b.countRows(c.table)
			}
			put(pipeline, "0 hours")
			put(newest, "239 hours") // a run whose scope and events are as old as it
			put(good, "0 hours")
			before := b.countRows(c.table)
			for _, sql := range c.given {
				put(sql, "239 hours")
			}
			for _, sql := range c.stays {
				put(sql, "9000 days")
			}
			if n := retained(); n != before+len(c.given)+len(c.stays) {
				t.Errorf("%d are left of %d that are young or open", n, before+len(c.given)+len(c.stays))
			}
			if _, err := b.pool.Exec(t.Context(), aged[c.table]); err != nil {
				t.Fatal(err)
			}
			if n := retained(); n != before+len(c.stays) {
				t.Errorf("%d are left, want %d", n, before+len(c.stays))
			}
		})
	}
}

// aged makes what is 239 hours old two hours older.
var aged = map[string]string{
	"run":       "update run set ended_at = ended_at - interval '2 hours' where number = 1",
	"plan_row":  "update plan_row set done_on = done_on - interval '2 hours', planned_on = planned_on - interval '2 hours' where state = 'done'",
	"journal":   "update journal set at = at - interval '2 hours' where at < now() - interval '1 hour'",
	"conflict":  "update conflict set found_on = found_on - interval '2 hours', resolved_on = resolved_on - interval '2 hours'",
	"whose":     "update whose set said_on = said_on - interval '2 hours'",
	"evidence":  "update evidence set at = at - interval '2 hours'",
	"run_event": "update run_event set at = at - interval '2 hours'",
	"run_scope": "update run set ended_at = ended_at - interval '2 hours' where number = 90",
	"notice":    "update notice set made_on = made_on - interval '2 hours' where made_on < now() - interval '1 hour'",
}

// The audit is erased from its beginning, and can still be verified.
func TestRetentionOfTheAudit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Keeps = jobs.DefaultRetention()
	b.Keeps.Audit = 240 * time.Hour
	d := &dial{}
	b.Now, b.Schedules = d.now, []jobs.Schedule{scheduled(jobs.SkipMissed)}
	now := time.Now()
	d.set(now.Add(-241 * time.Hour).Format(time.RFC3339))
	c := b.server().Control()
	for _, age := range []time.Duration{241 * time.Hour, 239 * time.Hour} {
		d.set(now.Add(-age).Format(time.RFC3339))
		if _, err := c.Pause(t.Context(), "people", true, alice, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := store.New(b.pool).ListAudit(t.Context(), 0, 10)
	if err != nil || len(rows) != 2 || rows[0].ID != 2 || rows[1].Action != "PruneAudit" {
		t.Errorf("left are %v %v", rows, err)
	}
	if _, _, err := store.VerifyAudit(t.Context(), b.pool); err != nil {
		t.Error(err)
	}
}
