package write

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// answers stores what the system has answered.
type answers struct{ *run }

// finish stores what the system answered, in one transaction: the record is
// done, and what its listing will show is known.
func (w answers) finish(ctx context.Context, d *delivery, op string, item connector.Item) error {
	now := w.Now()
	digest := d.host.row.DataHash
	if op != "" {
		digest = w.digest(item.Fields)
	}
	item.Adopted = item.Adopted && !d.host.tried
	if err := w.answered(ctx, d, item, op); err != nil {
		return err
	}
	err := w.tx(ctx, func(tx pgx.Tx, q *store.Queries) error {
		if err := d.askAgain(ctx, tx); err != nil {
			return err
		}
		for _, b := range d.pendingParts() {
			if err := w.store(ctx, q, b, item, op, digest, now); err != nil {
				return err
			}
		}
		if op == "" || len(item.Fields) == 0 {
			return nil
		}
		return w.putLastSeen(ctx, q, item, digest)
	})
	if violation, ok := errors.AsType[*pgconn.PgError](err); ok && violation.Code == uniqueViolation {
		return w.failures.refuse(ctx, d, &connector.Error{
			Class: connector.Rejected, System: w.system.Name, Op: "store what was written",
			Why: "the system answered with a record that is another entity's",
		})
	}
	if err != nil {
		return fmt.Errorf("store what was written: %w", err)
	}
	w.count(d, op)
	if slices.ContainsFunc(d.pendingParts(), func(b *part) bool { return b.missing > 0 }) {
		w.passAgain(d) // the rest may follow in this slice
	}
	return nil
}

// uniqueViolation is Postgres's code for a key that is taken.
const uniqueViolation = "23505"

// count counts what has been stored.
func (w answers) count(d *delivery, op string) {
	w.mu.Lock()
	w.failedInARow, w.worked = 0, true
	w.mu.Unlock()
	for _, b := range d.pendingParts() {
		w.tally(b.coll.Kind, func(c *step.Counter) {
			switch {
			case op == "":
				c.Unchanged++
			case op == "create":
				c.Created++
			case b.ent.Deleted != "":
				c.Removed++
			default:
				c.Updated++
			}
		})
	}
}

// store stores one part as far as it is done.
func (w answers) store(ctx context.Context, q *store.Queries, b *part, item connector.Item, op string, digest []byte, now time.Time) error {
	id, done := string(item.ID), b.row.DesiredVersion
	if b.missing > 0 {
		done = b.row.AppliedVersion
	}
	if err := dropUnmanaged(ctx, q, b, id); err != nil { // also an update may move to another record
		return err
	}
	err := q.FinishSyncRecord(ctx, store.FinishSyncRecordParams{
		ExternalID: &id, CreatedBy: createdBy(op, item), Remote: changedSince(b.remote, b.was.remote).Encode(), BaseLocal: changedSince(b.baseLocal, b.was.baseLocal).Encode(),
		BaseRemote: changedSince(b.baseRemote, b.was.baseRemote).Encode(), Echo: b.echo.Encode(), AppliedVersion: done, DataHash: digest, Now: &now, System: b.row.System, ID: b.row.ID,
	})
	if err != nil {
		return err
	}
	if b.missing > 0 {
		return q.FailSyncRecord(ctx, store.FailSyncRecordParams{
			Next: &now, Error: "waiting: a record that it refers to is not there yet", System: b.row.System, ID: b.row.ID,
		})
	}
	return q.CloseRows(ctx, closed(b, "done", "", now))
}

// createdBy says who has made a record, as far as the answer to a call proves
// it; "" leaves what is known.
func createdBy(op string, item connector.Item) string {
	switch {
	case op != "create":
		return ""
	case item.Adopted:
		return record.ByThem
	default:
		return record.ByUs
	}
}

// answered moves what is agreed, field by field, with the system's answer. What
// somebody else has changed there meanwhile is news, which the next Plan sees.
func (w answers) answered(ctx context.Context, d *delivery, item connector.Item, op string) error {
	for _, b := range d.everyPart() {
		shown, err := b.shownBy(ctx, w.run, item)
		if err != nil {
			return err
		}
		b.was = partState{remote: b.remote.Clone(), baseLocal: b.baseLocal.Clone(), baseRemote: b.baseRemote.Clone()}
		set := b.written(op)
		b.remote = b.remote.Over(set)
		for f, v := range shown {
			if b.missing > 0 && b.coll.Refs[f].Kind != "" {
				b.remote[f] = v
				continue
			}
			_, echo := set[f]
			if !echo && (op != "create" || item.Adopted) && b.undecided(f, v) {
				b.unseen = true
			}
			b.remote[f] = v
		}
		if b.pending {
			b.agree(set, item)
		}
	}
	return nil
}

// askAgain makes the next Plan take up the entities of which the answer has
// shown news: not every place is listed.
func (d *delivery) askAgain(ctx context.Context, tx pgx.Tx) error {
	var ids []int64
	for _, b := range d.everyPart() {
		if b.unseen {
			ids = append(ids, int64(b.ent.ID))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return hub.New(tx).AskAgain(ctx, ids)
}

// written is what the call has written as a whole: nothing of a sync record that
// was not pending, and no reference of which some are missing.
func (b *part) written(op string) record.Fields {
	out := record.Fields{}
	if !b.pending || op == "" {
		return out
	}
	for f, v := range b.set {
		if b.missing == 0 || b.coll.Refs[f].Kind == "" {
			out[f] = v
		}
	}
	return out
}

// everyPart returns the host and all parts, pending or not.
func (d *delivery) everyPart() []*part {
	out := slices.Clone(d.parts)
	if d.host != nil {
		out = append(out, d.host)
	}
	return out
}

// shownBy returns what an answer shows of a sync record, in our terms.
func (b *part) shownBy(ctx context.Context, w *run, item connector.Item) (record.Fields, error) {
	out := item.Fields.Only(b.coll.Reads)
	for f, ref := range b.coll.Refs {
		if v, ok := out[f]; ok && v != "" {
			keys, err := w.keysOf(ctx, ref.Kind, record.SetMembers(v))
			if err != nil {
				return nil, err
			}
			out[f] = keys
		}
	}
	return out, nil
}

// undecided reports whether a value is news that a Plan must see.
func (b *part) undecided(f record.Field, v string) bool {
	rule, ok := b.policy.Fields[f]
	if !ok || !rule.Decides(record.System(b.row.System)) && !slices.Contains(b.coll.Writes, f) {
		return false
	}
	if before, ok := b.remote[f]; ok && before == v {
		return false
	}
	ours, known := b.ent.Fields[f]
	if !known { // nothing of ours to be put back
		return rule.Decides(record.System(b.row.System))
	}
	return ours != v
}

// agree moves what is agreed: what was written, and what has turned out to be
// equal.
func (b *part) agree(set record.Fields, item connector.Item) {
	for f, v := range set {
		b.baseLocal[f], b.baseRemote[f] = v, b.remote[f]
	}
	b.echo.Wrote(set, b.was.remote)
	if b.ent.Deleted == "" {
		id := string(item.ID)
		b.row.ExternalID = &id
		side := b.outward()
		for f, v := range side.BaseLocal {
			b.baseLocal[f], b.baseRemote[f] = v, side.BaseRemote[f]
		}
	}
}

// changedSince returns the fields of now that differ from before.
func changedSince(now, before record.Fields) record.Fields {
	out := record.Fields{}
	for f, v := range now {
		if was, ok := before[f]; !ok || was != v {
			out[f] = v
		}
	}
	return out
}
