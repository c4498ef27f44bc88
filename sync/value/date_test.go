package value_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

func amsterdam(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Skip("no time zones on this machine")
	}
	return zone
}

func TestDate(t *testing.T) {
	t.Parallel()
	zone := amsterdam(t)
	for in, want := range map[string]string{
		"": "", " ": "",
		"2012-02-29": "2012-02-29", "20120229": "2012-02-29", " 2012-02-29\u200b": "2012-02-29", "２０１２-02-29": "2012-02-29",
		"2012-02-29T00:00:00": "2012-02-29", "2012-02-29 23:59:59": "2012-02-29", "2012-02-29T23:30": "2012-02-29",
		"2012-02-29T23:30:00.123": "2012-02-29",
		// The day is the day in Amsterdam, unless it is midnight as it is written.
		"2026-06-30T22:00:00Z": "2026-07-01", "2026-07-01T00:00:00Z": "2026-07-01", "2026-07-01T00:00:00+02:00": "2026-07-01",
		"2026-07-01T00:00:00.000Z": "2026-07-01", "2026-06-30T21:59:59Z": "2026-06-30", "2026-12-31T23:00:00+0000": "2027-01-01",
		"0000-00-00": no, "0000-00-00 00:00:00": no, "0001-01-01": no, "9999-12-31": no, "2200-01-01": no, "1799-12-31": no,
		"1800-01-01": "1800-01-01", "2199-12-31": "2199-12-31",
		"2011-02-29": no, "2012-13-01": no, "01-07-2026": no, "1-7-2026": no, "7/1/2026": no, "41000": no,
		"****-**-**": no, "xxxx-xx-xx": no, "**-**-2012": no, "null": no, "2012-02-29x": no, "2012-02-29\x00": no,
	} {
		got, err := value.Date(in, zone)
		same(t, in, want)(got, err)
	}
	// West of Greenwich, midnight as it is written stays the day that it names.
	west := time.FixedZone("west", -5*3600)
	if got, err := value.Date("2026-07-01T00:00:00Z", west); got != "2026-07-01" || err != nil {
		t.Errorf("midnight in UTC, read in the west: %q, %v", got, err)
	}
	check(t, record.ValueType{Class: record.ClassBirth}, map[string]string{"1899-12-31": no, "1900-01-01": "1900-01-01"})
	check(t, record.ValueType{Class: record.ClassPassing}, map[string]string{"1899-12-31": no, "": ""})
}

func TestInstant(t *testing.T) {
	t.Parallel()
	zone := amsterdam(t)
	for in, want := range map[string]string{
		"":           "",
		"2026-07-01": "2026-06-30T22:00:00Z", "2026-01-01": "2025-12-31T23:00:00Z",
		"2026-07-01T12:00:00": "2026-07-01T10:00:00Z", "2026-07-01 12:00:00": "2026-07-01T10:00:00Z",
		"2026-07-01T12:00:00Z": "2026-07-01T12:00:00Z", "2026-07-01T12:00:00.999+02:00": "2026-07-01T10:00:00Z",
		"0000-00-00 00:00:00": no, "9999-12-31T23:59:59Z": no, "soon": no, "****": no, "1782900000": no,
	} {
		got, err := value.Instant(in, zone)
		same(t, in, want)(got, err)
	}
}

func TestMidnight(t *testing.T) {
	t.Parallel()
	got, err := value.Midnight("2026-07-01", amsterdam(t))
	if want := time.Date(2026, 6, 30, 22, 0, 0, 0, time.UTC); err != nil || !got.Equal(want) {
		t.Errorf("1 July begins at %v, %v", got, err)
	}
	if _, err := value.Midnight("0000-00-00", time.UTC); err == nil {
		t.Error("0000-00-00 begins")
	}
	// On 2018-11-04 the clock in São Paulo went from 00:00 to 01:00.
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Skip("no time zones on this machine")
	}
	got, err = value.Midnight("2018-11-04", zone)
	if want := time.Date(2018, 11, 4, 3, 0, 0, 0, time.UTC); err != nil || !got.Equal(want) {
		t.Errorf("a day without midnight begins at %v, %v", got.UTC(), err)
	}
}

func TestPlausible(t *testing.T) {
	t.Parallel()
	const today = "2026-11-28"
	for birth, ok := range map[string]bool{
		"": true, "1900-01-01": true, "1899-12-31": false, today: true, "2026-11-29": false, "2090-01-01": false,
	} {
		if err := value.PlausibleBirth(birth, today); (err == nil) != ok {
			t.Errorf("a birth on %q: %v", birth, err)
		}
	}
	for _, c := range []struct {
		passing, birth string
		ok             bool
	}{
		{"", "", true},
		{"", "1950-01-01", true},
		{today, "1950-01-01", true},
		{"2026-11-29", "1950-01-01", false},
		{"1949-12-31", "1950-01-01", false},
		{"1950-01-01", "1950-01-01", true},
		{"2020-01-01", "", true},
		{"1899-01-01", "", false},
	} {
		if err := value.PlausiblePassing(c.passing, c.birth, today); (err == nil) != c.ok {
			t.Errorf("a passing on %q, born on %q: %v", c.passing, c.birth, err)
		}
	}
}
