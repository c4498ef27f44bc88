package events_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/runsignup"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// conflicts are those about bibs, as "501 ours/theirs why" and whether they are open.
func (w *registration) conflicts() (out string) {
	w.T.Helper()
	err := w.Pool.QueryRow(w.T.Context(), `select coalesce(string_agg(key || ' ' || hub_value || '/' || remote_value || ' ' || why
		|| case when resolved_on is null then ' open' else '' end, ', ' order by id), '') from conflict where field = 'bib'`).Scan(&out)
	if err != nil {
		w.T.Fatal(err)
	}
	return out
}

// resolve is a person who says which value of the open conflict it is.
func (w *registration) resolve(theirs bool) {
	w.T.Helper()
	ctx, own := w.T.Context(), w.Engine.Own()
	is := store.Resolution{
		TakeRemote: theirs, By: store.Actor{Name: "test"},
		Hold: func(ctx context.Context, db store.DBTX, kind, key string) error {
			return own.Hold(ctx, db, record.Kind(kind), []string{key})
		},
		Accept: func(ctx context.Context, db store.DBTX, was, is store.Entity) error {
			return own.Accept(ctx, db, []hub.OwnChange{{
				Kind: record.Kind(is.Kind), Key: is.Key, Was: record.DecodeFields(was.Fields), Is: record.DecodeFields(is.Fields),
				From: record.DecodeProvenance(is.Provenance),
			}})
		},
	}
	id := w.Count(`select id from conflict where field = 'bib' and resolved_on is null`)
	c, err := w.Store.ListConflict(ctx, id)
	if err == nil {
		is.Conflicts = []store.LookedAt{{Conflict: id, Etag: c.Etag()}}
		err = w.Store.Resolve(ctx, is, w.Clock())
	}
	if err != nil {
		w.T.Fatal(err)
	}
}

// Where RunSignup gives out the bibs, one that EMS has otherwise is told to a person, once:
// neither side is written or emptied, and nothing is tried again.
func TestBibGivenThere(t *testing.T) {
	t.Parallel()
	w := registered(t, 1)
	w.bibs = runsignup.BibsThere
	w.begin(t)
	w.start()
	w.entry("501", 31, "101")
	w.entry("502", 31, "")
	w.quietAfter()
	bib := func(of string) string { return fmt.Sprint(w.theirs()["Mokoena "+of][0]["bib"]) }
	give := func(of, bib string) {
		w.control("PATCH", fmt.Sprintf("/registrations/%.0f", w.theirs()["Mokoena "+of][0]["registration_id"]), map[string]any{"bib": bib}, nil)
	}
	if bib("501") != "" || w.conflicts() != "" {
		t.Errorf("RunSignup has the bib %q, conflicts %q", bib("501"), w.conflicts())
	}
	give("501", "555")
	give("502", "556")
	w.quietAfter()
	if w.ours("502").Bib != "556" {
		t.Errorf("where EMS has none it is %q", w.ours("502").Bib)
	}
	const asked = "501 101/555 given there open"
	if w.ours("501").Bib != "101" || bib("501") != "555" || w.conflicts() != asked {
		t.Errorf("EMS has %q, RunSignup %q, conflicts %q", w.ours("501").Bib, bib("501"), w.conflicts())
	}
	if n := w.Count(`select count(*) from sync_record where system = 'runsignup' and (desired_version > applied_version or held <> '{}')`); n != 0 {
		t.Errorf("%d records are tried again", n)
	}
	w.exec(`update ems.event_participant set team_name = 'Karoo' where id = 501`)
	w.Pass(25 * time.Hour)
	w.MustSync()
	if w.quietAfter(); w.conflicts() != asked {
		t.Errorf("a day later the conflicts are %q", w.conflicts())
	}

	// A person keeps ours: that is no news. Another bib there is.
	w.resolve(false)
	w.quietAfter()
	if w.ours("501").Bib != "101" || bib("501") != "555" || w.conflicts() != "501 101/555 given there" {
		t.Errorf("EMS has %q, RunSignup %q, conflicts %q", w.ours("501").Bib, bib("501"), w.conflicts())
	}
	give("501", "557")
	w.quietAfter()
	if got := w.conflicts(); got != "501 101/555 given there, 501 101/557 given there open" {
		t.Errorf("conflicts %q", got)
	}
	w.resolve(true)
	w.quietAfter()
	if w.ours("501").Bib != "557" || bib("501") != "557" {
		t.Errorf("EMS has %q, RunSignup %q", w.ours("501").Bib, bib("501"))
	}

	// It is edited in EMS as well, and ends when the two are alike again.
	w.exec(`update ems.event_participant set bib = '600' where id = 502`)
	w.quietAfter()
	w.exec(`update ems.event_participant set bib = '556' where id = 502`)
	w.quietAfter()
	if got := w.Count(`select count(*) from conflict where key = '502' and hub_value = '600' and remote_value = '556' and resolved_on is not null`); got != 1 || bib("502") != "556" {
		t.Errorf("%d conflicts have ended, RunSignup has %q", got, bib("502"))
	}
	// What is somebody else's here is not taken, and a person is asked.
	w.exec(`insert into ems.person (id, first_name, last_name) values (80, 'Pieter', 'Botha')`)
	w.exec(`insert into ems.event_participant (event_id, person_id, last_name, bib, paid) values (12, 80, 'Botha', '50', true)`)
	give("502", "50")
	w.quietAfter()
	if w.ours("502").Bib != "556" || bib("502") != "50" {
		t.Errorf("EMS has %q, RunSignup %q", w.ours("502").Bib, bib("502"))
	}
	if got := w.Count(`select count(*) from conflict where key = '502' and hub_value = '556' and remote_value = '50' and resolved_on is null`); got != 1 {
		t.Errorf("the conflicts are %q", w.conflicts())
	}
}
