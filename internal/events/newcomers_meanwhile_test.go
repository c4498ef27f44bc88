package events_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/clients/runsignup"
	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/sync/apply"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/step"
)

// A plan that is made twice makes the same; one that is applied when another program has
// entered the same person meanwhile leaves that to the next run.
func TestComeInMeanwhile(t *testing.T) {
	t.Parallel()
	w := register(t)
	w.start()
	for i, last := range []string{"Eerst", "Tweede"} {
		w.registers(w.user(runner{"Naledi", last, fmt.Sprintf("199%d-03-03", i), last + "@example.org", true}), "", 3001)
	}
	w.Pass(10 * time.Minute)
	w.Plan = true
	var hashes []string
	for range 2 {
		w.MustSync()
		hash, err := w.Engine.PlanHash(t.Context(), w.LastRun)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, hash)
	}
	if hashes[0] != hashes[1] {
		t.Error("a plan of the same is another")
	}
	w.exec(`insert into ems.person (first_name, last_name, date_of_birth) values ('Naledi', 'Eerst', '1990-03-03')`)
	if err := w.Approve(hashes[1]); !errorsAs[*apply.PlanStale](err) {
		t.Errorf("the plan is applied over what is newer: %v", err)
	}
	w.Plan = false
	w.quietAfter()
	w.counts("Eerst", 1, 1)
	w.counts("Tweede", 1, 1)
}

func errorsAs[E error](err error) bool {
	_, is := errors.AsType[E](err)
	return is
}

// What comes of runners who come in does not hang on how many are decided together: one
// runner may be there under two ids, in two registrations, or be alike somebody of ours.
func TestComeInBatches(t *testing.T) {
	t.Parallel()
	var want []map[string]any
	for _, batch := range []int{0, 1, 3} {
		w := registered(t, 1)
		w.batch = batch
		w.begin(t)
		w.start()
		w.Override = engine.LimitNames()
		for i := range 12 {
			r := runner{fmt.Sprint("Name", i/3), fmt.Sprint("Familie", i%2), fmt.Sprintf("199%d-01-01", i/6), fmt.Sprintf("r%d@example.org", i/4), true}
			w.registers(w.user(r), fmt.Sprint(100+i), 3001, 3002)
			if i%4 == 0 {
				w.exec(`insert into ems.person (first_name, last_name, date_of_birth) values ($1, $2, $3)`, r.first, r.last, r.birth)
			}
		}
		w.quietAfter()
		got := w.rows(`select o.first_name, o.last_name, o.date_of_birth, count(p.id) as entries, count(distinct o.id) as persons
			from ems.person o left join ems.event_participant p on p.person_id = o.id group by 1, 2, 3 order by 1, 2, 3`)
		if want == nil {
			want = got
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("of %d at a time came %v, want %v", batch, got, want)
		}
		for _, row := range got {
			if row["persons"] != 1.0 {
				t.Errorf("of %d at a time: %v", batch, row)
			}
		}
	}
}

// All who have registered before the first sync come in with it, each once.
func TestComeInMany(t *testing.T) {
	t.Parallel()
	n := sizetest.Of(t, 20, 50, 2500)
	w := registered(t, n)
	w.begin(t)
	w.start()
	if persons, entries := w.Count(`select count(*) from ems.person where modified_by = 'sync:runsignup'`), w.Count(`select count(*) from ems.event_participant`); persons != int64(n) || entries != int64(n) {
		t.Errorf("%d persons and %d entries have come in, want %d", persons, entries, n)
	}
	w.quietAfter()
}

// Where the listing of persons breaks off, their registrations wait for the next one,
// although it reads no more than what has changed; and the other way round.
func TestComeInHalfRead(t *testing.T) {
	t.Parallel()
	w := register(t)
	w.start()
	for i := range w.Pipeline.Reads {
		w.Pipeline.Reads[i].Needed = false
		if place := w.Pipeline.Reads[i].Place; place == runsignup.Users || place == runsignup.Participants {
			w.Pipeline.Reads[i].Select = step.Since
		}
	}
	for i, after := range []int{0, 4} { // each listing asks four times: two events, who takes part and who does not
		last := fmt.Sprint("Halve", i)
		w.registers(w.user(runner{"Palesa", last, "1995-05-05", last + "@example.org", true}), "", 3001)
		fault := map[string]any{
			"match": map[string]any{"method": "GET", "path": "*participants"}, "after": after, "times": 3, "do": map[string]any{"kind": "status", "status": 503},
		}
		w.control(http.MethodPost, "/faults", fault, nil)
		w.Pass(10 * time.Minute)
		w.MustSync()
		w.counts(last, 0, 0)
		if n := w.Count(`select count(*) from sync_record where quarantine like 'waits%'`); n != 0 {
			t.Errorf("%d are put aside, although nothing is wrong with them", n)
		}
		w.Pass(10 * time.Minute)
		w.MustSync()
		w.counts(last, 1, 1)
	}
}

// A process that ends between two parts of a plan makes nobody twice: the next one goes
// on, and so does a run that reads the same again.
func TestComeInCrash(t *testing.T) {
	t.Parallel()
	w := registered(t, 1)
	w.batch = 1
	w.begin(t)
	w.start()
	w.Override = engine.LimitNames()
	w.exec(`select setval('ems.person_id_seq', 5000)`) // what has one id of another kind is decided together
	for i := range 4 {
		r := runner{"Naledi", fmt.Sprint("Familie", i), fmt.Sprintf("199%d-03-03", i), fmt.Sprintf("n%d@example.org", i), true}
		w.registers(w.user(r), fmt.Sprint(100+i), 3001, 3002)
	}
	w.Pass(10 * time.Minute)
	parts := 0
	w.BetweenBatches = func() error {
		if parts++; parts == 2 {
			return memory.ErrCrash
		}
		return nil
	}
	if _, err := w.Sync(); !errors.Is(err, memory.ErrCrash) {
		t.Fatalf("the plan has %d parts: %v", parts, err)
	}
	if n := w.Count(`select count(*) from ems.person where last_name like 'Familie%'`); n == 0 || n == 4 {
		t.Errorf("%d of 4 persons are there where the process ended", n)
	}
	w.begin(t)
	if err := w.Resume(); err != nil {
		t.Fatal(err)
	}
	w.BetweenBatches = nil
	w.quietAfter()
	for i := range 4 {
		w.counts(fmt.Sprint("Familie", i), 1, 2)
	}
}
