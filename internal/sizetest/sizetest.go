// Package sizetest gives a test the size that the run of the tests asks for.
//
// There are three: that of go test -short (make check), the usual one (make
// test: at most 200 members, one seed), and the full one (make acceptance),
// which the environment asks for by TOUCHLINE_TEST_SIZE=full. It decides how
// much is tried, never what must hold.
package sizetest

import (
	"hash/fnv"
	"os"
	"strconv"
	"testing"
)

const (
	// Variable names what the environment asks for: "full", or nothing.
	Variable = "TOUCHLINE_TEST_SIZE"
	// SeedVariable names the seed of all that is left to chance, 1 by default.
	SeedVariable = "TOUCHLINE_TEST_SEED"
)

// Of returns the number for this run: short with -short, full when the
// environment asks for it, else usual. A size that nobody knows fails the test.
func Of(t testing.TB, short, usual, full int) int {
	t.Helper()
	switch {
	case testing.Short():
		return short
	case Full(t):
		return full
	default:
		return usual
	}
}

// Full reports whether the environment asks for the full size.
func Full(t testing.TB) bool {
	t.Helper()
	v := os.Getenv(Variable)
	if v != "" && v != "full" {
		t.Fatalf("%s is %q; it is full, or not set", Variable, v)
	}
	return v == "full"
}

// Seeds returns the seeds to try: that of the environment and, at full size,
// the others up to n that follow it.
func Seeds(t testing.TB, n int) []uint64 {
	t.Helper()
	first := Seed(t)
	seeds := make([]uint64, Of(t, 1, 1, n))
	for i := range seeds {
		seeds[i] = first + uint64(i)
	}
	return seeds
}

// Seed returns the seed of the environment, or 1.
func Seed(t testing.TB) uint64 {
	t.Helper()
	text := os.Getenv(SeedVariable)
	if text == "" {
		return 1
	}
	v, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s is no number", SeedVariable)
	}
	return v
}

// Skip skips, with a reason that begins as the report of make test wants it, what
// -short leaves out: a browser, processes, a cluster of its own.
func Skip(t testing.TB, what string) {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED with -short: " + what)
	}
}

// sampled is how many tests that Sample is called by stand for one that -short runs.
const sampled = 6

// Sample leaves out, with -short, all but every sixth of the tests that call it, by
// the hash of their names: always the same ones.
func Sample(t testing.TB) {
	t.Helper()
	h := fnv.New32a()
	_, _ = h.Write([]byte(t.Name()))
	if h.Sum32()%sampled != 0 {
		Skip(t, "one test in six that needs a database is run")
	}
}
