package e2e

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/internal/osthread"
)

// process is one child of the test: "touchline serve" or "touchline worker".
// It is not started again by itself; Restart does that on demand.
type process struct {
	verb   string
	env    func() []string
	thread *osthread.Thread // children die with the thread that made them
	Log    *logFile         // all that it has written, over all its lives

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

func newProcess(t testing.TB, dir, verb string, env func() []string) *process {
	t.Helper()
	p := &process{verb: verb, env: env, thread: osthread.New(), Log: newLog(t, filepath.Join(dir, verb+".log"))}
	t.Cleanup(func() {
		p.Stop(t)
		p.thread.Close()
	})
	return p
}

// Start starts the process and waits until it says that it is ready.
func (p *process) Start(t testing.TB) {
	t.Helper()
	from := p.Log.Len()
	p.Launch(t)
	if !p.Log.Wait(t.Context(), p.done, from, `"msg":"ready"`, 90*time.Second) {
		t.Fatalf("%s is not ready:\n%s", p.verb, p.Log.Tail(from, 4000))
	}
}

// Launch starts the process without waiting for anything.
func (p *process) Launch(t testing.TB) {
	t.Helper()
	cmd := exec.Command(binary(t), p.verb) //nolint:gosec // our own program
	cmd.Env, cmd.Dir = p.env(), "/"
	cmd.Stdout, cmd.Stderr = p.Log, p.Log
	cmd.WaitDelay = 2 * time.Second // a grandchild may hold the pipe open
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := p.thread.Do(cmd.Start); err != nil {
		t.Fatalf("start %s: %v", p.verb, err)
	}
	done := make(chan struct{})
	p.mu.Lock()
	p.cmd, p.done, p.err = cmd, done, nil
	p.mu.Unlock()
	go func() {
		err := cmd.Wait()
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
		close(done)
	}()
}

// PID is the id of the process that was started last, or 0.
func (p *process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Kill ends the process as "kill -9" does, and waits for its end.
func (p *process) Kill(t testing.TB) {
	t.Helper()
	p.end(t, syscall.SIGKILL, 10*time.Second)
}

// Stop asks the process to end and waits for it. One that has ended stays so.
func (p *process) Stop(t testing.TB) {
	t.Helper()
	p.end(t, syscall.SIGTERM, 60*time.Second)
}

// Restart is Stop and Start.
func (p *process) Restart(t testing.TB) {
	t.Helper()
	p.Stop(t)
	p.Start(t)
}

func (p *process) end(t testing.TB, sig syscall.Signal, within time.Duration) {
	t.Helper()
	p.mu.Lock()
	cmd, done := p.cmd, p.done
	p.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(sig) // it may have ended already
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		_ = cmd.Process.Kill()
		<-done
		t.Errorf("%s did not end within %s:\n%s", p.verb, within, p.Log.Tail(0, 4000))
	}
}

// descendants returns the ids of the processes below one, nearest first.
func descendants(pid int) []int {
	below := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range stats {
		data, err := os.ReadFile(file) //nolint:gosec // of the system
		if err != nil {
			continue // it has just ended
		}
		// After the name, which may hold blanks and brackets: state, parent.
		rest := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		parent, _ := strconv.Atoi(rest[1])
		below[parent] = append(below[parent], child)
	}
	var out []int
	for level := below[pid]; len(level) > 0; {
		out = append(out, level...)
		var next []int
		for _, p := range level {
			next = append(next, below[p]...)
		}
		level = next
	}
	return out
}

// commandOf is the command line of a process, or empty.
func commandOf(pid int) string {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(string(data), "\x00", " "))
}

// logFile keeps what a process writes, in memory and in a file.
type logFile struct {
	mu    sync.Mutex
	text  bytes.Buffer
	file  *os.File
	grown chan struct{} // closed and renewed at each write
}

func newLog(t testing.TB, path string) *logFile {
	t.Helper()
	f, err := os.Create(path) //nolint:gosec // in the test's folder
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return &logFile{file: f, grown: make(chan struct{})}
}

// Write adds to the log.
func (l *logFile) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(b)
	close(l.grown)
	l.grown = make(chan struct{})
	_, err := l.file.Write(b)
	return len(b), ignoreClosed(err)
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// Len is how long the log is: the place where what comes next begins.
func (l *logFile) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Len()
}

// After is the log from a place on.
func (l *logFile) After(from int) string {
	text, _ := l.after(from)
	return text
}

func (l *logFile) after(from int) (string, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text.Bytes()[min(from, l.text.Len()):]), l.grown
}

// Tail is the end of the log from a place on, at most n bytes.
func (l *logFile) Tail(from, n int) string {
	text := l.After(from)
	return text[max(0, len(text)-n):]
}

// Wait waits until the log has a text from a place on. It reports false when
// the process ends first or the time is up.
func (l *logFile) Wait(ctx context.Context, ended <-chan struct{}, from int, want string, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		text, grown := l.after(from)
		if strings.Contains(text, want) {
			return true
		}
		select {
		case <-grown:
		case <-ended:
			return strings.Contains(l.After(from), want)
		case <-ctx.Done():
			return false
		}
	}
}

// exitCode is the code that a command has ended with, or -1.
func exitCode(err error) int {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return e.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}
