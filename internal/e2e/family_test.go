package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

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

// The demonstration of the event family: persons reach both targets, the second
// cycle makes no write and no call to MailChimp, an hour of edits on three sides
// ends quiet, and its conflicts are listed.
func TestEventDemo(t *testing.T) {
	t.Parallel()
	need(t)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	n := sizetest.Of(t, 0, 200, 2000)
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, binary(t), "demo", "--family", "event", "--once", "--json", "--members", strconv.Itoa(n)) //nolint:gosec // our own program
	cmd.Stdout, cmd.Stderr, cmd.Dir = &out, &said, "/"
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, tail(said.String()))
	}
	cycles := map[int][]demoRun{}
	cycle := 0
	for line := range strings.Lines(out.String()) {
		var r demoRun
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("not a line of JSON: %v", err)
		}
		if r.Pipeline == "scan-chatwoot" || r.Pipeline == "inbound-chatwoot" && (cycle == 0 || last(cycles[cycle]) != "scan-chatwoot") {
			cycle++
		}
		cycles[cycle] = append(cycles[cycle], r)
		if r.Outcome != "SUCCEEDED" || r.Unchanged == nil {
			t.Errorf("cycle %d: %s ended %s", cycle, r.Pipeline, r.Outcome)
		}
	}
	if cycle != 6 {
		t.Fatalf("%d cycles, want 6", cycle)
	}
	if got := made(cycles[1], "mailchimp") + made(cycles[1], "chatwoot"); got < n*7/4 {
		t.Errorf("the first cycle has made %d records", got)
	}
	if n := made(cycles[3], "mailchimp") + made(cycles[3], "chatwoot"); n < 4 {
		t.Errorf("the hour of edits has made %d records, want the new persons at both targets", n)
	}
	for _, quiet := range []int{2, 6} {
		for _, r := range cycles[quiet] {
			if *r.Unchanged != 0 {
				t.Errorf("cycle %d: %s wrote %d rows of unchanged records", quiet, r.Pipeline, *r.Unchanged)
			}
			for _, s := range r.Steps {
				if *s.Created+*s.Updated+*s.Remove+*s.Failed+*s.Quarantined != 0 || s.System == "mailchimp" && *s.Calls != 0 {
					t.Errorf("cycle %d: %s at %s was not quiet", quiet, r.Pipeline, s.System)
				}
			}
		}
	}
	if !strings.Contains(said.String(), "3 conflicts:") {
		t.Errorf("the conflicts are not listed:\n%s", tail(said.String()))
	}
	if strings.Contains(said.String(), "@example.org") || strings.Contains(said.String(), "+316") {
		t.Error("a value of a person is told")
	}
}

func last(runs []demoRun) string {
	if len(runs) == 0 {
		return ""
	}
	return runs[len(runs)-1].Pipeline
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
