package write

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// answers stores what the system has answered.
type answers struct{ *run }

// result is the answer to the call of one delivery.
type result struct {
	d     *delivery
	op    string // create, update, or "" when there was nothing to be sent
	item  connector.Item
	there bool // the record was there before the call that has answered
}

// finish stores what the system answered, in one transaction and as many
// statements for a batch as for one record: the records are done, and what their
// listing will show is known.
func (w answers) finish(ctx context.Context, all ...result) error {
	if len(all) == 0 {
		return nil
	}
	var parts []finished
	for i := range all {
		r := &all[i]
		r.there = r.item.Adopted
		r.item.Adopted = r.item.Adopted && !r.d.host.tried
		if err := w.answered(ctx, r.d, r.item, r.op); err != nil {
			return err
		}
		digest := r.d.host.row.DataHash
		if r.op != "" {
			digest = w.digest(r.item.Fields)
		}
		for _, b := range r.d.pendingParts() {
			parts = append(parts, finished{result: *r, part: b, digest: digest, entry: b.entry})
		}
	}
	err := w.tx(ctx, func(tx pgx.Tx, q *store.Queries) error { return w.store(ctx, tx, q, all, parts) })
	if violation, ok := errors.AsType[*pgconn.PgError](err); ok && violation.Code == uniqueViolation {
		return w.apart(ctx, all)
	}
	if err != nil {
		return fmt.Errorf("store what was written: %w", err)
	}
	for _, r := range all {
		w.count(r.d, r.op)
		if slices.ContainsFunc(r.d.pendingParts(), func(b *part) bool { return b.missing > 0 }) {
			w.passAgain(r.d) // the rest may follow in this slice
		}
	}
	return nil
}

// uniqueViolation is Postgres's code for a key that is taken.
const uniqueViolation = "23505"

// apart stores answers one by one, since one of them names a record that is another
// entity's.
func (w answers) apart(ctx context.Context, all []result) error {
	if len(all) == 1 {
		return w.failures.refuse(ctx, all[0].d, &connector.Error{
			Class: connector.Rejected, System: w.system.Name, Op: "store what was written",
			Why: "the system answered with a record that is another entity's",
		})
	}
	for _, r := range all {
		if err := w.finish(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// count counts what has been stored.
func (w answers) count(d *delivery, op string) {
	w.mu.Lock()
	w.failedInARow, w.worked = 0, true
	w.mu.Unlock()
	for _, b := range d.pendingParts() {
		w.countHeld(b)
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

// createdBy says who has made a record, as far as the answer to a call proves
// it; "" leaves what was noted before the first call.
func (r result) createdBy() string {
	switch {
	case r.op != "create", r.d.found, r.there && r.d.host.tried:
		return ""
	case r.there:
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
			if !echo && (op != "create" || item.Adopted) && b.unplanned(f, v) {
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

// unplanned reports whether a value is news that a Plan must see.
func (b *part) unplanned(f record.Field, v string) bool {
	rule, ok := b.policy.Fields[f]
	if !ok || !rule.Decides(record.System(b.row.System)) && !slices.Contains(b.coll.Writes, f) {
		return false
	}
	before, seen := b.remote[f]
	if seen && before == v {
		return false
	}
	if _, held := b.held[f]; held && !seen && v == "" {
		return false // what a create has made that was broken off lacks what was refused, too
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
