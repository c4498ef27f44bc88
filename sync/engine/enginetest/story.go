package enginetest

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// Cast is who plays in a story.
type Cast struct {
	Policies policy.Set
	Rules    []derive.Rule
	Pipeline step.Pipeline
	Systems  []*memory.System
}

// Stage is a story under way.
type Stage struct {
	*Rig
	Cast
	By map[record.System]*memory.System
	// CrashAt is the change whose record is not stored; 0 none.
	CrashAt int64
	// At and Was are for the story's own use: so many writes before something,
	// the id that something had.
	At  int64
	Was record.ExternalID

	written atomic.Int64
}

// Step is one line of a story.
type Step func(s *Stage)

// Story tells a story, and tells it again with a crash before the record of
// each write is stored. All tellings end alike. Each has a cast of its own. With
// -short it is told again once, with a crash in its middle.
func Story(t *testing.T, cast func() Cast, steps ...Step) {
	t.Helper()
	t.Parallel()
	end, writes := Tell(t, cast(), 0, steps)
	for at := int64(1); at <= writes; at++ {
		if testing.Short() && at != (writes+1)/2 {
			continue
		}
		t.Run(fmt.Sprintf("crash at write %d", at), func(t *testing.T) {
			t.Parallel()
			if got, _ := Tell(t, cast(), at, steps); got != end {
				t.Errorf("the story ends with\n%s\nwant\n%s", got, end)
			}
		})
	}
}

// Tell tells a story once and returns what the systems hold at its end, and how
// many writes have taken effect.
func Tell(t *testing.T, c Cast, crashAt int64, steps []Step) (end string, writes int64) {
	t.Helper()
	s := &Stage{Cast: c, By: map[record.System]*memory.System{}, CrashAt: crashAt}
	for _, sys := range c.Systems {
		s.By[sys.Name] = sys
		sys.Fail = s.Fate(nil)
	}
	s.Rig = NewRig(t, c.Policies, c.Rules, c.Pipeline, c.Systems...)
	for _, step := range steps {
		step(s)
		if t.Failed() {
			return "", 0
		}
	}
	var b strings.Builder
	for _, sys := range c.Systems {
		b.WriteString(string(sys.Name) + "\n" + sys.Snapshot())
	}
	return b.String(), s.Written()
}

// Written is how many writes have taken effect so far.
func (s *Stage) Written() int64 { return s.written.Load() }

// Fate is for a system's Fail: it counts what takes effect, and lets the
// process die once. Before that it asks trouble, if there is any.
func (s *Stage) Fate(trouble func(when, op string) error) func(string, string) error {
	return func(when, op string) error {
		if trouble != nil {
			if err := trouble(when, op); err != nil {
				return err
			}
		}
		if when == "after" && s.written.Add(1) == s.CrashAt {
			return memory.ErrCrash
		}
		return nil
	}
}

// Run runs the pipeline. After a crash a new process goes on with the same run.
func (s *Stage) Run() (map[string]step.Counter, error) {
	s.T.Helper()
	sum, err := s.Sync()
	for errors.Is(err, memory.ErrCrash) {
		s.Restart()
		err = s.GoOn()
	}
	return sum, err
}

// Restart begins with a new process.
func (s *Stage) Restart() {
	s.T.Helper()
	s.Start(s.Policies, s.Rules, s.Systems...)
}

// ID is the id of the first record of a place that has these fields, or "".
func (s *Stage) ID(sys record.System, place string, key record.Fields) record.ExternalID {
	for id, f := range s.By[sys].All(place) {
		if maps.Equal(f.Only(key.Names()), key) {
			return id
		}
	}
	return ""
}
