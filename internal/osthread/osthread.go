// Package osthread keeps a thread of the operating system for work that must
// not move to another one, and must outlive the call: on Linux a child that
// asked to be told of its parent's death is told when the *thread* that made
// it ends.
package osthread

import "runtime"

// Thread is a thread that is kept until Close.
type Thread struct {
	work chan func()
}

// New returns a thread.
func New() *Thread {
	t := &Thread{work: make(chan func())}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for f := range t.work {
			f()
		}
	}()
	return t
}

// Do runs f on the thread, after what was asked for before, and returns what f
// returns. It must not be called after Close.
func (t *Thread) Do(f func() error) error {
	result := make(chan error, 1)
	t.work <- func() { result <- f() }
	return <-result
}

// Close lets the thread go. Children that it made may be told that it ended.
func (t *Thread) Close() { close(t.work) }
