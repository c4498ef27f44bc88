package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"google.golang.org/grpc/status"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/internal/postgres"
	"github.com/touchline-sync/touchline/jobs"
)

const (
	awayFor = time.Minute
	// The disk of the full one: a cluster, and what is written until it is full.
	smallDisk = "size=256m"
	fullFor   = 20 * time.Second
)

// faults take the database away while a run is under way, and fill its disk, and say how
// the run fared, what a caller is told meanwhile, and what the log says.
func (w *besiegedServer) faults(ctx context.Context, out io.Writer) error {
	err := w.fault(ctx, out, fmt.Sprintf("Postgres away for %s", awayFor), func() (func() error, error) {
		ending, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := w.db.server.Stop(ending); err != nil {
			return nil, err
		}
		return func() (err error) {
			w.db.server, err = postgres.Start(ctx, postgres.Options{DataDir: w.db.dir})
			return err
		}, wait(ctx, awayFor)
	})
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	return fullDisk(ctx, out)
}

// fullDisk has a database on a small disk that is filled. Only root may mount one.
func fullDisk(ctx context.Context, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "touchline-bench-disk-")
	if err != nil {
		return err
	}
	if err := syscall.Mount("touchline-bench", dir, "tmpfs", 0, smallDisk+",mode=711"); err != nil {
		fmt.Fprintf(out, "\na full disk: not measured, since nothing can be mounted here: %v\n", err)
		return os.Remove(dir)
	}
	defer func() { err = errors.Join(err, syscall.Unmount(dir, 0), os.Remove(dir)) }()
	db, err := databaseIn(ctx, dir, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.end()) }()
	w, err := besiege(ctx, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.stop(ctx)) }()
	return w.fault(ctx, out, fmt.Sprintf("the disk full for %s", fullFor), func() (func() error, error) {
		path := filepath.Join(dir, "ballast")
		if err := fill(path); err != nil {
			return nil, err
		}
		return func() error { return os.Remove(path) }, wait(ctx, fullFor)
	})
}

// fill writes a file until there is no room left.
func fill(path string) error {
	f, err := os.Create(path) //nolint:gosec // a folder of our own
	if err != nil {
		return err
	}
	block := make([]byte, 1<<16)
	for err == nil {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// fault begins a run, has something happen, asks the API meanwhile, mends it, and
// measures until the run has succeeded.
func (w *besiegedServer) fault(ctx context.Context, out io.Writer, name string, happen func() (mend func() error, err error)) error {
	w.log.fresh()
	release := w.engine.hold()
	defer release()
	run, _, err := w.process.Control().Run(ctx, jobs.Request{Pipeline: held.Name, By: "bench"})
	if err != nil {
		return err
	}
	if err := wait(ctx, 2*siegeEvery); err != nil {
		return err
	}
	mend, err := happen()
	if err != nil {
		return err
	}
	at, closeAll, err := w.callers(1)
	if err != nil {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, 20*time.Second)
	_, told := at(0).RunPipeline(at(0).with(asking), &touchlinev1.RunPipelineRequest{Pipeline: people.Name})
	cancel()
	if err := errors.Join(mend(), closeAll()); err != nil {
		return err
	}
	began := time.Now()
	release()
	if err := w.ended(ctx, run.ID.String(), 2*time.Minute); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Fprintf(out, "\n%s while a run is under way: the run succeeds %.1f s after; a call meanwhile is told %s\n", name, time.Since(began).Seconds(), status.Code(told))
	if told != nil {
		fmt.Fprintln(out, "  "+status.Convert(told).Message())
	}
	for _, line := range w.log.fresh() {
		fmt.Fprintln(out, "  log: "+line)
	}
	select { // of the run that the caller may have started
	case <-w.engine.bell:
	default:
	}
	return nil
}
