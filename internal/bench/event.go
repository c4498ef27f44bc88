package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/conversation"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/participant"
	"github.com/touchline-sync/touchline/sync/record/race"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// eventFill puts an organiser into EMS: persons, and six participants for five of them.
const eventFill = `
insert into ems.organisation (id, name) values (1, 'Organiser');
insert into ems.event (id, organisation_id, name, start_date_time, end_date_time, all_day, timezone)
	select i, 1, 'Event ' || i, at, at + interval '10 hours', false, 'Europe/Amsterdam'
	from generate_series(1, 3) i, lateral (select date_trunc('day', now()) + i * interval '7 days' as at) t;
insert into ems.race (id, event_id, name, start_time, active, status)
	select i, 1 + i %% 3, 'Race ' || i, now() + i * interval '1 hour', true, 'PLANNED' from generate_series(1, 12) i;
insert into ems.person (id, first_name, last_name, email, phone, language)
	select i, 'First' || i %% 500, 'Surname' || i, 'person' || i || '@example.org', '+316' || lpad(i::text, 8, '0'), 'nl' from generate_series(1, %[1]d) i;
insert into ems.event_participant (event_id, race_id, person_id, first_name, last_name, paid)
	select 1 + (1 + i %% 12) %% 3, 1 + i %% 12, 1 + i %% %[1]d, 'First' || i %% 500, 'Surname' || i %% %[1]d, true from generate_series(1, %[1]d * 6 / 5) i`

// readOnly are the places of the event family that are read and that no policy names as
// a target.
var readOnly = map[record.System][]memory.Place{
	"chatwoot":  {{Name: "conversations", Kind: conversation.Kind}},
	"runsignup": {{Name: "users", Kind: eventperson.Kind}},
}

// bothWays are the systems that are read in each cycle; the others are only written.
var bothWays = []record.System{"chatwoot", "runsignup"}

// eventCycle measures a cycle of the event family: EMS and its five targets in memory,
// all in step, nothing changed. Those that are read hold the records, which is no part of
// our heap. Beside it stands one ordered scan of persons and participants.
func eventCycle(ctx context.Context, out io.Writer, db *database, most int) error {
	n := min(most, outboundMost)
	e, targets, err := eventWorld(ctx, db, n)
	if err != nil {
		return err
	}
	var ours, scan spent
	live := inUse()
	var read map[record.Kind]int64
	calls := callsOf(targets)
	for range 5 {
		one, err := measure(func() error { return db.scanEntities(ctx, n+n*6/5, eventperson.Kind, participant.Kind) })
		if err != nil {
			return err
		}
		two, err := measure(func() (err error) { read, err = eventOnce(ctx, db, e); return err })
		if err != nil {
			return err
		}
		scan, ours = scan.best(one), ours.best(two)
	}
	known, _, err := db.rows(ctx)
	if err != nil {
		return err
	}
	if _, err := eventOnce(ctx, db, e); err != nil {
		return err
	}
	after, _, err := db.rows(ctx)
	if err != nil {
		return err
	}
	payloads, called := int64(0), callsOf(targets)-calls
	ours.peak -= min(ours.peak, live)
	for _, records := range read {
		payloads += records
	}
	fmt.Fprintf(out, "\nA cycle of the event family: %d persons and %d participants in EMS, five targets, nothing changed.\n\n", n, n*6/5)
	fmt.Fprintf(out, "  cycle                                 %10s ms, peak heap %s MB\n", millis(ours.wall), size(ours.peak))
	fmt.Fprintf(out, "  one ordered scan of all of them       %10s ms, peak heap %s MB\n\n", millis(scan.wall), size(scan.peak))
	fmt.Fprintf(out, "  no unchanged payload read: %s (%d); no call to targets that are only written: %s (%d); no row: %s (%d); quicker than the scan: %s; %d MB of heap: %s\n",
		verdict(payloads == 0), payloads, verdict(called == 0), called, verdict(after == known), after-known,
		verdict(ours.wall <= scan.wall || n < 10_000), goalHeap>>20, verdict(ours.peak <= goalHeap))
	return nil
}

// callsOf counts the calls to the targets that are only written.
func callsOf(targets []*memory.System) (n int) {
	for _, t := range targets {
		if !slices.Contains(bothWays, t.Name) {
			n += t.Calls
		}
	}
	return n
}

// inUse is what the heap holds when nothing is measured.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// eventWorld fills EMS, and stores that all of it has reached the targets.
func eventWorld(ctx context.Context, db *database, n int) (*engine.Engine, []*memory.System, error) {
	clear := `truncate entity, sync_record, listing, last_seen, plan_row, staging_listing, staging_item, staging_key,
		ems.organisation, ems.person, ems.due, ems.person_shown, ems.event_shown cascade`
	if err := db.exec(ctx, append([]string{clear}, strings.Split(fmt.Sprintf(eventFill, n), ";\n")...)...); err != nil {
		return nil, nil, err
	}
	targets := eventTargets()
	var systems []engine.System
	for _, t := range targets {
		conn, err := t.Open(store.NewHost(db.pool, t.Name, nil, slog.New(slog.DiscardHandler), nil))
		if err != nil {
			return nil, nil, err
		}
		systems = append(systems, engine.System{Name: t.Name, Connector: conn})
	}
	settings := engine.DefaultSettings()
	settings.DigestKey = digestKey
	e, err := engine.New(store.Open(db.pool), policy.Event(), nil, systems, settings, time.Now)
	if err != nil {
		return nil, nil, err
	}
	if err := e.Own().Show(ctx, db.pool); err != nil {
		return nil, nil, fmt.Errorf("show EMS: %w", err)
	}
	for _, t := range targets {
		for _, p := range t.Places {
			if err := db.arrived(ctx, t, p); err != nil {
				return nil, nil, fmt.Errorf("put %s %s in step: %w", t.Name, p.Name, err)
			}
		}
		// All that is there was read: what has changed since then is nothing.
		_, err := db.pool.Exec(ctx, `insert into run_cursor (listing, cursor) select id, $2::text from listing where system = $1`, t.Name, t.Cursor())
		if err != nil {
			return nil, nil, err
		}
	}
	return e, targets, db.exec(ctx, `update entity set planned_version = version`, `analyze`)
}

// arrived stores that a place has all records of its kind, and puts them there where it
// is read. A race is read in each cycle, so those here have none at RunSignup.
func (db *database) arrived(ctx context.Context, t *memory.System, p memory.Place) error {
	_, err := db.pool.Exec(ctx, `insert into listing (system, place, scope, view, initialised_on) values ($1, $2, '', 'all', now())`, t.Name, p.Name)
	if err != nil || t.Name == "runsignup" && (p.Kind == event.Kind || p.Kind == race.Kind) {
		return err
	}
	if !p.ReadOnly {
		_, err = db.pool.Exec(ctx, `insert into sync_record (system, place, kind, external_id, entity, natural_key, created_by, remote, base_local, base_remote, desired_version, applied_version)
			select $1, $2, kind, key, id, key, 'us', fields, fields, fields, 1, 1 from entity where kind = $3`, t.Name, p.Name, p.Kind)
	}
	if err != nil || !slices.Contains(bothWays, t.Name) {
		return err
	}
	rows, err := db.pool.Query(ctx, `select key, fields from entity where kind = $1`, p.Kind)
	if err != nil {
		return err
	}
	var key string
	var fields []byte
	_, err = pgx.ForEachRow(rows, []any{&key, &fields}, func() error {
		t.Put(p.Name, record.ExternalID(key), record.DecodeFields(fields))
		return nil
	})
	return err
}

// eventTargets are the targets that the policies of the events name, and what is read
// besides, without records.
func eventTargets() []*memory.System {
	places := map[record.System][]memory.Place{}
	var names []record.System
	for _, p := range policy.Event() {
		var fields []record.Field
		for f := range p.Fields {
			fields = append(fields, f)
		}
		slices.Sort(fields)
		for _, t := range p.Targets {
			// What tells who is entered, and what is in the window, is called so in each kind.
			place, _ := t.Place(record.Fields{eventperson.Email: "person@example.org", eventperson.Entered: "true", event.InWindow: "true"})
			if places[t.System] == nil {
				names = append(names, t.System)
			}
			places[t.System] = append(places[t.System], memory.Place{
				Name: place, Kind: p.Kind, Reads: fields, Writes: fields, Key: p.KeyFields, Delete: true, Since: true, IdempotentCreate: true,
			})
		}
	}
	var out []*memory.System
	for _, name := range names {
		for _, p := range readOnly[name] {
			p.ReadOnly, p.Since = true, true
			for f := range policy.Event().Of(p.Kind).Fields {
				p.Reads = append(p.Reads, f)
			}
			slices.Sort(p.Reads)
			places[name] = append(places[name], p)
		}
		out = append(out, memory.New(name, places[name]...))
	}
	return out
}

// eventOnce runs what starts every five and every ten minutes, what comes in before what
// goes out. It returns how many records were read, by kind.
func eventOnce(ctx context.Context, db *database, e *engine.Engine) (map[record.Kind]int64, error) {
	read := map[record.Kind]int64{}
	for _, way := range []string{"inbound-", "outbound-"} {
		for _, p := range pipelines.Event() {
			if !strings.HasPrefix(p.Name, way) {
				continue
			}
			if err := pipelineOnce(ctx, db, e, p.Pipeline, read); err != nil {
				return nil, fmt.Errorf("%s: %w", p.Name, err)
			}
		}
	}
	return read, nil
}

func pipelineOnce(ctx context.Context, db *database, e *engine.Engine, p step.Pipeline, read map[record.Kind]int64) error {
	task := step.Task{Run: uuid.Must(uuid.NewV7())}
	for _, r := range p.Reads {
		for done := false; !done; {
			slice, err := e.Read(ctx, task, r)
			if err != nil {
				return err
			}
			for _, c := range slice.Counters {
				read[c.Kind] += c.Read
			}
			done = slice.Done
		}
	}
	if _, err := e.Plan(ctx, task, p); err != nil {
		return err
	}
	for _, w := range p.Writes {
		for done := false; !done; {
			slice, err := e.Write(ctx, task, w)
			if err != nil {
				return err
			}
			done = slice.Done
		}
	}
	return pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error { return e.Discard(ctx, tx, task.Run) })
}
