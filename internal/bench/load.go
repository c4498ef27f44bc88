package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// The goals of a first load and of a run in which every record has changed.
const (
	goalLinear = 1.5       // time for a record at the largest size, beside that at linearFrom
	linearFrom = 10_000    // records
	loadHeap   = 128 << 20 // whatever the number of records
	goalTx     = 5 * time.Second
	// loadMost is the most records of a load when no number is asked for.
	loadMost = 100_000
)

// loaded is what one step took at one size.
type loaded struct {
	spent

	n    int
	what string
	tx   time.Duration // the longest transaction seen
	at   string        // the statement that it was at when seen last
	disk int64         // bytes of the database afterwards
}

// loads measures a first load and a change of all, at each size.
func loads(ctx context.Context, out io.Writer, db *database, most int) error {
	var all []loaded
	for _, n := range loadSizes(most) {
		figures, err := load(ctx, db, n)
		if err != nil {
			return fmt.Errorf("%d records: %w", n, err)
		}
		all = append(all, figures...)
	}
	return printLoads(out, all)
}

// loadSizes are the sizes of a bench up to the most records, and that number itself.
func loadSizes(most int) []int {
	var out []int
	for _, size := range sizes {
		if size.n < most {
			out = append(out, size.n)
		}
	}
	return append(out, most)
}

func load(ctx context.Context, db *database, n int) ([]loaded, error) {
	err := db.exec(ctx, `truncate last_seen, listing, entity, sync_record, binding, plan_row, journal, shown, conflict, limit_effect, group_key,
entity_alias, reading_finding, run_reading_good, staging_listing, staging_item, staging_key, plan_apply restart identity cascade`)
	if err != nil {
		return nil, err
	}
	if err := store.Open(db.pool).Partition(ctx, []record.System{"sportlink", "rondoclub", "laposta"}); err != nil {
		return nil, err
	}
	c := newClub(n)
	e, err := newClubEngine(db, c)
	if err != nil {
		return nil, err
	}
	first, err := loadOnce(ctx, db, e, n, "first load")
	if err != nil {
		return nil, err
	}
	if err := db.inStep(ctx); err != nil {
		return nil, fmt.Errorf("put all in step: %w", err)
	}
	c.season++
	changed, err := loadOnce(ctx, db, e, n, "all changed")
	return append(first, changed...), err
}

// loadOnce measures the steps of one run, without Write.
func loadOnce(ctx context.Context, db *database, e *engine.Engine, n int, what string) ([]loaded, error) {
	task := approved()
	read, err := db.watched(ctx, n, what+": read", func() error {
		slice, err := e.Read(ctx, task, clubLoad.Reads[0])
		if err == nil && !slice.Done {
			err = errors.New("a step did not come to its end")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	planned, err := db.watched(ctx, n, what+": plan and apply", func() error {
		_, err := e.Plan(ctx, task, clubLoad)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error { return store.New(tx).DropStagedListings(ctx, task.Run) })
	return []loaded{read, planned}, err
}

// inStep says that all that is to be written has been.
func (db *database) inStep(ctx context.Context) error {
	return db.exec(ctx, `analyze`,
		`update sync_record r set external_id = coalesce(external_id, r.entity::text), remote = e.fields, base_local = e.fields, base_remote = e.fields,
created_by = 'us', pending_op = '', applied_version = desired_version from entity e where e.id = r.entity and desired_version > applied_version`,
		`update plan_row set state = 'done', done_on = now() where state = 'pending'`, `vacuum analyze`)
}

// watched measures f, and the longest transaction while it works.
func (db *database) watched(ctx context.Context, n int, what string, f func() error) (loaded, error) {
	ctx, cancel := context.WithCancel(ctx)
	type seen struct {
		most time.Duration
		at   string
		err  error
	}
	done := make(chan seen)
	go func() {
		var s seen
		for s.err == nil && wait(ctx, 10*time.Millisecond) == nil {
			var seconds float64
			var at string
			err := db.pool.QueryRow(context.WithoutCancel(ctx), `select extract(epoch from clock_timestamp() - xact_start)::float8, coalesce(substring(query from 'name: (\w+)'), '')
from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() and state <> 'idle' and xact_start is not null
order by xact_start limit 1`).Scan(&seconds, &at)
			if errors.Is(err, pgx.ErrNoRows) {
				continue
			}
			s.err = err
			if tx := time.Duration(seconds * float64(time.Second)); tx > s.most {
				s.most, s.at = tx, at
			}
		}
		done <- s
	}()
	took, err := measure(f)
	cancel()
	s := <-done
	out := loaded{spent: took, n: n, what: what, tx: s.most, at: s.at}
	if err = errors.Join(err, s.err); err != nil {
		return out, err
	}
	if err := db.pool.QueryRow(context.WithoutCancel(ctx), `select pg_database_size(current_database())`).Scan(&out.disk); err != nil {
		return out, err
	}
	fmt.Fprintf(os.Stderr, "%8d records, %s: %s ms, %d MB of database\n", n, what, millis(took.wall), out.disk>>20) // the next may take an hour
	return out, nil
}

func printLoads(out io.Writer, all []loaded) error {
	fmt.Fprintln(out, "\nMembers of whom each two have a parent in common, all new (a person approved the first sync), and all changed.")
	fmt.Fprintln(out)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "records\tstep\tms\tus/record\tpeak MB\tdatabase MB\tlongest transaction ms\tat\t")
	for _, l := range all {
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t\n", l.n, l.what, millis(l.wall), each(l.wall, l.n), size(l.peak), l.disk>>20, millis(l.tx), l.at)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, l := range all {
		if l.n != all[len(all)-1].n {
			continue
		}
		fmt.Fprintf(out, "%8d records, %s:", l.n, l.what)
		if base := at(all, linearFrom, l.what); base.n > 0 && base.n < l.n {
			ratio := float64(l.wall) / float64(l.n) / (float64(base.wall) / float64(base.n))
			fmt.Fprintf(out, " linear, at most %.1fx of %d: %s;", goalLinear, base.n, judged(ratio <= goalLinear, fmt.Sprintf("%.2f", ratio)))
		}
		fmt.Fprintf(out, " %d MB of heap: %s; no transaction over %v: %s\n", loadHeap>>20, judged(l.peak <= loadHeap, size(l.peak)),
			goalTx, judged(l.tx <= goalTx, l.tx.Round(time.Millisecond).String()))
	}
	return nil
}

// judged is a verdict with its figure.
func judged(met bool, figure string) string { return verdict(met) + " (" + figure + ")" }

func at(all []loaded, n int, what string) loaded {
	for _, l := range all {
		if l.n == n && l.what == what {
			return l
		}
	}
	return loaded{}
}
