package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/internal/postgres"
	"github.com/touchline-sync/touchline/internal/sizetest"
)

// What does not depend on the machine is held here: a run without changes
// writes no row, allocates little and needs little room. What a run allocates
// whatever its size is little beside 10,000 records.
//
// It has the process to itself: what others allocate would be counted.
func TestTheMeasurementMeasures(t *testing.T) {
	sizetest.Skip(t, "a cluster of its own")
	var out bytes.Buffer
	err := run(t.Context(), &out, options{most: 10_000, starts: 3, only: "idle,start"})
	if errors.Is(err, postgres.ErrNoBinaries) && os.Getenv("TOUCHLINE_TEST_STRICT") == "" {
		t.Skipf("SKIPPED, no Postgres: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	verdict := ""
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, "10000 records: ") {
			verdict = line
		}
	}
	for _, want := range []string{"2 allocations a record: met", "64 MB of heap: met", "no row for an unchanged record: met (0)"} {
		if !strings.Contains(verdict, want) {
			t.Errorf("%q is not there", want)
		}
	}
	if !strings.Contains(out.String(), "raw River") {
		t.Error("the start of a run was not measured")
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

// What is measured of loads and of writing comes to its end: that all is planned,
// and written, once.
func TestLoadsAndWritingAreMeasured(t *testing.T) {
	sizetest.Skip(t, "a cluster of its own")
	var out bytes.Buffer
	err := run(t.Context(), &out, options{most: 1_000, loads: 1_000, only: "load,writing"})
	if errors.Is(err, postgres.ErrNoBinaries) && os.Getenv("TOUCHLINE_TEST_STRICT") == "" {
		t.Skipf("SKIPPED, no Postgres: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1000 records, first load: plan and apply:", "1000 records, all changed: plan and apply:", "500 in a call"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not there", want)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

// A cycle of the event family in which nothing has changed reads no record, calls no
// target that is only written and writes no row.
func TestTheEventFamilyIsMeasured(t *testing.T) {
	sizetest.Skip(t, "a cluster of its own")
	var out bytes.Buffer
	err := run(t.Context(), &out, options{most: 500, only: "event"})
	if errors.Is(err, postgres.ErrNoBinaries) && os.Getenv("TOUCHLINE_TEST_STRICT") == "" {
		t.Skipf("SKIPPED, no Postgres: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"500 persons and 600 participants", "no unchanged payload read: met (0)", "only written: met (0)", "no row: met (0)", "64 MB of heap: met",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not there", want)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}
