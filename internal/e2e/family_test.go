package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/internal/organiser"
	"github.com/touchline-sync/touchline/internal/sizetest"
)

// demoRun is a line that "touchline demo --json" prints.
type demoRun struct {
	Pipeline  string `json:"pipeline"`
	Number    int    `json:"number"`
	Outcome   string `json:"outcome"`
	Unchanged *int   `json:"unchanged_rows_written"`
	Steps     []struct {
		Step, System                    string
		Created, Updated, Failed, Calls *int
		Remove                          *int `json:"removed"`
		Quarantined                     *int
	} `json:"steps"`
}

// demonstrate shows a demonstration to its end, at a port of its own, and returns its lines
// of JSON and what it told a person.
func demonstrate(t *testing.T, args ...string) (out, said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	var lines, told bytes.Buffer
	cmd := exec.CommandContext(ctx, binary(t), append([]string{"demo", "--once", "--json", "--listen", "127.0.0.1:0"}, args...)...) //nolint:gosec // our own
	cmd.Stdout, cmd.Stderr, cmd.Dir = &lines, &told, root()                                                                         // where the browser's driver is
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, tail(told.String()))
	}
	return lines.String(), told.String()
}

// The shortest demonstration: two systems in memory, nothing else that is not real.
func TestMemoryDemo(t *testing.T) {
	t.Parallel()
	need(t)
	out, _ := demonstrate(t, "--systems", "memory", "--members", "20")
	var runs []demoRun
	for line := range strings.Lines(out) {
		var r demoRun
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("not a line of JSON: %v", err)
		}
		runs = append(runs, r)
	}
	if len(runs) != 2 || made(runs[:1], "target") != 20 {
		t.Fatalf("the runs are %+v", runs)
	}
	wantQuiet(t, "the second run", runs[1:])
}

// The demonstration of the event family: what EMS has reaches five systems, the second
// cycle makes no write and no call to those that are only written, a day at six places
// while the timing server is away ends quiet, with each system as it must be, and its
// conflicts are listed.
func TestEventDemo(t *testing.T) {
	t.Parallel()
	need(t)
	n := sizetest.Of(t, 0, organiser.Least, 2000)
	out, said := demonstrate(t, "--family", "event", "--members", strconv.Itoa(n), "--seed", strconv.FormatUint(sizetest.Seed(t), 10))
	cycles := cyclesOf(t, out)
	if len(cycles) < 2+organiser.Offline+3 {
		t.Fatalf("%d cycles", len(cycles))
	}
	for system, least := range map[string]int{"chatwoot": n, "mautic": n, "mailchimp": n * 3 / 4, "runsignup": n / 2, "tagserver": 4 * n} {
		if got := made(cycles[0], system); got < least {
			t.Errorf("the first cycle has made %d records at %s, want at least %d", got, system, least)
		}
	}
	wantQuiet(t, "the second cycle", cycles[1])
	wantQuiet(t, "the last cycle", cycles[len(cycles)-1])
	for _, want := range []string{"\n0 differences", " conflicts:\n  conflict "} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said:\n%s", want, tail(said))
		}
	}
	for _, value := range []string{"@example.org", "+316", organiser.Mark} {
		if strings.Contains(said, value) || strings.Contains(out, value) {
			t.Errorf("a value of a person is told, with %s", value)
		}
	}
}

// cyclesOf are the runs that were printed, by cycle: each ends with the timing server.
func cyclesOf(t *testing.T, out string) (cycles [][]demoRun) {
	t.Helper()
	var now []demoRun
	for line := range strings.Lines(out) {
		var r demoRun
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("not a line of JSON: %v", err)
		}
		if now = append(now, r); r.Pipeline == "outbound-tagserver" {
			cycles, now = append(cycles, now), nil
		}
	}
	return cycles
}

// wantQuiet wants all runs of a cycle to end well and to write nothing, and none that only
// writes to make a call.
func wantQuiet(t *testing.T, when string, runs []demoRun) {
	t.Helper()
	for _, r := range runs {
		if r.Outcome != "SUCCEEDED" || *r.Unchanged != 0 {
			t.Errorf("%s: %s ended %s and wrote %d rows of unchanged records", when, r.Pipeline, r.Outcome, *r.Unchanged)
		}
		for _, s := range r.Steps {
			if *s.Created+*s.Updated+*s.Remove+*s.Failed+*s.Quarantined != 0 {
				t.Errorf("%s: %s at %s was not quiet", when, r.Pipeline, s.System)
			}
			if *s.Calls != 0 && slices.Contains([]string{"outbound-mailchimp", "outbound-mautic", "outbound-tagserver"}, r.Pipeline) {
				t.Errorf("%s: %s made %d calls", when, r.Pipeline, *s.Calls)
			}
		}
	}
}

func made(runs []demoRun, system string) (n int) {
	for _, r := range runs {
		for _, s := range r.Steps {
			if s.Step == "write" && s.System == system {
				n += *s.Created
			}
		}
	}
	return n
}

func tail(s string) string { return s[max(0, len(s)-3000):] }
