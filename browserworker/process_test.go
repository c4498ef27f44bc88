package browserworker_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/touchline-sync/touchline/browserworker"
)

func itoa(n int) string { return strconv.Itoa(n) }

func end(t *testing.T, pid int) {
	t.Helper()
	if pid < 2 {
		t.Error("no process id known")
		return
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
}

// endRenderers kills the browser's renderers, found among its descendants.
func endRenderers(t *testing.T, p *browserworker.Pool) {
	t.Helper()
	_, root := p.PIDs()
	parent, renderers := map[int]int{}, []int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range stats {
		b, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f)))
		rest := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		parent[pid], _ = strconv.Atoi(rest[1])
		line, _ := os.ReadFile(filepath.Join("/proc", itoa(pid), "cmdline"))
		if strings.Contains(string(line), "--type=renderer") {
			renderers = append(renderers, pid)
		}
	}
	ours := 0
	for _, r := range renderers {
		for up := r; up > 1; up = parent[up] {
			if up == root {
				end(t, r)
				ours++
				break
			}
		}
	}
	if ours == 0 {
		t.Error("no renderer found")
	}
}
