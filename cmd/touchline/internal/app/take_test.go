package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/clients/laposta"
	"github.com/touchline-sync/touchline/clients/sportlink"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/metrics"
	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/connector"
)

// loaded are settings of a file.
func loaded(t *testing.T, content string) Settings {
	t.Helper()
	src := Sources{File: filepath.Join(t.TempDir(), "config.yaml")}
	for _, s := range clients.Systems() {
		src.Systems = append(src.Systems, System{Name: string(s.Name), NewConfig: s.New})
	}
	if err := os.WriteFile(src.File, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Load(src)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const on = `
systems: {laposta: {enabled: true, base_url: 'http://127.0.0.1:1', api_key: 'key-of-a-test', lists: [list1], ip: 192.0.2.10, delay: 2s}}
`

// A program that runs takes limits, delays and schedules over; what it is opened with
// else waits for the next start.
func TestTake(t *testing.T) {
	t.Parallel()
	running := loaded(t, on)
	running.DataDir = t.TempDir()
	p, err := NewServer(t.Context(), running, &Database{Pool: pgtest.New(t)}, metrics.New("test"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	removed := func() int64 { // as the engine has it that works now
		return reflect.ValueOf(p.engines.now.Load()).Elem().FieldByName("settings").FieldByName("Limits").FieldByName("Removed").FieldByName("Count").Int()
	}
	delay := func() time.Duration { return p.systems[0].cfg.(*laposta.Config).Delay } //nolint:forcetypeassert // it is the only one
	if removed() != 5 || delay() != 2*time.Second || len(p.open) != 1 {
		t.Fatalf("at the start: removed %d, delay %s, %d open", removed(), delay(), len(p.open))
	}
	first := p.systems[0].is.Connector

	next := loaded(t, on+"sync: {removed: {count: 7}}\nschedule: {set: [{name: people, cron: '0 9 * * *'}]}\n")
	if err := p.Take(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	schedules, err := p.Jobs.Control().Schedules(t.Context())
	if i := slices.IndexFunc(schedules, func(s jobs.Schedule) bool { return s.Name == "people" }); err != nil || i < 0 || schedules[i].Cron != "0 9 * * *" {
		t.Errorf("the schedules are %+v, %v", schedules, err)
	}
	if removed() != 7 || p.systems[0].is.Connector != first {
		t.Errorf("other limits: removed %d, or a system whose delay is the same was opened anew", removed())
	}
	if err := p.Take(t.Context(), loaded(t, on[:len(on)-len("2s}}\n")]+"3s}}\n")); err != nil {
		t.Fatal(err)
	}
	if removed() != 5 || delay() != 3*time.Second || len(p.open) != 2 {
		t.Errorf("another delay: removed %d, delay %s, %d open", removed(), delay(), len(p.open))
	}
	next.Schedule.Set[0].Cron = "0 25 * * *"
	if err := p.Take(t.Context(), next); err == nil || removed() != 5 || delay() != 3*time.Second {
		t.Errorf("times that are none: %v, removed %d, delay %s", err, removed(), delay())
	}
}

// Only delays are taken over of the settings of a system, in each form.
func TestDelaysOfASystem(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ has, gets connector.Config }{
		"api":     {&laposta.Config{IP: "192.0.2.1"}, &laposta.Config{IP: "192.0.2.2"}},
		"browser": {&sportlink.Config{}, &sportlink.Config{}},
	} {
		switch gets := c.gets.(type) {
		case *laposta.Config:
			gets.Delay, gets.PerMinute, gets.BaseURL = time.Second, 7, "https://other.example.org"
		case *sportlink.Config:
			gets.DelayMin, gets.DelayMax, gets.Password = time.Second, 2*time.Second, "other"
		}
		is, differs := withDelaysOf(c.has, c.gets)
		if !differs {
			t.Errorf("%s: nothing differs", name)
		}
		switch is := is.(type) {
		case *laposta.Config:
			if is.Delay != time.Second || is.PerMinute != 7 || is.BaseURL != "" || is.IP != "192.0.2.1" {
				t.Errorf("%s: %+v", name, is)
			}
		case *sportlink.Config:
			if is.DelayMin != time.Second || is.DelayMax != 2*time.Second || is.Password != "" {
				t.Errorf("%s: %s %s", name, is.DelayMin, is.DelayMax)
			}
		}
		if _, differs := withDelaysOf(is, c.gets); differs {
			t.Errorf("%s: it differs still", name)
		}
	}
}

func TestWhatATakeLeaves(t *testing.T) {
	t.Parallel()
	running := loaded(t, on)
	next := loaded(t, on[:len(on)-len("2s}}\n")]+"3s}}\nsync: {removed: {count: 7}}\nschedule: {enabled: false}\n")
	if got := later(running, next); len(got) != 0 {
		t.Errorf("%v wait, want none", got)
	}
	next = loaded(t, "systems: {laposta: {enabled: true, base_url: 'http://127.0.0.1:1', api_key: 'another', lists: [list1], ip: 192.0.2.10, delay: 3s}}\nsync: {region: BE}\n")
	if got := later(running, next); !slices.Equal(got, []string{"sync", "systems"}) {
		t.Errorf("%v wait, want sync and systems", got)
	}
}
