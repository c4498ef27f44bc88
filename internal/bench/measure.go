package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"syscall"
	"time"
)

// spent is what a piece of work took.
type spent struct {
	wall   time.Duration
	cpu    time.Duration // of this process alone
	allocs uint64
	peak   uint64 // bytes of heap in use, dead ones included
}

// measure runs f on a clean heap.
func measure(f func() error) (spent, error) {
	runtime.GC()
	debug.FreeOSMemory()
	var before, after runtime.MemStats
	peak := watchHeap()
	runtime.ReadMemStats(&before)
	cpu, start := used(), time.Now()
	err := f()
	s := spent{wall: time.Since(start), cpu: used() - cpu}
	runtime.ReadMemStats(&after)
	s.allocs, s.peak = after.Mallocs-before.Mallocs, peak()
	return s, err
}

// watchHeap looks at the heap every few milliseconds until it is asked for the
// most it has seen. It does not stop the program to look.
func watchHeap() func() uint64 {
	const inUse = "/memory/classes/heap/objects:bytes"
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan uint64)
	go func() {
		var most uint64
		sample := []metrics.Sample{{Name: inUse}}
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			if wait(ctx, 2*time.Millisecond) != nil {
				done <- most
				return
			}
		}
	}()
	return func() uint64 { cancel(); return <-done }
}

// used is the processor time of this process so far.
func used() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// less is what is left of a when b is part of it.
func (a spent) less(b spent) spent {
	return spent{
		wall: max(a.wall-b.wall, 0), cpu: max(a.cpu-b.cpu, 0), allocs: a.allocs - min(a.allocs, b.allocs), peak: a.peak,
	}
}

// best keeps the quicker of two measurements of the same work: what disturbs
// only ever adds. The heap's peak is the higher of the two.
func (a spent) best(b spent) spent {
	if a.wall == 0 {
		return b
	}
	a.wall, a.cpu, a.allocs, a.peak = min(a.wall, b.wall), min(a.cpu, b.cpu), min(a.allocs, b.allocs), max(a.peak, b.peak)
	return a
}

// verdict says whether a goal is met.
func verdict(met bool) string {
	if met {
		return "met"
	}
	return "NOT MET"
}

func each(d time.Duration, n int) string {
	return fmt.Sprintf("%.2f", float64(d.Nanoseconds())/1000/float64(n))
}

func size(n uint64) string { return fmt.Sprintf("%.1f", float64(n)/(1<<20)) }
