package write

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// finished is one part as far as it is done.
type finished struct {
	result

	part   *part
	digest []byte
	entry  *journal.Entry
}

// store stores answers, in the transaction of q.
func (w answers) store(ctx context.Context, tx pgx.Tx, q *store.Queries, all []result, parts []finished) error {
	now := w.Now()
	if err := askAgain(ctx, tx, all); err != nil {
		return err
	}
	if err := w.storeParts(ctx, q, parts, now); err != nil {
		return err
	}
	var seen []string
	var digests [][]byte
	for _, r := range all {
		if r.op != "" && len(r.item.Fields) > 0 {
			seen, digests = append(seen, string(r.item.ID)), append(digests, w.digest(r.item.Fields))
		}
		if r.d.found {
			err := q.FoundJournal(ctx, store.FoundJournalParams{
				ExternalID: string(r.item.ID), CreatedBy: r.d.host.row.CreatedBy, Now: &now, SyncRecords: []int64{r.d.host.row.ID},
			})
			if err != nil {
				return err
			}
		}
	}
	return w.putLastSeen(ctx, q, seen, digests)
}

// storeParts stores the parts, what became of their writes and of their plan.
func (w answers) storeParts(ctx context.Context, q *store.Queries, parts []finished, now time.Time) error {
	p := store.FinishSyncRecordsParams{Now: &now, System: string(w.system.Name)}
	var results []journal.Result
	var rows []*part
	for _, f := range parts {
		b, done := f.part, f.part.row.DesiredVersion
		b.held = b.held.Still(b.ent.Fields, b.remote)
		if b.waitsForMore() || len(b.held) > 0 {
			done = b.row.AppliedVersion
		}
		p.Helds = append(p.Helds, string(b.held.Encode()))
		p.Ids, p.ExternalIds, p.CreatedBys = append(p.Ids, b.row.ID), append(p.ExternalIds, string(f.item.ID)), append(p.CreatedBys, f.createdBy())
		p.Remotes = append(p.Remotes, string(changedSince(b.remote, b.was.remote).Encode()))
		p.BaseLocals = append(p.BaseLocals, string(changedSince(b.baseLocal, b.was.baseLocal).Encode()))
		p.BaseRemotes = append(p.BaseRemotes, string(changedSince(b.baseRemote, b.was.baseRemote).Encode()))
		p.Echos, p.AppliedVersions, p.DataHashes = append(p.Echos, string(b.echo.Encode())), append(p.AppliedVersions, done), append(p.DataHashes, f.digest)
		rows = append(rows, b)
		if f.entry != nil {
			results = append(results, journal.Result{
				ID: f.entry.ID, Outcome: journal.Done, ExternalID: f.item.ID, CreatedBy: f.createdBy(), Answered: b.otherwise(f.entry.Sent),
			})
		}
	}
	// Also an update may move to another record.
	if err := w.dropUnmanaged(ctx, q, rows, p.ExternalIds); err != nil {
		return err
	}
	if err := q.FinishSyncRecords(ctx, p); err != nil {
		return err
	}
	if err := journal.Complete(ctx, q, now, results); err != nil {
		return err
	}
	for _, b := range rows {
		if len(b.held) > 0 {
			if err := w.keepHeld(ctx, q, b); err != nil {
				return err
			}
		} else if b.missing > 0 {
			err := q.FailSyncRecord(ctx, store.FailSyncRecordParams{
				Next: &now, Error: "waiting: a record that it refers to is not there yet", System: b.row.System, ID: b.row.ID,
			})
			if err != nil {
				return err
			}
		}
	}
	return closeRows(ctx, q, parts, now)
}

// otherwise is what the answer to a write shows otherwise than it was sent.
func (b *part) otherwise(sent record.Change) record.Fields {
	out := record.Fields{}
	for f, c := range sent {
		if v, ok := b.remote[f]; ok && v != c[1] {
			out[f] = v
		}
	}
	return out
}

// closeRows closes the open rows of the plan: what was planned and is agreed now is
// done, and a row that the hub has overtaken is superseded.
func closeRows(ctx context.Context, q *store.Queries, parts []finished, now time.Time) error {
	byRecord := map[int64]finished{}
	var ids []int64
	for _, f := range parts {
		if !f.part.waitsForMore() {
			byRecord[f.part.row.ID] = f
			ids = append(ids, f.part.row.ID)
		}
	}
	open, err := q.OpenRowsOf(ctx, ids)
	if err != nil || len(open) == 0 {
		return err
	}
	p := store.CloseRowsParams{Now: &now}
	for _, row := range open {
		f := byRecord[*row.SyncRecord]
		state, id := "superseded", int64(0)
		if f.part.carriedOut(row) {
			state = "done"
			if f.entry != nil {
				id = f.entry.ID
			}
		}
		p.Ids, p.States, p.Journals, p.Errors = append(p.Ids, row.ID), append(p.States, state), append(p.Journals, id), append(p.Errors, "")
	}
	return q.CloseRows(ctx, p)
}

// carriedOut reports whether what a row of the plan says is what both sides agree
// on now.
func (b *part) carriedOut(row store.PlanRow) bool {
	change, err := record.DecodeChange(row.Fields)
	if err != nil {
		return false
	}
	for f, c := range change {
		if b.held.Holds(f, c[1]) {
			continue
		}
		if v, ok := b.baseLocal[f]; !ok || v != c[1] {
			return false
		}
	}
	return true
}

// askAgain makes the next Plan take up the entities of which the answers have
// shown news: not every place is listed.
func askAgain(ctx context.Context, tx pgx.Tx, all []result) error {
	var ids []int64
	for _, r := range all {
		for _, b := range r.d.everyPart() {
			if b.unseen {
				ids = append(ids, int64(b.ent.ID))
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return hub.New(tx).AskAgain(ctx, ids)
}
