package events_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/step"
)

// orphans runs the pipeline that looks for orphans at the systems that are there, and
// returns its task and how it has stopped; nil: it went through.
func (w *world) orphans() (step.Task, step.Pipeline, *step.Stop) {
	w.t.Helper()
	all := pipelines.Families()[1].Pipelines
	p := all[slices.IndexFunc(all, func(p jobs.Pipeline) bool { return p.Orphans })].Pipeline
	p.Reads = slices.DeleteFunc(slices.Clone(p.Reads), func(r step.Read) bool { return !slices.Contains(w.engine.Systems(), r.System) })
	p.Writes = slices.DeleteFunc(slices.Clone(p.Writes), func(r step.Write) bool { return !slices.Contains(w.engine.Systems(), r.System) })
	task := step.Task{Run: uuid.Must(uuid.NewV7())}
	err := w.steps(w.t.Context(), task, p, nil, func(step.Slice) {})
	stop, _ := errors.AsType[*step.Stop](err)
	if stop == nil && err != nil {
		w.t.Fatal(err)
	}
	return task, p, stop
}

// Whoever is deleted in EMS while MailChimp is off stays subscribed there, until a
// person has approved that the orphan is archived. What others have made there, and
// what ChatWoot keeps, is left alone.
func TestOrphans(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.persons(8)
	w.cycle()
	scan := func() {
		for _, name := range []string{"scan-mailchimp", "scan-chatwoot"} {
			if _, err := w.run(name, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	scan()
	w.control(w.mailchimp, http.MethodPost, "/lists/"+w.mailchimp.Info.Credentials["list_id"]+"/members",
		map[string]any{"email_address": "by.hand@example.org", "status": "subscribed"})
	scan()
	if _, _, stop := w.orphans(); stop != nil {
		t.Fatalf("nothing is an orphan, and the run stopped: %v", stop)
	}
	w.off = "mailchimp"
	w.start()
	w.exec(`delete from ems.person where id = 2`)
	if _, err := w.run("outbound-chatwoot", nil); err != nil {
		t.Fatal(err)
	}
	w.off = ""
	w.start()
	w.cycle()
	if m := w.members()["p2@example.org"]; m.Status != "subscribed" {
		t.Fatalf("the member is %q before anybody has looked for orphans", m.Status)
	}
	before := w.contacts()
	task, p, stop := w.orphans()
	if stop == nil || stop.Outcome != step.GuardStopped || stop.Reason != "ORPHANS" {
		t.Fatalf("the run ended with %v, want GUARD_STOPPED ORPHANS", stop)
	}
	if n := w.text(`select count(*) from plan_row where run = $1`, task.Run); n != "1" {
		t.Errorf("%s rows, want the one of the orphan", n)
	}
	hash, err := w.engine.PlanHash(t.Context(), task.Run)
	if err != nil {
		t.Fatal(err)
	}
	err = pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error {
		_, err := w.engine.Apply(t.Context(), tx, task.Run, engine.Word{Hash: hash})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Reads, task.Approved = nil, true
	if err := w.steps(t.Context(), task, p, nil, func(step.Slice) {}); err != nil {
		t.Fatal(err)
	}
	members := w.members()
	if m := members["p2@example.org"]; m.Status == "subscribed" {
		t.Error("the orphan is still subscribed")
	}
	for _, address := range []string{"p1@example.org", "p4@example.org", "by.hand@example.org"} {
		if m := members[address]; m.Status == "archived" || m.Status == "" {
			t.Errorf("%s is %q", address, m.Status)
		}
	}
	if after := w.contacts(); len(after) != len(before) {
		t.Errorf("%d contacts, %d before", len(after), len(before))
	}
	w.pass(time.Minute)
	if _, _, stop := w.orphans(); stop != nil {
		t.Errorf("the orphan is gone, and the run stopped: %v", stop)
	}
	w.quiet()
}
