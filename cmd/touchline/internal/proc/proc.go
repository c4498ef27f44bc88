// Package proc runs other processes of this program as children: it starts
// them again when they die, passes their messages on line by line, and ends
// them with itself, also when it is killed.
package proc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/touchline-sync/touchline/internal/osthread"
)

const (
	firstBackoff = 200 * time.Millisecond
	longBackoff  = 10 * time.Second
	steady       = time.Minute // a child that lived so long starts the backoff anew
)

// Options says what to run and what to do with it.
type Options struct {
	Name string   // what messages call it: "worker 1"
	Path string   // the program; empty: this one
	Args []string // without the program's name
	Env  []string // nil: the environment of this process
	// Stdout and Stderr take the child's lines, Stderr's with the name before
	// them. Nil throws them away.
	Stdout, Stderr io.Writer
	Log            *slog.Logger
	// Final says that a child which ended with this code is not to be started
	// again. Nil: code 0 and 2, for a second start would end the same way.
	Final func(code int) bool
}

// Child is a process that is kept alive. It is made by Start.
type Child struct {
	o      Options
	thread *osthread.Thread
	stop   chan struct{}
	once   sync.Once
	done   chan struct{}

	mu     sync.Mutex
	cmd    *exec.Cmd
	starts int
	err    error
}

// Start starts a child. An error means that it could not be started at all.
func Start(o Options) (*Child, error) {
	if o.Path == "" {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		o.Path = self
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Final == nil {
		o.Final = func(code int) bool { return code == 0 || code == 2 }
	}
	c := &Child{o: o, thread: osthread.New(), stop: make(chan struct{}), done: make(chan struct{})}
	ended, err := c.launch()
	if err != nil {
		c.thread.Close()
		return nil, err
	}
	go c.keep(ended)
	return c, nil
}

// PID is the process id of the child, or 0 while none runs.
func (c *Child) PID() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cmd == nil {
		return 0
	}
	return c.cmd.Process.Pid
}

// Starts is how often the child has been started.
func (c *Child) Starts() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.starts
}

// Done is closed when the child has ended and will not be started again.
func (c *Child) Done() <-chan struct{} { return c.done }

// Err is how the child ended, once Done is closed: nil after Stop and after
// code 0.
func (c *Child) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Stop asks the child to end and waits for it. When ctx ends first the child
// is killed. Stop may be called more than once.
func (c *Child) Stop(ctx context.Context) error {
	c.once.Do(func() { close(c.stop) })
	c.signal(syscall.SIGTERM)
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		c.signal(syscall.SIGKILL)
		<-c.done
		return fmt.Errorf("%s did not end in time: %w", c.o.Name, ctx.Err())
	}
}

func (c *Child) signal(sig os.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cmd != nil {
		// The process may have ended just now; then there is nothing to tell.
		_ = c.cmd.Process.Signal(sig)
	}
}

func (c *Child) stopping() bool {
	select {
	case <-c.stop:
		return true
	default:
		return false
	}
}

// launch starts the process. The channel gets how it ended.
func (c *Child) launch() (<-chan error, error) {
	cmd := exec.Command(c.o.Path, c.o.Args...) //nolint:gosec // our own program
	cmd.Env = c.o.Env
	cmd.SysProcAttr = attributes()
	// A grandchild may hold the pipes open; do not wait for it.
	cmd.WaitDelay = time.Second
	out, err := &lines{to: c.o.Stdout}, &lines{to: c.o.Stderr, prefix: c.o.Name + ": "}
	cmd.Stdout, cmd.Stderr = out, err
	if err := c.begin(cmd); err != nil {
		return nil, fmt.Errorf("%s: %w", c.o.Name, err)
	}
	if c.stopping() { // Stop came while there was nothing to signal
		c.signal(syscall.SIGTERM)
	}
	ended := make(chan error, 1)
	go func() {
		result := cmd.Wait()
		out.flush()
		err.flush()
		c.mu.Lock()
		c.cmd = nil
		c.mu.Unlock()
		ended <- result
	}()
	return ended, nil
}

// begin starts a process. Nobody is told anything of the child meanwhile, so that whoever
// hears from the process finds it here.
func (c *Child) begin(cmd *exec.Cmd) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.thread.Do(cmd.Start)
	if err == nil {
		c.cmd = cmd
		c.starts++
	}
	return err
}

// keep starts the child again when it has died, until Stop or a final code.
func (c *Child) keep(ended <-chan error) {
	defer close(c.done)
	defer c.thread.Close()
	wait := firstBackoff
	for {
		started := time.Now()
		err := <-ended
		if c.stopping() {
			return
		}
		code := exitCode(err)
		if c.o.Final(code) {
			c.end(err)
			return
		}
		if time.Since(started) > steady {
			wait = firstBackoff
		}
		c.o.Log.Warn("a process has died; starting it again", "process", c.o.Name, "code", code, "after", wait)
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-c.stop:
			timer.Stop()
			return
		}
		wait = min(2*wait, longBackoff)
		if ended, err = c.launch(); err != nil {
			c.end(err)
			return
		}
	}
}

func (c *Child) end(err error) {
	if err != nil {
		err = fmt.Errorf("%s: %w", c.o.Name, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
}

// exitCode is 0 for nil, and -1 when a signal ended the process.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return e.ExitCode()
	}
	return -1
}
