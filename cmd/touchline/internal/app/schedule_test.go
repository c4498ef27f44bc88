package app_test

import (
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

func TestSchedulesOfTheSettings(t *testing.T) {
	t.Parallel()
	s, err := app.Load(app.Sources{File: write(t, "schedule: {set: [{name: people, cron: '0 8,20 * * *', missed: skip}, {name: nikki, paused: true}]}")})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Schedule.Set) != 2 || s.Schedule.Set[0].Cron != "0 8,20 * * *" || s.Schedule.Set[0].Missed != "skip" || !s.Schedule.Set[1].Paused || !s.Schedule.Enabled {
		t.Errorf("read %+v", s.Schedule)
	}
	for says, file := range map[string]string{
		"entry 1: name must be one of people,":                 "[{name: poeple, cron: '0 8 * * *'}]",
		"entry 2: people stands there for the second time":     "[{name: people}, {name: people}]",
		"entry 1: people: MALFORMED_TIMES: cron: \"0 25 * * *": "[{name: people, cron: '0 25 * * *'}]",
		"unknown time zone \"Europe/Nowhere\"":                 "[{name: people, zone: Europe/Nowhere}]",
		"entry 1: scan-laposta: NOT_DAILY":                     "[{name: scan-laposta, cron: '45 3 * * 0'}]",
		"entry 1: missed must be catch_up_once or skip":        "[{name: people, missed: never}]",
		"entry 1: reverse never runs":                          "[{name: reverse, cron: '0 6 * * *'}]",
		"paused: must be true or false":                        "[{name: people, paused: perhaps}]",
		"unknown key":                                          "[{name: people, corn: '0 6 * * *'}]",
	} {
		path := write(t, "schedule:\n  set: "+file)
		if _, err := app.Load(app.Sources{File: path}); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path+":2") {
			t.Errorf("%s: said %v, want it to have %q and the line", file, err, says)
		}
	}
}
