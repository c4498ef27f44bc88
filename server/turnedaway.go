package server

import (
	"cmp"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// How often it is told which calls were turned away, and of how many at most.
const (
	turnedAwayEvery = time.Minute
	turnedAwayMost  = 20
)

// turnedAway tells the log of calls that were refused at the door: the first at
// once, and then once a minute how many of each kind came from where. Whoever
// sends many fills no log.
type turnedAway struct {
	log   *slog.Logger
	every time.Duration

	mu     sync.Mutex
	counts map[refusedCall]int64
	others int64       // of those for which counts has no place
	timer  *time.Timer // until it is told next; nil: the next call is told at once
	closed bool
}

// refusedCall is one kind of refused call of one client.
type refusedCall struct {
	what   string // token, or a system whose webhook it was to be
	why    string
	client string
}

func newTurnedAway(log *slog.Logger, every time.Duration) *turnedAway {
	return &turnedAway{log: log, every: every, counts: map[refusedCall]int64{}}
}

// note counts a call.
func (t *turnedAway) note(c refusedCall) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timer == nil && !t.closed {
		t.tell(c, 1)
		t.timer = time.AfterFunc(t.every, t.sum)
		return
	}
	if _, known := t.counts[c]; known || len(t.counts) < turnedAwayMost {
		t.counts[c]++
	} else {
		t.others++
	}
}

// sum tells what was counted, and goes on counting as long as there is something.
func (t *turnedAway) sum() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.timer = nil
	if t.tellAll() && !t.closed {
		t.timer = time.AfterFunc(t.every, t.sum)
	}
}

// close tells what was counted last.
func (t *turnedAway) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if t.timer != nil {
		t.timer.Stop()
	}
	t.tellAll()
}

// tellAll reports whether there was anything to tell.
func (t *turnedAway) tellAll() bool {
	order := slices.SortedFunc(maps.Keys(t.counts), func(a, b refusedCall) int {
		return cmp.Or(cmp.Compare(a.what, b.what), cmp.Compare(a.why, b.why), cmp.Compare(a.client, b.client))
	})
	for _, c := range order {
		t.tell(c, t.counts[c])
	}
	if t.others > 0 {
		t.log.Warn("more calls refused, of other kinds or clients", "count", t.others)
	}
	told := len(order) > 0
	clear(t.counts)
	t.others = 0
	return told
}

func (t *turnedAway) tell(c refusedCall, n int64) {
	if c.what == refusedToken {
		t.log.Warn("calls refused for their token", "why", c.why, "client", c.client, "count", n)
		return
	}
	t.log.Warn("webhooks not believed", "system", c.what, "why", c.why, "client", c.client, "count", n)
}

// refusedToken is what is refused where it is no webhook.
const refusedToken = "token"
