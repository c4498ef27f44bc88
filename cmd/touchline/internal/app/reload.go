package app

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"reflect"
	"syscall"
)

// HangUps are the times that the program is told to read its settings again.
type HangUps <-chan os.Signal

// CatchHangUps has SIGHUP not end the program from now on to its very end, also while it
// reads its settings the first time, and while it stops.
func CatchHangUps() HangUps {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGHUP)
	return told
}

// Reload has what can change while the program runs taken over from its settings, each
// time that the program is told to. It returns at once; what it has begun ends with the
// context. load reads the settings again, take takes over what can be.
func Reload(
	ctx context.Context, told HangUps, running Settings, log *slog.Logger, load func() (Settings, error), take func(Settings) error,
) {
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-told:
			}
			next, err := load()
			if err == nil {
				err = take(next)
			}
			if err != nil {
				log.Error("the settings are left as they were", "error", err)
				continue
			}
			log.Info("the settings were read again", "at_the_next_start", later(running, next))
		}
	}()
}

// later names the settings that are other than those that the program started with, and
// that wait for its next start: all but the level of the log, the schedules, and what
// Program.Take takes over.
func later(running, next Settings) []string {
	running.Log.Level, running.Schedule = next.Log.Level, next.Schedule
	region, zone := running.Sync.Region, running.Sync.Zone
	running.Sync = next.Sync
	running.Sync.Region, running.Sync.Zone = region, zone
	running.Systems = withDelays(running.Systems, next)
	names := []string{}
	a, b := reflect.ValueOf(running), reflect.ValueOf(next)
	for i := range a.NumField() {
		if name := a.Type().Field(i).Tag.Get("mapstructure"); name != "-" {
			if !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
				names = append(names, name)
			}
			continue
		}
		if !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			names = append(names, "systems")
		}
	}
	return names
}
