package runsignup

import (
	"errors"
	"testing"
)

// Times are those of a zone, where the clock is changed on two days: an hour that comes
// twice, or not at all, is not guessed.
func TestInstant(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		local, zone, want string
		err               error
	}{
		{"5/9/2026 06:00", "Africa/Johannesburg", "2026-05-09T04:00:00Z", nil},
		{"2021-09-07 15:20:36", "America/New_York", "2021-09-07T19:20:36Z", nil},
		// Spring: 02:00 becomes 03:00.
		{"3/8/2026 01:59", "America/New_York", "2026-03-08T06:59:00Z", nil},
		{"3/8/2026 02:30", "America/New_York", "", errNever},
		{"3/8/2026 03:00", "America/New_York", "2026-03-08T07:00:00Z", nil},
		{"3/29/2026 02:30", "Europe/Amsterdam", "", errNever},
		{"3/29/2026 03:00", "Europe/Amsterdam", "2026-03-29T01:00:00Z", nil},
		// Autumn: 02:00 becomes 01:00.
		{"11/1/2026 00:59", "America/New_York", "2026-11-01T04:59:00Z", nil},
		{"11/1/2026 01:00", "America/New_York", "", errTwice},
		{"11/1/2026 01:59", "America/New_York", "", errTwice},
		{"11/1/2026 02:00", "America/New_York", "2026-11-01T07:00:00Z", nil},
		{"10/25/2026 02:30", "Europe/Amsterdam", "", errTwice},
		{"10/25/2026 03:00", "Europe/Amsterdam", "2026-10-25T02:00:00Z", nil},
		// Half an hour is enough on Lord Howe.
		{"4/5/2026 01:40", "Australia/Lord_Howe", "", errTwice},
		{"4/5/2026 02:00", "Australia/Lord_Howe", "2026-04-04T15:30:00Z", nil},
		{"9/5/2026 06:00", "", "", errZone},
		{"9/5/2026 06:00", "Karoo/Land", "", errZone},
		{"tomorrow", "Africa/Johannesburg", "", errForm},
	} {
		got, err := instant(c.local, c.zone)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s in %s: %s, %v, want %s, %v", c.local, c.zone, got, err, c.want, c.err)
		}
		if err != nil {
			continue
		}
		// What is read is what would be written.
		sent, err := clock(got, c.zone)
		if back, wrong := instant(sent, c.zone); err != nil || wrong != nil || back[:16] != got[:16] {
			t.Errorf("%s in %s is sent as %s, %v", got, c.zone, sent, err)
		}
	}
	// Nobody could tell the two apart there.
	for _, moment := range []string{"2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"} {
		if sent, err := clock(moment, "America/New_York"); !errors.Is(err, errTwice) {
			t.Errorf("%s is sent as %s, %v", moment, sent, err)
		}
	}
}

func TestMetres(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"42.2K": "42200", "5 k": "5000", "13.1 Miles": "21082", "1 Mile": "1609", "26.2M": "42165", "400 meters": "400", "100 Yards": "91",
		"10": "", "far": "", "1.2.3K": "", "-5K": "",
	} {
		if got, err := metres(s); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v, want %q", s, got, err, want)
		}
	}
}
