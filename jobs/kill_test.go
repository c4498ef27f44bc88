package jobs_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/internal/postgres"
	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/migrations"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

const childURL = "TOUCHLINE_JOBS_TEST_CHILD"

// TestMain also is the process that a test kills: a worker whose reads never
// come to an end.
func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		if err := child(url); err != nil {
			fmt.Println("child:", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func child(url string) error {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	fake := newFake()
	fake.do = func(ctx context.Context, _ call) (step.Slice, error) {
		fmt.Println("at work")
		<-ctx.Done()
		return step.Slice{}, ctx.Err()
	}
	p, err := jobs.NewWorker(options(pool, fake, "alpha"))
	if err != nil {
		return err
	}
	if err := p.Start(ctx); err != nil {
		return err
	}
	fmt.Println("started")
	_, err = os.Stdin.Read(make([]byte, 1)) // until the parent is gone
	return err
}

// spawn starts the child and returns when it has started; line waits for what
// it says next.
func spawn(t *testing.T, url string) (*exec.Cmd, func() string) {
	t.Helper()
	sizetest.Skip(t, "child processes")
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childURL+"="+url)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	line := func() string {
		if !lines.Scan() {
			t.Fatal("the child has ended")
		}
		return lines.Text()
	}
	if got := line(); got != "started" {
		t.Fatalf("child: %s", got)
	}
	return cmd, line
}

func TestKilledWorkerIsTakenOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.server(func(o *jobs.Options) { o.Queues = []record.System{"beta", "gamma", record.Hub} }).Control()
	cmd, line := spawn(t, b.pool.Config().ConnString())
	run, _ := b.run(c, jobs.Request{})
	if got := line(); got != "at work" {
		t.Fatalf("child: %s", got)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it says that it was killed
	if n := b.fake.count(jobs.ActionRead, "alpha"); n != 0 {
		t.Fatal("the wrong process works")
	}
	b.server()
	run, _ = b.watch(c, run.ID)
	if run.Outcome != step.Succeeded || b.fake.count(jobs.ActionRead, "alpha") != 1 {
		t.Fatalf("ended %s after %v", run.Outcome, b.fake.made())
	}
}

// A step that kills each process that takes it up comes to an end.
func TestPoison(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.server(func(o *jobs.Options) { o.Queues = []record.System{"beta", "gamma", record.Hub} }).Control()
	cmd, line := spawn(t, b.pool.Config().ConnString())
	run, _ := b.run(c, jobs.Request{})
	if got := line(); got != "at work" {
		t.Fatalf("child: %s", got)
	}
	if _, err := b.pool.Exec(t.Context(), "update run_step set takeovers = 30 where state = 'RUNNING'"); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it says that it was killed
	run, _ = b.watch(c, run.ID)
	if run.Outcome != step.Failed || run.Reason != "TAKEN_OVER" || len(b.fake.discarded) != 1 {
		t.Fatalf("ended %s %s", run.Outcome, run.Reason)
	}
}

// Postgres is killed again and again while a run goes on. Nothing of what was
// counted is lost or counted twice.
func TestKilledPostgres(t *testing.T) {
	t.Parallel()
	sizetest.Skip(t, "a cluster of its own")
	dir := t.TempDir()
	for up := dir; strings.HasPrefix(up, os.TempDir()+"/"); up = up[:strings.LastIndex(up, "/")] {
		if err := os.Chmod(up, 0o711); err != nil { //nolint:gosec // the server's user must pass
			t.Fatal(err)
		}
	}
	cluster, err := postgres.Start(t.Context(), postgres.Options{DataDir: dir})
	if errors.Is(err, postgres.ErrNoBinaries) {
		t.Skipf("SKIPPED, no Postgres: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	pool, err := pgxpool.New(t.Context(), cluster.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if err := migrations.Up(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	fake := newFake()
	var slices atomic.Int32
	fake.do = func(ctx context.Context, c call) (step.Slice, error) {
		if c.action == jobs.ActionPlan {
			return step.Slice{Done: true}, nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return step.Slice{}, ctx.Err()
		}
		n := min(len(c.cursor)+1, 20)
		slices.Add(1)
		return step.Slice{
			Done: n == 20, Cursor: c.cursor + "x",
			Counters: []step.Counter{{System: c.system, Place: c.place, Read: 1}},
		}, nil
	}
	b := &bundle{t: t, pool: pool, fake: fake, Options: options(pool, fake, allQueues...)}
	c := b.server().Control()
	b.begin(jobs.NewWorker, []func(*jobs.Options){func(o *jobs.Options) { o.Queues = []record.System{"alpha"} }})
	run, _ := b.run(c, jobs.Request{})
	for i := range int32(3) {
		b.until("some slices are done", func() bool { return slices.Load() > (i+1)*15 })
		pid := cluster.PID()
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		b.until("Postgres is back", func() bool { now := cluster.PID(); return now != 0 && now != pid && pool.Ping(t.Context()) == nil })
	}
	run, _ = b.watch(c, run.ID)
	if run.Outcome != step.Succeeded {
		t.Fatalf("ended %s %s %s", run.Outcome, run.Reason, run.Detail)
	}
	for _, runStep := range run.Steps {
		if runStep.Action != jobs.ActionPlan && (len(runStep.Counters) != 1 || runStep.Counters[0].Read != 20) {
			t.Errorf("step %d counted %v", runStep.Number, runStep.Counters)
		}
	}
}
