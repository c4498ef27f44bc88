package outbox

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Put stores answers and the parts that are finished with them, in the transaction of q.
func (o *Place) Put(ctx context.Context, db store.DBTX, q *store.Queries, all []Answer, parts []Finished) error {
	now := o.Now()
	if err := askAgain(ctx, db, all); err != nil {
		return err
	}
	if err := o.storeParts(ctx, q, parts, now); err != nil {
		return err
	}
	var seen []string
	var digests [][]byte
	for _, r := range all {
		if r.Op == "create" && r.Delivery.Host.Row.RecreatedOn != nil {
			if err := o.ReferredTo(r.Delivery.Host).MadeAnew(ctx, q); err != nil {
				return err
			}
		}
		if r.Op != "" && len(r.Item.Fields) > 0 && !r.Delivery.newsBeside() {
			seen, digests = append(seen, string(r.Item.ID)), append(digests, o.Digest(r.Item.Fields))
		}
		if r.Delivery.Found {
			err := q.FoundJournal(ctx, store.FoundJournalParams{
				ExternalID: string(r.Item.ID), CreatedBy: r.Delivery.Host.Row.CreatedBy, Now: &now, SyncRecords: []int64{r.Delivery.Host.Row.ID},
			})
			if err != nil {
				return err
			}
		}
	}
	return o.PutLastSeen(ctx, q, seen, digests)
}

// newsBeside reports whether an answer has shown news of a part that was not written, such
// as what the system computes of another. It is stored when the listing shows it again.
func (d *Delivery) newsBeside() bool {
	return slices.ContainsFunc(d.EveryPart(), func(b *Part) bool { return b.unseen && !b.Pending })
}

// storeParts stores the parts, what became of their writes and of their plan.
func (o *Place) storeParts(ctx context.Context, q *store.Queries, parts []Finished, now time.Time) error {
	p := store.FinishSyncRecordsParams{Now: &now, System: string(o.System)}
	var results []journal.Result
	var rows []*Part
	for _, f := range parts {
		b, done := f.part, f.part.Row.DesiredVersion
		b.Held = b.Held.Still(b.Ent.Fields, b.Remote)
		if b.waitsForMore() || len(b.Held) > 0 {
			done = b.Row.AppliedVersion
		}
		p.Helds = append(p.Helds, string(b.Held.Encode()))
		p.Ids, p.ExternalIds, p.CreatedBys = append(p.Ids, b.Row.ID), append(p.ExternalIds, string(f.Item.ID)), append(p.CreatedBys, f.createdBy())
		p.Remotes = append(p.Remotes, string(changedSince(b.Remote, b.was.remote).Encode()))
		p.BaseLocals = append(p.BaseLocals, string(changedSince(b.BaseLocal, b.was.baseLocal).Encode()))
		p.BaseRemotes = append(p.BaseRemotes, string(changedSince(b.BaseRemote, b.was.baseRemote).Encode()))
		p.Echos, p.AppliedVersions = append(p.Echos, string(b.Echo.Encode())), append(p.AppliedVersions, done)
		rows = append(rows, b)
		if f.entry != nil {
			results = append(results, journal.Result{
				ID: f.entry.ID, Outcome: journal.Done, ExternalID: f.Item.ID, CreatedBy: f.createdBy(), Answered: b.otherwise(f.entry.Sent),
			})
		}
	}
	// Also an update may move to another record.
	if err := o.DropUnmanaged(ctx, q, rows, p.ExternalIds); err != nil {
		return err
	}
	if err := q.FinishSyncRecords(ctx, p); err != nil {
		return err
	}
	if err := endDoubles(ctx, q, o.System, rows, now); err != nil {
		return err
	}
	if err := journal.Complete(ctx, q, now, results); err != nil {
		return err
	}
	for i, b := range rows {
		if parts[i].Op == "create" {
			if err := o.ReferredTo(b).Back(ctx, q); err != nil {
				return err
			}
		}
		if len(b.Held) > 0 {
			if err := o.keepHeld(ctx, q, b); err != nil {
				return err
			}
		} else if b.Missing > 0 {
			err := q.FailSyncRecord(ctx, store.FailSyncRecordParams{
				Next: &now, Error: "waiting: a record that it refers to is not there yet", System: b.Row.System, ID: b.Row.ID,
			})
			if err != nil {
				return err
			}
		}
	}
	return o.closeRows(ctx, q, parts, now)
}

// endDoubles ends the conflict that records there share what only one may have, of those
// that were written now.
func endDoubles(ctx context.Context, q *store.Queries, system record.System, rows []*Part, now time.Time) error {
	var failed []int64
	for _, b := range rows {
		if b.Row.LastError != "" {
			failed = append(failed, int64(b.Ent.ID))
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return q.EndDoubles(ctx, now, failed, string(system))
}

// otherwise is what the answer to a write shows otherwise than it was sent.
func (b *Part) otherwise(sent record.Change) record.Fields {
	out := record.Fields{}
	for f, c := range sent {
		if v, ok := b.Remote[f]; ok && v != c[1] {
			out[f] = v
		}
	}
	return out
}

// Note stores what an answer shows of a record that nothing was written to, so that
// the next Plan decides it again. shown is by part, as ShownBy returns it.
func (o *Place) Note(ctx context.Context, db store.DBTX, q *store.Queries, d *Delivery, item connector.Item, shown map[*Part]record.Fields) error {
	if err := hub.New(db).AskAgain(ctx, []int64{int64(d.Host.Ent.ID)}); err != nil {
		return err
	}
	for b, fields := range shown {
		if err := q.NoteRemote(ctx, fields.Encode(), b.Row.System, b.Row.ID); err != nil {
			return err
		}
	}
	return o.PutLastSeen(ctx, q, []string{string(item.ID)}, [][]byte{o.Digest(item.Fields)})
}

// closeRows closes the open rows of the plan: what was planned and is agreed now is
// done, and a row that the hub has overtaken is superseded. The database finds out by
// itself, but for the parts of which something is held.
func (o *Place) closeRows(ctx context.Context, q *store.Queries, parts []Finished, now time.Time) error {
	p := store.CloseCarriedOutRowsParams{Now: &now, System: string(o.System)}
	held := map[int64]Finished{}
	for _, f := range parts {
		switch {
		case f.part.waitsForMore():
		case len(f.part.Held) > 0:
			held[f.part.Row.ID] = f
		default:
			p.SyncRecords, p.Journals = append(p.SyncRecords, f.part.Row.ID), append(p.Journals, f.journal())
		}
	}
	if len(p.SyncRecords) > 0 {
		if err := q.CloseCarriedOutRows(ctx, p); err != nil {
			return err
		}
	}
	return closeHeldRows(ctx, q, held, now)
}

// closeHeldRows closes the rows of parts of which something is held: a row is carried
// out without it.
func closeHeldRows(ctx context.Context, q *store.Queries, held map[int64]Finished, now time.Time) error {
	if len(held) == 0 {
		return nil
	}
	open, err := q.OpenRowsOf(ctx, slices.Collect(maps.Keys(held)))
	if err != nil || len(open) == 0 {
		return err
	}
	p := store.CloseRowsParams{Now: &now}
	for _, row := range open {
		f := held[*row.SyncRecord]
		state, why := f.part.outcome(row)
		id := int64(0)
		if state == "done" {
			id = f.journal()
		}
		p.Ids, p.States, p.Journals, p.Errors = append(p.Ids, row.ID), append(p.States, state), append(p.Journals, id), append(p.Errors, why)
	}
	return q.CloseRows(ctx, p)
}

// journal is the number of the write that has carried the part out; 0 when there was
// none.
func (f Finished) journal() int64 {
	if f.entry == nil {
		return 0
	}
	return f.entry.ID
}

// outcome is how a row of the plan has ended: done when what it says is what both
// sides agree on now, failed when nothing of it was taken. The fields that are held
// are named.
func (b *Part) outcome(row store.PlanRow) (state, why string) {
	change, err := record.DecodeChange(row.Fields)
	if err != nil {
		return "superseded", ""
	}
	var held []string
	for f, c := range change {
		if b.Held.Holds(f, c[1]) {
			held = append(held, string(f))
			continue
		}
		if v, ok := b.BaseLocal[f]; !ok || v != c[1] {
			return "superseded", ""
		}
	}
	if len(held) == 0 {
		return "done", ""
	}
	slices.Sort(held)
	if why = "not taken: " + strings.Join(held, ", "); len(held) == len(change) {
		return "failed", why
	}
	return "done", why
}

// askAgain makes the next Plan take up the entities of which the answers have
// shown news: not every place is listed.
func askAgain(ctx context.Context, db store.DBTX, all []Answer) error {
	var ids []int64
	for _, r := range all {
		for _, b := range r.Delivery.EveryPart() {
			if b.unseen {
				ids = append(ids, int64(b.Ent.ID))
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return hub.New(db).AskAgain(ctx, ids)
}
