package app

import (
	"testing"
	"time"
)

// TestBreakerWaits: a system is left alone for a second at least, and never for longer
// at first than at most.
func TestBreakerWaits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		wait, most time.Duration
		faults     int
	}{
		{"the defaults", defaultSync().BreakerWait, defaultSync().BreakerMost, 0},
		{"the least", time.Second, time.Second, 0},
		{"below the least", time.Second - 1, time.Hour, 1},
		{"the most below the first", time.Minute, time.Minute - 1, 1},
	} {
		s := defaultSync()
		s.BreakerWait, s.BreakerMost = c.wait, c.most
		if got := s.validate(); len(got) != c.faults {
			t.Errorf("%s: %v", c.name, got)
		}
		if e := s.engine(); e.BreakerWait != c.wait || e.BreakerMost != c.most {
			t.Errorf("%s: the engine has %s and %s", c.name, e.BreakerWait, e.BreakerMost)
		}
	}
}
