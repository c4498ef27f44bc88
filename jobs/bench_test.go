package jobs_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/step"
)

// BenchmarkStart is the time from the call of Run until the engine is asked for
// the first step, and that of a whole run whose steps do nothing.
func BenchmarkStart(b *testing.B) {
	w := setup(b)
	began := make(chan time.Time, 1)
	w.fake.do = func(_ context.Context, c call) (step.Slice, error) {
		if c.action == jobs.ActionRead && c.system == "alpha" {
			began <- time.Now()
		}
		return step.Slice{Done: true}, nil
	}
	c := w.server(func(o *jobs.Options) { o.Progress, o.Heartbeat, o.Interval = 0, 0, 0 }).Control()
	var first, whole []time.Duration
	for b.Loop() {
		start := time.Now()
		run, _, err := c.Run(b.Context(), jobs.Request{Pipeline: "people", By: "bench"})
		if err != nil {
			b.Fatal(err)
		}
		first = append(first, (<-began).Sub(start))
		for now := run; !now.State.Over(); {
			if now, err = c.Get(b.Context(), run.ID); err != nil {
				b.Fatal(err)
			}
		}
		whole = append(whole, time.Since(start))
	}
	for name, all := range map[string][]time.Duration{"first": first, "whole": whole} {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, name+"-p50-ms")
		b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, name+"-p99-ms")
	}
}
