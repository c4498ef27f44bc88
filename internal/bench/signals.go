package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"text/tabwriter"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

const (
	signalCallers  = 100
	signalWatchers = 100
	// signalPause is how long a caller waits between two calls.
	signalPause = 50 * time.Millisecond
	// signalRun reads four places, at the delay that each answer gets.
	signalRun   = "scan-rondoclub"
	signalDelay = "2s"
)

// fared counts how calls fared.
type fared struct {
	answered, away, other, ends atomic.Int64

	mu   sync.Mutex
	said string // of the first that fared otherwise
}

func (f *fared) note(err error) {
	switch status.Code(err) {
	case codes.OK:
		f.answered.Add(1)
	case codes.Unavailable:
		f.away.Add(1)
	case codes.Canceled: // by us, at the end
	default:
		f.other.Add(1)
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.said == "" {
			f.said = status.Convert(err).Message()
		}
	}
}

// signals sends a program that serves what an operator, a system manager or a machine
// without memory sends it, while others call and watch and a run is under way.
func signals(ctx context.Context, out io.Writer) (err error) {
	s, err := startServed(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	fmt.Fprintf(out, "\nA program of its own, with TLS, %d callers and %d watchers, while a run is under way; it is started again at once.\n\n",
		signalCallers, signalWatchers)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what comes\tno answer for s\tthe run\tafter s\tanswered\tUNAVAILABLE\tother\twatchers that saw the end")
	var said []string
	for _, happens := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"nothing", func(context.Context) error { return nil }},
		{"HUP", func(context.Context) error { return s.signal(syscall.SIGHUP) }},
		{"a new certificate, HUP", s.renew},
		{"TERM", func(ctx context.Context) error { return s.again(ctx, syscall.SIGTERM) }},
		{"KILL", func(ctx context.Context) error { return s.again(ctx, syscall.SIGKILL) }},
	} {
		line, err := s.meets(ctx, happens.do)
		if err != nil {
			return errors.Join(fmt.Errorf("%s: %w", happens.name, err), t.Flush())
		}
		fmt.Fprintf(t, "%s\t%s\n", happens.name, line)
		for _, l := range s.log.told() {
			said = append(said, happens.name+": "+l)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, l := range said {
		fmt.Fprintln(out, "log: "+l)
	}
	return nil
}

// meets begins a run and the calls, has something happen, and says how all fared.
func (s *served) meets(ctx context.Context, happen func(context.Context) error) (string, error) {
	c, closeAll, err := s.client(1)
	if err != nil {
		return "", err
	}
	defer func() { _ = closeAll() }() // of a benchmark
	got, err := c(0).RunPipeline(c(0).with(ctx), &touchlinev1.RunPipelineRequest{Pipeline: signalRun})
	if err != nil {
		return "", fmt.Errorf("ask for a run: %w", err)
	}
	run := got.GetRun().GetId()
	if err := s.until(ctx, c(0), run, touchlinev1.RunState_RUN_STATE_RUNNING); err != nil {
		return "", err
	}
	f := &fared{}
	calls, err := s.besiege(ctx, run, f)
	if err != nil {
		return "", err
	}
	s.log.told() // what was before
	silent := s.silence(ctx, run)
	began := time.Now()
	if err := happen(ctx); err != nil {
		return "", errors.Join(err, calls())
	}
	if err := s.until(ctx, c(0), run, touchlinev1.RunState_RUN_STATE_ENDED); err != nil {
		return "", errors.Join(err, calls())
	}
	took := time.Since(began)
	ended, err := c(0).GetRun(c(0).with(ctx), &touchlinev1.GetRunRequest{Run: run})
	if err != nil {
		return "", errors.Join(err, calls())
	}
	err = calls()
	if ended.GetRun().GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED {
		err = errors.Join(err, fmt.Errorf("the run ended %s %s: %s", ended.GetRun().GetOutcome(), ended.GetRun().GetReason(), ended.GetRun().GetDetail()))
	}
	line := fmt.Sprintf("%.1f\t%s %s\t%.1f\t%d\t%d\t%d %s\t%d of %d", silent().Seconds(), ended.GetRun().GetOutcome().String()[len("RUN_OUTCOME_"):],
		ended.GetRun().GetReason(), took.Seconds(), f.answered.Load(), f.away.Load(), f.other.Load(), f.said, f.ends.Load(), signalWatchers)
	return line, err
}

// besiege has others call and watch until end is called. Watchers go on where they broke
// off; end waits until they have seen the end of the run.
func (s *served) besiege(ctx context.Context, run string, f *fared) (end func() error, err error) {
	at, closeAll, err := s.client(signalCallers + signalWatchers)
	if err != nil {
		return nil, err
	}
	calling, stop := context.WithCancel(ctx)
	var callers, watchers sync.WaitGroup
	for i := range signalCallers {
		callers.Go(func() {
			for calling.Err() == nil {
				within, cancel := context.WithTimeout(calling, 10*time.Second)
				_, err := at(i).ListRuns(at(i).with(within), &touchlinev1.ListRunsRequest{PageSize: 100})
				cancel()
				if calling.Err() == nil {
					f.note(err)
				}
				_ = wait(calling, signalPause) // it ends with the calls
			}
		})
	}
	for i := range signalWatchers {
		watchers.Go(func() { s.watch(ctx, at(signalCallers+i), run, f) })
	}
	return func() error {
		stop()
		callers.Wait()
		watchers.Wait()
		return closeAll()
	}, nil
}

// watch follows a run to its end across breaks.
func (s *served) watch(ctx context.Context, c *caller, run string, f *fared) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	after := int64(0)
	for ctx.Err() == nil {
		stream, err := c.WatchRun(c.with(ctx), &touchlinev1.WatchRunRequest{Run: run, AfterSequence: after})
		for err == nil {
			var got *touchlinev1.WatchRunResponse
			if got, err = stream.Recv(); err == nil {
				after = got.GetEvent().GetSequence()
			}
		}
		if errors.Is(err, io.EOF) {
			f.ends.Add(1)
			return
		}
		_ = wait(ctx, signalPause)
	}
}

// silence asks again and again, and answers for how long at most nobody answered.
func (s *served) silence(ctx context.Context, run string) (longest func() time.Duration) {
	asking, stop := context.WithCancel(ctx)
	done := make(chan time.Duration, 1)
	go func() {
		most, last := time.Duration(0), time.Now()
		c, closeAll, err := s.client(1)
		for err == nil && asking.Err() == nil {
			within, cancel := context.WithTimeout(asking, time.Second)
			_, asked := c(0).GetRun(c(0).with(within), &touchlinev1.GetRunRequest{Run: run})
			cancel()
			if asked == nil {
				most, last = max(most, time.Since(last)), time.Now()
			}
			_ = wait(asking, 10*time.Millisecond)
		}
		if closeAll != nil {
			_ = closeAll()
		}
		done <- most
	}()
	return func() time.Duration {
		stop()
		return <-done
	}
}

// until waits until a run is in a state, whoever answers meanwhile or does not.
func (s *served) until(ctx context.Context, c *caller, run string, state touchlinev1.RunState) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for {
		within, stop := context.WithTimeout(ctx, 5*time.Second)
		got, err := c.GetRun(c.with(within), &touchlinev1.GetRunRequest{Run: run})
		stop()
		if is := got.GetRun().GetState(); err == nil && (is == state || is == touchlinev1.RunState_RUN_STATE_ENDED) {
			return nil
		}
		if err := wait(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("the run is not %s: %w", state, err)
		}
	}
}

// renew puts another certificate in place, has it read, and wants who comes to see it.
func (s *served) renew(ctx context.Context) error {
	cert, key, serial, err := s.certificate(2)
	if err != nil {
		return err
	}
	if err := errors.Join(os.Rename(cert, filepath.Join(s.dir, "cert.pem")), os.Rename(key, filepath.Join(s.dir, "key.pem")), s.signal(syscall.SIGHUP)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if is, err := s.shownSerial(ctx); err == nil && is == serial {
			return nil
		}
		if err := wait(ctx, 20*time.Millisecond); err != nil {
			return fmt.Errorf("the new certificate is not shown: %w", err)
		}
	}
}
