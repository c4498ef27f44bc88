package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/internal/sizetest"
)

const killMembers = 80

// victim is what is killed. Kill kills it and brings back what nobody else
// brings back, as the supervisor of the processes does.
type victim struct {
	name    string
	moments []placed
	kill    func(testing.TB, *set)
	// at are the systems at which the victim works: their logs show when it
	// goes on.
	at []string
}

func victims() []victim {
	return []victim{
		{"worker", inTheBrowser, func(t testing.TB, s *set) {
			t.Helper()
			browser := s.ChromiumPID()
			s.Worker.Kill(t)
			s.Worker.Launch(t)
			eventually(t, time.Minute, "the browser of a dead worker ends", func() bool {
				return browser == 0 || commandOf(browser) == ""
			})
		}, []string{"sportlink"}},
		{"chromium", inTheBrowser, func(t testing.TB, s *set) {
			t.Helper()
			pid := s.ChromiumPID()
			if pid == 0 {
				t.Log("no browser runs at this moment")
				return
			}
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may end by itself just now
		}, []string{"sportlink"}},
		{"server", inTheRun, func(t testing.TB, s *set) {
			t.Helper()
			s.Serve.Kill(t)
			s.Serve.Launch(t)
		}, []string{"sportlink", "laposta", "rondoclub"}},
		{"postgres", inTheRun, func(t testing.TB, s *set) {
			t.Helper()
			pid := s.PostgresPID()
			if pid == 0 {
				t.Fatal("no postmaster")
			}
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}, []string{"sportlink", "laposta", "rondoclub"}},
	}
}

// TestH13Kill: whatever is killed, and whenever, the run goes on by itself and
// ends, nothing is doubled, and no page is read more than twice, but to look for the few
// that were left to make.
func TestH13Kill(t *testing.T) {
	for _, v := range victims() {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			seed := sizetest.Seed(t)
			for i, m := range moments(seed, v.moments, sizetest.Of(t, 1, 3, len(v.moments))) {
				t.Run(fmt.Sprintf("moment %d of seed %d", i+1, seed), func(t *testing.T) {
					kill(t, v, m, int64(seed)+int64(i))
				})
			}
		})
	}
}

// kill runs people once with a kill in it, and as often as it then takes.
func kill(t *testing.T, v victim, m moment, seed int64) {
	s := newSet(t, options{Members: killMembers, Seed: seed})
	wait := m.arm(t, s)
	began := time.Now()
	res, err := s.Pipelines.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	id := res.GetRun().GetId()
	wait(id)
	killed := time.Now()
	v.kill(t, s)
	written := s.Rondo.Written(t)
	run := s.Follow(t, id)
	t.Logf("%s killed %s into the run, at: %s. The run ended %s %s after %s", v.name, killed.Sub(began).Round(10*time.Millisecond), m,
		short(run), run.GetReason(), time.Since(began).Round(10*time.Millisecond))
	defined(t, run)
	s.resumed(t, v, killed)
	s.readAtMost(t, 2+s.lookedFor(t, written))
	s.next(t)
	s.judge(t)
	s.once(t)
}

// defined fails the test when a run has not ended in a state that says what is
// to be done.
func defined(t testing.TB, run *touchlinev1.Run) {
	t.Helper()
	switch run.GetOutcome() {
	case touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED:
	case touchlinev1.RunOutcome_RUN_OUTCOME_PARTIAL, touchlinev1.RunOutcome_RUN_OUTCOME_FAILED:
		if run.GetReason() == "" {
			t.Errorf("the run says no reason\n%s", show(run))
		}
		t.Logf("not at once:\n%s", show(run))
	default:
		t.Errorf("the run ended %s\n%s", short(run), show(run))
	}
}

// next runs people until nothing is left to do; the second time must do.
func (s *set) next(t testing.TB) {
	t.Helper()
	for left := 2; ; left-- {
		run := s.Run(t, "people")
		if run.GetOutcome() == touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED {
			return
		}
		if left == 0 {
			t.Fatalf("the runs after do not succeed\n%s", show(run))
		}
	}
}

// resumed tells how soon after the kill work went on at the systems.
func (s *set) resumed(t testing.TB, v victim, killed time.Time) {
	t.Helper()
	var first time.Time
	for _, sim := range []*simulator{s.Sportlink, s.Laposta, s.Rondo} {
		if !strings.Contains(strings.Join(v.at, " "), sim.System) {
			continue
		}
		for _, r := range sim.log(t) {
			// What was under way at the kill may still arrive.
			if r.Time.After(killed.Add(held)) && (first.IsZero() || r.Time.Before(first)) {
				first = r.Time
			}
		}
	}
	if first.IsZero() {
		t.Log("nothing was left to do")
		return
	}
	t.Logf("the first request after the kill came %s later", first.Sub(killed).Round(10*time.Millisecond))
}
