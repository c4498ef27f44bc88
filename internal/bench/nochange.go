package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// sizes are the numbers of records, and how often each is measured; where it is
// more than twice the first time warms up and does not count.
var sizes = []struct{ n, times int }{{1_000, 20}, {10_000, 10}, {100_000, 5}, {1_000_000, 2}}

// The goals of a run without changes.
const (
	goalRatio  = 2.0
	goalEach   = 10 * time.Microsecond
	goalMost   = 10 * time.Second // for a million records
	goalAllocs = 2.0
	goalHeap   = 64 << 20
)

// figure is what was measured at one size.
type figure struct {
	n                           int
	ours, source, scan, digests spent
	wal                         int64
	known, staging              int64 // rows written
}

// limit is one scan in order and one digest of each record; what the source
// takes to make the records is no part of it.
func (f figure) limit() time.Duration { return f.scan.wall + f.digests.less(f.source).wall }

// limitCPU is the limit in our processor time, which a busy machine does not
// stretch as it does the time by the clock.
func (f figure) limitCPU() time.Duration { return f.scan.cpu + f.digests.less(f.source).cpu }

func (f figure) net() spent { return f.ours.less(f.source) }

func noChanges(ctx context.Context, out io.Writer, db *database, o options) error {
	// One core for all of ours; Postgres has the other.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var all []figure
	for _, size := range sizes {
		if size.n > o.most {
			break
		}
		profile := ""
		if size.n*10 > o.most {
			profile = o.profile
		}
		f, err := noChange(ctx, db, size.n, size.times, profile)
		if err != nil {
			return fmt.Errorf("%d records: %w", size.n, err)
		}
		all = append(all, f)
	}
	return printNoChanges(out, all)
}

// noChange measures one size. The works take turns, so that what disturbs the
// machine disturbs all of them.
func noChange(ctx context.Context, db *database, n, times int, profile string) (figure, error) {
	s := newSource(n)
	if err := db.fill(ctx, s); err != nil {
		return figure{}, err
	}
	e, err := newEngine(db, s)
	if err != nil {
		return figure{}, err
	}
	f := figure{n: n}
	for i := range times {
		var round figure
		if round.source, err = measure(func() error { s.each(func(connector.Item) {}); return nil }); err != nil {
			return f, err
		}
		if round.scan, err = measure(func() error { return db.scan(ctx, n) }); err != nil {
			return f, err
		}
		if round.digests, err = measure(func() error { digestAll(s); return nil }); err != nil {
			return f, err
		}
		err := profiled(profile, func() error {
			round.ours, err = measure(func() error { return runOnce(ctx, db, e) })
			return err
		})
		if err != nil {
			return f, err
		}
		if i == 0 && times > 2 {
			continue // caches are cold
		}
		f.add(round)
	}
	return f, f.count(ctx, db, e)
}

func (f *figure) add(r figure) {
	f.ours, f.source = f.ours.best(r.ours), f.source.best(r.source)
	f.scan, f.digests = f.scan.best(r.scan), f.digests.best(r.digests)
}

// count sees what one more run writes. It is not timed: the server tells what
// was written only when connections end.
func (f *figure) count(ctx context.Context, db *database, e *engine.Engine) error {
	known, staging, err := db.rows(ctx)
	if err != nil {
		return err
	}
	wal, err := db.wal(ctx)
	if err != nil {
		return err
	}
	if err := runOnce(ctx, db, e); err != nil {
		return err
	}
	if f.wal, err = db.wal(ctx); err != nil {
		return err
	}
	f.wal -= wal
	if f.known, f.staging, err = db.rows(ctx); err != nil {
		return err
	}
	f.known, f.staging = f.known-known, f.staging-staging
	return nil
}

func runOnce(ctx context.Context, db *database, e *engine.Engine) error {
	task := step.Task{Run: uuid.New()}
	read, err := e.Read(ctx, task, people.Reads[0])
	if err != nil {
		return err
	}
	if _, err := e.Plan(ctx, task, people); err != nil {
		return err
	}
	write, err := e.Write(ctx, task, people.Writes[0])
	if err != nil {
		return err
	}
	if !read.Done || !write.Done {
		return errors.New("a step did not come to its end")
	}
	return pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error { return store.New(tx).DropStagedListings(ctx, task.Run) })
}

// scan reads ids and digests in order, as quickly as the driver can.
func (db *database) scan(ctx context.Context, n int) error {
	form := pgx.QueryResultFormats{pgx.BinaryFormatCode, pgx.BinaryFormatCode, pgx.BinaryFormatCode}
	rows, err := db.pool.Query(ctx, `select external_id, digest, missing from last_seen where listing = 1 order by external_id`, form)
	if err != nil {
		return err
	}
	defer rows.Close()
	read, sum := 0, 0
	for rows.Next() {
		read++
		sum += len(rows.RawValues()[1])
	}
	if rows.Err() == nil && (read != n || sum == 0) {
		return fmt.Errorf("%d of %d rows were there", read, n)
	}
	return rows.Err()
}

// digestAll digests all records, field by field into one buffer, with the
// plain hash: the least that telling a changed record can take.
func digestAll(s *source) {
	var buf []byte
	s.each(func(it connector.Item) {
		buf = buf[:0]
		for _, name := range memberFields {
			v := it.Fields[name]
			buf = binary.AppendUvarint(buf, uint64(len(v)))
			buf = append(buf, v...)
		}
		_ = sha256.Sum256(buf)
	})
}

func printNoChanges(out io.Writer, all []figure) error {
	fmt.Fprintln(out, "A run without changes (Read, Decide, Write), the source's records made as they are asked for,")
	fmt.Fprintln(out, "beside its limit: one scan of ids and digests in order, and one digest of each record.")
	fmt.Fprintln(out)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "records\tours ms\tlimit ms\tscan\tdigest\tratio\tus/record\tcpu us\tcpu ratio\tallocs/rec\tpeak MB\tWAL bytes\trows\tof the run\tsource ms\tsource MB\t")
	for _, f := range all {
		net := f.net()
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%.2f\t%s\t%s\t%.2f\t%.3f\t%s\t%d\t%d\t%d\t%s\t%s\t\n",
			f.n, millis(net.wall), millis(f.limit()), millis(f.scan.wall), millis(f.digests.less(f.source).wall),
			float64(net.wall)/float64(f.limit()), each(net.wall, f.n), each(net.cpu, f.n),
			float64(net.cpu)/float64(max(f.limitCPU(), 1)), float64(net.allocs)/float64(f.n),
			size(f.ours.peak), f.wal, f.known, f.staging, millis(f.source.wall), size(f.source.peak))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, f := range all {
		f.judge(out)
	}
	fmt.Fprintln(out)
	return nil
}

// judge prints the goals beside the figures.
func (f figure) judge(out io.Writer) {
	net := f.net()
	ratio, per := float64(net.wall)/float64(f.limit()), net.wall/time.Duration(f.n)
	allocs := float64(net.allocs) / float64(f.n)
	fmt.Fprintf(out, "%8d records: at most %.0fx the limit: %s (%.2f); %v a record: %s (%v); %.0f allocations a record: %s (%.3f); "+
		"%d MB of heap: %s (%s); no row for an unchanged record: %s (%d)",
		f.n, goalRatio, verdict(ratio <= goalRatio), ratio, goalEach, verdict(per <= goalEach), per.Round(10*time.Nanosecond),
		goalAllocs, verdict(allocs <= goalAllocs), allocs, goalHeap>>20, verdict(f.ours.peak <= goalHeap), size(f.ours.peak),
		verdict(f.known == 0), f.known)
	if f.n == 1_000_000 {
		fmt.Fprintf(out, "; %v in all, the source's part included: %s (%v)", goalMost, verdict(f.ours.wall <= goalMost), f.ours.wall.Round(time.Millisecond))
	}
	fmt.Fprintln(out)
}

func millis(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d.Microseconds())/1000) }
