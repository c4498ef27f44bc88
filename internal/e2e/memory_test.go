package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

const (
	demoMembers = 1000
	// maxMemory is what serve and worker may hold together, in bytes.
	maxMemory = 150 << 20
	// firstWithin is how soon after the call that starts a run its watchers
	// see the first records read.
	firstWithin = 10 * time.Second
)

// TestMemoryAndFirstEvent: during the first run of a club as large as the
// demonstration's the program's own processes stay small, and who watches sees
// records soon.
func TestMemoryAndFirstEvent(t *testing.T) {
	s := newSet(t, options{Members: demoMembers})
	began := time.Now()
	res, err := s.Pipelines.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	quit, most := make(chan struct{}), make(chan map[string]int64)
	go func() { most <- s.measure(quit) }()
	var first time.Duration
	err = s.watch(t.Context(), res.GetRun().GetId(), 0, func(e *touchlinev1.RunEvent) bool {
		for _, step := range e.GetSteps() {
			if first == 0 && step.GetAction() == touchlinev1.Action_ACTION_READ && step.GetCounters().GetRead() > 0 {
				first = time.Since(began)
			}
		}
		return true
	})
	close(quit)
	peak := <-most
	if err != nil {
		t.Fatal(err)
	}
	want(t, s.Follow(t, res.GetRun().GetId()), touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED, "")
	t.Logf("%d members, peaks of memory: serve and worker together %s (serve %s, worker %s); beside them browser driver %s, browser %s, Postgres %s",
		demoMembers, mega(peak["together"]), mega(peak["serve"]), mega(peak["worker"]), mega(peak["driver"]), mega(peak["browser"]), mega(peak["postgres"]))
	t.Logf("the first records were seen %s after the call", first.Round(10*time.Millisecond))
	s.timeline(t, began)
	if peak["serve"] == 0 || peak["worker"] == 0 || peak["browser"] == 0 {
		t.Error("not all was measured")
	}
	if peak["together"] > maxMemory {
		t.Errorf("serve and worker hold %s together, want at most %s", mega(peak["together"]), mega(maxMemory))
	}
	if first == 0 || first > firstWithin {
		t.Errorf("the first records were seen after %s, want %s at most", first, firstWithin)
	}
}

// timeline shows when the pages and calls of the first read came.
func (s *set) timeline(t testing.TB, began time.Time) {
	t.Helper()
	var b strings.Builder
	for _, r := range s.Sportlink.log(t) {
		if strings.HasPrefix(r.Path, "/static/") {
			continue
		}
		fmt.Fprintf(&b, "\n  %6s %s %s", r.Time.Sub(began).Round(10*time.Millisecond), r.Method, r.Path)
	}
	t.Logf("the requests at sportlink, after the call:%s", b.String())
}

// measure returns the most that each part has held until quit is closed.
func (s *set) measure(quit <-chan struct{}) map[string]int64 {
	most := map[string]int64{}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		now := map[string]int64{"serve": pss(s.Serve.PID()), "worker": pss(s.Worker.PID())}
		now["together"] = now["serve"] + now["worker"]
		for _, pid := range descendants(s.Worker.PID()) {
			part := "browser"
			if strings.Contains(commandOf(pid), "cli.js") {
				part = "driver"
			}
			now[part] += pss(pid)
		}
		for _, pid := range descendants(s.Serve.PID()) {
			now["postgres"] += pss(pid)
		}
		for part, n := range now {
			most[part] = max(most[part], n)
		}
		select {
		case <-tick.C:
		case <-quit:
			return most
		}
	}
}

// pss is the proportional set size of a process in bytes, or 0.
func pss(pid int) int64 {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "smaps_rollup"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

func mega(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/(1<<20)) }
