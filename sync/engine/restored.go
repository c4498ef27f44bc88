package engine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/store"
)

// Mark is how far a database has come. A process keeps it outside of the
// database, and so finds out when that was restored from a backup.
type Mark struct {
	Epoch   uuid.UUID `json:"epoch"`
	Journal int64     `json:"journal"` // the highest number
	// Audit is the number of the audit's last row, AuditHash its hash in hex.
	Audit     int64  `json:"audit,omitempty"`
	AuditHash string `json:"audit_hash,omitempty"`
}

// Anchor is how far the audit had come.
func (m *Mark) Anchor() store.Anchor {
	if m == nil {
		return store.Anchor{}
	}
	hash, _ := hex.DecodeString(m.AuditHash) // what is not hex is no row's
	return store.Anchor{ID: m.Audit, Hash: hash}
}

// Finding is what comparing a kept mark with the database has found.
type Finding string

// The findings. Behind: the database lacks what was seen of it, and is RESTORED from
// now on. Another: it is another database, and an empty one.
const (
	InOrder Finding = ""
	Behind  Finding = "BEHIND"
	Another Finding = "ANOTHER"
	// AuditBroken: rows of the audit that were seen are missing, or others.
	AuditBroken Finding = "AUDIT_BROKEN"
)

// Restored says that the database was restored, and what must be read whole before
// creates, removals and looser consents go on.
type Restored = remote.Restored

// Restored returns nil when the database is not RESTORED.
func (e *Engine) Restored(ctx context.Context) (*Restored, error) { return e.remotes.Restored(ctx) }

// Compare holds the mark that a process has kept against the database, and returns
// the one to be kept from now on. A database that is behind becomes RESTORED, in a
// new epoch, so that it is found once. A process that has kept nothing has nothing
// to compare.
func (e *Engine) Compare(ctx context.Context, kept *Mark) (Mark, Finding, error) {
	row, err := e.store.GetMark(ctx)
	if err != nil {
		return Mark{}, InOrder, fmt.Errorf("ask how far the database has come: %w", err)
	}
	if found := kept.against(row); found != Behind {
		return compareAudit(ctx, e.store.Queries, kept, Mark{Epoch: row.Epoch, Journal: row.Journal}, found)
	}
	found := InOrder
	err = e.store.InTx(ctx, func(tx pgx.Tx, q *store.Queries) (err error) {
		row, found, err = e.restore(ctx, tx, q, kept)
		return err
	})
	if err != nil {
		return Mark{}, InOrder, fmt.Errorf("note that the database was restored: %w", err)
	}
	// What was done since the backup is in no audit any more.
	return compareAudit(ctx, e.store.Queries, nil, Mark{Epoch: row.Epoch, Journal: row.Journal}, found)
}

// compareAudit completes a mark with how far the audit has come. One that does not hold
// what was seen of it keeps the anchor of before, so that it is found again.
func compareAudit(ctx context.Context, q *store.Queries, kept *Mark, now Mark, found Finding) (Mark, Finding, error) {
	if kept != nil && kept.Epoch == now.Epoch && found == InOrder {
		err := store.HoldsAnchor(ctx, q, kept.Anchor())
		if _, cut := errors.AsType[store.BrokenAudit](err); cut {
			now.Audit, now.AuditHash = kept.Audit, kept.AuditHash
			return now, AuditBroken, nil
		}
		if err != nil {
			return Mark{}, InOrder, err
		}
	}
	head, err := store.AuditHead(ctx, q)
	if err != nil {
		return Mark{}, InOrder, err
	}
	now.Audit, now.AuditHash = head.ID, hex.EncodeToString(head.Hash)
	return now, found, nil
}

// against says what a kept mark shows of the database. One of an epoch that the
// database has left is known to have been behind already.
func (m *Mark) against(row store.GetMarkRow) Finding {
	switch {
	case m == nil || slices.Contains(row.PastEpochs, m.Epoch):
		return InOrder
	case m.Epoch == row.Epoch && m.Journal <= row.Journal:
		return InOrder
	case m.Epoch != row.Epoch && !row.Holds:
		return Another
	}
	return Behind
}

// restore makes the database RESTORED, unless another process was faster.
func (e *Engine) restore(ctx context.Context, tx pgx.Tx, q *store.Queries, kept *Mark) (row store.GetMarkRow, found Finding, err error) {
	if err = q.LockDeployment(ctx); err != nil {
		return row, InOrder, err
	}
	row, err = q.GetMark(ctx)
	if found = kept.against(row); err != nil || found != Behind {
		return row, found, err
	}
	now := e.now()
	for _, l := range e.remotes.Whole() {
		key := store.EnsureListingParams{System: l.System, Place: l.Place, Scope: l.Scope, View: l.View}
		if err := q.EnsureListing(ctx, key); err != nil {
			return row, found, err
		}
	}
	if err := errors.Join(q.BeginEpoch(ctx, &now), q.RestoreListings(ctx, &now), q.DoubtCreates(ctx)); err != nil {
		return row, found, err
	}
	if row, err = q.GetMark(ctx); err != nil {
		return row, found, err
	}
	act := store.Act{By: store.Actor{Name: "touchline"}, Action: "Restored", Target: "epoch " + row.Epoch.String()}
	return row, found, store.AppendAudit(ctx, tx, now, act)
}

// EndRestored ends that the database is RESTORED when all that was to be read whole
// was read. It reports whether it did so now.
func (e *Engine) EndRestored(ctx context.Context) (bool, error) {
	r, err := e.Restored(ctx)
	if err != nil || r == nil || len(r.Left) > 0 {
		return false, err
	}
	n, err := e.store.EndRestored(ctx)
	if err != nil {
		return false, fmt.Errorf("note that everything was read whole: %w", err)
	}
	return n > 0, nil
}

// GiveUpRestored ends that the database is RESTORED on a person's word, with the
// reason in the audit. It reports false when it was not.
func (e *Engine) GiveUpRestored(ctx context.Context, by store.Actor, why string, now time.Time) (bool, error) {
	r, err := e.Restored(ctx)
	if err != nil || r == nil {
		return false, err
	}
	err = e.store.InTx(ctx, func(tx pgx.Tx, q *store.Queries) error {
		if _, err := q.EndRestored(ctx); err != nil {
			return err
		}
		if err := q.ForgetRestored(ctx); err != nil {
			return err
		}
		return store.AppendAudit(ctx, tx, now, store.Act{By: by, Action: "EndRestored", Target: "database", Reason: why})
	})
	if err != nil {
		return false, fmt.Errorf("end that the database is RESTORED: %w", err)
	}
	return true, nil
}

// noteRestored notes with a run that what it has read was the last that was to be
// read whole. The plan is applied by then: what fails here is done by another run,
// or by a process that keeps its mark.
func (e *Engine) noteRestored(ctx context.Context, notes map[string]string) {
	if over, err := e.EndRestored(ctx); over && err == nil {
		notes["restored"] = "every place was read whole since the database was restored; creates, removals and looser consents go on"
	}
}
