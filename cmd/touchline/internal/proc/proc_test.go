package proc_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/proc"
	"github.com/touchline-sync/touchline/internal/sizetest"
)

// The test binary plays the children; this variable says which one.
const role = "TOUCHLINE_TEST_PROC_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "steady": // says its number and waits for the end
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		fmt.Println(os.Getpid())
		fmt.Fprint(os.Stderr, "one\ntwo")
		<-stop
		fmt.Println("stopped")
	case "deaf": // does not end when asked
		asked := make(chan os.Signal, 1)
		signal.Notify(asked, syscall.SIGTERM)
		fmt.Println(os.Getpid())
		for range asked {
		}
	case "usage":
		os.Exit(2)
	case "parent": // has a steady child and waits to be killed
		_ = os.Setenv(role, "steady")
		if _, err := proc.Start(proc.Options{Name: "child", Stdout: os.Stdout}); err != nil {
			os.Exit(1)
		}
		select {}
	default:
		os.Exit(m.Run())
	}
}

func TestAKilledChildIsStartedAgain(t *testing.T) {
	t.Parallel()
	out, pids := pipe()
	c := start(t, "steady", out, nil)
	first := <-pids
	if err := syscall.Kill(c.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if second := <-pids; second == first || c.Starts() != 2 {
		t.Errorf("pid %s after %s, %d starts; want another and 2", second, first, c.Starts())
	}
	stop(t, c, 20*time.Second)
	if last := <-pids; last != "stopped" || c.Err() != nil || c.PID() != 0 {
		t.Errorf("said %q, error %v, pid %d; want a graceful end", last, c.Err(), c.PID())
	}
}

func TestMessagesCarryTheName(t *testing.T) {
	t.Parallel()
	out, pids := pipe()
	messages := &buffer{}
	c := start(t, "steady", out, messages)
	<-pids
	stop(t, c, 20*time.Second)
	if got, want := messages.String(), "child: one\nchild: two\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestADeafChildIsKilled(t *testing.T) {
	t.Parallel()
	out, pids := pipe()
	c := start(t, "deaf", out, nil)
	<-pids
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := c.Stop(ctx); err == nil {
		t.Error("no error; want one that says that it did not end in time")
	}
}

func TestWrongUsageIsNotRepeated(t *testing.T) {
	t.Parallel()
	c := start(t, "usage", nil, nil)
	<-c.Done()
	if c.Starts() != 1 || c.Err() == nil {
		t.Errorf("%d starts, error %v; want one start and an error", c.Starts(), c.Err())
	}
}

func TestAChildEndsWithAKilledParent(t *testing.T) {
	t.Parallel()
	sizetest.Skip(t, "child processes")
	parent := exec.CommandContext(t.Context(), os.Args[0])
	parent.Env = append(os.Environ(), role+"=parent")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan() // the child's pid: it runs
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	// The pipe from the child to its parent is broken, so it can say no more.
	// That it holds nothing open any longer shows that it has ended.
	if _, err := io.ReadAll(out); err != nil {
		t.Error(err)
	}
	_ = parent.Wait() // it was killed: the error says so
	var pid int
	if _, err := fmt.Sscan(lines.Text(), &pid); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); alive(pid); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("child %d outlives its killed parent", pid)
		}
	}
}

// alive is false for a process that has ended and was not reaped yet.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func start(t *testing.T, as string, stdout, stderr io.Writer) *proc.Child {
	t.Helper()
	sizetest.Skip(t, "child processes")
	c, err := proc.Start(proc.Options{
		Name: "child", Env: append(os.Environ(), role+"="+as), Stdout: stdout, Stderr: stderr,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, c, 20*time.Second) })
	return c
}

func stop(t *testing.T, c *proc.Child, within time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := c.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// pipe returns a writer and the lines written to it.
func pipe() (io.Writer, <-chan string) {
	r, w := io.Pipe()
	ch := make(chan string, 100)
	go func() {
		for lines := bufio.NewScanner(r); lines.Scan(); {
			ch <- lines.Text()
		}
	}()
	return w, ch
}

type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
