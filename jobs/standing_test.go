package jobs

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/jobs/notice"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// What is told depends on how the last run ended, on what was told before, and on
// what the schedule wanted since.
func TestWhatThereIsToTell(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) *time.Time { at := now.Add(-d); return &at }
	was, is, later := uuid.UUID{1}, uuid.UUID{2}, uuid.UUID{3} // ordered by time
	ended := func(o step.Outcome, reason string) *store.Run {
		return &store.Run{ID: is, Outcome: string(o), Reason: reason, EndedAt: ago(time.Minute)}
	}
	made := func(rows ...store.LastNoticesRow) map[notice.Kind]store.LastNoticesRow {
		out := map[notice.Kind]store.LastNoticesRow{}
		for i, r := range rows {
			r.ID = int64(i + 1)
			out[notice.Kind(r.Kind)] = r
		}
		return out
	}
	before := func(kind notice.Kind, run uuid.UUID, reason string, age time.Duration) store.LastNoticesRow {
		return store.LastNoticesRow{Kind: string(kind), Run: &run, Reason: reason, MadeOn: now.Add(-age)}
	}
	for name, c := range map[string]struct {
		standing
		want notice.Kind
	}{
		"nothing ran":            {standing{}, ""},
		"a success":              {standing{last: ended(step.Succeeded, "")}, ""},
		"a failure":              {standing{last: ended(step.Failed, "UNREACHABLE")}, notice.Failed},
		"a page that changed":    {standing{last: ended(step.Drifted, "PAGE_CHANGED")}, notice.Failed},
		"a part":                 {standing{last: ended(step.Partial, "RECORDS_FAILED")}, notice.Incomplete},
		"a limit":                {standing{last: ended(step.GuardStopped, "TOO_MANY_REMOVED")}, notice.Approval},
		"a refused sign-in":      {standing{last: ended(step.NeedsAuth, "PASSWORD_EXPIRED")}, notice.SignIn},
		"it was told":            {standing{last: ended(step.Failed, "X"), notices: made(before(notice.Failed, is, "X", 25*time.Hour))}, ""},
		"again, within the hour": {standing{last: ended(step.Failed, "Y"), notices: made(before(notice.Failed, was, "X", 59*time.Minute))}, ""},
		"again, something else":  {standing{last: ended(step.Failed, "Y"), notices: made(before(notice.Failed, was, "X", 61*time.Minute))}, notice.Failed},
		"again, the same":        {standing{last: ended(step.Failed, "X"), notices: made(before(notice.Failed, was, "X", 23*time.Hour))}, ""},
		"again, the same, a day": {standing{last: ended(step.Failed, "X"), notices: made(before(notice.Failed, was, "X", 25*time.Hour))}, notice.Failed},
		"again, after a success": {standing{last: ended(step.Failed, "X"), notices: made(before(notice.Failed, was, "X", 3*time.Hour), before(notice.Recovered, was, "", 2*time.Hour))}, notice.Failed},
		"another kind":           {standing{last: ended(step.GuardStopped, "X"), notices: made(before(notice.Failed, was, "X", time.Minute))}, notice.Approval},
		"a success after it":     {standing{last: ended(step.Succeeded, ""), notices: made(before(notice.SignIn, was, "X", time.Minute))}, notice.Recovered},
		"an approved plan":       {standing{last: ended(step.Succeeded, ""), notices: made(before(notice.Approval, is, "X", time.Minute))}, notice.Recovered},
		"a plan was rejected":    {standing{last: ended(step.Succeeded, ""), notices: made(before(notice.Approval, later, "X", time.Minute))}, ""},
		"late, and rejected":     {standing{last: ended(step.Succeeded, ""), notices: made(store.LastNoticesRow{Kind: string(notice.Overdue), MadeOn: now})}, ""},
		"late, and well since":   {standing{last: ended(step.Succeeded, ""), notices: made(store.LastNoticesRow{Kind: string(notice.Overdue), MadeOn: *ago(time.Hour)})}, notice.Recovered},
		"and that was told":      {standing{last: ended(step.Succeeded, ""), notices: made(before(notice.SignIn, was, "X", time.Hour), before(notice.Recovered, is, "", time.Minute))}, ""},
		"a slot, and no run":     {standing{last: ended(step.Succeeded, ""), slot: ago(61 * time.Minute)}, notice.Overdue},
		"within the grace":       {standing{last: ended(step.Succeeded, ""), slot: ago(59 * time.Minute)}, ""},
		"it is running":          {standing{slot: ago(5 * time.Hour), running: true}, ""},
		"never one":              {standing{slot: ago(5 * time.Hour)}, notice.Overdue},
		"overdue was told":       {standing{slot: ago(5 * time.Hour), notices: made(before(notice.Overdue, was, "", 4*time.Hour))}, ""},
		"overdue for a day":      {standing{slot: ago(29 * time.Hour), notices: made(before(notice.Overdue, was, "", 25*time.Hour))}, notice.Overdue},
		"failed, then nothing":   {standing{last: ended(step.Failed, "X"), slot: ago(5 * time.Hour), notices: made(before(notice.Failed, is, "X", 9*time.Hour))}, notice.Overdue},
		"late, and well again":   {standing{last: ended(step.Succeeded, ""), notices: made(before(notice.Overdue, was, "", time.Hour))}, notice.Recovered},
	} {
		if got := c.toTell(now, time.Hour); got != c.want {
			t.Errorf("%s: %q is told, want %q", name, got, c.want)
		}
	}
}
