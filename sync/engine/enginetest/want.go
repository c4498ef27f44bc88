package enginetest

import (
	"errors"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// Want wants a place to hold records with these fields and no others.
func Want(sys record.System, place string, records ...record.Fields) Step {
	return func(s *Stage) {
		s.T.Helper()
		all := s.By[sys].All(place)
		if len(all) != len(records) {
			s.T.Errorf("%s %s holds %d records, want %d", sys, place, len(all), len(records))
		}
		for i, r := range records {
			if s.ID(sys, place, r) == "" {
				s.T.Errorf("%s %s does not hold record %d of those wanted; it holds %v", sys, place, i+1, all)
			}
		}
	}
}

// Quiet runs the pipeline and wants no write, no row and no report.
func Quiet() Step {
	return func(s *Stage) {
		s.T.Helper()
		before, rows := s.Written(), s.Rows()
		Synced()(s)
		if n := s.Written() - before; n != 0 {
			s.T.Errorf("%d writes in a quiet run", n)
		}
		if s.Rows() != rows {
			s.T.Error("rows were written in a quiet run")
		}
	}
}

// Stopped runs the pipeline and wants a limit to stop it: nothing is written,
// nothing is pending, and what was seen has not moved. The plan is kept.
func Stopped(outcome step.Outcome, reason string) Step {
	return func(s *Stage) {
		s.T.Helper()
		before, rows := s.Written(), s.RowsOf("last_seen", "sync_record", "entity")
		_, err := s.Run()
		stop, ok := errors.AsType[*step.Stop](err)
		if !ok || stop.Outcome != outcome || stop.Reason != reason {
			s.T.Errorf("the run ended with %v, want %s %s", err, outcome, reason)
		}
		if s.Written() != before || s.RowsOf("last_seen", "sync_record", "entity") != rows {
			s.T.Error("a stopped run has left something behind")
		}
	}
}

// Conflicts wants this many of them to be kept.
func Conflicts(n int64) Step {
	return func(s *Stage) {
		s.T.Helper()
		if got := s.Count(`select count(*) from conflict`); got != n {
			s.T.Errorf("%d conflicts, want %d", got, n)
		}
	}
}

// RowsWhere wants this many rows: a table, and a condition.
func RowsWhere(n int64, sql string) Step {
	return func(s *Stage) {
		s.T.Helper()
		if got := s.Count(`select count(*) from ` + sql); got != n {
			s.T.Errorf("%d rows in %s, want %d", got, sql, n)
		}
	}
}
