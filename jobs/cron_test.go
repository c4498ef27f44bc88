package jobs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/pipelines"
)

func parse(t *testing.T, line string) jobs.Cron {
	t.Helper()
	c, err := jobs.ParseCron(line, "Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// on returns the times of a line on one local day, as "15:04 MST".
func on(t *testing.T, c jobs.Cron, day string) string {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	start, err := time.ParseInLocation("2006-01-02", day, zone)
	if err != nil {
		t.Fatal(err)
	}
	end := start.AddDate(0, 0, 1)
	var times []string
	for at := start.Add(-time.Second); ; {
		next, err := c.Next(at)
		if err != nil {
			t.Fatal(err)
		}
		if !next.After(at) {
			t.Fatalf("%s is not after %s", next, at)
		}
		if at = next; !at.Before(end) {
			return strings.Join(times, ", ")
		}
		times = append(times, at.In(zone).Format("15:04 MST"))
	}
}

// hourly is what the clock shows at each full hour of the day that springs
// forward, and of the one that falls back.
var (
	springHours = hours("CET", 0, 2) + ", " + hours("CEST", 3, 24)
	fallHours   = hours("CEST", 0, 3) + ", " + hours("CET", 2, 24)
)

func hours(zone string, from, to int) string {
	var out []string
	for h := from; h < to; h++ {
		out = append(out, time.Date(2000, 1, 1, h, 0, 0, 0, time.UTC).Format("15:04 ")+zone)
	}
	return strings.Join(out, ", ")
}

// The four days on which the clock changes; all are Sundays.
func TestCronOnClockChangeDays(t *testing.T) {
	t.Parallel()
	lines := map[string][2]string{ // spring, fall
		// the lines of the seed
		"0 8,11,14,17 * * *":  {"08:00 CEST, 11:00 CEST, 14:00 CEST, 17:00 CEST", "08:00 CET, 11:00 CET, 14:00 CET, 17:00 CET"},
		"0 7 * * *":           {"07:00 CEST", "07:00 CET"},
		"30 7,10,13,16 * * *": {"07:30 CEST, 10:30 CEST, 13:30 CEST, 16:30 CEST", "07:30 CET, 10:30 CET, 13:30 CET, 16:30 CET"},
		"0 1 * * 0":           {"01:00 CET", "01:00 CEST"},
		"0 8 * * *":           {"08:00 CEST", "08:00 CET"},
		"0 6 * * 0":           {"06:00 CEST", "06:00 CET"},
		"0 9 * * *":           {"09:00 CEST", "09:00 CET"},
		"30 23 * * 1":         {"", ""},
		"0 3 1 * *":           {"", ""},
		"0 * * * *":           {springHours, fallHours},
		// the scans
		"30 3 * * *": {"03:30 CEST", "03:30 CET"},
		"45 3 * * *": {"03:45 CEST", "03:45 CET"},
		"30 8 * * *": {"08:30 CEST", "08:30 CET"},
		"0 5 * * 0":  {"05:00 CEST", "05:00 CET"},
		// what the seed avoids
		"30 2 * * *":        {"03:00 CEST", "02:30 CEST"},
		"0 2 * * *":         {"03:00 CEST", "02:00 CEST"},
		"0 2,3 * * *":       {"03:00 CEST", "02:00 CEST, 03:00 CET"},
		"15,45 1-3 * * sun": {"01:15 CET, 01:45 CET, 03:00 CEST, 03:15 CEST, 03:45 CEST", "01:15 CEST, 01:45 CEST, 02:15 CEST, 02:45 CEST, 03:15 CET, 03:45 CET"},
		"0 */12 * * *":      {"00:00 CET, 12:00 CEST", "00:00 CEST, 12:00 CET"},
		"*/30 1-2 * * *":    {"01:00 CET, 01:30 CET", "01:00 CEST, 01:30 CEST, 02:00 CEST, 02:30 CEST, 02:00 CET, 02:30 CET"},
		"59 23 * mar,oct *": {"23:59 CEST", "23:59 CET"},
		"0 0 * * 7":         {"00:00 CET", "00:00 CEST"},
	}
	for _, s := range pipelines.ClubSchedules() {
		if _, ok := lines[s.Cron]; !ok && s.Cron != "*/5 * * * *" { // that is counted below
			t.Errorf("schedule %s (%s) is not in this table", s.Name, s.Cron)
		}
	}
	for line, want := range lines {
		c := parse(t, line)
		for i, days := range [][]string{{"2026-03-29", "2027-03-28"}, {"2026-10-25", "2027-10-31"}} {
			for _, day := range days {
				if got := on(t, c, day); got != want[i] {
					t.Errorf("%s on %s:\n got %s\nwant %s", line, day, got, want[i])
				}
			}
		}
	}
	for _, day := range []string{"2026-03-29", "2026-10-25"} {
		want := map[string]int{"2026-03-29": 23 * 12, "2026-10-25": 25 * 12}[day]
		if got := strings.Count(on(t, parse(t, "*/5 * * * *"), day), ":"); got != want {
			t.Errorf("*/5 on %s: %d times, want %d", day, got, want)
		}
	}
}

func TestCronDays(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ line, after, want string }{
		{"0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-28T23:00:00Z"},
		{"0 12 13 * fri", "2026-02-01T00:00:00Z", "2026-02-06T11:00:00Z"}, // either
		{"0 12 13 * *", "2026-02-01T00:00:00Z", "2026-02-13T11:00:00Z"},
		{"0 12 31 * *", "2026-01-31T12:00:00Z", "2026-03-31T10:00:00Z"},
		{"30 23 * * 1", "2026-11-22T00:00:00Z", "2026-11-23T22:30:00Z"},
		{"0 8 * * *", "2026-11-22T07:00:00Z", "2026-11-23T07:00:00Z"}, // strictly after
		{"*/7 * * * *", "2026-11-22T07:56:30Z", "2026-11-22T08:00:00Z"},
	} {
		after, err := time.Parse(time.RFC3339, test.after)
		if err != nil {
			t.Fatal(err)
		}
		next, err := parse(t, test.line).Next(after)
		if got := next.UTC().Format(time.RFC3339); err != nil || got != test.want {
			t.Errorf("%s after %s: %s, %v; want %s", test.line, test.after, got, err, test.want)
		}
	}
}

func TestCronRefuses(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 * ", "* * * * 8",
		"5-1 * * * *", "*/0 * * * *", "a * * * *", "+1 * * * *", "-1 * * * *", "1, * * * *", "1--2 * * * *", "*/ * * * *",
		"0 0 30 2 *", "0 0 31 apr,jun *", "@daily", "* * * mon *",
	} {
		if _, err := jobs.ParseCron(line, "Europe/Amsterdam"); err == nil {
			t.Errorf("%q was taken", line)
		}
	}
	for _, zone := range []string{"", "Local", "Mars/Olympus", "CRON_TZ=Europe/Amsterdam"} {
		if _, err := jobs.ParseCron("0 8 * * *", zone); err == nil {
			t.Errorf("zone %q was taken", zone)
		}
	}
}
