package app

import (
	"os"
	"runtime/debug"
)

// heapGrowth is by how many percent the heap may grow between two collections.
// Deciding a first run of 1,000 members holds 50 MB: Go's own 100 took serve
// and worker together to 160 MB, 50 takes them to 136 MB at no cost in time
// that could be seen (measured 2026-11).
const heapGrowth = 50

// SaveMemory makes the process collect garbage sooner than Go does by itself.
// Whoever sets GOGC has decided otherwise.
func SaveMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
}
