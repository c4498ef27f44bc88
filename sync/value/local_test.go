package value_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/value"
)

// Times are those of a zone, where the clock is changed on two days: an hour that comes
// twice, or not at all, is not guessed.
func TestLocal(t *testing.T) {
	t.Parallel()
	const (
		shown, sent = "1/2/2006 15:04", "2006-01-02 15:04"
		twice       = "the hour comes twice on that day"
		never       = "there is no such hour on that day"
		zone        = "in a zone that is not known"
		form        = "not a time in the expected form"
	)
	for _, c := range []struct{ local, zone, want, why string }{
		{"5/9/2026 06:00", "Africa/Johannesburg", "2026-05-09T04:00:00Z", ""},
		{"2021-09-07 15:20:36", "America/New_York", "2021-09-07T19:20:36Z", ""},
		// Spring: 02:00 becomes 03:00.
		{"3/8/2026 01:59", "America/New_York", "2026-03-08T06:59:00Z", ""},
		{"3/8/2026 02:30", "America/New_York", "", never},
		{"3/8/2026 03:00", "America/New_York", "2026-03-08T07:00:00Z", ""},
		{"3/29/2026 02:30", "Europe/Amsterdam", "", never},
		{"3/29/2026 03:00", "Europe/Amsterdam", "2026-03-29T01:00:00Z", ""},
		// Autumn: 02:00 becomes 01:00.
		{"11/1/2026 00:59", "America/New_York", "2026-11-01T04:59:00Z", ""},
		{"11/1/2026 01:00", "America/New_York", "", twice},
		{"11/1/2026 01:59", "America/New_York", "", twice},
		{"11/1/2026 02:00", "America/New_York", "2026-11-01T07:00:00Z", ""},
		{"10/25/2026 02:30", "Europe/Amsterdam", "", twice},
		{"10/25/2026 03:00", "Europe/Amsterdam", "2026-10-25T02:00:00Z", ""},
		// Half an hour is enough on Lord Howe.
		{"4/5/2026 01:40", "Australia/Lord_Howe", "", twice},
		{"4/5/2026 02:00", "Australia/Lord_Howe", "2026-04-04T15:30:00Z", ""},
		{"9/5/2026 06:00", "", "", zone},
		{"9/5/2026 06:00", "Karoo/Land", "", zone},
		{"tomorrow", "Africa/Johannesburg", "", form},
	} {
		got, err := value.Local(c.local, c.zone, shown, time.DateTime, sent)
		if got != c.want || (err == nil) != (c.why == "") || err != nil && value.Why(err) != c.why {
			t.Errorf("%s in %s: %s, %v, want %s, %s", c.local, c.zone, got, err, c.want, c.why)
		}
		if err != nil {
			continue
		}
		// What is read is what would be written.
		wall, err := value.Wall(got, c.zone, sent)
		if back, wrong := value.Local(wall, c.zone, sent); err != nil || wrong != nil || back[:16] != got[:16] {
			t.Errorf("%s in %s is sent as %s, %v", got, c.zone, wall, err)
		}
	}
	for moment, c := range map[string]struct{ zone, why string }{
		"2026-11-01T05:30:00Z": {"America/New_York", twice}, // nobody could tell the two apart there
		"2026-11-01T06:30:00Z": {"America/New_York", twice},
		"2026-11-01T06:30:01Z": {"Karoo/Land", zone},
		"tomorrow":             {"America/New_York", form},
	} {
		if wall, err := value.Wall(moment, c.zone, sent); err == nil || value.Why(err) != c.why {
			t.Errorf("%s is sent as %s, %v", moment, wall, err)
		}
	}
}
