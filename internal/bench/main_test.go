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
// writes no row, allocates little and needs little room.
func TestTheMeasurementMeasures(t *testing.T) {
	t.Parallel()
	sizetest.Skip(t, "a cluster of its own")
	var out bytes.Buffer
	err := run(t.Context(), &out, options{most: 1000, starts: 3})
	if errors.Is(err, postgres.ErrNoBinaries) && os.Getenv("TOUCHLINE_TEST_STRICT") == "" {
		t.Skipf("SKIPPED, no Postgres: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"2 allocations a record: met", "64 MB of heap: met", "no row for an unchanged record: met (0)", "raw River",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not there", want)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}
