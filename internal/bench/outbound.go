package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// outboundMost is the most persons of the outbound measurement.
const outboundMost = 100_000

// part measures a cycle of the event family: persons in EMS, all of them at a
// target that is only written, nothing changed. Beside it stands one ordered scan
// of the persons.
func part(ctx context.Context, out io.Writer, db *database, most int) error {
	n := min(most, outboundMost)
	if _, err := db.pool.Exec(ctx, `truncate entity, sync_record, last_seen, plan_row, staging_listing, staging_item, staging_key cascade`); err != nil {
		return err
	}
	plain, filled, err := fillEMS(ctx, db, n)
	if err != nil {
		return fmt.Errorf("fill EMS: %w", err)
	}
	e, target, err := outboundEngine(db)
	if err != nil {
		return err
	}
	shown, err := measure(func() error { return e.Own().Show(ctx, db.pool) })
	if err != nil {
		return fmt.Errorf("show EMS: %w", err)
	}
	// All of them have reached the target.
	for _, q := range []string{
		`insert into sync_record (system, place, kind, external_id, entity, natural_key, created_by, remote, base_local, base_remote, desired_version, applied_version)
			select 'mailchimp', 'audience', kind, key, id, key, 'us', fields, fields, fields, 1, 1 from entity where kind = 'event.person'`,
		`update entity set planned_version = version where kind = 'event.person'`,
	} {
		if _, err := db.pool.Exec(ctx, q); err != nil {
			return fmt.Errorf("put the persons in step: %w", err)
		}
	}
	if _, err := db.pool.Exec(ctx, `analyze`); err != nil {
		return err
	}
	var ours, scan spent
	calls := target.Calls
	for range 5 {
		one, err := measure(func() error { return db.scanEntities(ctx, n, eventperson.Kind) })
		if err != nil {
			return err
		}
		two, err := measure(func() error { return outboundOnce(ctx, db, e) })
		if err != nil {
			return err
		}
		scan, ours = scan.best(one), ours.best(two)
	}
	known, _, err := db.rows(ctx)
	if err != nil {
		return err
	}
	if err := outboundOnce(ctx, db, e); err != nil {
		return err
	}
	after, _, err := db.rows(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nAn outbound cycle of %d persons in EMS, to a target that is only written.\n\n", n)
	fmt.Fprintf(out, "  persons copied into EMS               %10s ms\n", millis(filled.wall))
	fmt.Fprintf(out, "  the same without triggers             %10s ms\n", millis(plain.wall))
	fmt.Fprintf(out, "  showing all of them                   %10s ms, peak heap %s MB\n", millis(shown.wall), size(shown.peak))
	fmt.Fprintf(out, "  cycle without changes                 %10s ms, peak heap %s MB\n", millis(ours.wall), size(ours.peak))
	fmt.Fprintf(out, "  one ordered scan of the persons       %10s ms, peak heap %s MB\n\n", millis(scan.wall), size(scan.peak))
	fmt.Fprintf(out, "  no call: %s (%d); no row for an unchanged record: %s (%d); quicker than the scan: %s; copied at half the speed or better: %s\n",
		verdict(target.Calls == calls), target.Calls-calls, verdict(after == known), after-known, verdict(ours.wall <= scan.wall || n < 10_000),
		verdict(filled.wall <= 2*plain.wall || n < 10_000))
	return nil
}

func outboundPipeline() step.Pipeline {
	for _, p := range pipelines.Event() {
		if p.Name == "outbound-mailchimp" {
			return p.Pipeline
		}
	}
	return step.Pipeline{}
}

// outboundEngine has the real page of the persons, and a target in memory in
// MailChimp's place.
func outboundEngine(db *database) (*engine.Engine, *memory.System, error) {
	fields := []record.Field{
		eventperson.ID, eventperson.FirstName, eventperson.LastName, eventperson.Email, eventperson.Phone,
		eventperson.Language, eventperson.Membership, eventperson.Memberships, eventperson.Consent,
	}
	target := memory.New("mailchimp", memory.Place{
		Name: "audience", Kind: eventperson.Kind, Reads: fields, Writes: fields, Key: []record.Field{eventperson.Email},
		Unlisted: true, IdempotentCreate: true, Batch: 500,
	})
	conn, err := target.Open(store.NewHost(db.pool, target.Name, nil, slog.New(slog.DiscardHandler), nil))
	if err != nil {
		return nil, nil, err
	}
	settings := engine.DefaultSettings()
	settings.DigestKey = digestKey
	e, err := engine.New(store.Open(db.pool), policy.Event(), nil, []engine.System{{Name: target.Name, Connector: conn}}, settings, time.Now)
	return e, target, err
}

func outboundOnce(ctx context.Context, db *database, e *engine.Engine) error {
	task, p := step.Task{Run: uuid.Must(uuid.NewV7())}, outboundPipeline()
	if _, err := e.Plan(ctx, task, p); err != nil {
		return err
	}
	for done := false; !done; {
		slice, err := e.Write(ctx, task, p.Writes[0])
		if err != nil {
			return err
		}
		done = slice.Done
	}
	return nil
}

// scanEntities reads the entities of kinds in order, as quickly as the driver can.
func (db *database) scanEntities(ctx context.Context, n int, kinds ...record.Kind) error {
	read, sum := 0, 0
	for _, kind := range kinds {
		rows, err := db.pool.Query(ctx, `select key, version, fields::text from entity where kind = $1 order by key`, kind)
		if err != nil {
			return err
		}
		for rows.Next() {
			read++
			sum += len(rows.RawValues()[2])
		}
		rows.Close()
		if rows.Err() != nil {
			return rows.Err()
		}
	}
	if read != n || sum == 0 {
		return fmt.Errorf("%d of %d entities were there", read, n)
	}
	return nil
}
