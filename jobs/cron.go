package jobs

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a bare container has no zones
)

// Cron is a cron line of five fields, read in a time zone.
//
// A line that names its hours and minutes runs once at each of these times on
// each local day: a time that the clock skips runs at the first valid instant,
// a time that the clock shows twice runs the first time. A line whose minute or
// hour begins with * is an interval and follows real time.
type Cron struct {
	minute, hour, dom, month, dow bits
	anyDom, anyDow                bool
	interval                      bool
	zone                          *time.Location
}

type bits uint64

func (b bits) has(n int) bool { return b&(1<<n) != 0 }

var (
	monthNames = strings.Fields("- jan feb mar apr may jun jul aug sep oct nov dec")
	dayNames   = strings.Fields("sun mon tue wed thu fri sat")
)

// ParseCron reads a line such as "0 8,11 * * mon-fri". Lists, ranges, steps
// and names are understood. A line that no day fits is refused.
func ParseCron(line, zone string) (Cron, error) {
	var c Cron
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		return c, fmt.Errorf("cron: unknown time zone %q", zone)
	}
	fields := strings.Fields(line)
	if len(fields) != 5 {
		return c, fmt.Errorf("cron: %q has %d fields, not 5", line, len(fields))
	}
	c.zone = loc
	for i, f := range []struct {
		name     string
		to       *bits
		min, max int
		names    []string
	}{
		{"minute", &c.minute, 0, 59, nil},
		{"hour", &c.hour, 0, 23, nil},
		{"day of month", &c.dom, 1, 31, nil},
		{"month", &c.month, 1, 12, monthNames},
		{"day of week", &c.dow, 0, 7, dayNames},
	} {
		if *f.to, err = parseField(fields[i], f.min, f.max, f.names); err != nil {
			return c, fmt.Errorf("cron: %q: %s: %w", line, f.name, err)
		}
	}
	if c.dow.has(7) {
		c.dow |= 1
	}
	c.anyDom, c.anyDow = strings.HasPrefix(fields[2], "*"), strings.HasPrefix(fields[4], "*")
	c.interval = strings.HasPrefix(fields[0], "*") || strings.HasPrefix(fields[1], "*")
	if c.anyDow && !c.someDay() {
		return c, fmt.Errorf("cron: %q: no such day in any of its months", line)
	}
	return c, nil
}

func parseField(field string, lowest, highest int, names []string) (bits, error) {
	var set bits
	for part := range strings.SplitSeq(field, ",") {
		span, stepText, stepped := strings.Cut(part, "/")
		runStep := 1
		if stepped {
			var err error
			if runStep, err = strconv.Atoi(stepText); err != nil || runStep < 1 {
				return 0, fmt.Errorf("step %q", stepText)
			}
		}
		from, to := lowest, highest
		if span != "*" {
			first, last, ranged := strings.Cut(span, "-")
			var err error
			if from, err = parseNumber(first, names); err != nil {
				return 0, err
			}
			switch {
			case ranged:
				if to, err = parseNumber(last, names); err != nil {
					return 0, err
				}
			case !stepped:
				to = from
			}
		}
		if from < lowest || to > highest || from > to {
			return 0, fmt.Errorf("%q is outside of %d to %d", part, lowest, highest)
		}
		for n := from; n <= to; n += runStep {
			set |= 1 << n
		}
	}
	return set, nil
}

func parseNumber(text string, names []string) (int, error) {
	for i, name := range names {
		if strings.EqualFold(text, name) {
			return i, nil
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || text[0] == '+' {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	return n, nil
}

// someDay reports whether a month of the line has a day of the line.
func (c Cron) someDay() bool {
	days := []int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	for m := 1; m <= 12; m++ {
		for d := 1; d <= days[m]; d++ {
			if c.month.has(m) && c.dom.has(d) {
				return true
			}
		}
	}
	return false
}

// errNever cannot come of a line that ParseCron took: 29 February is at most
// eight years away.
var errNever = errors.New("cron: no time within nine years")

// Next returns the first time after the given one.
func (c Cron) Next(after time.Time) (time.Time, error) {
	local := after.In(c.zone)
	year, month, day := local.Date()
	for range 9 * 366 {
		if c.fits(year, month, day) {
			next := c.nextOn(after, year, month, day)
			if !next.IsZero() {
				return next, nil
			}
		}
		year, month, day = time.Date(year, month, day+1, 12, 0, 0, 0, time.UTC).Date()
	}
	return time.Time{}, errNever
}

// Daily reports whether the line has a time on each day. A fortnight has all days of the
// week; an hour more than a day is the night on which clocks go back.
func (c Cron) Daily() bool {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for end := at.AddDate(0, 0, 14); at.Before(end); {
		next, err := c.Next(at)
		if err != nil || next.Sub(at) > 25*time.Hour {
			return false
		}
		at = next
	}
	return true
}

func (c Cron) fits(year int, month time.Month, day int) bool {
	if !c.month.has(int(month)) {
		return false
	}
	dom := c.dom.has(day)
	dow := c.dow.has(int(time.Date(year, month, day, 12, 0, 0, 0, time.UTC).Weekday()))
	if c.anyDom || c.anyDow {
		return dom && dow
	}
	return dom || dow
}

// nextOn returns the first time after the given one on one local day, or zero.
func (c Cron) nextOn(after time.Time, year int, month time.Month, day int) time.Time {
	if c.interval {
		return c.nextInterval(after, year, month, day)
	}
	for h := range 24 {
		for m := 0; m < 60 && c.hour.has(h); m++ {
			if !c.minute.has(m) {
				continue
			}
			if t := c.instant(year, month, day, h, m); t.After(after) {
				return t
			}
		}
	}
	return time.Time{}
}

func (c Cron) nextInterval(after time.Time, year int, month time.Month, day int) time.Time {
	t := c.instant(year, month, day, 0, 0)
	if after.After(t) || after.Equal(t) {
		t = after.Truncate(time.Minute).Add(time.Minute)
	}
	for ; ; t = t.Add(time.Minute) {
		local := t.In(c.zone)
		if local.Day() != day {
			return time.Time{}
		}
		if c.hour.has(local.Hour()) && c.minute.has(local.Minute()) {
			return t.UTC()
		}
	}
}

// instant is when a local clock first shows a time, or the first instant after
// it when the clock skips it. time.Date does not say which of two it takes.
func (c Cron) instant(year int, month time.Month, day, hour, minute int) time.Time {
	wall := time.Date(year, month, day, hour, minute, 0, 0, time.UTC)
	_, before := wall.Add(-24 * time.Hour).In(c.zone).Zone()
	_, later := wall.Add(24 * time.Hour).In(c.zone).Zone()
	var first time.Time
	for _, offset := range []int{before, later} {
		t := wall.Add(-time.Duration(offset) * time.Second)
		_, actual := t.In(c.zone).Zone()
		if actual == offset && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	if first.IsZero() {
		start, _ := wall.Add(-time.Duration(before) * time.Second).In(c.zone).ZoneBounds()
		return start.UTC()
	}
	return first
}
