package e2e

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/internal/sizetest"
)

// The demonstration of all pipelines of the club: a first load, in which a person approves
// what asks, and then a second time that writes nothing anywhere, calls nobody who is only
// written, and leaves each system as the oracle has it.
func TestClubDemo(t *testing.T) {
	if !sizetest.Full(t) {
		t.Skip("SKIPPED: each pipeline is run several times until nothing is left to do, which takes minutes; make acceptance shows it")
	}
	for _, seed := range sizetest.Seeds(t, 3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			need(t)
			n := sizetest.Of(t, 0, 0, 1000)
			out, _ := demonstrate(t, "--pipeline", "all", "--members", strconv.Itoa(n), "--seed", strconv.FormatUint(seed, 10))
			lines := strings.Split(strings.TrimSpace(out), "\n")
			var end struct {
				Writes      map[string]int `json:"second_writes"`
				Calls       map[string]int `json:"second_calls"`
				Differences []string       `json:"differences"`
			}
			if err := json.Unmarshal([]byte(lines[len(lines)-1]), &end); err != nil {
				t.Fatal(err)
			}
			if end.Writes == nil || end.Calls == nil || end.Differences == nil || len(end.Writes)+len(end.Calls)+len(end.Differences) > 0 {
				t.Errorf("in the end %+v", end)
			}
			var last demoRun
			made := map[string]int{}
			for _, line := range lines[:len(lines)-1] {
				var r demoRun
				if err := json.Unmarshal([]byte(line), &r); err != nil {
					t.Fatal(err)
				}
				for _, s := range r.Steps {
					if s.Step == "write" {
						made[s.System+" "+r.Pipeline] += *s.Created
					}
				}
				last = r
			}
			if last.Pipeline != "all" || last.Outcome != "SUCCEEDED" || *last.Unchanged != 0 {
				t.Errorf("the last run is one of %s, ended %s and wrote %d rows of unchanged records", last.Pipeline, last.Outcome, *last.Unchanged)
			}
			for where, least := range map[string]int{
				"rondoclub people": n, "laposta people": n / 2, "freescout freescout": n / 4, "rondoclub teams": 2,
				"rondoclub conversations": 4, "rondoclub scan-laposta": 2, "rondoclub discipline": 3,
			} {
				if made[where] < least {
					t.Errorf("%s has made %d, want at least %d", where, made[where], least)
				}
			}
		})
	}
}

// TestAll: a run of all goes on by itself when serve is killed in the middle, nothing is
// made twice; a pipeline whose page has changed is named in its end, what is off is left
// out, what waits for a person says so, and the rest is done.
func TestAll(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 24, Seed: 5, Env: map[string]string{"TOUCHLINE_SYSTEMS_SPORTLINK_TIMEOUTS_SETTLE": "300ms"}})
	s.Sportlink.Notified(t, "/competition-affairs/discipline-cases", "tab-renamed", "")
	res, err := s.Pipelines.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "all"})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Minute, "some persons are made", func() bool { return s.Rondo.Written(t) > 5 })
	s.Serve.Kill(t)
	s.Serve.Launch(t)
	run := s.Follow(t, res.GetRun().GetId())
	want(t, run, partial, "CHILDREN_FAILED")
	is := map[string]*touchlinev1.ChildRun{}
	for _, c := range run.GetChildren() {
		is[c.GetPipeline()] = c
		if c.GetRun() != "" && c.GetNumber() != 1 {
			t.Errorf("%s was run %d times", c.GetPipeline(), c.GetNumber())
		}
	}
	if o := is["people"].GetOutcome(); o != succeeded && o != partial {
		t.Errorf("people ended %v %s", o, is["people"].GetDetail())
	}
	for pipeline, reason := range map[string]string{"nikki": "SYSTEM_OFF", "freescout": "SYSTEM_OFF", "conversations": "SYSTEM_OFF"} {
		if c := is[pipeline]; c.GetState() != touchlinev1.ChildState_CHILD_STATE_SKIPPED || c.GetReason() != reason {
			t.Errorf("%s is %v", pipeline, c)
		}
	}
	for pipeline, outcome := range map[string]touchlinev1.RunOutcome{
		"functions-full": guardStopped, "discipline": drifted, "scan-laposta": succeeded, "scan-rondoclub": guardStopped,
	} {
		if c := is[pipeline]; c.GetOutcome() != outcome {
			t.Errorf("%s is %v", pipeline, c)
		}
	}
	for _, say := range []string{"discipline/1 ended DRIFTED", "touchline runs show discipline/1", "touchline plan show functions-full/1", "left out"} {
		if !strings.Contains(run.GetDetail(), say) {
			t.Errorf("%q does not say %q", run.GetDetail(), say)
		}
	}
	s.once(t)
}
