package app

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/mautic"
	"github.com/touchline-sync/touchline/clients/tagserver"
	"github.com/touchline-sync/touchline/sync/record"
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

// TestWindow: the window of events is that of the system that has one; of several it is
// the widest.
func TestWindow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		systems []SystemSettings
		want    record.Window
	}{
		{nil, record.Window{}},
		{[]SystemSettings{{Config: &mautic.Config{}}, {Config: &tagserver.Config{}}}, record.Window{Past: 720 * time.Hour, Ahead: 8760 * time.Hour}},
		{[]SystemSettings{{Config: &tagserver.Config{Past: 1, Ahead: 4}}, {Config: &tagserver.Config{Past: 3, Ahead: 2}}}, record.Window{Past: 3, Ahead: 4}},
	} {
		s := Settings{Systems: c.systems}
		if got := s.window(); got != c.want {
			t.Errorf("of %d systems it is %+v, want %+v", len(c.systems), got, c.want)
		}
	}
}
