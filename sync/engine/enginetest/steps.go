package enginetest

import (
	"errors"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// Put is an edit by somebody at a system: it makes a record or changes fields
// of it.
func Put(sys record.System, place, id string, f record.Fields) Step {
	return func(s *Stage) { s.By[sys].Put(place, record.ExternalID(id), f) }
}

// Edit changes the record of a place that has the fields of key.
func Edit(sys record.System, place string, key record.Fields, f record.Fields) Step {
	return func(s *Stage) {
		s.T.Helper()
		id := s.ID(sys, place, key)
		if id == "" {
			s.T.Error("the record to be edited is not there")
			return
		}
		s.By[sys].Put(place, id, f)
	}
}

// Drop is a removal by somebody; with a reason the system says so.
func Drop(sys record.System, place string, key record.Fields, why record.Reason) Step {
	return func(s *Stage) { s.By[sys].Drop(place, s.ID(sys, place, key), why) }
}

// TakesMany has the story go on without the profile's judgement of how many
// records have changed; see Rig.TakesMany.
func TakesMany() Step {
	return func(s *Stage) {
		s.T.Helper()
		s.Rig.TakesMany = true
		s.Restart()
	}
}

// Later lets time go by.
func Later(d time.Duration) Step { return func(s *Stage) { s.Pass(d) } }

// SQL is a program of somebody else's that writes our tables.
func SQL(q string) Step {
	return func(s *Stage) {
		s.T.Helper()
		if _, err := s.Pool.Exec(s.T.Context(), q); err != nil {
			s.T.Fatal(err)
		}
	}
}

// Trouble makes a system fail: times calls of an operation, before or after
// they take effect.
func Trouble(sys record.System, when, op string, times int, err error) Step {
	return func(s *Stage) {
		left := times
		s.By[sys].Fail = s.Fate(func(w, o string) error {
			if w != when || o != op || left == 0 {
				return nil
			}
			left--
			return err
		})
	}
}

// During lets a step happen while a run is at work: just before the next call of
// an operation takes effect.
func During(sys record.System, op string, step Step) Step {
	return func(s *Stage) {
		done := false
		s.By[sys].Fail = s.Fate(func(w, o string) error {
			if w == "before" && o == op && !done {
				done = true
				step(s)
			}
			return nil
		})
	}
}

// Synced runs the pipeline and wants no error.
func Synced() Step {
	return func(s *Stage) {
		s.T.Helper()
		if _, err := s.Run(); err != nil {
			s.T.Errorf("sync: %v", err)
		}
	}
}

// Failing runs the pipeline and wants the write to stop with a class.
func Failing(class connector.Class) Step {
	return func(s *Stage) {
		s.T.Helper()
		if _, err := s.Run(); connector.ClassOf(err) != class {
			s.T.Errorf("the run ended with %v, want class %s", err, class)
		}
	}
}

// Planned makes a plan that is not applied.
func Planned() Step {
	return func(s *Stage) {
		s.T.Helper()
		s.Plan = true
		defer func() { s.Plan = false }()
		Synced()(s)
	}
}

// Approve applies the plan of the last run and carries it out.
func Approve() Step {
	return func(s *Stage) {
		s.T.Helper()
		hash, err := s.Engine.PlanHash(s.T.Context(), s.LastRun)
		if err == nil {
			err = s.Apply(hash)
		}
		if err != nil {
			s.T.Errorf("apply: %v", err)
			return
		}
		s.approved = true
		defer func() { s.approved = false }()
		for err = memory.ErrCrash; errors.Is(err, memory.ErrCrash); {
			err = s.GoOn()
			if errors.Is(err, memory.ErrCrash) {
				s.Restart()
			}
		}
		if err != nil {
			s.T.Errorf("write: %v", err)
		}
	}
}
