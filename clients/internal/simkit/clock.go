package simkit

import (
	"sync"
	"time"
)

// clock is the simulator's time. It has a mutex of its own so that Now can be
// asked with the kit locked.
type clock struct {
	mu     sync.Mutex
	offset time.Duration
	frozen time.Time // zero when the clock runs
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.frozen.IsZero() {
		return c.frozen
	}
	return time.Now().Add(c.offset).UTC()
}

// Time is what POST /clock takes. Absent parts stay as they are; Now and
// Offset exclude each other, and Now wins.
type Time struct {
	Now    *time.Time `json:"now,omitempty"`
	Offset *string    `json:"offset,omitempty"` // from the machine's time, as "1h30m"
	Freeze *bool      `json:"freeze,omitempty"`
}

func (c *clock) set(t Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	frozen := !c.frozen.IsZero()
	at := c.frozen
	if !frozen {
		at = time.Now().Add(c.offset)
	}
	switch {
	case t.Now != nil:
		at = *t.Now
	case t.Offset != nil:
		d, err := time.ParseDuration(*t.Offset)
		if err != nil {
			return err
		}
		at = time.Now().Add(d)
	}
	if t.Freeze != nil {
		frozen = *t.Freeze
	}
	c.offset, c.frozen = time.Until(at), time.Time{}
	if frozen {
		c.frozen = at.UTC()
	}
	return nil
}

// SetTime changes the simulator's clock from within the same process.
func (k *Kit) SetTime(t Time) error { return k.clock.set(t) }
