package value

import (
	"strings"
	"time"
)

// The bounds of dates that mean something. What systems write for "none" or
// "for ever" (0001-01-01, 9999-12-31) lies beyond.
const (
	firstDate  = "1800-01-01"
	lastDate   = "2199-12-31"
	firstBirth = "1900-01-01"
)

const (
	whyDate    = "not a date in the expected form"
	whyBounds  = "not a plausible date"
	whyEarly   = "before 1900"
	whyFuture  = "in the future"
	whyUnborn  = "before the birth"
	whyInstant = "not a time in the expected form"
)

// Date makes a date canonical: 2006-01-02. It reads that, 20060102, and both
// with a time of day. The day of a time with an offset is the day in the zone,
// unless it is midnight as it is written: then the offset only says who wrote
// it. "2026-06-30T22:00:00Z" in Amsterdam is 1 July.
//
// Unreadable is all else: 0000-00-00, a mask, a day that no calendar has, years
// before 1800 or after 2199.
func Date(raw string, zone *time.Location) (string, error) {
	s, err := clean(raw, false)
	if err != nil || s == "" {
		return "", err
	}
	s = asciiDigits(s)
	for _, layout := range []string{time.DateOnly, "20060102"} {
		if d, err := time.Parse(layout, s); err == nil {
			return inBounds(d.Format(time.DateOnly))
		}
	}
	t, midnight, ok := dayTime(s, zone)
	if !ok {
		return "", unreadable(whyDate)
	}
	if !midnight {
		t = t.In(zone)
	}
	return inBounds(t.Format(time.DateOnly))
}

func inBounds(date string) (string, error) {
	if date < firstDate || date > lastDate {
		return "", unreadable(whyBounds)
	}
	return date, nil
}

// dayTime reads a date with a time of day; without an offset it is in the zone.
func dayTime(s string, zone *time.Location) (t time.Time, midnight, ok bool) {
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + strings.TrimSpace(s[11:])
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04"} {
		t, err := time.ParseInLocation(layout, s, zone)
		if err == nil {
			// Midnight as written: where a clock change skips it, t is not.
			return t, strings.Trim(s[11:], "0:.") == "", true
		}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05-07"} {
		if t, err := time.Parse(layout, s); err == nil {
			h, m, sec := t.Clock()
			return t, h+m+sec == 0, true
		}
	}
	return time.Time{}, false, false
}

// Instant makes a moment canonical: RFC 3339 in UTC, in whole seconds. It reads
// dates with a time of day, with an offset or else in the zone, and dates alone,
// which are the beginning of their day there. Unreadable is all else.
func Instant(raw string, zone *time.Location) (string, error) {
	s, err := clean(raw, false)
	if err != nil || s == "" {
		return "", err
	}
	s = asciiDigits(s)
	t, err := Midnight(s, zone)
	if err != nil {
		var ok bool
		if t, _, ok = dayTime(s, zone); !ok {
			return "", unreadable(whyInstant)
		}
	}
	t = t.UTC()
	if _, err := inBounds(t.Format(time.DateOnly)); err != nil {
		return "", err
	}
	return t.Format(time.RFC3339), nil
}

// Midnight is when a day begins in a zone: a membership from 1 July begins at
// 00:00 in Amsterdam, which is 30 June, 22:00 in UTC. Where a clock change skips
// midnight, the day begins at the first moment after it. The date is canonical,
// else the error is *Unreadable.
func Midnight(date string, zone *time.Location) (time.Time, error) {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return time.Time{}, unreadable(whyDate)
	}
	t := time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, zone)
	if t.Day() != d.Day() { // before the gap: the day begins behind it
		_, t = t.ZoneBounds()
	}
	return t, nil
}

// PlausibleBirth judges a canonical date of birth: from 1900 on, and not later
// than today. An empty date is plausible. The error is *Unreadable.
func PlausibleBirth(birth, today string) error {
	switch {
	case birth == "":
	case birth < firstBirth:
		return unreadable(whyEarly)
	case birth > today:
		return unreadable(whyFuture)
	}
	return nil
}

// PlausiblePassing judges a canonical date of passing: not before the birth,
// where that is known, and not later than today. An empty date is plausible. The
// error is *Unreadable.
func PlausiblePassing(passing, birth, today string) error {
	if passing != "" && birth != "" && passing < birth {
		return unreadable(whyUnborn)
	}
	return PlausibleBirth(passing, today)
}
