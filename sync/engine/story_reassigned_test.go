package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// A server that was replaced gives its ids to others: nothing of theirs is written or
// removed, and the run ends when that cannot be one record's fate.
func TestReassigned(t *testing.T) {
	t.Parallel()
	c := relay()
	clock := c.Systems[0]
	for i := range clock.Places {
		clock.Places[i].ReusesIDs = true
	}
	r := enginetest.NewRig(t, c.Policies, nil, c.Pipeline, c.Systems...)
	rows := func(sql string) {
		t.Helper()
		if _, err := r.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 60 {
		rows(fmt.Sprintf(`insert into entity (kind, key, fields) values ('relay.meeting', 'm%d', '{"number": "m%d", "name": "Spring", "wave": ""}')`, i, i))
	}
	r.MustSync()
	// One that is another's now is left alone, also when ours is to be removed.
	ids := map[string]record.ExternalID{}
	for id, f := range clock.All("meetings") {
		ids[f[fNumber]] = id
	}
	theirs := record.Fields{fNumber: "x1", fName: "Theirs"}
	clock.Put("meetings", ids["m0"], theirs)
	rows(`update entity set deleted = 'deleted' where key = 'm0'`)
	r.MustSync()
	if got := clock.All("meetings")[ids["m0"]]; got[fNumber] != "x1" {
		t.Errorf("another's record is %v", got)
	}
	for i := 1; i < 12; i++ {
		clock.Put("meetings", ids[fmt.Sprint("m", i)], record.Fields{fNumber: fmt.Sprint("x", i), fName: "Theirs"})
	}
	rows(`update entity set fields = fields || '{"name": "Autumn"}' where key in ('m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10', 'm11')`)
	r.Pass(time.Hour)
	r.WantStop(step.Drifted, "RECORDS_REASSIGNED")
	for id, f := range clock.All("meetings") {
		if f[fName] == "Autumn" {
			t.Errorf("%s was written to", id)
		}
	}
}
