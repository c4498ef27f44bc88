package e2e

import (
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

const silentLease = "a lease is silent"

// TestGraceful: a process that is asked to end in the middle of a run hands its
// work over, and the run goes on without anybody waiting for a silent lease.
func TestGraceful(t *testing.T) {
	cases := []struct {
		name string
		at   moment
		stop func(*set) *process
	}{
		{
			"server",
			moment{Name: "create at rondoclub", System: "rondoclub", Method: "POST", Path: "/wp-json/wp/v2/people", N: 30},
			func(s *set) *process { return s.Serve },
		},
		{
			"worker",
			moment{Name: "search page", System: "sportlink", Method: "GET", Path: "/member/search"},
			func(s *set) *process { return s.Worker },
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSet(t, options{Members: killMembers})
			wait := c.at.arm(t, s)
			res, err := s.Pipelines.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
			if err != nil {
				t.Fatal(err)
			}
			id := res.GetRun().GetId()
			wait(id)
			asked := time.Now()
			p := c.stop(s)
			from := p.Log.Len()
			var hung sync.WaitGroup
			hung.Go(func() { // somebody reloads what is stopping
				if p.Log.Wait(t.Context(), p.done, from, "stopping: ", time.Minute) {
					_ = syscall.Kill(p.PID(), syscall.SIGHUP) // it may have ended
				}
			})
			p.Stop(t)
			stopped := time.Since(asked)
			hung.Wait()
			written := s.Rondo.Written(t)
			if text := p.Log.After(from); exitCode(p.err) != 0 || !strings.Contains(text, "stopping: ") || !strings.Contains(text, `"msg":"stopped"`) {
				t.Errorf("it ended with %v and said\n%s", p.err, p.Log.Tail(from, 2000))
			}
			p.Start(t)
			run := s.Follow(t, id)
			t.Logf("%s ended %s after it was asked to; the run ended %s %s later", c.name, stopped.Round(10*time.Millisecond),
				short(run), time.Since(asked).Round(10*time.Millisecond))
			want(t, run, touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED, "")
			for _, log := range []*logFile{s.Serve.Log, s.Worker.Log} {
				if strings.Contains(log.After(0), silentLease) {
					t.Error("a lease was not handed over, but taken over")
				}
			}
			s.readAtMost(t, 2+s.lookedFor(t, written))
			s.next(t)
			s.judge(t)
			s.once(t)
		})
	}
}
