package jobs_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/jobs"
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
