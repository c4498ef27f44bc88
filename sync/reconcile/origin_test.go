package reconcile_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// TestOriginNext: what counts as a turn?
func TestOriginNext(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	before := now.Add(-reconcile.TurnsWithin)
	for _, c := range []struct {
		name string
		was  record.Origin
		from record.System
		want int
	}{
		{"the first value", record.Origin{}, "a", 0},
		{"the same system again", record.Origin{System: "a"}, "a", 0},
		{"another system", record.Origin{System: "a"}, "b", 1},
		{"back", record.Origin{System: "b", Turns: 1, Turning: now.Add(-time.Hour)}, "a", 2},
		{"the same system again, in between", record.Origin{System: "b", Turns: 2, Turning: now.Add(-time.Hour)}, "b", 2},
		{"within the day", record.Origin{System: "b", Turns: 4, Turning: before.Add(time.Second)}, "a", 5},
		{"after a day", record.Origin{System: "b", Turns: 4, Turning: before}, "a", 1},
		{"we ourselves", record.Origin{System: "b", Turns: 4, Turning: now.Add(-time.Hour)}, record.Hub, 0},
		{"after ourselves", record.Origin{System: record.Hub}, "a", 0},
	} {
		got := record.DecodeProvenance(record.EncodeProvenance(map[record.Field]record.Origin{field: reconcile.Next(c.was, c.from, now)}))[field]
		if got.Turns != c.want || got.System != c.from || !got.At.Equal(now) || got.Turns > 0 && got.Turning.IsZero() {
			t.Errorf("%s: %+v, want %d turns", c.name, got, c.want)
		}
	}
}
