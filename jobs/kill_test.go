package jobs_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/jobs"
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

func TestB42P3310KilledWorkerIsTakenOver(t *testing.T) {
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
