// Command bench measures what touchline costs when nothing has changed, when all
// is new and when all has changed, how quickly it writes, how soon a run starts, and
// how long it takes to read a site page by page. Each figure stands beside its
// comparison, measured in the same run on the same machine, and beside its goal.
// docs/benchmarks.md says what the figures mean.
//
// It starts a private Postgres in a temporary folder, with full durability, and
// ends with 0 unless it could not measure: a goal that is not met is shown, not
// an error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

type options struct {
	most, loads int // the most records, and those of a load
	members     int // who are visited
	starts      int
	only        string
	slow        time.Duration
	profile     string
}

func main() {
	var o options
	flag.IntVar(&o.most, "n", 1_000_000, "the most records")
	flag.IntVar(&o.starts, "starts", 200, "how many runs to start; 0 leaves that out")
	flag.IntVar(&o.members, "members", 1000, "how many members to visit in a browser; 0 leaves that out")
	flag.StringVar(&o.only, "only", "", "measure only these: idle, outbound, event, load, writing, start, siege, signals, visits; with commas")
	flag.DurationVar(&o.slow, "slow", 0, "explain statements that take longer")
	flag.StringVar(&o.profile, "cpuprofile", "", "write a profile of the largest run without changes")
	flag.Parse()
	o.loads = min(o.most, loadMost)
	flag.Visit(func(f *flag.Flag) {
		if f.Name == "n" {
			o.loads = o.most
		}
	})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

func run(ctx context.Context, out io.Writer, o options) (err error) {
	db, err := startDatabase(ctx, o.slow)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.stop()) }()
	fmt.Fprintf(out, "%s, %s/%s, %d cores%s\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), machine())
	for _, part := range []struct {
		name, what string
		f          func() error
	}{
		{"idle", "no changes", func() error { return noChanges(ctx, out, db, o) }},
		{"outbound", "outbound cycle", func() error { return part(ctx, out, db, o.most) }},
		{"event", "cycle of the event family", func() error { return eventCycle(ctx, out, db, o.most) }},
		{"load", "first load", func() error { return profiled(o.loadProfile(), func() error { return loads(ctx, out, db, o.loads) }) }},
		{"writing", "writing", func() error {
			return profiled(o.loadProfile(), func() error { return writing(ctx, out, db, o.most) })
		}},
		{"start", "start of a run", func() error { return startLatency(ctx, out, db, o.starts) }},
		{"siege", "many callers, and faults", func() error { return sieges(ctx, out, db) }},
		{"signals", "signals under load", func() error { return signals(ctx, out) }},
		{"visits", "visits in a browser", func() error { return politeness(ctx, out, db, o.members) }},
	} {
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), part.name) ||
			part.name == "start" && o.starts == 0 || part.name == "visits" && o.members == 0 {
			continue
		}
		if err := part.f(); err != nil {
			return fmt.Errorf("%s: %w", part.what, err)
		}
	}
	return nil
}

// loadProfile is where the profile of the loads goes, when only they, or only writing, are measured.
func (o options) loadProfile() string {
	if o.only != "load" && o.only != "writing" {
		return ""
	}
	return o.profile
}

// machine tells how busy the machine is, where it says so: figures of a busy one
// are worth little.
func machine() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil || len(b) < 4 {
		return ""
	}
	return ", load before the start " + string(b[:4])
}

// profiled runs f, with a profile when one is asked for.
func profiled(path string, f func() error) error {
	if path == "" {
		return f()
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return errors.Join(err, file.Close())
	}
	err = f()
	pprof.StopCPUProfile()
	return errors.Join(err, file.Close())
}
