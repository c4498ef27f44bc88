package jobs

import (
	"bytes"
	"time"

	"github.com/touchline-sync/touchline/jobs/notice"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// Of one pipeline and kind at most one notice an hour is made, and one that says the
// same again, with nothing good between, at most one a day.
const (
	noticeEvery = time.Hour
	sayAgain    = 24 * time.Hour
)

// standing is how a pipeline stands, and what was told of it.
type standing struct {
	last    *store.Run // that has ended; nil: none
	running bool
	// slot is the first time of the schedule since the last run ended; nil: it has none,
	// or none has passed.
	slot    *time.Time
	notices map[notice.Kind]store.LastNoticesRow // the newest by kind
}

// problemOf is the notice that an outcome calls for; "" for none.
func problemOf(o step.Outcome) notice.Kind {
	switch o {
	case step.Failed, step.Drifted:
		return notice.Failed
	case step.Partial:
		return notice.Incomplete
	case step.GuardStopped:
		return notice.Approval
	case step.NeedsAuth:
		return notice.SignIn
	}
	return ""
}

// problems are the notices after which a success is told.
var problems = []notice.Kind{notice.Failed, notice.Incomplete, notice.Approval, notice.SignIn, notice.Overdue}

// toTell is what is to be told of a pipeline now; "" is nothing. It depends on nothing
// but what is passed, so that a process that was away for a while comes to the same.
func (s standing) toTell(now time.Time, grace time.Duration) notice.Kind {
	kind := notice.Kind("")
	if s.last != nil {
		kind = problemOf(step.Outcome(s.last.Outcome))
	}
	if kind != "" && s.news(kind, now) {
		return kind
	}
	if kind == "" && s.last != nil && s.over() {
		return notice.Recovered
	}
	if s.slot != nil && !s.running && now.After(s.slot.Add(grace)) && s.mayRepeat(notice.Overdue, "", now) {
		return notice.Overdue
	}
	return ""
}

// news reports whether the problem that the last run ended with is to be told.
func (s standing) news(kind notice.Kind, now time.Time) bool {
	was, ok := s.notices[kind]
	if ok && was.Run != nil && *was.Run == s.last.ID {
		return false
	}
	return s.mayRepeat(kind, s.last.Reason, now)
}

// mayRepeat reports whether a kind may be told at this time.
func (s standing) mayRepeat(kind notice.Kind, reason string, now time.Time) bool {
	was, ok := s.notices[kind]
	switch age := now.Sub(was.MadeOn); {
	case !ok:
		return true
	case age < noticeEvery:
		return false
	case was.Reason == reason && was.ID > s.notices[notice.Recovered].ID:
		return age >= sayAgain
	}
	return true
}

// over reports whether a problem was told, its end was not, and the last run is none from
// before it: when the plan of the run that had it is rejected, the one before is the last.
func (s standing) over() bool {
	for _, kind := range problems {
		was, ok := s.notices[kind]
		if !ok || was.ID < s.notices[notice.Recovered].ID {
			continue
		}
		if was.Run != nil && bytes.Compare(s.last.ID[:], was.Run[:]) >= 0 || // ids are ordered by time
			was.Run == nil && s.last.EndedAt.After(was.MadeOn) {
			return true
		}
	}
	return false
}
