package hub_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/record"
)

const day = 24 * time.Hour

// windowed are our own tables, of which events are shown that ended less than 30 days ago
// or begin within 365.
type windowed struct {
	t    *testing.T
	pool *pgxpool.Pool
	now  time.Time
	size record.Window
}

func newWindowed(t *testing.T) *windowed {
	t.Helper()
	return &windowed{
		t: t, pool: pgtest.New(t), now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), size: record.Window{Past: 30 * day, Ahead: 365 * day},
	}
}

func (w *windowed) own() hub.Own {
	return hub.Own{Window: w.size, Now: func() time.Time { return w.now }}
}

func (w *windowed) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.pool.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *windowed) show() {
	w.t.Helper()
	if err := w.own().Show(w.t.Context(), w.pool); err != nil {
		w.t.Fatal(err)
	}
}

// in are the keys of a kind of which a field is true.
func (w *windowed) in(kind, field string) (keys string) {
	w.t.Helper()
	err := w.pool.QueryRow(w.t.Context(), `select coalesce(string_agg(key, ' ' order by key::bigint), '') from entity
		where kind = 'event.' || $1 and fields ->> $2 = 'true'`, kind, field).Scan(&keys)
	if err != nil {
		w.t.Fatal(err)
	}
	return keys
}

// event has an event begin and end then, as seen from now.
func (w *windowed) event(id int, begins, ends time.Duration) {
	w.t.Helper()
	w.exec(`insert into ems.event (id, organisation_id, name, start_date_time, end_date_time, all_day, timezone) values ($1, 1, 'Loop', $2, $3, false, 'UTC')
		on conflict (id) do update set start_date_time = excluded.start_date_time, end_date_time = excluded.end_date_time`, id, w.now.Add(begins), w.now.Add(ends))
}

// Which events are in the window, at both sides of its edges.
func TestWindow(t *testing.T) {
	t.Parallel()
	w := newWindowed(t)
	w.exec(`insert into ems.organisation (id, name) values (1, 'Loop')`)
	for i, e := range []struct {
		begins, ends time.Duration
		in           bool
	}{
		{-31 * day, -30*day - time.Second, false},
		{-31 * day, -30 * day, false},
		{-31 * day, -30*day + time.Second, true},
		{-time.Hour, time.Hour, true},
		{-1000 * day, 1000 * day, true}, // it takes place
		{365*day - time.Second, 366 * day, true},
		{365 * day, 366 * day, false},
		{365*day + time.Second, 366 * day, false},
	} {
		w.event(i+1, e.begins, e.ends)
		w.show()
		if got := strings.HasSuffix(" "+w.in("event", "in_window"), fmt.Sprint(" ", i+1)); got != e.in {
			t.Errorf("an event from %s to %s is in the window: %v", e.begins, e.ends, got)
		}
	}
	// The clock moves all of them at once, and so do other settings.
	w.now = w.now.Add(2 * time.Second)
	w.show()
	if got := w.in("event", "in_window"); got != "4 5 6 7 8" {
		t.Errorf("two seconds later %s are in the window", got)
	}
	w.size = record.Window{Past: 40 * day, Ahead: day}
	w.show()
	if got := w.in("event", "in_window"); got != "1 2 3 4 5" {
		t.Errorf("with another window %s are in it", got)
	}
	w.size = record.Window{}
	w.show()
	if got := w.in("event", "in_window"); got != "4 5" {
		t.Errorf("without one %s are in it", got)
	}
}

// organised has two events, of which the second is outside, each with a race, a group, a
// participant, a place and a tag by the number of the event; the first person wears a tag of
// no event besides.
func organised(t *testing.T) *windowed {
	t.Helper()
	w := newWindowed(t)
	w.exec(`insert into ems.organisation (id, name) values (1, 'Loop')`)
	w.event(1, 30*day, 31*day)
	w.event(2, 400*day, 401*day)
	for _, sql := range []string{
		`insert into ems.person (id, last_name) select i, 'A' from generate_series(1, 3) i`,
		`insert into ems.race (id, event_id, active, status) select i, i, true, 'PLANNED' from generate_series(1, 2) i`,
		`insert into ems.start_group (id, race_id, start_time) select i, i, now() from generate_series(1, 2) i`,
		`insert into ems.event_participant (id, event_id, person_id, race_id, last_name, paid) select i, i, i, i, 'A', true from generate_series(1, 2) i`,
		`insert into ems.start_group_participant (id, start_group_id, event_participant_id) select i, i, i from generate_series(1, 2) i`,
		`insert into ems.tag (id) select i from generate_series(1, 3) i`,
		`insert into ems.bib_tag_mapping (id, tag_id, person_id, event_id, valid_from) values (1, 1, 1, 1, now()), (2, 2, 2, 2, now()), (3, 3, 1, null, now())`,
	} {
		w.exec(sql)
	}
	return w
}

// want wants what hangs on an event to be in the window with it: these events, races,
// groups, participants and places alike, these persons to be entered, and these tags to be
// of one who is, and in the window.
func (w *windowed) want(when, below, persons, worn, tags string) {
	w.t.Helper()
	w.show()
	for _, kind := range []string{"event", "race", "start_group", "participant", "start_group_participant"} {
		if got := w.in(kind, "in_window"); got != below {
			w.t.Errorf("%s: of %s %q are in the window, want %q", when, kind, got, below)
		}
	}
	for what, c := range map[string][2]string{
		"persons": {w.in("person", "entered"), persons}, "tags of those": {w.in("tag", "entered"), worn}, "tags in the window": {w.in("tag", "in_window"), tags},
	} {
		if c[0] != c[1] {
			w.t.Errorf("%s: %s are %q, want %q", when, what, c[0], c[1])
		}
	}
	var left int
	if err := w.pool.QueryRow(w.t.Context(), `select count(*) from ems.due`).Scan(&left); err != nil || left > 0 {
		w.t.Errorf("%s: %d tickets are left, %v", when, left, err)
	}
}

// What hangs on an event comes into the window and leaves it with the event, whatever moves:
// the clock, the event, or what hangs on it.
func TestBelowTheWindow(t *testing.T) {
	t.Parallel()
	w := organised(t)
	w.want("at first", "1", "1", "1 3", "1 3")
	began := w.now
	w.now = began.Add(36 * day)
	w.want("when the second comes in", "1 2", "1 2", "1 2 3", "1 2 3")
	w.now = began.Add(62 * day)
	w.want("when the first has left", "2", "2", "2", "2 3")
	w.event(1, day, 2*day)
	w.event(2, 500*day, 501*day)
	w.want("moved", "1", "1", "1 3", "1 3")
	w.exec(`update ems.event_participant set person_id = 2 where id = 1`)
	w.want("another enters", "1", "2", "2", "1 3")
	w.exec(`insert into ems.event_participant (id, event_id, person_id, last_name, paid) values (3, 2, 1, 'A', true), (4, 2, 3, 'A', true)`)
	w.want("entered in the other", "1", "2", "2", "1 3")
	w.exec(`update ems.event_participant set event_id = 1 where id = 4`)
	w.show()
	if got := w.in("person", "entered"); got != "2 3" {
		t.Errorf("entered are %q once an entry is one of the first event, want 2 and 3", got)
	}
}

// A row that goes over to another event takes along what hangs on it. A place is in the
// window only when both that it refers to are.
func TestMovedBelowTheWindow(t *testing.T) {
	t.Parallel()
	w := organised(t)
	w.show()
	for _, c := range []struct {
		sql  string
		want [3]string // groups, participants, places
	}{
		{`update ems.race set event_id = 2 where id = 1`, [3]string{"", "1", ""}},
		{`update ems.race set event_id = 1 where id = 2`, [3]string{"2", "1", ""}},
		{`update ems.event_participant set event_id = 1 where id = 2`, [3]string{"2", "1 2", "2"}},
		{`update ems.start_group_participant set start_group_id = 2 where id = 1`, [3]string{"2", "1 2", "1 2"}},
		{`update ems.start_group set race_id = 1 where id = 2`, [3]string{"", "1 2", ""}},
	} {
		w.exec(c.sql)
		w.show()
		got := [3]string{w.in("start_group", "in_window"), w.in("participant", "in_window"), w.in("start_group_participant", "in_window")}
		if got != c.want {
			t.Errorf("%s: groups, participants and places %q, want %q", c.sql, got, c.want)
		}
	}
}

// What is shown before its event is, since somebody has asked for it by its key, is shown
// anew with the event.
func TestShownBeforeTheEvent(t *testing.T) {
	t.Parallel()
	w := organised(t)
	for _, kind := range []record.Kind{"event.person", "event.participant", "event.start_group_participant", "event.tag"} {
		if err := w.own().ShowKeys(t.Context(), w.pool, kind, "1"); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.in("participant", "in_window"); got != "" {
		t.Fatalf("%q are in the window before any event was shown", got)
	}
	w.want("then", "1", "1", "1 3", "1 3")
}
