package engine

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

// finish stores what the system answered, in one transaction: the record is
// done, and what its listing will show is known.
func (w *writer) finish(ctx context.Context, o *delivery, op string, item connector.Item) error {
	now := w.e.now()
	digest := o.host.row.DataHash
	if op != "" {
		digest = w.digest(item.Fields)
	}
	item.Adopted = item.Adopted && !o.host.tried
	if err := w.answered(ctx, o, item, op); err != nil {
		return err
	}
	err := w.e.tx(ctx, w.t, func(tx pgx.Tx, q *store.Queries) error {
		if err := o.askAgain(ctx, tx); err != nil {
			return err
		}
		for _, b := range o.all() {
			if err := w.store(ctx, q, b, item, op, digest, now); err != nil {
				return err
			}
		}
		if op == "" || len(item.Fields) == 0 {
			return nil
		}
		return w.putLastSeen(ctx, q, item, digest)
	})
	if taken, ok := errors.AsType[*pgconn.PgError](err); ok && taken.Code == uniqueViolation {
		return w.refuse(ctx, o, &connector.Error{
			Class: connector.Rejected, System: w.sys.Name, Op: "store what was written",
			Why: "the system answered with a record that is another entity's",
		})
	}
	if err != nil {
		return fmt.Errorf("store what was written: %w", err)
	}
	w.count(o, op)
	if slices.ContainsFunc(o.all(), func(b *part) bool { return b.missing > 0 }) {
		w.later(o) // the rest may follow in this slice
	}
	return nil
}

// putLastSeen notes what the listing of the place will show of a record.
func (w *writer) putLastSeen(ctx context.Context, q *store.Queries, item connector.Item, digest []byte) error {
	for _, l := range w.lists {
		if l.View == w.host.View && l.Scope == w.host.Scope {
			return q.PutLastSeen(ctx, l.ID, string(item.ID), digest)
		}
	}
	return nil
}

// later lets another pass of this slice look at a record again.
func (w *writer) later(o *delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.seen, o.key)
}

// uniqueViolation is Postgres's code for a key that is taken.
const uniqueViolation = "23505"

// digest is the digest that the listing of the place will show.
func (w *writer) digest(f record.Fields) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]byte(nil), w.prints.of(f)...)
}

// count counts what has been stored.
func (w *writer) count(o *delivery, op string) {
	w.mu.Lock()
	w.inARow, w.worked = 0, true
	w.mu.Unlock()
	for _, b := range o.all() {
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

func (w *writer) store(ctx context.Context, q *store.Queries, b *part, item connector.Item, op string, digest []byte, now time.Time) error {
	id, done := string(item.ID), b.row.DesiredVersion
	if b.missing > 0 {
		done = b.row.AppliedVersion
	}
	if err := dropUnmanaged(ctx, q, b, id); err != nil { // also an update may move to another record
		return err
	}
	err := q.FinishSyncRecord(ctx, store.FinishSyncRecordParams{
		ExternalID: &id, CreatedBy: createdBy(op, item), Remote: encode(news(b.remote, b.was.remote)), BaseLocal: encode(news(b.hub, b.was.hub)),
		BaseRemote: encode(news(b.theirs, b.was.theirs)), Echo: b.echo.encode(), AppliedVersion: done, DataHash: digest, Now: &now, System: b.row.System, ID: b.row.ID,
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
func (w *writer) answered(ctx context.Context, o *delivery, item connector.Item, op string) error {
	for _, b := range o.everything() {
		shown, err := b.shown(ctx, w, item)
		if err != nil {
			return err
		}
		b.was = partState{remote: b.remote.Clone(), hub: b.hub.Clone(), theirs: b.theirs.Clone()}
		set := b.written(op)
		b.remote = over(b.remote, set)
		for f, v := range shown {
			if b.missing > 0 && b.coll.Refs[f].Kind != "" {
				b.remote[f] = v
				continue
			}
			_, echo := set[f]
			if !echo && (op != "create" || item.Adopted) && b.undecided(f, v) {
				b.news = true
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
func (o *delivery) askAgain(ctx context.Context, tx pgx.Tx) error {
	var ids []int64
	for _, b := range o.everything() {
		if b.news {
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

// everything is the host and all parts, pending or not.
func (o *delivery) everything() []*part {
	out := slices.Clone(o.parts)
	if o.host != nil {
		out = append(out, o.host)
	}
	return out
}

// shown is what an answer shows of a sync record, in our terms.
func (b *part) shown(ctx context.Context, w *writer, item connector.Item) (record.Fields, error) {
	out := item.Fields.Only(b.coll.Reads)
	for f, ref := range b.coll.Refs {
		if v, ok := out[f]; ok && v != "" {
			keys, err := w.e.translate(ctx, w.sys.Name, ref.Kind, record.SetMembers(v))
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
		b.hub[f], b.theirs[f] = v, b.remote[f]
	}
	b.echo.wrote(set, b.was.remote)
	if b.ent.Deleted == "" {
		id := string(item.ID)
		b.row.ExternalID = &id
		side := b.outward()
		for f, v := range side.BaseLocal {
			b.hub[f], b.theirs[f] = v, side.BaseRemote[f]
		}
	}
}

// news returns the fields of now that differ from before.
func news(now, before record.Fields) record.Fields {
	out := record.Fields{}
	for f, v := range now {
		if was, ok := before[f]; !ok || was != v {
			out[f] = v
		}
	}
	return out
}
