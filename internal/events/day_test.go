package events_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/internal/organiser"
	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/sync/step"
)

// A day of an organiser: all that EMS has reaches five systems in one cycle, a second one
// is silent, and what people do at six places while the timing server is away for 24 cycles
// ends quiet, with each system as a program computes that was written from the paper.
func TestDay(t *testing.T) {
	t.Parallel()
	sizetest.Skip(t, "a whole day of five systems")
	for _, seed := range sizetest.Seeds(t, 3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			w := organise(t, sizetest.Of(t, organiser.Least, organiser.Least, 2000), int64(seed))
			w.due(organiser.Cycle(0)...)
			w.judge("after the first cycle")
			w.due("inbound-runsignup") // shows whom we have registered for the first time
			w.silent(organiser.Cycle(1), organiser.Cycle(0))
			day := organiser.NewDay(w.sites, int64(seed))
			w.away = true // also when it is back, until its breaker has seen that
			for n, s := range day.Steps() {
				if err := s.Do(t.Context()); err != nil {
					t.Fatalf("%s: %v", s.Name, err)
				}
				w.later(5 * time.Minute)
				w.due(organiser.Cycle(n)...)
			}
			if !w.spared {
				t.Error("the timing server was never left alone")
			}
			w.away = false
			w.settle()
			w.judge("in the end")
			w.silent(organiser.Cycle(1), organiser.Night(), organiser.Cycle(0))
			lacking, err := day.Lacking(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range lacking {
				t.Errorf("EMS has something else as %s of %s %d", l.Column, l.Table, l.ID)
			}
			if got := w.text(`select count(*) from conflict where field = 'phone' and system = 'chatwoot' and won_by = 'hub'`); got != "1" {
				t.Errorf("%s conflicts about a phone, want that of the phone that both sides changed", got)
			}
			w.unmarked()
		})
	}
}

// settle lets nights and cycles pass in which what is absent has been so twice.
func (w *organised) settle() {
	w.t.Helper()
	for range 3 {
		w.later(2 * time.Hour)
		w.due(organiser.Night()...)
		w.due(organiser.Cycle(0)...)
	}
}

// silent wants pipelines to write nothing anywhere, and of the outbound ones, which are
// the first, no call to a system that is only written to.
func (w *organised) silent(outbound []string, more ...[]string) {
	w.t.Helper()
	rows, only := w.written(), []string{"mailchimp", "mautic", "tagserver"}
	for _, s := range only {
		w.calls(s)
	}
	sum := w.due(outbound...)
	for _, s := range only {
		if n := w.calls(s); n != 0 {
			w.t.Errorf("%d calls to %s in a cycle without news", n, s)
		}
	}
	sum = added(sum, w.due(slices.Concat(more...)...))
	if sum != (step.Counter{}) {
		w.t.Errorf("a cycle without news has written %+v", sum)
	}
	if now := w.written(); now != rows {
		w.t.Errorf("rows were written without news: versions %s, then %s", rows, now)
	}
}
