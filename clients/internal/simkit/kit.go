// Package simkit is what every simulator shares: listeners, a request log, a
// journal of accepted changes, faults on demand, a clock of its own and the
// control API. It knows no system; a simulator brings its state and its
// handlers.
//
// A simulator is made by its package's New, which fills a Kit:
//
//	k := simkit.New("laposta", state)
//	k.Part("api", handler)                       // one listener for each part
//	k.Control("PATCH /members/{id}", editMember) // its own control calls
//	k.Credential("api_key", key)
//	info, err := k.Start("127.0.0.1:0")
//
// A handler locks the kit, changes its state and tells what it has accepted:
//
//	k.Lock()
//	defer k.Unlock()
//	...
//	k.Accepted(simkit.Change{By: r, Op: "update", Collection: "members", ID: id, Before: b, After: a})
//
// Most simulators need not do that themselves: a Store of Tables is their state, which
// does it, API answers the calls, and Edits are the control calls by which somebody
// else changes a row; Act is for other control calls, and Within for what happens with
// any call. "touchline new system" writes such a simulator.
//
// Everything listens on loopback only.
package simkit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/touchline-sync/touchline/internal/loopback"
)

// State is what a simulator holds. All three are called with the kit locked.
type State interface {
	// Reset goes back to the state that the simulator started with.
	Reset()
	// Load takes a dump in place of the state. On an error the state is as it
	// was.
	Load(data []byte) error
	// Dump returns the state in a form that encoding/json can write.
	Dump() any
}

// Kit is one simulator.
type Kit struct {
	system  string
	state   State
	token   string
	parts   []part
	control *http.ServeMux

	mu          sync.Mutex
	clock       clock
	faults      []*fault
	nextID      int
	log         []*Request
	seq         int
	journal     []Change
	written     int
	credentials map[string]string
	addresses   map[string]string
	enter       func()
	leave       func() func()

	servers []*http.Server
	done    sync.WaitGroup
	running context.Context // from Start to Close
	stop    context.CancelFunc
}

type part struct {
	name    string
	handler http.Handler
}

// Info says where a started simulator is and how to get in. All credentials
// are invented.
type Info struct {
	System       string            `json:"system"`
	Addresses    map[string]string `json:"addresses"`
	Control      string            `json:"control"`
	ControlToken string            `json:"control_token"`
	Credentials  map[string]string `json:"credentials"`
}

// New returns a simulator of the system, with no part yet. It leaves the state
// as it is.
func New(system string, state State) *Kit {
	k := &Kit{
		system:      system,
		state:       state,
		token:       rand.Text(),
		control:     http.NewServeMux(),
		credentials: map[string]string{},
		addresses:   map[string]string{},
	}
	k.routes()
	return k
}

// Lock takes the one mutex of state, journal and request log.
func (k *Kit) Lock() {
	if k.mu.Lock(); k.enter != nil {
		k.enter()
	}
}

// Unlock lets it go.
func (k *Kit) Unlock() {
	var after func()
	if k.leave != nil {
		after = k.leave()
	}
	if k.mu.Unlock(); after != nil {
		after()
	}
}

// Within sets what happens whenever somebody takes and lets go the lock, whichever
// call he answers: enter comes first, such as for what time alone has changed; leave
// comes last, and what it returns follows with the kit unlocked, such as to tell others
// of what was changed. Each may be nil. Within is called before Start.
func (k *Kit) Within(enter func(), leave func() (after func())) { k.enter, k.leave = enter, leave }

// Part adds a part with a listener, and so an origin, of its own. Parts are
// added before Start; the first one gets the address that Start is given.
func (k *Kit) Part(name string, h http.Handler) {
	k.parts = append(k.parts, part{name, h})
}

// Control adds a control call of the system's own, such as
// "PATCH /members/{id}". The kit has checked the token when h is called; h
// locks the kit itself.
func (k *Kit) Control(pattern string, h http.HandlerFunc) {
	k.control.HandleFunc(pattern, h)
}

// Credential puts an invented credential, or another thing that a client must
// know, into Info.
func (k *Kit) Credential(name, value string) { k.credentials[name] = value }

// Address returns the base address of a part, without a slash at the end. It
// is empty before Start.
func (k *Kit) Address(part string) string { return k.addresses[part] }

// Now is the simulator's time: real, offset or frozen. It may be called with
// the kit locked or not.
func (k *Kit) Now() time.Time { return k.clock.now() }

// Start opens the listeners: listen for the first part ("" for a free port),
// free loopback ports for the others and for control.
func (k *Kit) Start(listen string) (Info, error) {
	if len(k.parts) == 0 {
		return Info{}, errors.New("simulator without a part")
	}
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	if err := onLoopback(listen); err != nil {
		return Info{}, err
	}
	ctx, stop := context.WithCancel(context.Background())
	k.running, k.stop = ctx, stop
	type open struct {
		net.Listener
		h http.Handler
	}
	var opened []open
	for i, p := range k.parts {
		at := "127.0.0.1:0"
		if i == 0 {
			at = listen
		}
		l, err := net.Listen("tcp", at)
		if err != nil {
			for _, o := range opened {
				_ = o.Close()
			}
			stop()
			return Info{}, fmt.Errorf("listen for part %s: %w", p.name, err)
		}
		k.addresses[p.name] = "http://" + l.Addr().String()
		opened = append(opened, open{l, k.through(p)})
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		for _, o := range opened {
			_ = o.Close()
		}
		stop()
		return Info{}, fmt.Errorf("listen for control: %w", err)
	}
	opened = append(opened, open{l, k.guard(k.control)})

	for _, o := range opened {
		s := &http.Server{
			Handler:           o.h,
			ReadHeaderTimeout: 10 * time.Second,
			ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
			BaseContext:       func(net.Listener) context.Context { return ctx },
		}
		k.servers = append(k.servers, s)
		k.done.Go(func() { _ = s.Serve(o.Listener) })
	}
	return Info{
		System:       k.system,
		Addresses:    k.addresses,
		Control:      "http://" + l.Addr().String(),
		ControlToken: k.token,
		Credentials:  k.credentials,
	}, nil
}

// Go runs f beside the listeners of a started simulator, such as to call
// somebody back. Its context ends with Close, which waits for f.
func (k *Kit) Go(f func(ctx context.Context)) {
	k.done.Go(func() { f(k.running) })
}

func onLoopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("listen address: %w", err)
	}
	if !loopback.Is(host) {
		return errors.New("a simulator listens on loopback only")
	}
	return nil
}

// Close ends all listeners and connections and waits for them.
func (k *Kit) Close() error {
	if k.stop != nil {
		k.stop()
	}
	var errs []error
	for _, s := range k.servers {
		errs = append(errs, s.Close())
	}
	k.done.Wait()
	return errors.Join(errs...)
}
