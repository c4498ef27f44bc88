package main

import (
	"testing"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// A schedule that is off and that a person has paused says both: who has paused it sees it.
func TestScheduleState(t *testing.T) {
	t.Parallel()
	here := &touchlinev1.ScheduleOrigin{Source: touchlinev1.ScheduleSource_SCHEDULE_SOURCE_API, SetBy: "anna"}
	own := &touchlinev1.ScheduleOrigin{Source: touchlinev1.ScheduleSource_SCHEDULE_SOURCE_BUILT_IN}
	const off = "schedule.enabled is false"
	for want, s := range map[string]*touchlinev1.Schedule{
		"":                          {TimesFrom: own},
		off:                         {TimesFrom: own, OffReason: off},
		"paused" + originText(here): {TimesFrom: own, Paused: true, PauseFrom: here},
		off + ", paused" + originText(here) + ", times" + originText(here): {TimesFrom: here, OffReason: off, Paused: true, PauseFrom: here},
	} {
		if got := scheduleState(s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
