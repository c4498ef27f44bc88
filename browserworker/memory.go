package browserworker

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// memory returns the proportional set size of a process and all that it has
// started, or 0 where the machine does not tell.
func memory(pid int) int64 {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range stats {
		b, err := os.ReadFile(f)
		if err != nil {
			continue // has ended
		}
		// The name in the second field may hold blanks and brackets.
		rest := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(f)))
		if err != nil || len(rest) < 2 {
			continue
		}
		if parent, err := strconv.Atoi(rest[1]); err == nil {
			children[parent] = append(children[parent], child)
		}
	}
	var sum int64
	for todo := []int{pid}; len(todo) > 0; {
		next := todo[len(todo)-1]
		todo = append(todo[:len(todo)-1], children[next]...)
		sum += pss(next)
	}
	return sum
}

func pss(pid int) int64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/smaps_rollup")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			if kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64); err == nil {
				return kb << 10
			}
		}
	}
	return 0
}
