package app

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// TestDoctorKnowsWhoWaits: of each system that is on, the last step that has
// ended says whether a person must act.
func TestDoctorKnowsWhoWaits(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	run := uuid.New()
	if _, err := pool.Exec(t.Context(), "insert into run_pipeline (name) values ('people')"); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), `insert into run (id, pipeline, number, scope_digest, priority, state, plan_only, requested_by)
		values ($1, 'people', 1, '', 3, 'ENDED', false, 'test')`, run); err != nil {
		t.Fatal(err)
	}
	number := 0
	ended := func(system, state, outcome, detail string) {
		t.Helper()
		number++
		if _, err := pool.Exec(t.Context(), `insert into run_step (run, number, stage, action, system, state, outcome, detail, ended_at)
			values ($1, $2, 1, 'READ', $3, $4, $5, $6, timestamptz '2026-03-02 09:00Z' + make_interval(mins => $2))`,
			run, number, system, state, outcome, detail); err != nil {
			t.Fatal(err)
		}
	}
	s := Settings{Systems: []SystemSettings{{Name: "sportlink", Enabled: true}, {Name: "laposta", Enabled: true}, {Name: "chatwoot"}}}
	s.Database.URL = connector.Secret(pool.Config().ConnString())
	told := func(want ...string) {
		t.Helper()
		all := waiting(t.Context(), s)
		if len(all) != len(want) {
			t.Fatalf("%d systems wait, want %v: %v", len(all), want, all)
		}
		for i, c := range all {
			if text := c.Name + ": " + finding(c); !strings.Contains(text, want[i]) {
				t.Errorf("told %q, want %q", text, want[i])
			}
		}
	}
	told()
	ended("sportlink", "DONE", "", "")
	ended("laposta", "FAILED", "FAILED", "laposta: list: transient: status 503")
	ended("chatwoot", "FAILED", "NEEDS_AUTH", "chatwoot: check: denied")
	told()
	ended("sportlink", "FAILED", "NEEDS_AUTH", "sportlink: sign in: denied PASSWORD_EXPIRED: the password has expired")
	told("sportlink: NEEDS_AUTH, since 2026-03-02T09:04:00Z: sportlink: sign in: denied PASSWORD_EXPIRED")
	ended("sportlink", "SKIPPED", "", "")
	ended("laposta", "FAILED", "DRIFTED", "laposta: list: drifted")
	told("laposta: DRIFTED", "sportlink: NEEDS_AUTH")
	ended("sportlink", "DONE", "", "")
	told("laposta: DRIFTED")
}

func finding(c Checked) string { return c.Err.Error() }
