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
	"github.com/touchline-sync/touchline/internal/sizetest"
)

// maxMemory is what serve and worker may hold together, in bytes.
const maxMemory = 150 << 20

// TestMemory: during the first run, at full size that of a club as large as the
// demonstration's, the program's own processes stay small.
func TestMemory(t *testing.T) {
	members := sizetest.Of(t, 0, 200, 1000)
	s := newSet(t, options{Members: members})
	res, err := s.Pipelines.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	quit, most := make(chan struct{}), make(chan map[string]int64)
	go func() { most <- s.measure(quit) }()
	run := s.Follow(t, res.GetRun().GetId())
	close(quit)
	peak := <-most
	want(t, run, touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED, "")
	t.Logf("%d members, peaks of memory: serve and worker together %s (serve %s, worker %s); beside them browser driver %s, browser %s, Postgres %s",
		members, mega(peak["together"]), mega(peak["serve"]), mega(peak["worker"]), mega(peak["driver"]), mega(peak["browser"]), mega(peak["postgres"]))
	if peak["serve"] == 0 || peak["worker"] == 0 || peak["browser"] == 0 {
		t.Error("not all was measured")
	}
	if peak["together"] > maxMemory {
		t.Errorf("serve and worker hold %s together, want at most %s", mega(peak["together"]), mega(maxMemory))
	}
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
